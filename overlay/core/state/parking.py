"""Which records are held without counting, within a bound. docs/protocol.md, section 5.4."""

from collections.abc import Iterator

from overlay.peering.records import Subject
from overlay.structures.sizes import Size


class Parking:
    """Subjects whose record does not count yet or any more; the oldest leaves first."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._subjects: dict[Subject, None] = {}

    def sizes(self) -> Iterator[Size]:
        """How full its table is."""
        yield Size("parked records", len(self._subjects), self._maximum)

    def __len__(self) -> int:
        return len(self._subjects)

    def park(self, subject: Subject) -> None:
        self._subjects.setdefault(subject)

    def release(self, subject: Subject) -> None:
        self._subjects.pop(subject, None)

    def surplus(self) -> list[Subject]:
        """The oldest ones above the bound; they are released, their records are to be dropped."""
        surplus = list(self._subjects)[: max(0, len(self._subjects) - self._maximum)]
        for subject in surplus:
            del self._subjects[subject]
        return surplus
