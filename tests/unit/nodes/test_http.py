"""What a node answers over plain HTTP."""

import gzip
import json
from random import Random

import pytest

from overlay.core.durable import Durable
from overlay.core.node import Node
from overlay.core.settings import Settings
from overlay.crypto.keys import SigningKey
from overlay.nodes.http import Pages
from overlay.transport.http import HttpRefusedError, Request, Response


@pytest.fixture
def pages() -> Pages:
    settings = Settings(
        name="north",
        network="overlay",
        admission="listed",
        addresses=(),
        neighbours=(),
        software="tests",
    )
    node = Node(SigningKey.from_seed(bytes(32)), settings, Durable(), Random(1))
    return Pages(node.snapshot)


def header(response: Response, name: str) -> str | None:
    return dict(response.headers).get(name)


def get(target: str, *headers: tuple[str, str]) -> Request:
    return Request(method="GET", target=target, headers=headers)


async def test_a_node_that_serves_is_healthy(pages: Pages) -> None:
    response = await pages.answer(get("/healthz"))

    assert (response.status, response.body) == (200, b"ok\n")


async def test_the_status_is_json_and_says_who_the_node_is(pages: Pages) -> None:
    response = await pages.answer(get("/status?now"))

    assert header(response, "content-type") == "application/json"
    assert json.loads(response.body)["name"] == "north"


async def test_the_page_comes_with_a_policy_that_lets_in_no_other_script(pages: Pages) -> None:
    response = await pages.answer(get("/"))

    policy = header(response, "content-security-policy")
    assert policy is not None
    assert "script-src 'self'" in policy
    assert "connect-src 'self' ws://127.0.0.1:* ws://localhost:*" in policy
    assert "unsafe" not in policy


async def test_the_page_comes_compressed_to_who_takes_it_so(pages: Pages) -> None:
    plain = await pages.answer(get("/index.html"))
    compressed = await pages.answer(get("/index.html", ("accept-encoding", "br, gzip")))

    if header(compressed, "content-encoding") == "gzip":
        assert gzip.decompress(compressed.body) == plain.body
    else:
        assert b"make setup" in plain.body


@pytest.mark.parametrize("target", ["/absent", "/assets/", "/../node.key", "/%2e%2e/node.key"])
async def test_nothing_else_is_served(pages: Pages, target: str) -> None:
    with pytest.raises(HttpRefusedError) as refusal:
        await pages.answer(get(target))

    assert refusal.value.response.status == 404
