"""Prints judged rows: as a table for a person, as one JSON object for a program."""

import json
from collections.abc import Sequence

from simulations.numbers.judging import Judged, in_words
from simulations.pages import block

WHAT = "numbers"
"""As the table's place on a page is called."""


def as_text(judged: Sequence[Judged]) -> str:
    """A block for each row: what it is, the bar, what was measured, and how to have it again."""
    return "\n".join([*(_block(each) for each in judged), _summary(judged)])


def as_markdown(judged: Sequence[Judged]) -> str:
    """One table for a page, and under it how many rows hold."""
    titles = ("row", "what", "reference", "goal", "measured", "")
    rows = [
        (
            f"`{each.row.id}`",
            each.row.what,
            each.row.reference,
            each.row.goal,
            _measured(each),
            each.verdict_in_words,
        )
        for each in judged
    ]
    return f"{block(titles, rows)}\n\n{_summary(judged)}."


def as_json(judged: Sequence[Judged]) -> str:
    """One object; its keys are stable."""
    return json.dumps({"rows": [_object(each) for each in judged]}, indent=2)


def _summary(judged: Sequence[Judged]) -> str:
    counts = {
        verdict: sum(each.verdict == verdict for each in judged)
        for verdict in ("holds", "falls short", "not measured")
    }
    summary = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    return f"{len(judged)} rows: {summary}"


def _measured(each: Judged) -> str:
    """The value, and where it is from if not from now."""
    value = "-" if each.value is None else in_words(each.value, each.row.unit)
    since = f" at {each.commit}" if each.commit else ""
    detail = f" ({each.detail})" if each.detail else ""
    return f"{value}{since}{detail}"


def _block(each: Judged) -> str:
    row = each.row
    lines = [
        f"{row.id}: {row.what}",
        f"  reference  {row.reference}",
        f"  goal       {row.goal}",
        f"  measured   {_measured(each)}, {row.direction} {in_words(row.bar, row.unit)}: "
        f"{each.verdict_in_words}",
        *(f"  $ {command}" for command in row.source.commands[:1]),
    ]
    if len(row.source.commands) > 1:
        lines[-1] += f"   and {len(row.source.commands) - 1} seeds more"
    if each.verdict == "not measured" and row.is_large:
        lines.append(f"  $ python -m simulations numbers --only {row.id} --large")
    return "\n".join(lines) + "\n"


def _object(each: Judged) -> dict[str, object]:
    row = each.row
    return {
        "id": row.id,
        "what": row.what,
        "reference": row.reference,
        "goal": row.goal,
        "measured": each.value,
        "bar": row.bar,
        "direction": row.direction,
        "unit": row.unit,
        "verdict": each.verdict,
        "short_by": max(each.short_by, 0) if each.value is not None else None,
        "broken": list(each.broken),
        "commit": each.commit,
        "detail": each.detail,
        "commands": list(row.source.commands),
    }
