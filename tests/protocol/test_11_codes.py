"""Chapter 11: every code of the protocol, and which of them end a link."""

import inspect
import re
from pathlib import Path

import pytest

from overlay import errors, limits
from overlay.core.facts import RefusedByPeer
from overlay.messages.clients import Find
from overlay.messages.links import Heartbeat, Refusal
from overlay.peering.refusals import RETRY_AFTER_MS, refusal_of
from tests.protocol.harness import NodeUnderTest, a_node
from tests.support.people import a_client, a_node_called

PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"
ALICE = a_client("alice")
SOUTH = a_node_called("south")

CLOSE_CODES = {"duplicate_link", "silent", "spare", "stalled", "stopping", "starting"}
"""Codes that only ever stand in a close frame: nobody refuses a message with them."""


def documented() -> dict[str, str]:
    """Each code of the table with what it says about closing the link."""
    table = PROTOCOL.read_text("utf-8").split("## 11. Codes")[1].split("## 12.")[0]
    rows = re.findall(r"^\| (`[^|]*) \| ([^|]*) \|", table, re.MULTILINE)
    return {code: closes for codes, closes in rows for code in re.findall(r"`(\w+)`", codes)}


def later() -> set[str]:
    """The codes of the table whose refusals say when to come again."""
    table = PROTOCOL.read_text("utf-8").split("## 11. Codes")[1].split("## 12.")[0]
    rows = re.findall(r"^\| (`[^|]*) \| [^|]* \| ([^|]*) \|", table, re.MULTILINE)
    return {
        code
        for codes, words in rows
        if "*later*" in words
        for code in re.findall(r"`(\w+)`", codes)
    }


def raised() -> dict[str, bool]:
    """Each code of an error with whether it closes the link."""
    return {
        error.code: error.closes
        for _, error in inspect.getmembers(errors, inspect.isclass)
        if issubclass(error, errors.RemoteError) and error is not errors.RemoteError
    }


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH])


def test_every_code_that_a_node_can_say_is_documented() -> None:
    """docs/protocol.md, section 11."""
    missing = (set(raised()) | CLOSE_CODES) - set(documented())

    assert missing == set()


def test_every_documented_code_can_be_said() -> None:
    """docs/protocol.md, section 11."""
    assert set(documented()) - set(raised()) - CLOSE_CODES == set()


def test_the_codes_that_end_a_link_are_those_that_are_documented_to() -> None:
    """docs/protocol.md, section 11."""
    said = documented()

    assert {code for code, closes in raised().items() if closes} == {
        code for code in raised() if said[code] == "yes"
    }


@pytest.mark.parametrize("code", sorted(later() - {errors.Banned.code}))
def test_every_refusal_that_may_be_over_later_says_when_to_come_again(code: str) -> None:
    """docs/protocol.md, section 11: whoever refuses need not think of it."""
    (kind,) = {
        error
        for _, error in inspect.getmembers(errors, inspect.isclass)
        if issubclass(error, errors.RemoteError) and error.code == code
    }

    refusal = refusal_of(kind("not now"))

    assert (refusal.code, refusal.retry_after_ms) == (code, RETRY_AFTER_MS[code])
    assert refusal_of(kind("not now", retry_after_ms=7)).retry_after_ms == 7


def test_no_other_refusal_asks_to_come_again() -> None:
    """docs/protocol.md, section 11."""
    others = set(raised()) - later()

    assert set(RETRY_AFTER_MS) == later() - {errors.Banned.code}
    assert {code for code in others if code in RETRY_AFTER_MS} == set()


def test_what_is_said_of_an_error_is_bounded_and_names_what_it_is_about() -> None:
    """docs/protocol.md, section 11."""
    refusal = refusal_of(errors.Replayed("again " * 1_000), number=7, request=8)

    assert (refusal.number, refusal.request, refusal.retry_after_ms) == (7, 8, None)
    assert len(refusal.detail) == limits.DETAIL_CHARACTERS_MAX


def test_a_refusal_with_an_unknown_code_is_heard(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 11: its sender closes, or not."""
    south, alice = north.linked(SOUTH), north.attached(ALICE)

    for peer in (south, alice):
        peer.says(Refusal(code="out_of_tea", detail="come back at five"))
        peer.says(Refusal(code="out_of_tea"))

    assert (south.is_open, alice.is_open) == (True, True)
    assert [fact.code for fact in north.facts_of(RefusedByPeer)] == ["out_of_tea"] * 4


def test_a_refusal_of_a_number_that_was_never_used_is_nothing(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 11."""
    south = north.linked(SOUTH)

    south.says(Refusal(code="busy", number=2**53 - 1), Heartbeat(wants_echo=True))

    assert south.hears() == [Heartbeat()]


def test_a_refusal_of_a_request_names_it(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 11."""
    alice = north.attached(ALICE)

    alice.says(Find(request=2**53 - 1))

    assert alice.hears_one(Refusal).request == 2**53 - 1
