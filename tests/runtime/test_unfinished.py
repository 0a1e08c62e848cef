"""What clients have begun to say and not ended is bounded for all of them together."""

import pytest
import trio

from overlay import limits
from overlay.peering.effects import Trust
from overlay.peering.events import LinkClosed
from overlay.runtime.unfinished import Unfinished
from tests.runtime.doubles import MemoryLink, link_pair, overseen

ROOM = 100


class Given:
    """Who was given up, in order."""

    def __init__(self) -> None:
        self.up: list[str] = []
        self.unfinished = Unfinished[str](ROOM, self.up.append)


def test_the_message_that_began_first_gives_way() -> None:
    given = Given()
    for name in ("alice", "bob", "carol"):
        given.unfinished.keep(name, 1, ROOM // 3)
    given.unfinished.keep("alice", 1, ROOM // 3 + 1)

    given.unfinished.keep("bob", 1, ROOM // 3 + 1)

    assert given.up == ["alice"]


def test_a_message_that_has_ended_takes_no_room() -> None:
    given = Given()
    for number in range(10):
        given.unfinished.keep("alice", number, ROOM)
        given.unfinished.keep("alice", number, 0)

    given.unfinished.keep("bob", 1, ROOM)

    assert given.up == []


def test_who_goes_on_with_another_message_is_no_longer_the_slowest() -> None:
    given = Given()
    given.unfinished.keep("alice", 1, ROOM // 2)
    given.unfinished.keep("bob", 1, ROOM // 2)

    given.unfinished.keep("alice", 2, ROOM // 2)
    given.unfinished.keep("carol", 1, 1)

    assert given.up == ["bob"]


def test_as_many_give_way_as_it_takes() -> None:
    given = Given()
    for number in range(10):
        given.unfinished.keep(f"attacker {number}", 1, ROOM // 10)

    given.unfinished.keep("alice", 1, ROOM // 2)

    assert given.up == [f"attacker {number}" for number in range(5)]


def test_who_has_gone_takes_no_room() -> None:
    given = Given()
    given.unfinished.keep("alice", 1, ROOM)

    given.unfinished.forget("alice")
    given.unfinished.forget("alice")
    given.unfinished.keep("bob", 1, ROOM)

    assert given.up == []


def begins(link: MemoryLink, size_bytes: int) -> None:
    """So much has come of the link's first message."""
    assert link.on_unfinished is not None
    link.on_unfinished(1, size_bytes)


async def test_the_link_of_who_gives_way_is_closed_with_a_code() -> None:
    """docs/protocol.md, 2.4."""
    slow, _ = link_pair()
    quick, _ = link_pair()
    async with overseen() as overlay:
        slow_link, quick_link = await overlay.opens(slow), await overlay.opens(quick)
        for link in (slow_link, quick_link):
            overlay.links.perform(Trust(link))
        begins(slow, limits.UNFINISHED_BYTES_MAX // 2)
        begins(quick, limits.UNFINISHED_BYTES_MAX // 2)
        assert await overlay.events() == []

        begins(quick, limits.UNFINISHED_BYTES_MAX // 2 + 1)

        assert await overlay.next_events() == [LinkClosed(slow_link, "stalled")]
        assert slow.closed_with == [(1008, "stalled")]
        assert slow.on_unfinished is None


@pytest.mark.parametrize("is_trusted", [True, False])
async def test_neighbours_and_who_may_say_little_yet_do_not_count(is_trusted: bool) -> None:
    north, _ = link_pair()
    async with overseen() as overlay:
        link = await overlay.opens(north)

        if is_trusted:
            overlay.links.perform(Trust(link, is_node=True))

        assert north.on_unfinished is None


async def test_a_link_that_has_ended_leaves_its_room_to_others() -> None:
    north, south = link_pair()
    others, _ = link_pair()
    async with overseen() as overlay:
        overlay.links.perform(Trust(await overlay.opens(north)))
        overlay.links.perform(Trust(await overlay.opens(others)))
        begins(north, limits.UNFINISHED_BYTES_MAX)

        await south.close(1000, "")
        await overlay.settles()
        begins(others, limits.UNFINISHED_BYTES_MAX)
        await trio.testing.wait_all_tasks_blocked()

        assert others.closed_with == []
