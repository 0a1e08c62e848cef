"""A row tells beside its number what its runs do not judge."""

from dataclasses import replace
from pathlib import Path

import pytest

from simulations.numbers.measuring import Measuring
from simulations.numbers.registry import ROWS
from simulations.numbers.rows import LeftOut
from simulations.numbers.table import as_markdown
from simulations.report import Result
from simulations.scenario import Options
from tests.simulations.small import a_run
from tests.simulations.test_numbers import SLOW

LEFT_OUT = LeftOut(
    judged="judged",
    of="messages",
    reasons=(("before", "before that"), ("excused", "excused")),
)


@pytest.mark.parametrize(
    ("before", "excused", "detail"),
    [
        (0, 0, "all 40 messages"),
        (3, 1, "only 40 of 48 messages: 6 before that, 2 excused"),
        (0, 1, "only 40 of 42 messages: 2 excused"),
    ],
)
def test_of_how_many_a_number_is_stands_beside_it_with_the_reasons(
    tmp_path: Path, before: int, excused: int, detail: str
) -> None:
    def play(_: str, options: Options) -> Result:
        run = a_run(seed=options.seed)
        numbers = {"took_ms": 800, "judged": 20, "before": before, "excused": excused}
        for name, value in numbers.items():
            run.measure(name, value)
        return Result(run, wall_ms=1)

    measures = Measuring(play, tmp_path, with_large=False, tell=lambda _: None)
    judged = measures.judge(replace(SLOW, left_out=LEFT_OUT))

    assert (judged.verdict, judged.detail) == ("holds", detail)
    assert f"| 800 ms ({detail}) | holds |" in as_markdown([judged])


def test_the_row_that_begins_to_judge_late_says_so() -> None:
    assert [name for name, row in ROWS.items() if row.left_out is not None] == ["L2"]
