"""Puts every decision of a run on record, or takes them from a record instead of the planners."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from simulations.calendar import Calendar
from simulations.decisions import Decided, Decision

DecisionT = TypeVar("DecisionT", bound=Decision)


class Director:
    """Whoever has drawn a decision asks here whether to perform it.

    Decisions are drawn before anything else of their millisecond, or between
    two stretches of time: so a recorded one finds the world as it was when it
    was drawn.
    """

    def __init__(
        self, calendar: Calendar, script: Sequence[Decided] | None = None, script_begun_ms: int = 0
    ) -> None:
        """`script` is what was decided, by a run whose beginning took `script_begun_ms`."""
        self._calendar = calendar
        self._script = script
        self._script_begun_ms = script_begun_ms
        self._turns = 0
        self._turns_taken = {each.turn: each.decision for each in script or ()}
        self._perform: Callable[[Decision], None] = lambda _: None
        self.decided: list[Decided] = []
        self.begun_ms = 0

    @property
    def is_scripted(self) -> bool:
        """Whether decisions come from a record."""
        return self._script is not None

    def take(self, decision: DecisionT) -> DecisionT | None:
        """What to do now in place of what was drawn: that, on record; a recorded one; or nothing.

        What planners draw while time passes is left to the record, if there is one.
        """
        assert not self._calendar.is_busy, "decisions are drawn by what `Run.after` has planned"
        if self._calendar.is_running:
            return None if self.is_scripted else self._noted(decision, None)
        self._turns += 1
        if not self.is_scripted:
            return self._noted(decision, self._turns)
        taken = self._turns_taken.get(self._turns)
        return self._noted(taken, self._turns) if isinstance(taken, type(decision)) else None

    def open(self, perform: Callable[[Decision], None]) -> None:
        """Plan what the record has for the beginning: all of it if that never ended."""
        self._perform = perform
        for each in self._script or ():
            if not self._script_begun_ms or each.at_ms < self._script_begun_ms:
                self._plan(each, each.at_ms)

    def begun(self) -> None:
        """The beginning is over. What follows is timed from here, however long that took."""
        self.begun_ms = now_ms = self._calendar.now_ms
        if not self._script_begun_ms:
            return
        for each in self._script or ():
            if each.at_ms >= self._script_begun_ms:
                self._plan(each, max(now_ms + each.at_ms - self._script_begun_ms, now_ms + 1))

    def _plan(self, each: Decided, at_ms: int) -> None:
        if each.turn is None:
            self._calendar.plan_first(at_ms, lambda: self._act(each.decision))

    def _act(self, decision: Decision) -> None:
        self._noted(decision, None)
        self._perform(decision)

    def _noted(self, decision: DecisionT, turn: int | None) -> DecisionT:
        self.decided.append(Decided(self._calendar.now_ms, decision, turn))
        return decision
