"""Measures what rows ask for: plays their runs, each once, or reads what a ledger has of them."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import assert_never

from simulations.encoding import Unreadable
from simulations.large import LargeLedger, Part, play_missing
from simulations.ledger import Entry, Failed, Held, Ledger, merged
from simulations.numbers.judging import Judged
from simulations.numbers.rows import Large, Numbers, Play, Row, Swept
from simulations.report import Result
from simulations.scenario import Options

PlayOne = Callable[[str, Options], Result]
Tell = Callable[[str], None]

BROKEN_SHOWN_MAX = 2


class Measuring:
    """Knows what has been played already; several rows may ask for numbers of one run."""

    def __init__(
        self, play: PlayOne, ledgers: Path, *, with_large: bool, tell: Tell, commit: str = ""
    ) -> None:
        """`tell` is given a line before each run; `commit` is put beside what is written down."""
        self._play = play
        self._ledgers = ledgers
        self._with_large = with_large
        self._tell = tell
        self._commit = commit
        self._runs: dict[tuple[Play, int], tuple[Numbers, tuple[str, ...]]] = {}

    def judge(self, row: Row) -> Judged:
        """Measure a row. What is too large, and was never measured, has no value.

        Raises Unreadable where a ledger is spoilt, and OSError where it cannot be written.
        """
        match row.source:
            case Swept():
                return self._judge_swept(row, row.source)
            case Large():
                return self._judge_large(row, row.source)
            case Play():
                return self._judge_played(row, row.source)
            case _:
                assert_never(row.source)

    def _judge_played(self, row: Row, source: Play) -> Judged:
        if row.is_large and not self._with_large:
            return Noted(self._ledgers).judged(row)
        runs = [self._run(source, seed) for seed in source.seeds]
        broken = tuple(line for _, lines in runs for line in lines)
        measured = [numbers for numbers, _ in runs]
        return Judged(
            row=row,
            value=row.measured.of(measured, row.direction),
            broken=broken[:BROKEN_SHOWN_MAX],
            detail=row.left_out.in_words(measured) if row.left_out is not None else "",
        )

    def _run(self, source: Play, seed: int) -> tuple[Numbers, tuple[str, ...]]:
        key = (source, seed)
        if key not in self._runs:
            self._tell(source.commands[source.seeds.index(seed)])
            options = Options(
                seed=seed, nodes=source.nodes, shape=source.shape, length_ms=source.length_ms
            )
            result = self._play(source.scenario, options)
            broken = tuple(str(each) for each in result.broken)
            self._runs[key] = result.numbers(), broken
        return self._runs[key]

    def _judge_large(self, row: Row, source: Large) -> Judged:
        """What the ledger of large worlds has is not played again."""
        ledger = LargeLedger(self._ledgers / "large.jsonl")
        part = Part(source.scenario, source.nodes)
        if self._with_large and part not in ledger.played:
            self._tell(source.commands[0])
            play_missing(ledger, [part], self._commit, lambda _: None)
        played = ledger.played.get(part)
        if played is None:
            return Judged(row=row, value=None)
        value = row.measured.of([played.numbers], row.direction)
        broken = played.violations[:BROKEN_SHOWN_MAX]
        return Judged(row=row, value=value, broken=broken, commit=played.commit)

    def _judge_swept(self, row: Row, source: Swept) -> Judged:
        path = self._ledgers / f"{source.scenario}.jsonl"
        found = Ledger(path).seeds("").values()
        # Entries of commits that did not count yet tell nothing.
        told_by = "accepted" if source.counted == "seeds" else source.counted
        entries = [entry for entry in found if totals([entry])[told_by]]
        numbers = totals(entries)
        value = row.measured.of([numbers], row.direction) if entries else None
        wanted = {source.counted: source.count, "seeds": source.seeds}
        too_few = [
            f"only {numbers[name]:,} of {count:,} {name.replace('_', ' ')}"
            for name, count in wanted.items()
            if entries and numbers[name] < count
        ]
        return Judged(
            row=row,
            value=value,
            broken=tuple(too_few),
            commit=", ".join(list(dict.fromkeys(entry.commit for entry in entries))[-2:]),
            detail=_DETAIL.format(**numbers),
        )


_DETAIL = (
    "{seeds:,} seeds, {accepted:,} messages, {excused:,} excused, {texts_played_again:,} replays"
)


def totals(entries: Iterable[Entry]) -> Numbers:
    """What a ledger counts over all its seeds; an entry may stand for several of them."""
    once = list({id(entry): entry for entry in entries}.values())
    return {
        "seeds": sum(len(entry.seeds) if isinstance(entry, Held) else 1 for entry in once),
        "broken": sum(isinstance(entry, Failed) for entry in once),
        "false_deaths": sum(isinstance(entry, Failed) and "L3" in entry.checkers for entry in once),
        "accepted": sum(entry.accepted for entry in once),
        "lost": sum(entry.lost for entry in once),
        "excused": sum(entry.excused for entry in once),
        "texts_played_again": merged(once)["text played again"],
        "seeds_with_replays": sum(
            isinstance(entry, Failed) and "replays" in entry.checkers for entry in once
        ),
    }


class Noted:
    """Values of large rows with the commit that measured them, in one file beside the ledgers."""

    def __init__(self, ledgers: Path) -> None:
        """Raises Unreadable."""
        self._path = ledgers / "numbers.json"
        self._noted: dict[str, dict[str, object]] = {}
        if self._path.exists():
            try:
                self._noted = json.loads(self._path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                raise Unreadable(f"{self._path}: cannot read it: {error}") from error

    def judged(self, row: Row) -> Judged:
        """What was measured last, if the row's runs are the same still."""
        noted = self._noted.get(row.id)
        if noted is None or noted["commands"] != list(row.source.commands):
            return Judged(row=row, value=None)
        broken = tuple(str(line) for line in noted["broken"])  # type: ignore[attr-defined]  # `note` wrote a list
        value = float(str(noted["value"]))
        return Judged(row=row, value=value, broken=broken, commit=str(noted["commit"]))

    def note(self, judged: Sequence[Judged], commit: str) -> None:
        """Write down the values of large rows that no other ledger has. Raises OSError."""
        for each in judged:
            is_ours = each.row.is_large and isinstance(each.row.source, Play)
            if is_ours and each.value is not None:
                self._noted[each.row.id] = {
                    "value": each.value,
                    "broken": list(each.broken),
                    "commit": commit,
                    "commands": list(each.row.source.commands),
                }
        content = json.dumps(dict(sorted(self._noted.items())), indent=1)
        self._path.write_text(content + "\n", encoding="utf-8")
