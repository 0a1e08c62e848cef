"""Who may give orders through the map of a local overlay, and what is refused."""

import json
from pathlib import Path

import pytest

from overlay.messages.ids import Address, NodeId
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.local import LocalNode, LocalOverlay
from overlay.nodes.local_map import LocalMap
from overlay.transport.addresses import Endpoint
from overlay.transport.http import HttpRefusedError, Request, Response

TOKEN = "a token of a test"
HOST = "127.0.0.1:7700"


@pytest.fixture
def shown() -> LocalMap:
    """Of two nodes, neither of which runs."""
    nodes = [
        LocalNode(name, NodeDirectory(Path("nowhere")), NodeId(f"id of {name}"), Address("ws://"))
        for name in ("n1", "n2")
    ]
    return LocalMap(LocalOverlay(nodes), Endpoint("127.0.0.1", 7700), TOKEN)


def order(
    body: object = None,
    *,
    authorization: str | None = f"Bearer {TOKEN}",
    origin: str | None = f"http://{HOST}",
    method: str = "POST",
    remote_address: str = "127.0.0.1",
) -> Request:
    headers = [("host", HOST)]
    if authorization is not None:
        headers.append(("authorization", authorization))
    if origin is not None:
        headers.append(("origin", origin))
    return Request(
        method=method,
        target="/overlay-map/control",
        headers=headers,
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        remote_address=remote_address,
    )


async def answer(shown: LocalMap, request: Request) -> tuple[int, object]:
    """Status and code."""
    response = await shown.answer(request)
    assert isinstance(response, Response)
    return response.status, json.loads(response.body).get("code")


KILL = {"do": "kill", "node": "id of n1"}


@pytest.mark.parametrize(
    ("refused", "status", "code"),
    [
        (order(KILL, authorization=None), 401, "no_token"),
        (order(KILL, authorization="Basic abc"), 401, "no_token"),
        (order(KILL, authorization="Bearer "), 401, "no_token"),
        (order(KILL, authorization="Bearer another"), 403, "wrong_token"),
        (order(KILL, authorization="Bearer \xe9"), 403, "wrong_token"),
        (order(KILL, origin="http://127.0.0.1:8000"), 403, "foreign_page"),
        (order(KILL, origin="null"), 403, "foreign_page"),
        (order(method="GET", authorization=None), 401, "no_token"),
        (order(b"{"), 400, "malformed"),
        (order(b"[" * 100_000), 400, "malformed"),
        (order(["kill"]), 400, "malformed"),
        (order({"do": "kill"}), 400, "malformed"),
        (order({"do": "rm", "node": "id of n1"}), 400, "malformed"),
        (order({"do": "cut", "node": "id of n1"}), 400, "malformed"),
        (order({"do": "kill", "node": "nobody"}), 404, "unknown_node"),
        (order({"do": "cut", "node": "id of n1", "other": "id of n1"}), 404, "unknown_node"),
        (order(KILL), 409, "not_now"),
        (order({"do": "pause", "node": "id of n1"}), 409, "not_now"),
        (order({"do": "cut", "node": "id of n1", "other": "id of n2"}), 409, "not_now"),
    ],
)
async def test_what_is_not_carried_out_is_refused_with_a_code(
    shown: LocalMap, refused: Request, status: int, code: str
) -> None:
    """docs/operators.md, the map of a demo."""
    assert await answer(shown, refused) == (status, code)


async def test_who_has_the_token_learns_that_orders_are_taken(shown: LocalMap) -> None:
    assert await answer(shown, order(method="GET", origin=None)) == (200, None)


async def test_nothing_needs_to_be_mended_at_nodes_that_do_not_run(shown: LocalMap) -> None:
    mend = {"do": "mend", "node": "id of n1", "other": "id of n2"}

    assert await answer(shown, order(mend)) == (200, None)


async def test_orders_from_another_machine_are_refused_though_they_have_the_token(
    shown: LocalMap,
) -> None:
    with pytest.raises(HttpRefusedError) as refusal:
        await shown.answer(order(KILL, remote_address="192.0.2.7"))

    assert refusal.value.response.status == 403


@pytest.mark.parametrize("target", ["/", "/index.html", "/status", "/overlay-map/else"])
async def test_there_is_nothing_else(shown: LocalMap, target: str) -> None:
    with pytest.raises(HttpRefusedError) as refusal:
        await shown.answer(Request(method="GET", target=target, remote_address="127.0.0.1"))

    assert refusal.value.response.status == 404


def test_the_token_is_in_the_fragment_alone(shown: LocalMap) -> None:
    assert shown.address_with_token == f"{shown.address}#token={TOKEN}"
    assert shown.address == f"http://{HOST}/overlay-map"


def test_nodes_that_do_not_run_are_shown_dead(shown: LocalMap) -> None:
    assert [(node.name, node.state) for node in shown.picture().nodes] == [
        ("n1", "dead"),
        ("n2", "dead"),
    ]
