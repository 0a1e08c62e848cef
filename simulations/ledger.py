"""What sweeps have found, line by line in a file that only grows: small for ten thousand seeds."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from simulations.encoding import KIND, Unreadable, read

PART_SEEDS = 50
"""Seeds that held and share a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A line for some seeds of one sweep that all held."""

    commit: str
    options: str
    """What else was asked, as on the command line."""
    seeds: tuple[int, ...]
    digest: str
    """Over the digests of all of them, in order."""
    events: int
    wall_ms: int
    accepted: int = 0
    """Direct messages that homes accepted."""
    lost: int = 0
    """Of those, what was promised still when the run ended, and not delivered."""
    excused: int = 0
    """Of those, what is owed to nobody: who should get it is gone for good or lost its disk, or
    both who said it and its home are."""
    sometimes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A line for one seed that did not."""

    commit: str
    options: str
    seed: int
    exit_code: int
    checkers: tuple[str, ...]
    violation: str
    """The first of them."""
    digest: str
    events: int
    wall_ms: int
    command: str
    accepted: int = 0
    lost: int = 0
    excused: int = 0
    sometimes: dict[str, int] = field(default_factory=dict)


Entry = Held | Failed


class Ledger:
    """The entries of one file. Other commits' stay in it; a sweep resumes on those it wants."""

    def __init__(self, path: Path) -> None:
        """Raises Unreadable, which says which line is spoilt, or that it cannot be read."""
        self.path = path
        self.entries: list[Entry] = []
        if path.exists():
            try:
                lines = path.read_text(encoding="utf-8").splitlines()
            except OSError as error:
                raise Unreadable(f"cannot read it: {error.strerror}") from error
            self.entries = [_entry(line, number) for number, line in enumerate(lines, 1)]

    def add(self, entry: Entry) -> None:
        """Write an entry to the end of the file. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_line(entry) + "\n")
        self.entries.append(entry)

    def seeds(self, options: str) -> dict[int, Entry]:
        """Every seed that was played with these options, and the last entry that tells of it."""
        entries = [entry for entry in self.entries if entry.options == options]
        return {seed: entry for entry in entries for seed in seeds_of(entry)}


def seeds_of(entry: Entry) -> Sequence[int]:
    return entry.seeds if isinstance(entry, Held) else (entry.seed,)


def merged(entries: Iterable[Entry]) -> Counter[str]:
    """How often each thing happened that should sometimes; zeros are kept."""
    total: Counter[str] = Counter()
    for entry in entries:
        for what, count in entry.sometimes.items():
            total[what] += count
    return total


def ranges(seeds: Sequence[int]) -> str:
    """As a person writes them: 1..3,7."""
    parts: list[tuple[int, int]] = []
    for seed in sorted(seeds):
        if parts and seed == parts[-1][1] + 1:
            parts[-1] = (parts[-1][0], seed)
        else:
            parts.append((seed, seed))
    return ",".join(f"{one}..{last}" if last > one else f"{one}" for one, last in parts)


def seeds_in(text: str) -> tuple[int, ...]:
    """What `ranges` wrote. Raises ValueError."""
    return tuple(seed for first, last in ranges_in(text) for seed in range(first, last + 1))


def ranges_in(text: str) -> list[tuple[int, int]]:
    """The first and the last seed of each part of what `ranges` wrote. Raises ValueError."""
    parts: list[tuple[int, int]] = []
    for part in text.split(","):
        one, dots, last = part.partition("..")
        parts.append((int(one), int(last if dots else one)))
    return parts


def _line(entry: Entry) -> str:
    content = asdict(entry)
    if isinstance(entry, Held):
        content["seeds"] = ranges(entry.seeds)
    return json.dumps(content)


def _entry(line: str, number: int) -> Entry:
    try:
        content = json.loads(line)
        if "seeds" in content:
            seeds = seeds_in(content["seeds"])
            return read(Held, content | {KIND: "Held", "seeds": list(seeds)}, f"line {number}")
        return read(Failed, content | {KIND: "Failed"}, f"line {number}")
    except (ValueError, TypeError, AttributeError) as error:
        raise Unreadable(f"line {number} is no entry of a ledger: {error}") from error
