"""What is promised once the faults have stopped, each within its bound."""

from collections.abc import Callable, Sequence
from typing import Final

import trio

from overlay.nodes.local import LocalOverlay
from simulations.chaos.clock import Clock
from simulations.chaos.court import Court
from simulations.chaos.people import Person, Talk
from simulations.checkers.base import Violation
from simulations.scenario import (
    AFTERMATH_MS,
    CALM_MS_MAX,
    KEYS_MS_MAX,
    QUIET_TALK_EVERY_MS,
    QUIET_TALK_MS,
)

LOOK_SECONDS: Final = 0.1

SHOWN_MAX: Final = 5
"""What is missing is told up to this."""


class Calm:
    """Waits for what must become so; notes what does not."""

    def __init__(
        self,
        overlay: LocalOverlay,
        people: Sequence[Person],
        court: Court,
        clock: Clock,
        unmet: list[Violation],
    ) -> None:
        self._overlay = overlay
        self._people = people
        self._court = court
        self._clock = clock
        self._unmet = unmet

    async def hold(self, talk: Talk) -> None:
        """Wait until everything that was said is delivered; have people talk once more; and wait
        for so long that whatever could come twice has come twice."""
        begun_ms = self._clock.now_ms
        await self.wait_whole("L8")
        left_ms = begun_ms + CALM_MS_MAX - self._clock.now_ms
        accepted = "every message that was accepted is delivered"
        await self._wait(accepted, left_ms, self._accepted_undelivered)
        await self._wait("every message is delivered", KEYS_MS_MAX, self._undelivered)
        self._court.begin_calm(self._clock.now_ms)
        await talk.go_on(QUIET_TALK_EVERY_MS, QUIET_TALK_MS)
        await trio.sleep(AFTERMATH_MS / 1_000)
        await self._wait("what was said last is delivered", KEYS_MS_MAX, self._undelivered)

    async def wait_whole(self, checker: str) -> None:
        """Return once all nodes see each other alive, and every client has a home."""
        with trio.move_on_after(CALM_MS_MAX / 1_000) as patience:
            # A node that does not run is a defect, which is noted where it ends.
            await self._overlay.wait_converged()
        if patience.cancelled_caught:
            what = f"not within {CALM_MS_MAX} ms: all nodes see each other alive"
            self._unmet.append(Violation(checker, self._clock.now_ms, what))
        await self._wait("every client has a home", CALM_MS_MAX, self._homeless, checker)

    async def _wait(
        self,
        what: str,
        bound_ms: int,
        missing: Callable[[], list[str]],
        checker: str = "liveness",
    ) -> None:
        with trio.move_on_after(max(bound_ms, 0) / 1_000):
            while missing():  # noqa: ASYNC110  # whoever is waited for is not one
                await trio.sleep(LOOK_SECONDS)
        left = missing()
        if left:
            detail = f"not within {bound_ms} ms: {what}; {len(left)} missing: "
            detail += "; ".join(left[:SHOWN_MAX])
            self._unmet.append(Violation(checker, self._clock.now_ms, detail))

    def _homeless(self) -> list[str]:
        return [
            f"{person.name} has no home {person.troubles[-1:]}"
            for person in self._people
            if not person.is_there
        ]

    def _undelivered(self) -> list[str]:
        return [
            f"{saying.speaker} to {'/'.join(saying.wanted)}, said at {saying.said_ms} ms,"
            f" accepted: {saying.is_accepted}, failed: {saying.failed}: {saying.text[:60]!r}"
            for saying in self._court.account.undelivered()
        ]

    def _accepted_undelivered(self) -> list[str]:
        undelivered = self._court.account.undelivered()
        return [saying.text[:60] for saying in undelivered if saying.is_accepted]
