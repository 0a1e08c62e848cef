"""Figures say what they show, and are the same bytes for the same data."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest

from simulations.decisions import (
    Clog,
    CopyDisk,
    Crash,
    CrashInCommit,
    Cut,
    CutOneWay,
    Fault,
    JumpClock,
    Lose,
    Meddle,
    Partition,
    Pause,
    RefuseCommits,
    Reset,
    SetWallClock,
    SkewClock,
    Slow,
    Stop,
)
from simulations.large import LargeLedger, Part, Played
from simulations.pictures.agreement import agreed_after_ms, agreement_picture
from simulations.pictures.broadcasting import copies_picture, flooded
from simulations.pictures.converging import convergence_picture
from simulations.pictures.delivery import delivery_picture, latency_ms, windows
from simulations.pictures.drawing import Picture
from simulations.pictures.film import Look
from simulations.pictures.gathering import (
    Converged,
    Copies,
    Reached,
    converged,
    copies,
    copies_of_large,
    reached,
    reached_of_large,
)
from simulations.pictures.graphs import graph_picture, moments
from simulations.pictures.reliability import SOURCE, reliability_picture
from simulations.pictures.telling import FAMILIES, family, hosts_of, lasts_ms, told
from simulations.report import HOLDS
from tests.simulations.filmed import a_film

PNG_MARK = b"\x89PNG"
FEW = Copies(
    nodes=25,
    links=60,
    messages=((30, 70), (24, 60)),
    payloads_permille=1_000,
    control_permille=2_500,
    busy_permille=600,
    command="python -m simulations run broadcast --nodes 25",
)
MANY = Reached(
    percent=90,
    nodes=100,
    in_the_end_permille=1_000,
    soon_permille=900,
    command="python -m simulations run mass_crash_90 --nodes 100",
)
QUICK = Converged(
    shape="line",
    nodes=4,
    known_ms=600,
    noticed_ms=100,
    command="python -m simulations run convergence --nodes 4 --shape line",
)

PICTURES: dict[str, Callable[[], Picture]] = {
    "graph": lambda: graph_picture(a_film()),
    "delivery": lambda: delivery_picture(a_film()),
    "agreement": lambda: agreement_picture(a_film()),
    "copies": lambda: copies_picture([FEW], []),
    "reliability": lambda: reliability_picture([MANY], []),
    "convergence": lambda: convergence_picture([QUICK]),
}


@cache
def drawn(name: str) -> Picture:
    """One of them, for all tests."""
    return PICTURES[name]()


@pytest.mark.parametrize("name", PICTURES)
def test_a_figure_is_the_same_bytes_whenever_it_is_drawn(name: str) -> None:
    first, second = drawn(name), PICTURES[name]()

    assert first == second
    assert first.png.startswith(PNG_MARK)
    assert ElementTree.fromstring(first.svg).tag.endswith("svg")


@pytest.mark.parametrize("name", PICTURES)
def test_a_figure_has_a_caption_and_the_command_that_has_its_runs_again(name: str) -> None:
    picture = drawn(name)

    assert picture.name == name
    assert all((picture.title, picture.caption, picture.alternative))
    assert picture.sources != ()
    assert all(line.startswith("python -m simulations run ") for line in picture.sources)


# What a film's figures show.


def test_the_moments_of_a_graph_are_its_beginning_its_end_and_where_most_is_broken() -> None:
    film = a_film()

    chosen = moments(film)

    assert (chosen[0], chosen[-1]) == (film.begun_ms, film.end_ms)
    assert chosen == sorted(chosen)
    looks = [film.look_at(at_ms) for at_ms in chosen]
    assert any(look is not None and look.nodes == 3 for look in looks)
    assert any(look is not None and look.islands > 1 for look in looks)


def test_the_latency_of_a_text_is_until_it_was_shown_on_a_channel_to_the_last() -> None:
    film = a_film()

    for saying in film.sayings:
        took_ms = latency_ms(saying)
        if saying.channel is None:
            assert took_ms == min(saying.shown[name] for name in saying.wanted) - saying.said_ms
        else:
            assert took_ms == max(saying.shown.values()) - saying.said_ms
    direct = sum(saying.channel is None for saying in film.sayings)
    assert sum(len(sayings) for _, sayings in windows(film)) == direct


def test_what_was_agreed_at_the_end_is_told_with_how_long_it_was_so() -> None:
    looks = tuple(
        Look(at_ms=at_ms, nodes=4, alike=alike, islands=1, largest=4)
        for at_ms, alike in ((0, 1), (1_000, 4), (2_000, 3), (3_000, 4))
    )
    film = replace(a_film(), looks=looks, end_ms=3_500)

    assert agreed_after_ms(film) == 1_500
    assert agreed_after_ms(replace(film, looks=looks[:3])) is None
    assert agreed_after_ms(replace(film, looks=looks[1:2])) == 3_500


def test_a_run_in_which_nothing_is_said_and_nothing_happens_can_be_drawn_as_well() -> None:
    film = replace(a_film(), sayings=(), faults=(), moves=())

    assert "0 of 0 direct messages" in delivery_picture(film).caption
    assert "what befell the world" not in delivery_picture(film).caption
    assert agreement_picture(film).png.startswith(PNG_MARK)


# What befell, in words.

FAULTS: tuple[Fault, ...] = (
    Crash(host="node-1", down_ms=None),
    Stop("node-1", 500),
    CrashInCommit(host="node-1", down_ms=500, moment="torn"),
    RefuseCommits("node-1", 3),
    CopyDisk("node-1"),
    Reset("node-1", "node-2"),
    Cut(host="node-1", way="in", for_ms=700),
    CutOneWay(sender="node-1", receiver="node-2", for_ms=700),
    Partition((("node-1",), ("node-2",)), 1_500),
    Slow(host="node-1", extra_ms=100, for_ms=700),
    Clog(host="node-1", bytes_per_ms=5, for_ms=700),
    Lose(host="node-1", lost_one_in=4, reset_one_in=0, for_ms=700),
    Meddle(sender="node-1", receiver="node-2", what="corrupt", frames=2, place=0),
    Pause(host="node-1", for_ms=700),
    JumpClock("node-1", 4_000),
    SkewClock("node-1", 50),
    SetWallClock("node-1", 9_000),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_every_fault_is_told_in_words_with_whom_it_befell(fault: Fault) -> None:
    words = told(fault)

    assert family(fault) in FAMILIES
    assert lasts_ms(fault) == getattr(fault, "for_ms", getattr(fault, "down_ms", 0) or 0)
    assert all(host in words for host in hosts_of(fault))
    assert hosts_of(fault) != () or isinstance(fault, Partition)


def test_no_kind_of_fault_is_left_untold() -> None:
    assert {type(fault) for fault in FAULTS} == set(get_args(Fault))


def test_a_crash_is_told_with_how_long_it_lasts_and_what_becomes_of_the_disk() -> None:
    silent = Crash(host="node-1", down_ms=2_500, is_silent=True, disk="none")

    assert told(silent) == "node-1 falls silent, back after 2.5 s, its disk gone"
    assert told(FAULTS[0]) == "node-1 dies, for good"


# What other figures are made of.


def test_copies_are_counted_for_each_message_of_a_run() -> None:
    found, result = copies(8, seed=1)

    assert result.exit_code == HOLDS
    assert len(found.messages) == 70
    assert found.payloads_permille == result.run.measured["payloads_per_node_permille"]
    assert all(payloads >= 7 for payloads, _ in found.messages)
    assert flooded(found) > 1


def test_reliability_is_that_of_the_scenario_with_its_command() -> None:
    found, result = reached(50, 16, seed=1)

    assert result.exit_code == HOLDS
    assert (found.percent, found.nodes, found.in_the_end_permille) == (50, 16, 1_000)
    assert found.command == result.command


def test_a_line_takes_longer_to_agree_than_a_star() -> None:
    line, _ = converged("line", 12, seed=1)
    star, result = converged("star", 12, seed=1)

    assert result.exit_code == HOLDS
    assert line.noticed_ms > star.noticed_ms > 0
    assert line.known_ms is not None


def test_the_ledger_of_large_worlds_adds_its_sizes_and_their_commands(tmp_path: Path) -> None:
    ledger = LargeLedger(tmp_path / "large.jsonl")
    ledger.add(a_large("broadcast", payloads_per_node_permille=1_031))
    ledger.add(a_large("mass_crash_95", reliability_permille=1_000, soon=800))
    ledger.add(a_large("mass_crash_90"))

    (broadcast,) = copies_of_large(ledger)
    (crash,) = reached_of_large(ledger)

    assert (broadcast.nodes, broadcast.payloads_permille) == (1_000, 1_031)
    assert (crash.percent, crash.in_the_end_permille) == (95, 1_000)
    assert crash.command == "python -m simulations large --nodes 1000 --only mass_crash_95"
    picture = reliability_picture([MANY], [crash])
    assert SOURCE in picture.caption
    assert crash.command in picture.sources


def a_large(scenario: str, **numbers: int) -> Played:
    if "soon" in numbers:
        numbers["reliability_soon_permille"] = numbers.pop("soon")
    if scenario == "broadcast":
        numbers |= {"control_per_node_permille": 2_000, "busy_control_per_node_permille": 600}
    return Played(
        part=Part(scenario, 1_000),
        commit="abc",
        exit_code=HOLDS,
        violations=(),
        digest="digest",
        numbers=numbers,
        peak_mib=1,
    )
