"""Waking one waiting task."""

import trio


class Doorbell:
    """One task waits, any may ring. A ring while nobody waits is kept; many count as one."""

    def __init__(self) -> None:
        self._is_rung = False
        self._waiting = trio.lowlevel.ParkingLot()

    def ring(self) -> None:
        """Let the next or current `wait` return."""
        self._is_rung = True
        self._waiting.unpark()

    async def wait(self) -> None:
        """Return once it has been rung since the last return."""
        if self._is_rung:
            await trio.lowlevel.checkpoint()
        else:
            await self._waiting.park()
        self._is_rung = False
