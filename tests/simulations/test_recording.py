"""A run is made of recorded decisions: the record alone gives the very same run again."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest

from simulations.calendar import Calendar
from simulations.decisions import DECISIONS, Crash, Cut, Decided, Partition, Reset, Say
from simulations.director import Director
from simulations.encoding import Unreadable, read, written
from simulations.playing import play, replay
from simulations.recording import Recording, load
from simulations.report import Result
from simulations.scenario import Options, Run
from tests.simulations.small import SMALL, a_run

SHORT = Options(seed=1, length_ms=10_000)


@pytest.mark.parametrize(("scenario", "seed"), [("talk", 1), ("crash", 2), ("swarm", 1)])
def test_a_recording_gives_the_same_run_byte_for_byte(
    scenario: str, seed: int, tmp_path: Path
) -> None:
    first = play(scenario, replace(SHORT, seed=seed))
    first.recording.save(tmp_path / "run.json")

    again = replay(load(tmp_path / "run.json"))

    assert again.digest == first.digest
    assert again.recording == first.recording


@pytest.mark.parametrize("scenario", ["forger", "clogged", "censoring_home"])
def test_what_a_scenario_asks_of_its_own_messages_it_asks_in_a_replay(scenario: str) -> None:
    first = play(scenario, Options(seed=2, length_ms=3_000))

    again = replay(first.recording)

    assert again.digest == first.digest
    assert (again.broken, again.run.measured) == (first.broken, first.run.measured)


def test_what_a_scenario_decides_by_itself_is_recorded_in_its_turn() -> None:
    run = a_run()
    run.play()
    (alice, bob, _), (north, *_) = run.people, run.nodes
    turns = [each.turn for each in run.director.decided if each.turn is not None]
    run.faults.crash(north, down_ms=500)
    run.pass_time(2_000)
    run.workload.say(alice, bob)
    run.pass_time(2_000)

    added = [each.decision for each in run.director.decided if each.turn not in (None, *turns)]
    assert added[0] == Crash(host=north.name, down_ms=500)
    assert isinstance(added[1], Say)
    assert (added[1].speaker, added[1].listener) == (alice.name, bob.name)


def test_a_replay_leaves_out_what_was_taken_out_of_the_record() -> None:
    run = a_run()
    run.play()
    recording = Result(run, 0).recording
    only = [each for each in recording.decisions if isinstance(each.decision, Say)][:3]

    again = Run(SMALL, Options(), recording=replace(recording, decisions=tuple(only)))
    again.play()

    assert len(again.sayings) == 3
    assert [each.decision for each in again.director.decided] == [each.decision for each in only]


def test_what_follows_the_beginning_is_timed_from_its_end() -> None:
    calendar, seen = Calendar(), list[tuple[int, str]]()
    script = [
        Decided(50, Reset("early", "x")),
        Decided(150, Reset("late", "x")),
        Decided(100, Reset("own", "x"), turn=1),
    ]
    director = Director(calendar, script, script_begun_ms=100)

    director.open(lambda each: seen.append((calendar.now_ms, getattr(each, "one", ""))))
    calendar.run(1_000)
    director.begun()
    own = director.take(Reset("drawn", "x"))
    calendar.run(2_000)

    assert seen == [(50, "early"), (1_050, "late")]
    assert own == Reset("own", "x")


def test_a_turn_of_another_kind_is_left_out() -> None:
    calendar = Calendar()
    director = Director(calendar, [Decided(0, Reset("north", "south"), turn=1)])

    assert director.take(Crash(host="north", down_ms=1)) is None


def test_decisions_about_hosts_that_are_gone_or_down_do_nothing() -> None:
    run = a_run()
    run.begin()
    north = run.nodes[0]
    run.world.kill(north)
    before = run.world.trace.events
    say = Say(speaker="nobody", listener="person-1", channel=None, filling=0)

    for kind in DECISIONS.values():
        names = {field.name for field in fields(kind)}
        if "host" in names and kind is not Crash:
            run.faults.perform(example(kind, north.name))  # type: ignore[arg-type]  # has a host
            run.faults.perform(example(kind, "nobody"))  # type: ignore[arg-type]
    run.faults.perform(Crash(host=north.name, down_ms=1))
    run.workload.perform(say)
    run.workload.perform(replace(say, speaker="person-1", listener="nobody"))

    assert run.world.trace.events == before
    assert len(run.sayings) == 0
    run.pass_time(100)
    assert not north.is_up


def example(kind: type, host: str) -> object:
    """A decision of a kind about this host."""
    values = {
        "host": host,
        "for_ms": 1_000,
        "down_ms": 10,
        "way": "both",
        "moment": "before",
        "extra_ms": 10,
        "by_ms": 10,
        "ppm": 10,
        "offset_ms": 10,
        "commits": 1,
        "bytes_per_ms": 10,
        "lost_one_in": 2,
        "reset_one_in": 2,
    }
    return kind(**{f.name: values[f.name] for f in fields(kind) if f.name in values})


# Files.


@pytest.mark.parametrize(
    "value",
    [
        Crash(host="north", down_ms=None, is_silent=True, disk="old"),
        Partition((("north",), ("south", "east")), 100),
        Decided(5, Cut(host="north", way="in", for_ms=3), turn=2),
        Decided(5, Say(speaker="alice", listener="bob", channel=None, filling=3)),
    ],
)
def test_what_was_written_is_read_again(value: object) -> None:
    text = json.dumps(written(value))

    assert read(type(value), json.loads(text), "value") == value


@pytest.fixture(scope="module")
def the_recording() -> Recording:
    return play("swarm", SHORT).recording


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"seed": "one"}, "run.seed: 'one' is no int"),
        ({"seed": True}, "run.seed: True is no int"),
        ({"nonsense": 1}, "run: unknown field 'nonsense'"),
        ({"decisions": 3}, "run.decisions: 3 is no array"),
        ({"decisions": [{"kind": "Decided"}]}, "run.decisions[0]: 'at_ms' is missing"),
        (
            {"decisions": [{"kind": "Decided", "at_ms": 1, "decision": {"kind": "Explode"}}]},
            "run.decisions[0].decision: unknown kind 'Explode'",
        ),
        (
            {"decisions": [{"kind": "Decided", "at_ms": 1, "decision": 7}]},
            "run.decisions[0].decision: 7 is no object",
        ),
        ({"opening": {}}, "run.opening: no Opening"),
    ],
)
def test_a_file_that_was_spoilt_says_where(
    change: dict[str, object], complaint: str, tmp_path: Path, the_recording: Recording
) -> None:
    path = tmp_path / "run.json"
    the_recording.save(path)
    content = json.loads(path.read_text())
    content["run"] |= change
    path.write_text(json.dumps(content))

    with pytest.raises(Unreadable) as raised:
        load(path)

    assert str(raised.value) == complaint


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "not JSON"),
        ("[]", "not a recording"),
        ('{"format": 99, "run": {}}', "format 99, and this simulator reads 1"),
        (None, "cannot read it: No such file or directory"),
    ],
)
def test_a_file_that_is_no_recording_says_why(
    content: str | None, complaint: str, tmp_path: Path
) -> None:
    path = tmp_path / "run.json"
    if content is not None:
        path.write_text(content)

    with pytest.raises(Unreadable, match=complaint):
        load(path)


def test_only_what_has_a_place_in_a_file_is_written() -> None:
    with pytest.raises(TypeError, match="set has no place"):
        written({1})
