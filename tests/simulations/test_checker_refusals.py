"""S8: whatever is refused is told so, unless nobody is there any more to be told."""

import pytest

from overlay.core.facts import EnvelopeRefused
from overlay.messages.ids import ClientId
from overlay.peering.events import FrameReceived, LinkId, LinkOpened
from simulations.checkers.answers import AnswersChecker
from tests.simulations.doubles import a_pair

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
