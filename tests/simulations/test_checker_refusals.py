"""S8: whatever comes is answered, and refused aloud, unless nobody is there to be told."""

import pytest

from overlay import limits
from overlay.core.facts import EnvelopeRefused
from overlay.messages.clients import Submit
from overlay.messages.ids import ClientId
from overlay.messages.links import Ack
from overlay.peering.events import FrameReceived, LinkId, LinkOpened
from simulations.checkers.answers import AnswersChecker
from simulations.machines import NodeHost
from tests.simulations.doubles import a_pair
from tests.support.people import a_client

LINK, REFUSED = LinkId(1), EnvelopeRefused(origin=ClientId("a"), code="replayed", detail="")


@pytest.mark.parametrize(
    ("code", "is_broken"), [(None, True), ("spare", True), ("stopping", False)]
)
def test_what_is_refused_in_silence_is_noted_unless_its_sender_has_just_said_goodbye(
    code: str | None, is_broken: bool
) -> None:
    """Seed 374 of swarm: envelopes, and in the same round the goodbye of who had passed them on."""
    checker, host = AnswersChecker(), a_pair().north
    checker.on_event(host, LinkOpened(link=LINK, dialled=None, remote_address="10.0.0.2:4000"), 0)
    checker.on_event(host, FrameReceived(LINK, b"[]"), 10)

    checker.on_fact(host, REFUSED, 10)
    if code is not None:
        checker.on_close(host, LINK, code, 10)
    checker.on_round(host, 10)

    assert bool(checker.violations) is is_broken


class Full(NodeHost):
    """A host whose node has no room on any link for as long as the test wants."""

    is_full = False

    def holds_back(self, client: ClientId) -> bool:
        return self.is_full


@pytest.mark.parametrize(("full_until_ms", "is_broken"), [(0, True), (1_000, False)])
def test_a_home_without_room_on_its_links_may_keep_clients_waiting(
    full_until_ms: int, is_broken: bool
) -> None:
    """Seed 6387 of swarm: slow links, and more to say than they carry."""
    checker, like = AnswersChecker(), a_pair().north
    assert isinstance(like, NodeHost)
    host = Full(
        name="north",
        ip=like.ip,
        disk=like.disk,
        key=like.key,
        settings=like.settings,
        reader=like.reader,
    )
    checker.on_event(host, LinkOpened(link=LINK, dialled=None, remote_address="10.0.0.2:4000"), 0)
    submit = Submit(number=1, envelope=a_client("alice").message_to(a_client("bob")).signed)

    for now_ms in range(0, 2_000, 10):
        host.is_full = now_ms < full_until_ms
        if now_ms == 0:
            checker.on_heard(host, LINK, [submit], now_ms)
        if now_ms == full_until_ms + limits.ACK_DELAY_MS // 10 * 10:
            checker.on_said(host, LINK, [Ack(1)] if full_until_ms else [], now_ms)
        checker.on_round(host, now_ms)

    assert bool(checker.violations) is is_broken
