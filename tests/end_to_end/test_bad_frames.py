"""What a node does not understand ends the link with its code, and concerns nobody else."""

import json
from collections.abc import AsyncIterator, Iterator

import pytest

from overlay import limits
from overlay.nodes.local import LocalOverlay
from tests.end_to_end.overlays import lasting_overlay
from tests.end_to_end.people import Person, assert_undisturbed, everybody_attached
from tests.end_to_end.strangers import stranger_at
from tests.support.people import a_client, hash_of

MALLORY, ALICE = a_client("mallory"), a_client("alice")
HELLO = {
    "versions": [1],
    "suites": [],
    "role": "client",
    "end": "dialler",
    "key": MALLORY.id,
    "incarnation": 1,
    "network": "overlay",
    "admission": "listed",
    "challenge": hash_of("fresh"),
    "software": "a test",
}
SMALL_ORDER = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture(scope="module")
def overlay() -> Iterator[LocalOverlay]:
    with lasting_overlay(2, "line") as overlay:
        yield overlay


@pytest.fixture
async def pair(overlay: LocalOverlay) -> AsyncIterator[list[Person]]:
    """Two people, one at each node, who talk before and after whatever a stranger does."""
    async with everybody_attached(("bob", overlay.nodes[0]), ("carol", overlay.nodes[1])) as people:
        yield people


def a_hello(**changes: object) -> str:
    hello = {"type": "hello", "text": json.dumps(HELLO | changes)}
    return json.dumps([hello])


AT_ONCE: dict[str, tuple[str | bytes, str]] = {
    "text that is not JSON": ("hello?", "malformed"),
    "an array that is not JSON": ("[hello", "malformed"),
    "an array of numbers": ("[1, 2]", "malformed"),
    "an empty array": ("[]", "malformed"),
    "NaN": ('[{"type": "ack", "number": NaN}]', "malformed"),
    "a field that is not there": ('[{"type": "heartbeat", "loud": true}]', "malformed"),
    "too many messages": (json.dumps([{"type": "heartbeat"}] * 257), "malformed"),
    "an unknown message": ('[{"type": "gossip"}]', "unknown_message"),
    "one byte too much": (f"[{' ' * (limits.FRAME_BYTES_MAX - 1)}]", "too_large"),
    "a thousand levels": ("[" * 1_000 + "]" * 1_000, "too_deep"),
    "a binary frame": (b'{"type": "chunk"}\nbytes', "unsupported"),
    "version 2 only": (a_hello(versions=[2]), "wrong_version"),
    "another network": (a_hello(network="elsewhere"), "wrong_network"),
    "a key of small order": (a_hello(key=SMALL_ORDER), "bad_key"),
    "a word before the handshake": ('[{"type": "heartbeat"}]', "unexpected"),
}


@pytest.mark.parametrize("what", AT_ONCE)
async def test_what_cannot_begin_a_link_ends_it_with_its_code(
    overlay: LocalOverlay, pair: list[Person], what: str
) -> None:
    """docs/protocol.md, sections 1.2, 2.3 and 11."""
    said, code = AT_ONCE[what]

    async with stranger_at(overlay.nodes[0].endpoint) as mallory:
        await mallory.says_raw(said)
        end = await mallory.hears_the_end()

    assert end.reason == code
    await assert_undisturbed(pair)
