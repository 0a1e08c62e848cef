"""Looks on at a run and takes its film. Changes nothing: the digest is that of any other run."""

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from overlay.messages.clients import Deliver, Submit
from overlay.messages.routing import Relay, Returned, Spread
from overlay.messages.union import Message
from overlay.peering.events import LinkClosed, LinkId, LinkOpened
from simulations.checkers.base import Checker
from simulations.checkers.liveness.bounds import islands
from simulations.decisions import Say
from simulations.ends import End
from simulations.machines import Event, Host, Process
from simulations.pictures.film import Befallen, Film, Link, Look, Move, MoveKind, Span
from simulations.report import Result
from simulations.scenario import Run

LOOK_EVERY_MS = 50
"""What no event tells of is seen this much later at most: who stands still, and what is cut."""

LOOKS_EACH = 5
"""Every so-many-th look asks the nodes, too: four times a second."""

MOVES_MAX = 20_000
"""Some 20 bytes each on the page."""

_KINDS: dict[str, MoveKind] = {"message": "direct", "channel": "channel", "receipt": "receipt"}


class _Spans:
    """When something was so: begun, ended, and begun again."""

    def __init__(self) -> None:
        self.done: list[Span] = []
        self._begun_ms: int | None = None

    def note(self, is_so: bool, now_ms: int) -> None:
        if is_so and self._begun_ms is None:
            self._begun_ms = now_ms
        elif not is_so and self._begun_ms is not None:
            if now_ms > self._begun_ms:
                self.done.append((self._begun_ms, now_ms))
            self._begun_ms = None


class _Seen:
    """A link that was seen open: when, and when nothing got through."""

    def __init__(self, end: End) -> None:
        self.end = end
        self.open = _Spans()
        self.cut = _Spans()


class Camera(Checker):
    """Judges nothing."""

    id: ClassVar[str] = "camera"
    is_of_safety: ClassVar[bool] = False
    events = (LinkOpened, LinkClosed)

    def __init__(self, run: Run) -> None:
        """Look on from now on; nothing of the run may have been played."""
        super().__init__()
        self._run = run
        self._world = run.world
        self._up: dict[str, _Spans] = {name: _Spans() for name in run.world.hosts}
        self._paused: dict[str, _Spans] = {name: _Spans() for name in run.world.hosts}
        self._standing: dict[End, _Seen] = {}
        self._links: list[_Seen] = []
        self._ends: dict[tuple[Process, LinkId], End] = {}
        self._moves: list[Move] = []
        self._moves_left_out = 0
        self._looks: list[Look] = []
        self._ticks = 0
        run.world.watch(self)
        self._tick()

    # What is seen as it happens.

    def on_event(self, host: Host, event: Event, now_ms: int) -> None:
        self._see(now_ms)

    def on_end(self, host: Host, now_ms: int) -> None:
        self._see(now_ms)

    def on_round(self, host: Host, now_ms: int) -> None:
        self._up[host.name].note(True, now_ms)

    def on_said(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        for message in messages:
            if isinstance(message, Relay | Returned | Spread | Submit | Deliver):
                self._note_move(host, link, message.envelope.kind, now_ms)

    def _note_move(self, host: Host, link: LinkId, kind: str, now_ms: int) -> None:
        assert host.process is not None
        end = self._ends.get((host.process, link))
        if end is None:
            return
        if len(self._moves) >= MOVES_MAX:
            self._moves_left_out += 1
            return
        self._moves.append(
            Move(
                at_ms=now_ms,
                sender=host.name,
                receiver=end.other.host,
                latency_ms=end.latency_ms,
                kind=_KINDS.get(kind, "keys"),
            )
        )

    # What is looked for every so often.

    def _tick(self) -> None:
        now_ms = self._world.now_ms
        self._see(now_ms)
        if self._ticks % LOOKS_EACH == 0:
            self._ask(now_ms)
        self._ticks += 1
        self._world.after(LOOK_EVERY_MS, self._tick)

    def _see(self, now_ms: int) -> None:
        for name, host in self._world.hosts.items():
            self._up[name].note(host.process is not None, now_ms)
            is_paused = host.process is not None and host.process.is_paused
            self._paused[name].note(is_paused, now_ms)
        for end in self._world.network.open_links():
            if end not in self._standing:
                self._found(end)
        for end, seen in list(self._standing.items()):
            is_held = end.is_open or end.other.is_open
            seen.open.note(is_held, now_ms)
            seen.cut.note(is_held and not self._lets_through(end), now_ms)
            if not is_held:
                del self._standing[end]

    def _found(self, end: End) -> None:
        seen = self._standing[end] = _Seen(end)
        self._links.append(seen)
        self._ends[end.process, end.id] = end
        self._ends[end.other.process, end.other.id] = end.other

    def _lets_through(self, end: End) -> bool:
        weather, one, other = self._world.weather, end.host, end.other.host
        are_open = end.is_open and end.other.is_open
        return are_open and not weather.is_cut(one, other) and not weather.is_cut(other, one)

    def _ask(self, now_ms: int) -> None:
        glances = {host.name: host.glance() for host in self._run.nodes}
        roots = {name: glance.root for name, glance in glances.items() if glance is not None}
        if not roots:
            return
        graph: dict[str, list[str]] = {name: [] for name in roots}
        for end in self._standing:
            if end.host in graph and end.other.host in graph and self._lets_through(end):
                graph[end.host].append(end.other.host)
                graph[end.other.host].append(end.host)
        parts = islands(graph)
        self._looks.append(
            Look(
                at_ms=now_ms,
                nodes=len(roots),
                alike=Counter(roots.values()).most_common(1)[0][1],
                islands=len(parts),
                largest=max(map(len, parts)),
            )
        )

    # The end.

    def film(self, result: Result) -> Film:
        """All of it. The run must be over."""
        run, end_ms = self._run, self._world.now_ms
        self._see(end_ms)
        for spans in (*self._up.values(), *self._paused.values()):
            spans.note(False, end_ms + 1)
        population = run.opening.population
        return Film(
            scenario=run.scenario.name,
            question=run.scenario.question,
            command=result.command,
            digest=run.world.trace.digest,
            nodes=population.nodes,
            people=tuple(device.name for device in population.people),
            first_homes={device.name: device.home for device in population.people},
            edges=population.edges,
            begun_ms=run.director.begun_ms,
            end_ms=end_ms,
            up={name: tuple(spans.done) for name, spans in self._up.items()},
            paused={name: tuple(spans.done) for name, spans in self._paused.items()},
            links=tuple(_link(seen, end_ms) for seen in self._links),
            moves=tuple(self._moves),
            moves_left_out=self._moves_left_out,
            looks=tuple(self._looks),
            faults=tuple(
                Befallen(each.at_ms, each.decision)
                for each in run.director.decided
                if not isinstance(each.decision, Say)
            ),
            sayings=tuple(run.sayings),
            violations=tuple(result.broken),
        )


def _link(seen: _Seen, end_ms: int) -> Link:
    seen.open.note(False, end_ms + 1)
    seen.cut.note(False, end_ms + 1)
    begins_ms, ends_ms = seen.open.done[0] if seen.open.done else (end_ms, end_ms)
    return Link(
        one=seen.end.host,
        other=seen.end.other.host,
        begins_ms=begins_ms,
        ends_ms=ends_ms,
        cut=tuple(seen.cut.done),
    )
