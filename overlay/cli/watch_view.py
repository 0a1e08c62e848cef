"""What `overlay status --watch` shows: the last status, and how its figures went of late."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from overlay.cli.output import shown
from overlay.cli.sparkline import sparkline

KEPT: Final = 60
"""Figures that are kept of each kind: a minute."""

Status = Mapping[str, Any]  # JSON of a node

_ROUND_TRIP_FULL_MS: Final = 50.0
_RATE_FULL: Final = 10.0
_LAG_FULL_MS: Final = 50.0
_NARROW_COLUMNS: Final = 60
_SPARK_COLUMNS_MIN: Final = 8
_SPARK_COLUMNS_MAX: Final = 40
_HEAD_LINES: Final = 10
"""Lines of a screen that are neither of a link nor of a member."""


class Watched:
    """One node, seen again and again."""

    def __init__(self, *, has_blocks: bool = True) -> None:
        self._has_blocks = has_blocks
        self._status: Status | None = None
        self._incarnation: object = None
        self._taken: tuple[float, int] | None = None
        self._rates: deque[float | None] = deque(maxlen=KEPT)
        self._lags: deque[float | None] = deque(maxlen=KEPT)
        self._round_trips: dict[str, deque[float | None]] = {}
        self._silent_seconds = 0.0

    def take(self, status: Status, at_seconds: float) -> None:
        """The node has answered, at a time of a clock that never goes back."""
        taken = int(status.get("messages_taken", 0))
        self._rates.append(self._rate(status["incarnation"], taken, at_seconds))
        self._lags.append(float(status.get("lag_ms", 0)))
        self._status, self._silent_seconds = status, 0.0
        measured = {link["id"]: link.get("round_trip_ms") for link in status["links"]}
        for node in {**self._round_trips, **measured}:
            history = self._round_trips.setdefault(node, deque(maxlen=KEPT))
            history.append(measured.get(node))
            if not any(value is not None for value in history):
                del self._round_trips[node]

    def miss(self, seconds: float) -> None:
        """It has not answered, for so long by now."""
        self._silent_seconds = seconds
        for history in (self._rates, self._lags, *self._round_trips.values()):
            history.append(None)

    def _rate(self, incarnation: object, taken: int, at_seconds: float) -> float | None:
        """Messages a second since the last answer; None for the first one of a run."""
        before, self._taken = self._taken, (at_seconds, taken)
        is_same, self._incarnation = incarnation == self._incarnation, incarnation
        if before is None or not is_same or at_seconds <= before[0]:
            return None
        return (taken - before[1]) / (at_seconds - before[0])

    # As one line.

    def line(self) -> str:
        """Everything that fits into one line, without colour."""
        if self._status is None:
            return "no answer"
        status = self._status
        links = ", ".join(
            f"{_name(link)} {_milliseconds(link.get('round_trip_ms'))}" for link in status["links"]
        )
        parts = [
            f"{shown(status['name'])}: {_alive(status)}",
            f"{_counted(len(status['links']), 'link')}{f' ({links})' if links else ''}",
            f"{_counted(status['clients_here'], 'client')} here",
            f"{status['clients_reachable']} reachable",
            f"{_figure(self._rates)} messages/s",
            f"lag {_figure(self._lags)} ms",
        ]
        if self._silent_seconds:
            parts.insert(1, f"no answer for {self._silent_seconds:.0f} s")
        return ", ".join(parts)

    # As a screen.

    def screen(self, columns: int, lines: int) -> RenderableType:
        """The same for a terminal of this size, with the figures of the last minute."""
        if self._status is None:
            return Text("no answer")
        status = self._status
        room = max(lines - _HEAD_LINES, 2)
        links = self._links(status["links"], columns, room)
        rest = max(room - links.row_count, 1)
        return Group(
            self._head(status),
            self._figures(columns),
            "",
            links,
            "",
            _members(status, columns, rest),
        )

    def _head(self, status: Status) -> Text:
        text = Text.assemble((shown(status["name"]), "bold"), f" in {shown(status['network'])}")
        text.append(
            f": {_alive(status)}, {_counted(status['clients_here'], 'client')} here,"
            f" {status['clients_reachable']} reachable"
        )
        if self._silent_seconds:
            text.append(f"\nno answer for {self._silent_seconds:.0f} s", "bold red")
        return text

    def _figures(self, columns: int) -> Table:
        width = _spark_columns(columns)
        table = Table.grid(padding=(0, 1))
        table.add_row(
            "messages/s", _right(_figure(self._rates)), self._spark(self._rates, width, _RATE_FULL)
        )
        table.add_row(
            "loop lag ms", _right(_figure(self._lags)), self._spark(self._lags, width, _LAG_FULL_MS)
        )
        return table

    def _links(self, links: list[dict[str, Any]], columns: int, room: int) -> Table:
        table = Table(box=None, pad_edge=False, header_style="dim")
        for heading in ("link", "state", "round trip", ""):
            table.add_column(heading, no_wrap=True)
        width = _spark_columns(columns)
        for link in links[:room]:
            history = self._round_trips.get(link["id"], ())
            state = "suspected" if link["is_suspected"] else "open"
            table.add_row(
                Text(_name(link)),
                Text(state, "yellow" if link["is_suspected"] else "green"),
                _right(_milliseconds(link.get("round_trip_ms"))),
                self._spark(list(history), width, _ROUND_TRIP_FULL_MS),
            )
        return table

    def _spark(self, values: Iterable[float | None], width: int, full: float) -> Text:
        line = sparkline(list(values), width, full=full, has_blocks=self._has_blocks)
        return Text(line, "cyan")


def _members(status: Status, columns: int, room: int) -> Table:
    """Whoever is not alive first; how many there are beyond the room."""
    cut_off = {bridge["id"]: bridge["cut_off"] for bridge in status.get("bridges", [])}
    members = sorted(status["members"], key=lambda member: member["is_alive"])
    shown_members = members if len(members) <= room else members[: max(room - 1, 1)]
    table = Table(box=None, pad_edge=False, header_style="dim")
    headings = ["node", "alive", "clients"]
    if columns >= _NARROW_COLUMNS:
        headings += ["links", "would cut off"]
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    for member in shown_members:
        is_alive = member["is_alive"]
        row = [
            Text(_name(member)),
            Text("yes" if is_alive else "NO", "green" if is_alive else "bold red"),
            # Of one that is dead nobody knows more than what it said last.
            Text(str(member["clients"]) if is_alive else "-"),
            Text(str(len(member["links"])) if is_alive else "-"),
            Text(str(cut_off.get(member["id"], "")), "yellow"),
        ]
        table.add_row(*row[: len(headings)])
    if len(shown_members) < len(members):
        table.add_row(Text(f"and {len(members) - len(shown_members)} more", "dim"))
    return table


def _name(entry: Mapping[str, Any]) -> str:
    return shown(str(entry["name"] or entry["id"][:8]))


def _alive(status: Status) -> str:
    alive = sum(bool(member["is_alive"]) for member in status["members"])
    return f"{alive} of {_counted(len(status['members']), 'node')} alive"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"


def _figure(values: deque[float | None]) -> str:
    last = values[-1] if values else None
    return "-" if last is None else f"{last:.1f}"


def _right(text: str) -> Text:
    return Text(text, justify="right")


def _spark_columns(columns: int) -> int:
    return min(
        max(columns - _NARROW_COLUMNS + _SPARK_COLUMNS_MIN, _SPARK_COLUMNS_MIN), _SPARK_COLUMNS_MAX
    )
