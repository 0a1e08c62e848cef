"""A box on the way that changes the frames of plain links."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from simulations.decisions import Meddle, Meddling


@dataclass(slots=True)
class _Job:
    what: Meddling
    frames: int
    place: int


LinkT = TypeVar("LinkT", bound=Hashable)


class Meddler(Generic[LinkT]):
    """Has jobs from one host to another, of so many frames each, and does them one by one.

    A `LinkT` names one direction of one link.
    """

    def __init__(self) -> None:
        self.done: dict[Meddling, int] = {}
        self._jobs: dict[tuple[str, str], list[_Job]] = {}
        self._kept: dict[LinkT, bytes] = {}
        self._touched: dict[LinkT, None] = {}

    @property
    def is_idle(self) -> bool:
        return not self._jobs and not self._kept

    def take_job(self, job: Meddle) -> None:
        """Meddle with the next frames that one host sends another."""
        jobs = self._jobs.setdefault((job.sender, job.receiver), [])
        jobs.append(_Job(job.what, job.frames, job.place))

    def rest(self) -> list[LinkT]:
        """Leave everything alone from now on. What was kept back is swallowed.

        Gives every link that was meddled with: what it lost it will not have again.
        """
        touched = list(self._touched)
        self._jobs.clear()
        self._kept.clear()
        self._touched.clear()
        return touched

    def treat(self, link: LinkT, sender: str, receiver: str, data: bytes) -> list[bytes]:
        """What goes on in place of a frame."""
        what, place = self._next(sender, receiver)
        if what is not None:
            self._touched[link] = None
        kept = self._kept.pop(link, None)
        behind = [] if kept is None else [kept]
        match what:
            case None:
                return [data, *behind]
            case "duplicate":
                return [data, data, *behind]
            case "swallow":
                return behind
            case "corrupt":
                return [_changed(data, place), *behind]
            case "reorder":
                self._kept[link] = data
                return behind

    def _next(self, sender: str, receiver: str) -> tuple[Meddling | None, int]:
        jobs = self._jobs.get((sender, receiver))
        if not jobs:
            return None, 0
        job = jobs[0]
        job.frames -= 1
        if job.frames <= 0:
            jobs.pop(0)
            if not jobs:
                del self._jobs[sender, receiver]
        self.done[job.what] = self.done.get(job.what, 0) + 1
        return job.what, job.place


def _changed(data: bytes, place: int) -> bytes:
    """With the lowest bit of one byte the other way."""
    if not data:
        return data
    at = place % len(data)
    return b"%b%c%b" % (data[:at], data[at] ^ 1, data[at + 1 :])
