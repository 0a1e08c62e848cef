"""A defect of ours that shows on one connection ends that connection, and nothing else."""

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final, Self

_PLACES_MAX: Final = 8
"""Of the way to a defect so many calls are told, the innermost ones."""


@dataclass(frozen=True, slots=True)
class ConnectionFailed:
    """What a peer did met a defect of this program. Others did not notice.

    Please report it: `places` are the calls that led there, the innermost last.
    """

    level: ClassVar[str] = "error"
    remote_address: str
    error: str
    places: tuple[str, ...]

    @classmethod
    def by(cls, defect: Exception, remote_address: str) -> Self:
        """What is told of a defect; of several at once that of the first."""
        while isinstance(defect, ExceptionGroup):
            defect = defect.exceptions[0]
        calls = traceback.extract_tb(defect.__traceback__)[-_PLACES_MAX:]
        return cls(
            remote_address,
            f"{type(defect).__name__}: {defect}",
            tuple(f"{Path(call.filename).name}:{call.lineno} {call.name}" for call in calls),
        )
