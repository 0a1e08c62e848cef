"""Where a client stands, and why it is nowhere."""

import trio
import trio.testing

from overlay.client.facts import (
    Attached,
    AttachRefused,
    ClientStoreFailed,
    Detached,
    HomeMisbehaved,
    HomeUnreachable,
)
from overlay.errors import Refused
from overlay.messages.ids import Address, Incarnation, NodeId
from overlay.sdk.attachment import Attachment
from overlay.sdk.errors import Unreachable
from overlay.sdk.values import Status

NORTH, SOUTH = Address("ws://north/overlay"), Address("ws://south/overlay")


def attached(address: Address) -> Attached:
    return Attached(home=NodeId("id"), address=address, incarnation=Incarnation(1))


def refused(code: str, detail: str = "") -> AttachRefused:
    return AttachRefused(address=NORTH, code=code, detail=detail)


class Watched:
    """An attachment, and the moves that it told."""

    def __init__(self, *addresses: Address) -> None:
        self.moves: list[Status] = []
        self.attachment = Attachment(addresses, self.moves.append)


def test_every_move_is_told_with_where_to_and_why() -> None:
    watched = Watched(NORTH)

    watched.attachment.on_fact(attached(NORTH))
    watched.attachment.on_fact(Detached(reason="reset"))
    watched.attachment.on_fact(attached(SOUTH))

    assert watched.moves == [
        Status(home=NodeId("id"), address=NORTH),
        Status(trouble="reset"),
        Status(home=NodeId("id"), address=SOUTH),
    ]
    assert watched.attachment.status.is_attached


def test_trouble_on_the_way_is_kept_and_moves_nothing() -> None:
    watched = Watched(NORTH)

    watched.attachment.on_fact(HomeUnreachable(address=NORTH, reason="refused"))
    assert watched.attachment.status.trouble == f"{NORTH}: nothing listens there"
    watched.attachment.on_fact(ClientStoreFailed("the disk is full"))
    assert watched.attachment.status.trouble == "the disk is full"
    watched.attachment.on_fact(HomeMisbehaved(code="malformed", detail=""))

    assert watched.moves == []


def test_what_each_address_did_is_told_together() -> None:
    watched = Watched(NORTH, SOUTH)

    watched.attachment.on_fact(HomeUnreachable(address=NORTH, reason="timed_out"))
    watched.attachment.on_fact(HomeUnreachable(address=SOUTH, reason="not_overlay"))

    failure = watched.attachment.failure()
    assert isinstance(failure, Unreachable)
    assert failure.failures == {
        NORTH: "no answer",
        SOUTH: "what answers there is no overlay node",
    }


def test_a_node_that_ends_in_the_middle_is_as_good_as_none() -> None:
    watched = Watched(NORTH)

    watched.attachment.on_fact(refused("closed", "reset"))

    failure = watched.attachment.failure()
    assert isinstance(failure, Unreachable)
    assert failure.failures == {NORTH: "closed: reset"}


def test_a_node_that_says_no_is_told_with_its_words() -> None:
    watched = Watched(NORTH)

    watched.attachment.on_fact(refused("wrong_network", "ours is overlay"))

    failure = watched.attachment.failure()
    assert isinstance(failure, Refused)
    assert failure.code == "wrong_network"
    assert failure.detail == f"{NORTH} will not serve us: ours is overlay"


def test_a_node_that_says_no_without_words_is_told_all_the_same() -> None:
    watched = Watched(NORTH)

    watched.attachment.on_fact(refused("not_certified"))

    failure = watched.attachment.failure()
    assert isinstance(failure, Refused)
    assert failure.detail == f"{NORTH} will not serve us"


def test_whoever_does_nothing_at_all_is_told_too() -> None:
    failure = Watched(NORTH).attachment.failure()

    assert isinstance(failure, Unreachable)
    assert failure.failures == {NORTH: "no answer yet"}


def test_who_is_banned_is_told_why() -> None:
    watched = Watched(NORTH)

    watched.attachment.on_fact(attached(NORTH))
    watched.attachment.on_fact(refused("banned", "spam"))
    watched.attachment.on_fact(Detached(reason="banned"))
    watched.attachment.on_fact(attached(SOUTH))
    watched.attachment.on_fact(Detached(reason="reset"))

    assert [move.trouble for move in watched.moves] == [None, "banned: spam", None, "reset"]


def test_who_is_refused_is_told_when_to_come_again() -> None:
    watched = Watched(NORTH)
    ban = AttachRefused(address=NORTH, code="banned", detail="spam", retry_after_ms=7_000)

    watched.attachment.on_fact(ban)

    failure = watched.attachment.failure()
    assert isinstance(failure, Refused)
    assert (failure.code, failure.retry_after_ms) == ("banned", 7_000)


async def test_only_who_says_that_it_lives_is_waited_for_longer() -> None:
    watched, patient = Watched(NORTH), 0

    def be_patient() -> None:
        nonlocal patient
        patient += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(watched.attachment.wait_first, be_patient)
        for code in ("too_many_links", "handshake_timeout", "busy"):
            await trio.testing.wait_all_tasks_blocked()
            watched.attachment.on_fact(refused(code))
        await trio.testing.wait_all_tasks_blocked()
        watched.attachment.on_fact(attached(NORTH))

    assert patient == 2
