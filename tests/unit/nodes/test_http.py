"""What a node answers over plain HTTP."""

import gzip
import json
from collections.abc import Callable
from contextlib import aclosing
from random import Random

import pytest

from overlay.core.durable import Durable
from overlay.core.node import Node
from overlay.core.settings import Settings
from overlay.crypto.keys import SigningKey
from overlay.nodes.http import Pages
from overlay.transport.http import HttpRefusedError, Request, Response, Streamed


def made(
    *,
    metrics: Callable[[], bytes] = bytes,
    has_public_metrics: bool = False,
    is_behind_proxy: bool = False,
) -> Pages:
    settings = Settings(
        name="north",
        network="overlay",
        admission="listed",
        addresses=(),
        neighbours=(),
        software="tests",
    )
    node = Node(SigningKey.from_seed(bytes(32)), settings, Durable(), Random(1))
    return Pages(
        node.snapshot,
        metrics=metrics,
        has_public_metrics=has_public_metrics,
        is_behind_proxy=is_behind_proxy,
    )


@pytest.fixture
def pages() -> Pages:
    return made()


def header(response: Response | Streamed, name: str) -> str | None:
    return dict(response.headers).get(name)


def get(target: str, *headers: tuple[str, str], remote_address: str = "127.0.0.1") -> Request:
    return Request(method="GET", target=target, headers=headers, remote_address=remote_address)


async def answer(pages: Pages, request: Request) -> Response:
    response = await pages.answer(request)
    assert isinstance(response, Response)
    return response


async def test_a_node_that_serves_is_healthy(pages: Pages) -> None:
    response = await answer(pages, get("/healthz"))

    assert (response.status, response.body) == (200, b"ok\n")


async def test_the_status_is_json_and_says_who_the_node_is(pages: Pages) -> None:
    response = await answer(pages, get("/status?now"))

    assert header(response, "content-type") == "application/json"
    assert json.loads(response.body)["name"] == "north"


async def test_the_page_comes_with_a_policy_that_lets_in_no_other_script(pages: Pages) -> None:
    response = await answer(pages, get("/"))

    policy = header(response, "content-security-policy")
    assert policy is not None
    assert "script-src 'self'" in policy
    assert "connect-src 'self' wss: ws://127.0.0.1:* ws://localhost:*" in policy
    assert "unsafe" not in policy


async def test_the_page_comes_compressed_to_who_takes_it_so(pages: Pages) -> None:
    plain = await answer(pages, get("/index.html"))
    compressed = await answer(pages, get("/index.html", ("accept-encoding", "br, gzip")))

    if header(compressed, "content-encoding") == "gzip":
        assert gzip.decompress(compressed.body) == plain.body
    else:
        assert b"make setup" in plain.body


@pytest.mark.parametrize("target", ["/absent", "/assets/", "/../node.key", "/%2e%2e/node.key"])
async def test_nothing_else_is_served(pages: Pages, target: str) -> None:
    with pytest.raises(HttpRefusedError) as refusal:
        await pages.answer(get(target))

    assert refusal.value.response.status == 404


# The map


async def test_the_map_comes_under_the_same_policy_as_the_page(pages: Pages) -> None:
    page, chart = [await answer(pages, get(target)) for target in ("/", "/overlay-map")]

    assert chart.status == 200
    assert header(chart, "content-security-policy") == header(page, "content-security-policy")


async def test_the_map_is_fed_with_what_the_node_sees(pages: Pages) -> None:
    response = await pages.answer(get("/overlay-map/events"))

    assert isinstance(response, Streamed)
    assert header(response, "content-type") == "text/event-stream"
    assert header(response, "cache-control") == "no-store"
    async with aclosing(response.pieces) as events:
        picture = json.loads((await anext(events)).removeprefix(b"data: "))
    assert (picture["name"], len(picture["nodes"])) == ("north", 1)


OURS = ["/status", "/metrics", "/overlay-map", "/overlay-map.html", "/overlay-map/events"]


@pytest.mark.parametrize("target", OURS)
async def test_status_and_map_are_shown_to_nobody_on_another_machine(
    pages: Pages, target: str
) -> None:
    with pytest.raises(HttpRefusedError) as refusal:
        await pages.answer(get(target, remote_address="192.0.2.7"))

    assert refusal.value.response.status == 403


@pytest.mark.parametrize("target", OURS)
async def test_behind_a_proxy_nobody_is_known_to_be_on_this_machine(target: str) -> None:
    with pytest.raises(HttpRefusedError, match="overlay status") as refusal:
        await made(is_behind_proxy=True).answer(get(target))

    assert refusal.value.response.status == 403


async def test_metrics_are_shown_to_everybody_where_the_operator_says_so() -> None:
    shown = made(metrics=lambda: b"overlay_up 1\n", has_public_metrics=True, is_behind_proxy=True)

    response = await answer(shown, get("/metrics", remote_address="192.0.2.7"))

    assert (response.status, response.body) == (200, b"overlay_up 1\n")
    assert header(response, "content-type") == "text/plain; version=0.0.4; charset=utf-8"


async def test_a_node_takes_no_orders_through_its_map(pages: Pages) -> None:
    with pytest.raises(HttpRefusedError) as refusal:
        await pages.answer(get("/overlay-map/control"))

    assert refusal.value.response.status == 404
