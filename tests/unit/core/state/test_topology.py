"""A node's copy of all node records: who keeps a link with whom, who is alive."""

import pytest

from overlay import limits
from overlay.core.state.topology import Topology
from overlay.messages.ids import NodeId
from tests.support.people import NodeKeys, a_node_called, hash_of

NAMES = ("north", "south", "west", "east")
NORTH, SOUTH, WEST, EAST = (a_node_called(name) for name in NAMES)


class Town:
    """A topology in the eyes of north, and who is a member."""

    def __init__(self) -> None:
        self.members = {each.id for each in (NORTH, SOUTH, WEST, EAST)}
        self.topology = Topology(NORTH.id, self.members.__contains__)

    def says(self, who: NodeKeys, *links: NodeKeys) -> bool:
        """A newer record with these links arrives."""
        return self.topology.put(who.record(links=tuple(each.id for each in links)))

    def alive(self) -> list[NodeId]:
        return list(self.topology.alive())


@pytest.fixture
def town() -> Town:
    return Town()


def test_a_node_alone_is_alive(town: Town) -> None:
    """docs/protocol.md, section 5.6."""
    assert town.alive() == [NORTH.id]
    assert NORTH.id in town.alive()
    assert town.topology.get(SOUTH.id) is None
    assert town.topology.addresses_of(SOUTH.id) == ()
    assert town.topology.name_of(SOUTH.id) is None
    assert town.topology.incarnation_of(SOUTH.id) is None
    assert town.topology.vouched_by(SOUTH.id) == ()


def test_links_count_that_both_ends_name_nearest_first(town: Town) -> None:
    """docs/protocol.md, section 5.6."""
    town.says(NORTH, SOUTH)
    town.says(EAST, WEST)
    town.says(WEST, SOUTH, EAST)
    assert town.alive() == [NORTH.id]

    town.says(SOUTH, NORTH, WEST)

    assert town.alive() == [NORTH.id, SOUTH.id, WEST.id, EAST.id]
    assert town.topology.distances_to(EAST.id) == {EAST.id: 0, WEST.id: 1, SOUTH.id: 2, NORTH.id: 3}


def test_a_lower_record_changes_nothing(town: Town) -> None:
    """docs/protocol.md, section 5.1."""
    old = SOUTH.record()
    town.says(SOUTH, NORTH)

    assert not town.topology.put(old)
    assert town.topology.links_of(SOUTH.id) == (NORTH.id,)


def test_who_is_no_member_is_not_alive(town: Town) -> None:
    """docs/protocol.md, section 5.6."""
    town.says(NORTH, SOUTH)
    town.says(SOUTH, NORTH)
    assert SOUTH.id in town.alive()

    town.members.discard(SOUTH.id)
    town.topology.forget_answers()

    assert SOUTH.id not in town.alive()
    assert town.topology.counting(SOUTH.id) is None
    assert town.topology.get(SOUTH.id) is not None


def test_at_least_half_of_the_links_must_be_named_back(town: Town) -> None:
    """docs/protocol.md, section 5.6."""
    town.says(NORTH, SOUTH)
    town.says(SOUTH, NORTH, WEST)
    assert SOUTH.id in town.alive()

    town.says(SOUTH, NORTH, WEST, EAST)

    assert SOUTH.id not in town.alive()


def test_a_link_named_twice_or_to_oneself_is_not_named_back_twice(town: Town) -> None:
    """docs/protocol.md, section 5.6: a liar cannot outweigh its lies."""
    town.says(NORTH, SOUTH)
    town.says(SOUTH, *[NORTH] * 9, *[SOUTH] * 9, WEST, EAST)
    assert SOUTH.id not in town.alive()

    town.says(SOUTH, NORTH, SOUTH, WEST)

    assert SOUTH.id in town.alive()


def test_who_came_and_went_between_two_looks_is_noticed_if_somebody_was_told(town: Town) -> None:
    """docs/protocol.md, section 5.6: whoever was told that a node is dead is told that it lives."""
    town.says(NORTH, SOUTH, WEST)
    town.says(SOUTH, NORTH)
    town.says(WEST, NORTH)
    assert town.topology.notice() == [SOUTH.id, WEST.id]

    town.says(SOUTH)
    town.says(WEST)
    assert not town.topology.is_alive(SOUTH.id)
    town.says(SOUTH, NORTH)
    town.says(WEST, NORTH)

    assert town.topology.notice() == [SOUTH.id]
    assert town.topology.notice() == []


def test_a_death_is_noticed_as_one_change(town: Town) -> None:
    """docs/protocol.md, section 5.6."""
    town.says(NORTH, SOUTH)
    town.says(SOUTH, NORTH)
    town.topology.notice()

    town.says(SOUTH)

    assert town.topology.notice() == [SOUTH.id]
    assert not town.topology.is_alive(SOUTH.id)


def test_a_dropped_record_is_forgotten(town: Town) -> None:
    """docs/protocol.md, section 4.3."""
    town.says(NORTH, SOUTH)
    town.says(SOUTH, NORTH)

    town.topology.drop(SOUTH.id)
    town.topology.drop(SOUTH.id)

    assert (town.topology.get(SOUTH.id), town.alive()) == (None, [NORTH.id])


def test_there_is_no_way_to_who_is_not_alive(town: Town) -> None:
    """docs/protocol.md, section 6.2."""
    town.says(NORTH, SOUTH)

    assert town.topology.distances_to(SOUTH.id) == {}
    assert town.topology.distances_to(NodeId(hash_of("nobody"))) == {}


def test_the_way_around_a_dead_node_is_found(town: Town) -> None:
    """docs/protocol.md, section 6.2."""
    town.says(NORTH, SOUTH, WEST)
    town.says(SOUTH, NORTH, EAST)
    town.says(WEST, NORTH, EAST)
    town.says(EAST, SOUTH, WEST)
    assert town.topology.distances_to(EAST.id)[NORTH.id] == 2

    town.says(SOUTH)

    assert town.topology.distances_to(EAST.id) == {EAST.id: 0, WEST.id: 1, NORTH.id: 2}


def test_many_homes_can_be_asked_for(town: Town) -> None:
    """docs/protocol.md, section 12: the answers that are kept are bounded."""
    others = [a_node_called(f"other {number}") for number in range(limits.DISTANCES_MAX + 5)]
    town.members.update(other.id for other in others)
    town.topology.put(NORTH.record(links=tuple(other.id for other in others)))
    for other in others:
        town.says(other, NORTH)

    for _ in range(2):
        distances = [town.topology.distances_to(other.id)[NORTH.id] for other in others]
        assert distances == [1] * len(others)


def test_two_ends_hold_without_their_link_while_there_is_another_way(town: Town) -> None:
    """docs/protocol.md, section 10.6."""
    town.says(NORTH, SOUTH, EAST)
    town.says(EAST, NORTH, WEST)
    town.says(WEST, SOUTH, EAST)
    town.says(SOUTH, NORTH, WEST)
    assert town.topology.holds_without(SOUTH.id)
    assert town.topology.holds_without(EAST.id)

    town.says(WEST, EAST)

    assert not town.topology.holds_without(SOUTH.id)
    assert town.alive() == [NORTH.id, SOUTH.id, EAST.id, WEST.id]


def test_who_would_seem_a_liar_without_a_link_does_not_hold_without_it(town: Town) -> None:
    """docs/protocol.md, sections 5.6 and 10.6: half of our links must be named back, too."""
    town.says(NORTH, SOUTH, EAST, WEST)
    town.says(SOUTH, NORTH, EAST)
    town.says(EAST, NORTH, SOUTH)
    assert town.topology.holds_without(SOUTH.id)

    town.says(NORTH, SOUTH, EAST, WEST, a_node_called("nobody"))

    assert not town.topology.holds_without(SOUTH.id)


def test_a_record_is_named_back_by_half_of_its_links_ours_counted(town: Town) -> None:
    """docs/protocol.md, section 5.6."""
    town.says(NORTH)
    town.says(SOUTH, NORTH, WEST, EAST)
    assert not town.topology.is_named_back(SOUTH.id)

    town.says(WEST, SOUTH)
    assert town.topology.is_named_back(SOUTH.id)
    town.says(NORTH, SOUTH)
    assert town.topology.is_named_back(SOUTH.id)
    town.says(WEST)

    assert not town.topology.is_named_back(SOUTH.id)


def test_it_is_counted_how_often_who_names_us_may_have_changed(town: Town) -> None:
    """docs/protocol.md, section 5.6."""
    counts: list[int] = []
    for links in ((), (WEST,), (NORTH,), (NORTH, WEST), ()):
        town.says(SOUTH, *links)
        counts.append(town.topology.naming)

    assert counts == [0, 0, 1, 2, 3]
    assert not town.topology.names_us(SOUTH.id)
    assert not town.topology.names_us(EAST.id)


def test_what_is_shared_answers_everybody_as_their_own_records_would(town: Town) -> None:
    """docs/protocol.md, section 5.6."""
    town.says(NORTH, SOUTH)
    town.says(SOUTH, NORTH, WEST)
    town.says(WEST, SOUTH, EAST)
    town.says(EAST, WEST)
    town.topology.share()
    easts, norths = (Topology(each.id, town.members.__contains__) for each in (EAST, NORTH))
    easts.adopt(town.topology)
    norths.adopt(town.topology)

    easts.put(WEST.record(links=(EAST.id,)))

    assert dict(easts.alive()) == dict.fromkeys([EAST.id, WEST.id])
    assert sorted(easts.notice()) == sorted([NORTH.id, SOUTH.id])
    assert easts.distances_to(WEST.id) == {WEST.id: 0, EAST.id: 1}
    assert easts.distances_to(NORTH.id) == {}
    assert len(norths.alive()) == len(town.alive()) == 4
    assert norths.distances_to(EAST.id) == {EAST.id: 0, WEST.id: 1, SOUTH.id: 2, NORTH.id: 3}
    assert (norths.holds_without(SOUTH.id), norths.notice()) == (False, [])


def test_who_adopts_forgets_what_follows_when_somebody_is_no_member_any_more(town: Town) -> None:
    """docs/protocol.md, section 5.6."""
    town.says(NORTH, SOUTH)
    town.says(SOUTH, NORTH, WEST)
    town.says(WEST, SOUTH)
    town.topology.share()
    topology = Topology(NORTH.id, town.members.__contains__)
    topology.adopt(town.topology)

    town.members.remove(WEST.id)
    topology.forget_answers()

    assert dict(topology.alive()) == dict.fromkeys([NORTH.id, SOUTH.id])
    assert topology.distances_to(SOUTH.id) == {SOUTH.id: 0, NORTH.id: 1}
