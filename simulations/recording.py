"""A run as a file: its opening, everything that was decided, and what came of it."""

import json
from dataclasses import dataclass
from pathlib import Path

from simulations.decisions import Decided
from simulations.encoding import Unreadable, read, written
from simulations.population import Population
from simulations.shapes import Shape
from simulations.weather import Conditions

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Opening:
    """Who and what is in a world when it begins."""

    shape: Shape
    conditions: Conditions
    population: Population
    is_converged: bool = False
    """Whether its nodes know each other when it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What it takes to have a run again, together with the code, and how that run ended."""

    scenario: str
    seed: int
    length_ms: int | None
    opening: Opening
    begun_ms: int
    """When the beginning was over; 0 if it never was."""
    decisions: tuple[Decided, ...]
    digest: str
    checkers: tuple[str, ...]
    """The ids of those that found something, each once."""
    violations: tuple[str, ...]

    def save(self, path: Path) -> None:
        """Write it whole: another run never finds half of it. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_text(_laid_out(self), encoding="utf-8")
        part.replace(path)


def _laid_out(recording: Recording) -> str:
    """As JSON with each field on a line of its own, and each decision."""
    content = written(recording)
    assert isinstance(content, dict)
    decisions = ",\n  ".join(json.dumps(written(each)) for each in recording.decisions)
    lines = {name: json.dumps(value) for name, value in content.items()}
    lines["decisions"] = f"[\n  {decisions}\n ]" if decisions else "[]"
    fields = ",\n ".join(f"{json.dumps(name)}: {line}" for name, line in lines.items())
    return f'{{"format": {FORMAT}, "run": {{\n {fields}\n}}}}\n'


def load(path: Path) -> Recording:
    """Read a recording. Raises Unreadable, which says what is wrong with the file and where."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Unreadable(f"cannot read it: {error.strerror}") from error
    except ValueError as error:
        raise Unreadable(f"not JSON: {error}") from error
    if not isinstance(content, dict) or "format" not in content or "run" not in content:
        raise Unreadable("not a recording: `format` and `run` are missing")
    if content["format"] != FORMAT:
        raise Unreadable(f"format {content['format']!r}, and this simulator reads {FORMAT}")
    return read(Recording, content["run"], "run")
