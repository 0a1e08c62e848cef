"""What a scenario is, and one run of it: a world with people in it, and the verbs to play with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from overlay import limits
from overlay.core.requests import NodeGlance
from simulations.checkers.agreement import AgreementChecker
from simulations.checkers.answers import AnswersChecker
from simulations.checkers.base import Violation
from simulations.checkers.bounds import BoundsChecker
from simulations.checkers.branches import BranchesChecker
from simulations.checkers.counters import CountersChecker
from simulations.checkers.crashes import CrashesChecker
from simulations.checkers.liveness.conditions import Agreement, Condition, NotEclipsed, OneComponent
from simulations.checkers.liveness.panel import Panel
from simulations.checkers.losses import LossesChecker
from simulations.checkers.origins import OriginsChecker
from simulations.checkers.presences import PresencesChecker
from simulations.checkers.secrets import SecretsChecker
from simulations.checkers.shown import ShownChecker
from simulations.checkers.units import UnitsChecker
from simulations.converged import begin_converged
from simulations.decisions import Decision, Say
from simulations.director import Director
from simulations.faults import Faults
from simulations.machines import Host
from simulations.population import NETWORK, drawn_up, populate
from simulations.recording import Opening, Recording
from simulations.sayings import Saying, Sayings
from simulations.seals import ShippedSeals
from simulations.seeds import generator
from simulations.shapes import Shape, edges
from simulations.weather import Conditions
from simulations.workload import Workload
from simulations.world import World

CHANNEL = "square"

STARTS_MS_MAX = 200
"""Machines start within this of each other."""

SETTLE_MS_MAX = 30_000
"""A world that begins from nothing is whole within this: a few dials and their exchanges."""

JOIN_MS_MAX = 1_000
"""A question to the own home, there and back."""

DELIVERY_MS_MAX = 5_000
"""A message to somebody who is connected arrives within this, as does its receipt."""

CALM_MS_MAX = limits.REDIAL_MAX_MS * 3 // 2 + limits.ATTEMPT_MAX_MS + DELIVERY_MS_MAX
"""Once the faults stop: the longest wait between two dials, and between two attempts, then the
delivery itself."""

KEYS_MS_MAX = limits.ASK_KEYS_MAX_MS * 3 // 2
"""The longest wait between two askings for the keys of somebody who was away until now."""

AFTERMATH_MS = limits.ATTEMPT_MAX_MS + DELIVERY_MS_MAX
"""What was delivered already may be offered again within this, and must not be shown again."""

QUIET_TALK_MS = 3_000
QUIET_TALK_EVERY_MS = 200
"""In the calm people talk once more: what they say now has nothing in its way."""
LARGE_NODES = 1_000
"""A world of so many nodes begins converged: growing it from nothing takes a quarter of an hour."""

STEP_MS = 250
"""How often a run that waits for something looks whether it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What makes a run, together with the code. None leaves it to the scenario."""

    seed: int = 1
    nodes: int | None = None
    shape: Shape | None = None
    length_ms: int | None = None
    """How long the part that has a length is."""
    is_sealed_as_shipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who and what is in a world."""

    nodes: int
    shape: Shape
    people: int
    clients_each: int = 1
    extra_links: int = 0
    """Links to random further members that each node keeps: none, where a shape is the question."""
    conditions: Conditions = field(default_factory=Conditions)
    is_converged: bool = False
    """Whether its nodes know each other when it begins; those of a large world always do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A question put to a world. `cast` may draw from the seed; `play` answers the question."""

    name: str
    question: str
    cast: Callable[[Random], Cast]
    play: Callable[["Run"], None]


class Unplayable(Exception):
    """A scenario does not fit into the world that was asked for; says what would."""


class _Over(Exception):
    """Nobody wants to know how the run goes on."""


class Run:
    """One run of a scenario. Nothing runs before `play`."""

    def __init__(
        self,
        scenario: Scenario,
        options: Options,
        tell: Callable[[str], None] | None = None,
        recording: Recording | None = None,
    ) -> None:
        """`recording` is what to play again in place of what the seed would bring."""
        self.scenario = scenario
        self.options = options
        self.unmet: list[Violation] = []
        """Bounds of liveness that did not hold."""
        self.measured: dict[str, int] = {}
        """Numbers that the scenario has taken, by the names that a report shows."""
        self.ends_at: str | None = None
        """The checker whose first violation of safety ends the run, where that is enough."""
        opening = recording.opening if recording is not None else _drawn(scenario, options)
        self.opening = opening
        seals = ShippedSeals() if options.is_sealed_as_shipped else None
        self.world = world = World(options.seed, opening.conditions, seals=seals, tell=tell)
        self.nodes, self.people = populate(world, opening.population)
        self.director = (
            Director(world.calendar)
            if recording is None
            else Director(world.calendar, recording.decisions, recording.begun_ms)
        )
        self.sayings = Sayings()
        self.workload = Workload(world, self.people, self.sayings, self.director)
        self.faults = Faults(world, self.director)
        self._secrets = SecretsChecker()
        hosts = list(world.hosts.values())
        self.losses = LossesChecker(hosts, NETWORK)
        crashes = CrashesChecker(hosts, world.network, self.sayings, world.befallen)
        world.watch(
            OriginsChecker(self.sayings, world.hosts.values(), NETWORK),
            ShownChecker(hosts),
            CountersChecker(hosts),
            PresencesChecker(),
            BoundsChecker(world.network),
            AnswersChecker(),
            UnitsChecker(),
            BranchesChecker(),
            AgreementChecker(),
            crashes,
            self.losses,
            self._secrets,
        )
        self.liveness = Panel(world, self.sayings, crashes, self.pass_time)

    @property
    def channel(self) -> str:
        """The channel that everybody joins."""
        return CHANNEL

    @property
    def violations(self) -> list[Violation]:
        """Safety that did not hold."""
        return self.world.violations()

    def play(self) -> None:
        """Play the scenario to its end, and have the checkers look once more."""
        self.director.open(self._perform)
        try:
            self.scenario.play(self)
        except _Over:
            return
        self.faults.tally()
        self.world.look()
        self._secrets.search(self.world.now_ms)
        self.unmet += self.liveness.close()

    # Verbs of scenarios.

    def begin(self, *, without: Sequence[Host] = (), people_apart_ms: int = 0) -> None:
        """Start every machine, and wait until all nodes know all nodes and all people.

        Those of `without` are left to the scenario, which starts them with `start`. The
        nodes of a large world know each other already: only people come to them. With
        `people_apart_ms` people start one after the other, so long apart: of many new
        clients of one account that start at once some certify themselves at the same
        time, and all but one of those have to do it again.
        """
        random = self.world.generator("starts")
        if self.opening.is_converged:
            begin_converged(self.world, self.nodes)
        for host in self.people if self.opening.is_converged else self.world.hosts.values():
            at_ms = 1 + random.randrange(STARTS_MS_MAX)
            if host in self.people:
                at_ms += people_apart_ms * self.people.index(host)
            if host not in without:
                self.world.after(at_ms, self._starter(host))
        self.pass_time(STARTS_MS_MAX + people_apart_ms * len(self.people))
        known = "everybody is known everywhere"
        self.wait_until(self.is_settled, known, SETTLE_MS_MAX, checker="beginning")
        self.workload.join(CHANNEL)
        self.workload.watch()
        self.pass_time(JOIN_MS_MAX)
        self.director.begun()

    def length_ms(self, usual_ms: int) -> int:
        """How long the part that has a length is: as asked, or else as usual."""
        return self.options.length_ms or usual_ms

    def after(self, wait_ms: int, decide: Callable[[], object]) -> None:
        """Have the scenario decide something after a while in which other things happen.

        At the earliest in the next millisecond: of this one much has happened already, and a
        recorded decision comes before all else of its own.
        """
        self.world.calendar.plan_first(self.world.now_ms + max(wait_ms, 1), decide)

    def pass_time(self, duration_ms: int) -> None:
        """Let time pass."""
        end_ms = self.world.now_ms + duration_ms
        if self.ends_at is None:
            self.world.run(end_ms)
        while self.world.now_ms < end_ms:
            self.world.run(min(self.world.now_ms + STEP_MS, end_ms))
            if any(violation.checker == self.ends_at for violation in self.violations):
                raise _Over

    def calm(self, bound_ms: int = CALM_MS_MAX) -> None:
        """The faults stop, and what is promised for then is waited for, each within its bound.

        The overlay is one component again (L8), whose nodes agree (L1, L7). What
        homes have accepted arrives within `bound_ms`; so does, a little later,
        what waits at a client for keys. What is late, and kept by nobody any
        more, is lost (S9). What people say from then on is
        delivered in time (L2), and nobody who runs is thought dead (L3). Time
        passes in which something could come twice. Where liars run, a scenario
        asks itself what is to be had in spite of them.
        """
        self.faults.end()
        began_ms = self.world.now_ms
        for condition in self._conditions():
            self.liveness.wait_for(condition)
        self.measure("whole_ms", self.world.now_ms - began_ms)
        accepted = "every message that was accepted is delivered"
        left_ms = began_ms + bound_ms - self.world.now_ms
        self._wait_for_all(self._accepted_late, accepted, left_ms)
        delivered = "every message is delivered"
        self._wait_for_all(self.workload.undelivered, delivered, KEYS_MS_MAX)
        if self._is_honest():
            self.liveness.begin(self.liveness.delivery, self.liveness.deaths)
        self.workload.talk(every_ms=QUIET_TALK_EVERY_MS, for_ms=QUIET_TALK_MS, channel=self.channel)
        self.pass_time(QUIET_TALK_MS + AFTERMATH_MS)
        last = "what was said last is delivered"
        self._wait_for_all(self.workload.undelivered, last, KEYS_MS_MAX)

    def _wait_for_all(self, late: Callable[[], list[Saying]], what: str, bound_ms: int) -> None:
        """Let time pass until nothing is late; after the bound what is under way is noted.

        What is lost has a checker of its own. It is judged a while later: a copy that
        nobody keeps may have been on its way.
        """
        if self._comes_to_be(lambda: not late(), bound_ms):
            return
        then, violation = late(), self._not_within(bound_ms, what, "liveness")
        self.pass_time(DELIVERY_MS_MAX)
        still = [saying for saying in self.workload.undelivered() if saying in then]
        if self.losses.judge(still, self.world.now_ms) or len(still) < len(then):
            self.unmet.append(violation)

    def _conditions(self) -> Sequence[Condition]:
        return (OneComponent(), Agreement(), NotEclipsed()) if self._is_honest() else ()

    def _is_honest(self) -> bool:
        """Whether all nodes are: those that nobody admits, and clients, stand in nobody's way."""
        return all(host.is_honest for host in self.nodes)

    def wait_until(
        self,
        is_so: Callable[[], bool],
        what: str,
        bound_ms: int,
        *,
        checker: str = "liveness",
    ) -> None:
        """Let time pass until something is so; note it where it is not within the bound."""
        if not self._comes_to_be(is_so, bound_ms):
            self.unmet.append(self._not_within(bound_ms, what, checker))

    def _comes_to_be(self, is_so: Callable[[], bool], bound_ms: int) -> bool:
        """Let time pass until something is so, or the bound is over."""
        end_ms = self.world.now_ms + bound_ms
        while not is_so():
            if self.world.now_ms >= end_ms:
                return False
            self.pass_time(min(STEP_MS, end_ms - self.world.now_ms))
        return True

    def _not_within(self, bound_ms: int, what: str, checker: str) -> Violation:
        detail = f"not within {bound_ms} ms: {what}; {self._what_is_missing()}"
        return Violation(checker, self.world.now_ms, detail)

    def measure(self, name: str, value: int) -> None:
        """Put a number where reports show it. Its name ends in its unit, if it has one."""
        self.measured[name] = value

    def measure_most(self, name: str, value: int) -> None:
        """Put the largest of several values there."""
        self.measure(name, max(value, self.measured.get(name, value)))

    def expect(self, what: str, *, holds: bool, checker: str = "liveness") -> None:
        """Note a bar that was not met."""
        if not holds:
            self.unmet.append(Violation(checker, self.world.now_ms, f"not met: {what}"))

    def is_settled(self) -> bool:
        """Whether every node that runs sees every node alive and every client reachable."""
        if not self.workload.is_everybody_attached:
            return False
        is_whole = self._is_whole()
        return all(is_whole(glance) for host in self.nodes if (glance := host.glance()))

    def is_all_accepted_delivered(self) -> bool:
        """Whether nothing that a home has accepted is under way any more."""
        return not self._accepted_late()

    def _accepted_late(self) -> list[Saying]:
        return [saying for saying in self.workload.undelivered() if saying.is_accepted]

    def _is_whole(self) -> Callable[[NodeGlance], bool]:
        people_up = sum(host.is_up for host in self.people)
        nodes_up = sum(host.is_up for host in self.nodes)
        return lambda glance: (glance.alive, glance.clients_reachable) == (nodes_up, people_up)

    def _what_is_missing(self) -> str:
        """The first few things, for whoever reads the report."""
        is_whole = self._is_whole()
        missing = [
            f"{saying.speaker} to {'/'.join(saying.wanted)}: {saying.text[:60]!r}"
            for saying in self.workload.undelivered()
        ]
        missing += [
            f"{host.name} sees {glance.clients_reachable} clients and {glance.alive} nodes"
            for host, glance in ((host, host.glance()) for host in self.nodes)
            if glance is not None and not is_whole(glance)
        ]
        missing += [
            f"{host.name} has no home" for host in self.people if not self.workload.has_home(host)
        ]
        return f"{len(missing)} missing: {'; '.join(missing[:5])}"

    def _perform(self, decision: Decision) -> None:
        if isinstance(decision, Say):
            self.workload.perform(decision)
        else:
            self.faults.perform(decision)

    def _starter(self, host: Host) -> Callable[[], None]:
        return lambda: self.world.start(host)


def _drawn(scenario: Scenario, options: Options) -> Opening:
    """What the seed brings, where nothing else is asked."""
    cast = scenario.cast(generator(options.seed, "cast"))
    shape: Shape = options.shape or cast.shape
    nodes = options.nodes or cast.nodes
    pairs = edges(shape, nodes, generator(options.seed, "shape"))
    population = drawn_up(nodes, pairs, cast.people, cast.clients_each, cast.extra_links)
    is_converged = cast.is_converged or nodes >= LARGE_NODES
    return Opening(shape, cast.conditions, population, is_converged)
