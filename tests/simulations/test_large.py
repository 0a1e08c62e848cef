"""Large worlds are played once each, written down as they are over, and shown as a table."""

from dataclasses import replace
from pathlib import Path

import pytest

from simulations.__main__ import main
from simulations.encoding import Unreadable
from simulations.large import (
    SCENARIOS_PLAYED,
    WHAT,
    LargeLedger,
    Part,
    Played,
    parts,
    play_apart,
    play_missing,
    table,
)
from simulations.pages import write_into
from simulations.report import HOLDS, UNMET, USAGE
from simulations.scenarios import SCENARIOS

BEGIN, END = "<!-- large worlds: begin -->", "<!-- large worlds: end -->"
CRASH = Part("mass_crash_80", 1_000)


def played(part: Part, exit_code: int = HOLDS, **numbers: int) -> Played:
    return Played(
        part=part,
        commit="abc",
        exit_code=exit_code,
        violations=() if exit_code == HOLDS else ("L8 at 5 ms: too late",),
        digest="digest",
        numbers=numbers,
        peak_mib=512,
    )


def test_what_the_ledger_has_is_left_out_and_what_died_is_played_again(tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    known, died, new = CRASH, Part("broadcast", 1_000), Part("broadcast", 10_000)
    book = LargeLedger(path)
    book.add(played(known))
    book.add(played(died, exit_code=-1))
    told: list[Part] = []

    play_missing(
        LargeLedger(path),
        [known, died, new],
        "abc",
        lambda each: told.append(each.part),
        lambda part, commit: played(part, payloads_each=9),
    )

    assert told == [died, new]
    assert LargeLedger(path).played == {
        known: played(known),
        died: played(died, payloads_each=9),
        new: played(new, payloads_each=9),
    }


def test_what_the_ledger_has_is_played_again_where_that_is_asked(tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    LargeLedger(path).add(played(CRASH))

    play_missing(
        LargeLedger(path),
        [CRASH],
        "abc",
        lambda _: None,
        lambda part, commit: played(part, healed_ms=9),
        again=True,
    )

    assert LargeLedger(path).played == {CRASH: played(CRASH, healed_ms=9)}


def test_every_scenario_of_large_worlds_is_there_and_small_ones_come_first() -> None:
    wanted = parts((10_000, 1_000), SCENARIOS_PLAYED)

    assert all(part.scenario in SCENARIOS for part in wanted)
    assert [part.nodes for part in wanted] == sorted(part.nodes for part in wanted)
    assert len(wanted) == 2 * len(SCENARIOS_PLAYED)


def test_a_world_is_played_in_a_process_of_its_own() -> None:
    result = play_apart(Part("mass_crash_95", 80), "abc")

    assert (result.exit_code, result.violations) == (HOLDS, ())
    assert result.numbers["live_nodes"] == 4
    assert result.peak_mib > 0


def test_the_table_shows_what_was_played_in_its_place_on_a_page(tmp_path: Path) -> None:
    book = LargeLedger(tmp_path / "large.jsonl")
    numbers = {"live_nodes": 200, "reliability_permille": 1_000, "healed_ms": 15_250}
    book.add(played(CRASH, **numbers))
    book.add(played(replace(CRASH, scenario="mass_crash_95"), UNMET))
    book.add(played(Part("broadcast", 10_000), payloads_each=9_999))
    book.add(played(Part("crash_half", 1_000), healed_ms=2_000))
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nof yesterday\n{END}\nafter\n", encoding="utf-8")

    write_into(page, WHAT, table(book))
    write_into(page, WHAT, table(book))

    text = page.read_text("utf-8")
    assert text.startswith(f"before\n{BEGIN}\n\n| nodes |")
    assert text.endswith(f"|\n\n{END}\nafter\n")
    assert "| 1,000 | 80 % | 200 | 100.0 % | 0.0 % | 0.0 % | 15.2 s |" in text
    assert "| 10,000 | 9,999 |" in text
    assert [line[-6:] for line in text.splitlines() if "| 95 %" in line] == ["| NO |"]
    assert "of yesterday" not in text


def test_a_page_without_a_place_for_it_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing here", encoding="utf-8")

    with pytest.raises(Unreadable):
        write_into(page, WHAT, "a table")

    assert page.read_text("utf-8") == "nothing here"


def test_a_spoilt_ledger_says_which_line_is(tmp_path: Path) -> None:
    path = tmp_path / "large.jsonl"
    LargeLedger(path).add(played(CRASH))
    with path.open("a", encoding="utf-8") as file:
        file.write("half a li")

    with pytest.raises(Unreadable, match="line 2"):
        LargeLedger(path)


def test_the_command_prints_the_table_and_tells_whether_all_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "large.jsonl"
    command = ["large", "--none", "--ledger", str(path)]
    book = LargeLedger(path)
    book.add(played(CRASH))

    assert main(command) == HOLDS
    book.add(played(Part("broadcast", 1_000), UNMET))
    assert main(command) == UNMET
    assert "| 1,000 | 80 % |" in capsys.readouterr().out
    path.write_text("nonsense", encoding="utf-8")
    assert main(command) == USAGE
