"""`compare` the numbers of a set of scenarios with those that were accepted."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from simulations.baseline import UNCOMPARED, USUAL, Baseline, Difference, Series, differences, load
from simulations.commit import commit
from simulations.encoding import Unreadable
from simulations.playing import play
from simulations.report import HOLDS, UNSAFE
from simulations.scenario import Options
from simulations.scenarios import SCENARIOS

BASELINES = Path("simulations/baselines")
WORSE = UNSAFE
"""Exit code where a number is worse than was accepted; 2 where a run missed a bound."""


@click.command("compare")
@click.argument("base")
@click.option("--accept", is_flag=True, help="Write the numbers of now to BASE, made if need be.")
def compare_numbers(base: str, *, accept: bool) -> int:
    """Play the scenarios of BASE and compare their numbers with those it holds.

    BASE is a file, or the name of one in simulations/baselines. Exit code 1
    where a number is worse beyond noise or an invariant broke, 2 where a
    bound of liveness did not hold.
    """
    path = Path(base) if "/" in base or base.endswith(".json") else BASELINES / f"{base}.json"
    before = _loaded(path, may_be_missing=accept)
    now, code = _measured(before)
    is_worse = False
    for series, measured in zip(before.series, now.series, strict=True):
        found = differences(series.numbers, measured.numbers)
        is_worse |= any(each.judgement == "worse" for each in found)
        click.echo(_as_text(measured, found, is_new=not series.numbers))
    if accept:
        try:
            now.save(path)
        except OSError as error:
            raise click.UsageError(f"{path}: cannot write it: {error.strerror}") from error
        click.echo(f"accepted in {path}")
    click.echo(f"python -m simulations compare {base}")
    return WORSE if code == HOLDS and is_worse and not accept else code


def _loaded(path: Path, *, may_be_missing: bool) -> Baseline:
    if may_be_missing and not path.exists():
        return USUAL
    try:
        baseline = load(path)
    except Unreadable as error:
        raise click.UsageError(
            f"{path}: {error}\n`compare {path} --accept` writes a new one where none is."
        ) from error
    unknown = [each.scenario for each in baseline.series if each.scenario not in SCENARIOS]
    if unknown:
        raise click.UsageError(f"{path}: scenario {unknown[0]!r} is not known here")
    return baseline


def _measured(baseline: Baseline) -> tuple[Baseline, int]:
    """The numbers of now, and the worst exit code of all runs."""
    measured, codes = [], [HOLDS]
    for series in baseline.series:
        rows: list[dict[str, int]] = []
        for seed in series.seeds:
            options = Options(seed=seed, nodes=series.nodes, length_ms=series.length_ms)
            result = play(series.scenario, options)
            codes.append(result.exit_code)
            if result.exit_code != HOLDS:
                click.echo(f"{result.broken[0]}\n  {result.command}")
            rows.append(result.numbers())
        names = [name for name in rows[0] if name not in UNCOMPARED]
        numbers = {name: tuple(row[name] for row in rows) for name in names}
        measured.append(replace(series, numbers=numbers))
    code = UNSAFE if UNSAFE in codes else max(codes)
    return Baseline(commit=commit(), series=tuple(measured)), code


def _as_text(series: Series, found: Sequence[Difference], *, is_new: bool) -> str:
    if is_new:
        verdict = ": nothing to compare with yet"
    elif not found:
        verdict = ": nothing differs beyond noise"
    else:
        verdict = f": {len(found)} differ beyond noise"
    return "\n".join([f"{series.scenario}, {len(series.seeds)} seeds{verdict}", *map(_line, found)])


def _line(each: Difference) -> str:
    share = f"{(each.now / each.before - 1) * 100:+.1f} %" if each.before else "from nothing"
    return (
        f"  {each.number:<22}{each.before:>12.1f} -> {each.now:<12.1f}{share:>10}"
        f"   noise ±{each.noise:.1f}   {each.judgement.upper()}"
    )
