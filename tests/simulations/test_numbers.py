"""Bounds and numbers to beat: how rows are measured, judged and printed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from simulations.__main__ import main
from simulations.checkers.base import Violation
from simulations.large import LargeLedger, Part, Played
from simulations.ledger import Failed, Held, Ledger
from simulations.numbers.judging import Judged
from simulations.numbers.measuring import Measuring, Noted
from simulations.numbers.registry import ROWS
from simulations.numbers.rows import Large, Number, Off, Play, Ratio, Row, Swept
from simulations.numbers.table import as_json, as_markdown, as_text
from simulations.report import HOLDS, UNMET, USAGE, Result
from simulations.scenario import Options
from simulations.scenarios import SCENARIOS
from tests.simulations.small import a_run

SLOW = Row(
    id="slow",
    what="how long it takes",
    reference="others take 3 s",
    goal="within 1 s",
    source=Play(scenario="talk", seeds=(1, 2), nodes=3, shape="line", length_ms=6_000),
    measured=Number("took_ms"),
    bar=1_000,
)
RARE = replace(
    SLOW, id="rare", is_large=True, measured=Ratio(name="came", each="sent", scale=100), unit="%"
)


# The registry.


def test_every_row_names_a_scenario_and_tells_what_it_is_held_against() -> None:
    for name, row in ROWS.items():
        assert name == row.id
        assert row.source.scenario in SCENARIOS
        assert all((row.what, row.reference, row.goal, row.unit, row.source.commands))


def test_every_bound_of_liveness_has_a_row() -> None:
    bounds = {name.split("-")[0] for name in ROWS}

    assert {"L1", "L2", "L3", "L4", "L7", "L8"} <= bounds


def test_a_row_says_how_to_have_its_runs_again() -> None:
    assert SLOW.source.commands == (
        "python -m simulations run talk --seed 1 --nodes 3 --shape line --minutes 0.1",
        "python -m simulations run talk --seed 2 --nodes 3 --shape line --minutes 0.1",
    )


# Measured.


def test_of_several_runs_the_worst_counts() -> None:
    runs = [{"took_ms": 300}, {"took_ms": 900}, {}]

    assert Number("took_ms").of(runs, "at most") == 900
    assert Number("took_ms").of(runs, "at least") == 300
    assert Number("other").of(runs, "at most") is None


def test_a_ratio_is_over_all_runs_together() -> None:
    ratio = Ratio(name="came", each="sent", scale=100)

    assert ratio.of([{"came": 1, "sent": 1}, {"came": 0, "sent": 3}], "at least") == 25
    assert ratio.of([{"came": 1}, {"came": 0, "sent": 0}], "at least") is None


# Judged.


@pytest.mark.parametrize(
    ("row", "value", "words"),
    [
        (SLOW, 1_000, "holds"),
        (SLOW, 1_250, "falls short by 250 ms, 25 %"),
        (replace(RARE, bar=99.9, direction="at least"), 99.9, "holds"),
        (replace(RARE, bar=99.9, direction="at least"), 98.4, "falls short by 1.5 %, 2 %"),
        (replace(SLOW, bar=0, unit="messages"), 3, "falls short by 3 messages"),
        (SLOW, None, "not measured"),
    ],
)
def test_a_bar_that_is_missed_says_by_how_much(row: Row, value: float | None, words: str) -> None:
    assert Judged(row=row, value=value).verdict_in_words == words


def test_a_number_of_a_run_in_which_safety_broke_means_nothing() -> None:
    judged = Judged(row=SLOW, value=10, broken=("S2 at 5 ms: shown twice",))

    assert judged.verdict == "falls short"
    assert judged.verdict_in_words == "falls short: S2 at 5 ms: shown twice"


# Played, or told from a ledger.


class Playing:
    """Plays three nodes in a line whatever is asked, and notes what was."""

    def __init__(self, *, breaks: bool = False) -> None:
        self.asked: list[tuple[str, Options]] = []
        self._breaks = breaks

    def __call__(self, scenario: str, options: Options) -> Result:
        self.asked.append((scenario, options))
        run = a_run(seed=options.seed)
        run.measure("took_ms", 400 * options.seed)
        if self._breaks:
            run.world.defects.append(Violation("defect", 7, "it raised"))
        return Result(run, wall_ms=1)


def measuring(playing: Playing, ledgers: Path, *, with_large: bool = False) -> Measuring:
    return Measuring(playing, ledgers, with_large=with_large, tell=lambda _: None)


def test_rows_that_ask_for_the_same_runs_share_them(tmp_path: Path) -> None:
    playing = Playing()
    measures = measuring(playing, tmp_path)

    judged = [measures.judge(SLOW), measures.judge(replace(SLOW, id="again", bar=500))]

    assert [each.value for each in judged] == [800, 800]
    assert [each.verdict for each in judged] == ["holds", "falls short"]
    assert playing.asked == [
        ("talk", Options(seed=seed, nodes=3, shape="line", length_ms=6_000)) for seed in (1, 2)
    ]


def test_what_broke_in_a_run_is_told_of_its_row(tmp_path: Path) -> None:
    judged = measuring(Playing(breaks=True), tmp_path).judge(SLOW)

    assert judged.broken == ("defect at 7 ms: it raised", "defect at 7 ms: it raised")
    assert judged.verdict == "falls short"


def test_a_large_row_is_played_when_asked_for_and_told_from_then_on(tmp_path: Path) -> None:
    large = replace(SLOW, is_large=True)
    playing = Playing()
    before = measuring(playing, tmp_path).judge(large)

    played = measuring(playing, tmp_path, with_large=True).judge(large)
    Noted(tmp_path).note([played, Judged(row=SLOW, value=1)], "abc123")
    told = measuring(playing, tmp_path).judge(large)

    assert (before.value, played.value, told.value) == (None, 800, 800)
    assert (played.commit, told.commit) == ("", "abc123")
    assert len(playing.asked) == 2


def test_what_was_measured_of_other_runs_is_not_told(tmp_path: Path) -> None:
    large = replace(SLOW, is_large=True)
    Noted(tmp_path).note([Judged(row=large, value=1)], "abc123")

    other = replace(large, source=Play(scenario="talk", seeds=(1, 2, 3)))

    assert measuring(Playing(), tmp_path).judge(other).verdict == "not measured"


def held(seeds: tuple[int, ...], accepted: int, commit: str = "abc") -> Held:
    return Held(
        commit=commit,
        options="",
        seeds=seeds,
        digest="",
        events=1,
        wall_ms=1,
        accepted=accepted,
        excused=2,
    )


def test_lost_messages_are_counted_over_all_seeds_of_a_ledger_that_counts_them(
    tmp_path: Path,
) -> None:
    row = replace(
        SLOW,
        source=Swept(scenario="talk", seeds=3),
        measured=Number("lost"),
        bar=0,
        unit="messages",
    )
    before = measuring(Playing(), tmp_path).judge(row)

    ledger = Ledger(tmp_path / "talk.jsonl")
    ledger.add(held((1, 2, 3), 0, "old"))
    ledger.add(held((4, 5), 1_000))
    ledger.add(
        Failed(
            commit="abd",
            options="",
            seed=6,
            exit_code=2,
            checkers=("liveness",),
            violation="",
            digest="",
            events=1,
            wall_ms=1,
            command="",
            accepted=500,
            lost=3,
        )
    )
    judged = measuring(Playing(), tmp_path).judge(row)

    assert before.verdict == "not measured"
    assert (judged.value, judged.commit) == (3, "abc, abd")
    assert judged.detail == "3 seeds, 1,500 messages, 2 excused, 0 replays"


def test_a_sweep_that_has_counted_less_than_was_promised_falls_short(tmp_path: Path) -> None:
    source = Swept(scenario="talk", seeds=3)
    row = replace(SLOW, source=source, measured=Number("lost"), bar=0, unit="messages")
    Ledger(tmp_path / "talk.jsonl").add(held((1, 2), 100))

    judged = measuring(Playing(), tmp_path).judge(row)

    assert (judged.value, judged.verdict) == (0, "falls short")
    assert judged.verdict_in_words == "falls short: only 2 of 3 seeds"


def test_replays_are_counted_over_the_seeds_that_had_some(tmp_path: Path) -> None:
    source = Swept(scenario="replayer", seeds=2, counted="texts_played_again", count=500)
    row = replace(SLOW, source=source, measured=Number("seeds_with_replays"), bar=0)
    ledger = Ledger(tmp_path / "replayer.jsonl")
    ledger.add(held((1,), 100))
    ledger.add(replace(held((2, 3), 0), sometimes={"text played again": 700}))

    judged = measuring(Playing(), tmp_path).judge(row)

    assert (judged.value, judged.verdict) == (0, "holds")
    assert judged.detail == "2 seeds, 0 messages, 2 excused, 700 replays"


# Large worlds.


WIDE = replace(SLOW, id="wide", source=Large(scenario="broadcast", nodes=80), is_large=True)


def broadcast_played(exit_code: int = HOLDS) -> Played:
    return Played(
        part=Part("broadcast", 80),
        commit="abc",
        exit_code=exit_code,
        violations=() if exit_code == HOLDS else ("S2 at 5 ms: shown twice",),
        digest="",
        numbers={"took_ms": 900},
        peak_mib=1,
    )


def test_what_the_ledger_of_large_worlds_has_is_told_and_not_played_again(tmp_path: Path) -> None:
    before = measuring(Playing(), tmp_path).judge(WIDE)
    LargeLedger(tmp_path / "large.jsonl").add(broadcast_played())

    told = measuring(Playing(), tmp_path, with_large=True).judge(WIDE)

    assert before.verdict == "not measured"
    assert (told.value, told.verdict, told.commit) == (900, "holds", "abc")


def test_a_large_world_that_did_not_hold_says_what_broke(tmp_path: Path) -> None:
    LargeLedger(tmp_path / "large.jsonl").add(broadcast_played(UNMET))

    judged = measuring(Playing(), tmp_path).judge(WIDE)

    assert judged.verdict_in_words == "falls short: S2 at 5 ms: shown twice"


def test_a_large_world_that_is_asked_for_is_played_and_kept_in_its_ledger(tmp_path: Path) -> None:
    row = replace(WIDE, measured=Number("payloads_per_node_permille"), bar=10_000)

    played = measuring(Playing(), tmp_path, with_large=True).judge(row)
    told = measuring(Playing(), tmp_path).judge(row)

    assert played.value is not None
    assert played.value >= 900
    assert told.value == played.value


def test_how_far_a_number_is_from_its_reference_counts_both_ways() -> None:
    off = Off("sent", 200)

    assert off.of([{"sent": 202}, {"sent": 197}], "at most") == 1.5
    assert off.of([{}], "at most") is None


# Printed.


def test_a_page_has_a_line_for_each_row_and_a_summary() -> None:
    rows = [Judged(row=SLOW, value=1_250), Judged(row=RARE, value=None)]

    lines = as_markdown(rows).splitlines()

    assert lines[0] == "| row | what | reference | goal | measured |  |"
    assert lines[2].startswith("| `slow` | how long it takes | others take 3 s | within 1 s |")
    assert lines[2].endswith("| 1,250 ms | falls short by 250 ms, 25 % |")
    assert lines[3].endswith("| - | not measured |")
    assert lines[-1] == "2 rows: 1 falls short, 1 not measured."


def test_a_table_tells_the_goal_the_measure_and_the_command() -> None:
    text = as_text([Judged(row=SLOW, value=1_250), Judged(row=RARE, value=None)])

    lines = text.splitlines()
    assert lines[:5] == [
        "slow: how long it takes",
        "  reference  others take 3 s",
        "  goal       within 1 s",
        "  measured   1,250 ms, at most 1,000 ms: falls short by 250 ms, 25 %",
        f"  $ {SLOW.source.commands[0]}   and 1 seeds more",
    ]
    assert "  $ python -m simulations numbers --only rare --large" in lines
    assert lines[-1] == "2 rows: 1 falls short, 1 not measured"


def test_json_has_every_row() -> None:
    rows = json.loads(as_json([Judged(row=SLOW, value=1_250)]))["rows"]

    assert [(row["id"], row["measured"], row["verdict"], row["short_by"]) for row in rows] == [
        ("slow", 1_250, "falls short", 250)
    ]


# The command.


def test_numbers_are_measured_and_the_line_that_does_it_again_comes_last(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = main(["numbers", "--only", "L8-tree", "--ledgers", str(tmp_path), "--json"])

    output = capsys.readouterr()
    (row,) = json.loads(output.out)["rows"]
    assert code == HOLDS
    assert row["verdict"] == "holds"
    assert 0 < row["measured"] <= row["bar"] == 10_000
    assert output.err.splitlines()[-1] == "python -m simulations numbers --only L8-tree"


def test_a_row_that_falls_short_has_an_exit_code(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ledger = Ledger(tmp_path / "swarm.jsonl")
    ledger.add(replace(held((1, 2), 100), lost=1))

    code = main(["numbers", "--only", "messages-lost", "--ledgers", str(tmp_path)])

    assert code == UNMET
    assert "falls short by 1 messages" in capsys.readouterr().out


def test_the_table_is_written_into_its_place_on_a_page(tmp_path: Path) -> None:
    Ledger(tmp_path / "swarm.jsonl").add(replace(held((1, 2), 100), lost=1))
    page = tmp_path / "page.md"
    page.write_text("<!-- numbers: begin -->\n<!-- numbers: end -->\n", encoding="utf-8")
    command = ["numbers", "--only", "messages-lost", "--ledgers", str(tmp_path), "--write"]

    assert main([*command, str(page)]) == UNMET
    assert "| `messages-lost` |" in page.read_text("utf-8")
    assert main([*command, str(tmp_path / "none.md")]) == USAGE


def test_a_spoilt_ledger_of_numbers_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "numbers.json").write_text("{", encoding="utf-8")

    assert main(["numbers", "--only", "join-200", "--ledgers", str(tmp_path)]) == USAGE
    assert "numbers.json: cannot read it" in capsys.readouterr().err


def test_a_row_that_nobody_knows_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["numbers", "--only", "L99"]) == USAGE
    assert "no row is called 'L99'" in capsys.readouterr().err
