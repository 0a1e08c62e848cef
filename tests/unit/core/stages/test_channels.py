"""Who listens to which channel, and handing out what is said there."""

import pytest

from overlay.core.assembly import Assembly
from overlay.core.effects import Report
from overlay.core.facts import EnvelopeDelivered
from overlay.messages.clients import Deliver, Done, Join, Leave
from tests.support.people import a_client
from tests.unit.core.stages.parts import a_link, assembled, said

ALICE, BOB, CAROL = a_client("alice"), a_client("bob"), a_client("carol")


@pytest.fixture
def parts() -> Assembly:
    return assembled()


def test_listeners_hear_and_others_do_not(parts: Assembly) -> None:
    """docs/protocol.md, section 8.4."""
    links = [a_link(parts, client, number) for number, client in enumerate((ALICE, BOB, CAROL))]
    for number, link in enumerate(links[:2]):
        parts.channels.join(link, Join(request=number, channel="garden"))
        assert said(link) == [Done(number)]
    hello = ALICE.says_on("garden", "hello")

    effects = parts.channels.hand_out(hello, now_ms=0)

    assert effects == [Report(EnvelopeDelivered(leaf=hello.leaf, client=BOB.id))]
    assert [said(link) for link in links] == [[], [Deliver(number=1, envelope=hello.signed)], []]


def test_leaving_one_channel_leaves_the_others(parts: Assembly) -> None:
    """docs/protocol.md, section 8.4."""
    bob = a_link(parts, BOB, 1)
    for channel in ("garden", "kitchen"):
        parts.channels.join(bob, Join(request=1, channel=channel))
    parts.channels.leave(bob, Leave(request=2, channel="garden"))
    parts.channels.leave(bob, Leave(request=3, channel="garden"))

    carol = a_link(parts, CAROL, 2)
    parts.channels.join(carol, Join(request=1, channel="kitchen"))

    assert parts.channels.hand_out(ALICE.says_on("garden", "hello"), now_ms=0) == []
    parts.channels.leave(carol, Leave(request=2, channel="kitchen"))
    assert len(parts.channels.hand_out(ALICE.says_on("kitchen", "hello"), now_ms=0)) == 1
    parts.channels.on_client_gone(BOB.id)
    parts.channels.on_client_gone(BOB.id)

    assert parts.channels.hand_out(ALICE.says_on("kitchen", "hello"), now_ms=0) == []


def test_a_listener_without_a_link_is_passed_over(parts: Assembly) -> None:
    """docs/protocol.md, section 8.4."""
    bob, carol = a_link(parts, BOB, 1), a_link(parts, CAROL, 2)
    for link in (bob, carol):
        parts.channels.join(link, Join(request=1, channel="garden"))
    parts.links.remove(bob)

    effects = parts.channels.hand_out(ALICE.says_on("garden", "hello"), now_ms=0)

    assert [effect.fact.client for effect in effects if isinstance(effect, Report)] == [CAROL.id]  # type: ignore[union-attr]
