"""A world: hosts with machines, a network between them, one clock, and checkers that look on."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from overlay.client import effects as client_effects
from overlay.client.effects import Open, Seal
from overlay.client.events import Asked
from overlay.client.requests import Reply, Request
from overlay.core import effects as node_effects
from overlay.peering.effects import CloseLink, Dial, Forget, Hold, Load, Persist, Send, Trust
from overlay.peering.events import Stopping, Ticket, Wake
from simulations.calendar import Calendar
from simulations.checkers.base import FACTS, Checker, Fact, Violation
from simulations.checkers.onlookers import Onlookers
from simulations.machines import ClientHost, Effect, Event, Host, NodeHost, Process
from simulations.network import Network
from simulations.reading import SharedFrames, SharedRows
from simulations.rules import Rule
from simulations.seals import Seals, StandInSeals
from simulations.seeds import generator
from simulations.trace import Trace
from simulations.weather import Conditions, Weather

LOOK_EVERY_MS = 5_000
"""How often checkers look at the hosts: a table takes its time to outgrow its bound."""

STOPPING_MS = 2_000
"""How long a machine that is told to stop has for it."""

Listener = Callable[[Host, Fact, int], None]

_WAKE = Wake()


class World:
    """Hands events to machines in order of time and performs their effects.

    Everything is determined by `seed`, unless `seals` draw randomness of their
    own. `tell` is given a line for every event.
    """

    def __init__(
        self,
        seed: int,
        conditions: Conditions,
        *,
        seals: Seals | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self.seed = seed
        self.calendar = Calendar()
        self.trace = Trace(tell)
        self.weather = Weather(conditions, self.generator("weather"))
        self.network = Network(self.weather, self.calendar, self.hand)
        self.hosts: dict[str, Host] = {}
        self.sometimes: Counter[str] = Counter(dict.fromkeys(FACTS, 0))
        """How often each thing has happened that should happen sometimes."""
        self.disturbances = 0
        """How often something has befallen this world, or passed, that is no rule of the weather
        and no end of a machine: pauses, clocks, disks, boxes on the way."""
        self.frames = SharedFrames()
        self.rows = SharedRows()
        self.onlookers = Onlookers(self.sometimes, self.frames.decode)
        self.listeners: list[Listener] = []
        self.defects: list[Violation] = []
        self._seals = seals or StandInSeals(self.generator("seals"))
        self._asked: dict[Ticket, Callable[[Reply], None]] = {}
        self._tickets = 0
        self.calendar.plan(LOOK_EVERY_MS, self._look)

    def generator(self, *names: object) -> Random:
        """A generator of this world for whatever is named."""
        return generator(self.seed, *names)

    def befallen(self) -> int:
        """How often anything has befallen this world but the end of a machine: it only grows."""
        meddled = sum(self.network.meddler.done.values())
        return self.weather.changes + self.disturbances + meddled

    # Hosts.

    def add(self, host: Host) -> None:
        """Know a host from now on. Nothing runs on it before it is started."""
        self.hosts[host.name] = host
        if isinstance(host, NodeHost):
            self.network.listen(host)

    def watch(self, *checkers: Checker) -> None:
        """Have checkers look on."""
        self.onlookers.add(*checkers)

    def start(self, host: Host) -> None:
        """Start the machine of a host that is down, from what its disk holds."""
        assert host.process is None
        host.starts += 1
        host.is_lost = False
        try:
            machine = host.boot(self.generator("machine", host.name, host.starts))
        except Exception as error:  # whatever comes out of a machine is its defect
            self._defect(host, f"raised {error!r} at its start")
            return
        host.process = process = Process(host, machine)
        self.network.began(process)
        self._plan_wake(process)

    def boot(self, host: Host) -> Process:
        """Have a process on a host that is down, whose machine has not been told of anything."""
        assert host.process is None
        host.starts += 1
        machine = host.boot(self.generator("machine", host.name, host.starts))
        host.process = process = Process(host, machine)
        self.network.began(process)
        return process

    def begin_amid(self, host: Host, effects: Sequence[Effect]) -> None:
        """What was booted has begun, with these effects; from now on it is woken."""
        assert host.process is not None
        for effect in effects:
            self._perform(host.process, effect)
        self._plan_wake(host.process)

    def kill(self, host: Host, *, is_silent: bool = False) -> None:
        """End a machine without a word: what its disk does not hold is forgotten.

        Silent means that the whole host is gone: its links are not even reset.
        """
        if host.process is None:
            return
        process, host.process = host.process, None
        process.is_alive = False
        if process.is_paused:
            host.stood_ms += self.calendar.now_ms - process.paused_ms
        host.is_lost = is_silent
        host.disk.crash()
        self.network.died(process, is_silent=is_silent)
        self.onlookers.on_end(host, self.calendar.now_ms)

    def stop(self, host: Host) -> None:
        """Tell a machine to stop, and end it when its time is over."""
        process = host.process
        if process is not None:
            self.hand(process, Stopping(self._reading_ms(host) + STOPPING_MS))
            self.after(STOPPING_MS, lambda: self._end(process))

    def pause(self, host: Host) -> bool:
        """Stop the process of a host where it is, links and all; whether it went on until now."""
        if host.process is None or host.process.is_paused:
            return False
        host.process.is_paused = True
        host.process.paused_ms = self.calendar.now_ms
        return True

    def resume(self, process: Process, *, wakes_first: bool = False) -> None:
        """Let a paused process go on: it is handed at once what came meanwhile."""
        if not process.is_paused:
            return
        process.is_paused = False
        if process.is_alive:
            process.host.stood_ms += self.calendar.now_ms - process.paused_ms
        self.disturbances += 1
        waiting, process.waiting = process.waiting, []
        knocks, process.knocks = process.knocks, []
        if wakes_first and self._is_due(process):
            self.hand(process, _WAKE)
        for event in waiting:
            self.hand(process, event)
        for knock in knocks:
            knock()
        if process.is_alive:
            self._plan_wake(process)

    def set_clock(self, host: Host, *, by_ms: int = 0, ppm: int | None = None) -> None:
        """Have a host's monotonic clock jump forward, or go at another rate."""
        host.clock.jump(self.calendar.now_ms, by_ms)
        if ppm is not None:
            host.clock.skew(self.calendar.now_ms, ppm)
        if host.process is not None:
            self._plan_wake(host.process)

    def lift(self, rule: Rule) -> None:
        """A rule of the weather stands no longer."""
        self.weather.lift(rule, self.calendar.now_ms)
        self.network.on_lifted()

    # Time.

    @property
    def now_ms(self) -> int:
        return self.calendar.now_ms

    def after(self, wait_ms: int, happening: Callable[[], None]) -> None:
        """Have something happen later."""
        self.calendar.plan(self.calendar.now_ms + wait_ms, happening)

    def run(self, until_ms: int) -> None:
        """Let everything happen up to `until_ms`, that included."""
        self.calendar.run(until_ms)

    def look(self) -> None:
        """Have every checker look at the hosts now."""
        self.onlookers.look(list(self.hosts.values()), self.calendar.now_ms)

    # Machines.

    def ask(self, host: ClientHost, request: Request, then: Callable[[Reply], None]) -> None:
        """Ask a client for something in its person's place; `then` gets its answer, if it lives."""
        if host.process is None:
            return
        self._tickets += 1
        self._asked[Ticket(self._tickets)] = then
        self.after(0, partial(self.hand, host.process, Asked(Ticket(self._tickets), request)))

    def hand(self, process: Process, event: Event) -> None:
        """Hand an event to a process that lives, with what its outboxes have written before."""
        if not process.is_alive:
            return
        if process.is_paused:
            process.waiting.append(event)
            return
        for drained in self.network.take_drained(process):
            self._advance(process, drained)
        self._advance(process, event)
        if process.is_alive:
            self._plan_wake(process)

    def _advance(self, process: Process, event: Event) -> None:
        if not process.is_alive:
            return
        host, now_ms = process.host, self.calendar.now_ms
        self.trace.add(now_ms, host.name, event)
        self.onlookers.on_event(host, event, now_ms)
        try:
            clock = host.clock
            reading_ms = now_ms if clock.is_true else clock.reading(now_ms)
            effects = process.machine.handle(event, reading_ms)
        except Exception as error:  # whatever comes out of a machine is its defect
            self._defect(host, f"raised {error!r} for {type(event).__name__}")
            self.kill(host)
            return
        for effect in effects:
            self._perform(process, effect)
        if isinstance(event, Wake):
            self.onlookers.on_round(host, now_ms)

    def _perform(self, process: Process, effect: Effect) -> None:
        host = process.host
        match effect:
            case Send(link, data):
                self.onlookers.on_frame(host, link, data, self.calendar.now_ms)
                self.network.send(process, link, data)
            case node_effects.Report(fact) | client_effects.Report(fact):
                self._report(host, fact)
            case CloseLink(link, code):
                self.onlookers.on_close(host, link, code, self.calendar.now_ms)
                self.network.perform(process, effect)
            case Hold() | Trust() | Dial():
                self.network.perform(process, effect)
            case Persist() | Forget() | Load():
                self._perform_store(process, effect)
            case Seal() | Open():
                answer = self._seals.perform(effect)
                self.after(0, partial(self.hand, process, answer))
            case client_effects.Answer(ticket, reply):
                self._asked.pop(ticket)(reply)
            case node_effects.Answer():
                pass

    def _perform_store(self, process: Process, effect: Persist | Forget | Load) -> None:
        if isinstance(effect, Persist):
            self.onlookers.on_rows(process.host, effect.rows, self.calendar.now_ms)
        process.host.disk.perform(effect, self.calendar, partial(self.hand, process))

    def _report(self, host: Host, fact: Fact) -> None:
        self.sometimes[type(fact).__name__] += 1
        self.onlookers.on_fact(host, fact, self.calendar.now_ms)
        for listener in self.listeners:
            listener(host, fact, self.calendar.now_ms)

    # Deadlines.

    def _plan_wake(self, process: Process) -> None:
        deadline_ms = process.machine.next_deadline_ms()
        if deadline_ms is None:
            return
        clock, now_ms = process.host.clock, self.calendar.now_ms
        at_ms = deadline_ms if clock.is_true else clock.world_ms(deadline_ms)
        at_ms = at_ms if at_ms > now_ms else now_ms
        if at_ms not in process.wakes:
            process.wakes.add(at_ms)
            self.calendar.plan_round(at_ms, partial(self._wake, process))

    def _wake(self, process: Process) -> None:
        """Where the deadline has moved meanwhile, another wake is planned for it."""
        process.wakes.discard(self.calendar.now_ms)
        if not self._is_due(process):
            return
        self.hand(process, _WAKE)
        if self.calendar.now_ms in process.wakes and self._is_due(process):
            self._defect(process.host, "wants to be woken at once after it was woken")
            self.kill(process.host)

    def _is_due(self, process: Process) -> bool:
        if not process.is_alive or process.is_paused:
            return False
        deadline_ms = process.machine.next_deadline_ms()
        if deadline_ms is None:
            return False
        clock = process.host.clock
        now_ms = self.calendar.now_ms
        return deadline_ms <= (now_ms if clock.is_true else clock.reading(now_ms))

    def _reading_ms(self, host: Host) -> int:
        return host.clock.reading(self.calendar.now_ms)

    # The rest.

    def violations(self) -> list[Violation]:
        """Everything that must never happen and has, in order of time."""
        judges = [checker for checker in self.onlookers.checkers if checker.is_of_safety]
        found = [violation for checker in judges for violation in checker.violations]
        return sorted([*self.defects, *found], key=lambda violation: violation.at_ms)

    def _look(self) -> None:
        self.look()
        self.after(LOOK_EVERY_MS, self._look)

    def _end(self, process: Process) -> None:
        if process.is_alive:
            self.kill(process.host)

    def _defect(self, host: Host, detail: str) -> None:
        self.defects.append(Violation("defect", self.calendar.now_ms, f"{host.name} {detail}"))
