"""A camera sees what happens in a run, when it happens, and changes nothing."""

import json
from dataclasses import replace

import pytest

from simulations.decisions import Crash, Pause
from simulations.pictures.film import Film
from simulations.pictures.gathering import filmed
from simulations.pictures.layout import places
from simulations.pictures.timeline import (
    EVENTS_MAX,
    MOVE_KINDS,
    Event,
    bounded,
    events,
    timeline_json,
)
from tests.simulations.filmed import (
    CRASH_AT_MS,
    DOWN_MS,
    PARTED_AT_MS,
    PARTED_MS,
    a_film,
    a_run,
    links_between,
)
from tests.simulations.small import a_run as a_small_run


@pytest.fixture
def film() -> Film:
    return a_film()


def test_a_run_that_is_filmed_is_the_same_run_event_for_event(film: Film) -> None:
    unseen = a_run()

    unseen.play()

    assert film.digest == unseen.world.trace.digest
    assert film.violations == ()


def test_a_node_that_died_is_shown_dead_from_then_until_it_is_back(film: Film) -> None:
    dies_ms = film.begun_ms + CRASH_AT_MS
    back_ms = dies_ms + DOWN_MS

    assert [film.is_up("node-2", ms) for ms in (dies_ms - 1, dies_ms)] == [True, False]
    assert [film.is_up("node-2", ms) for ms in (back_ms - 1, back_ms)] == [False, True]
    assert all(film.is_up("node-1", ms) for ms in (dies_ms, back_ms, film.end_ms))


def test_links_of_a_dead_node_are_cut_at_once_then_gone_and_back_after_it(film: Film) -> None:
    dies_ms = film.begun_ms + CRASH_AT_MS

    assert links_between(film, "node-1", "node-2", dies_ms - 1) == ["open"]
    assert set(links_between(film, "node-1", "node-2", dies_ms)) <= {"cut"}
    assert links_between(film, "node-1", "node-2", dies_ms + DOWN_MS - 1) == []
    assert links_between(film, "node-1", "node-2", film.end_ms) == ["open"]


def test_nothing_gets_through_between_the_halves_of_a_partition(film: Film) -> None:
    amid_ms = film.begun_ms + PARTED_AT_MS + PARTED_MS // 2

    assert links_between(film, "node-2", "node-3", amid_ms) == ["cut"]
    assert links_between(film, "node-1", "node-2", amid_ms) == ["open"]
    look = film.look_at(amid_ms)
    assert look is not None
    assert (look.nodes, look.islands, look.largest) == (4, 2, 2)


def test_all_nodes_agree_when_everybody_knows_everybody_and_at_the_end(film: Film) -> None:
    whole = [(look.nodes, look.alike, look.islands) for look in film.looks]
    known = [look for look in film.looks if look.at_ms >= film.begun_ms]

    assert whole[-1] == (4, 4, 1)
    assert (known[0].nodes, known[0].alike, known[0].islands) == (4, 4, 1)
    assert film.look_at(-1) is None
    assert film.look_at(film.end_ms) == film.looks[-1]


def test_a_process_that_stands_still_is_shown_so_for_as_long() -> None:
    run = a_small_run()
    run.after(2_500, lambda: run.faults.befall(Pause(host="node-1", for_ms=700)))

    film, _ = filmed(run)

    ((from_ms, until_ms),) = film.paused["node-1"]
    assert 0 <= from_ms - 2_500 <= 50
    assert 0 <= until_ms - 3_200 <= 50
    assert film.is_paused("node-1", 3_000)


def test_a_host_that_falls_silent_leaves_links_through_which_nothing_gets() -> None:
    run = a_run()
    silent = Crash(host="node-4", down_ms=20_000, is_silent=True)
    run.after(2_500, lambda: run.faults.befall(silent))

    film, _ = filmed(run)

    assert links_between(film, "node-3", "node-4", 3_500) == ["cut"]
    assert links_between(film, "node-3", "node-4", 9_500) == []


def test_every_envelope_is_seen_on_a_link_that_stood_then(film: Film) -> None:
    there = {
        (move.at_ms, move.sender, move.receiver): any(
            {move.sender, move.receiver} == {link.one, link.other}
            for link in film.links_at(move.at_ms)
        )
        for move in film.moves
    }

    assert all(there.values())
    assert {move.kind for move in film.moves} == set(MOVE_KINDS)
    assert film.moves_left_out == 0


# The timeline.


def test_a_timeline_tells_everything_in_order_and_who_it_is_about(film: Film) -> None:
    told = events(film)
    dies_ms = film.begun_ms + CRASH_AT_MS

    assert [event[0] for event in told] == sorted(event[0] for event in told)
    assert (dies_ms, "fault", "node-2 dies, back after 2.0 s", ("node-2",)) in told
    assert (dies_ms, "machine", "node-2 does not run any more", ("node-2",)) in told
    assert (dies_ms + DOWN_MS, "machine", "node-2 is back", ("node-2",)) in told
    said = [event for event in told if event[1] == "message" and " writes to " in event[2]]
    assert len(said) == sum(saying.channel is None for saying in film.sayings)


def test_a_timeline_is_json_that_can_stand_in_a_page(film: Film) -> None:
    text = timeline_json(film, places(film))

    told = json.loads(text)
    number = told["hosts"].index("node-2")
    dies_ms = film.begun_ms + CRASH_AT_MS
    assert "</" not in text
    assert (told["nodes"], len(told["places"])) == (4, 7)
    assert next(until for _, until in told["up"][number]) == dies_ms
    assert len(told["moves"]) == len(film.moves)
    assert [event[0] for event in told["events"]] == [event[0] for event in events(film)]


def test_of_too_many_events_messages_are_left_out_first_and_it_is_told(film: Film) -> None:
    many: list[Event] = [(ms, "message", "somebody speaks", ()) for ms in range(EVENTS_MAX)]
    found = [*many, (EVENTS_MAX, "fault", "a node dies", ())]

    kept, left_out = bounded(found)

    assert (len(kept), left_out) == (EVENTS_MAX, 1)
    assert kept[-1] == found[-1]
    assert kept[:-1] == found[: EVENTS_MAX - 1]
    told = json.loads(timeline_json(replace(film, moves_left_out=7), places(film)))
    assert told["leftOut"] == {"events": 0, "moves": 7}


def test_everybody_has_a_place_of_their_own(film: Film) -> None:
    where = places(film)

    assert list(where) == [*film.nodes, *film.people]
    assert len(set(where.values())) == len(where)
    assert all(-1 <= at <= 1 for place in where.values() for at in place)
