"""What nodes tell each other of what they know. Section 5."""

from dataclasses import dataclass

from overlay.messages.signed import Signed


@dataclass(frozen=True, slots=True)
class Delta:
    """A part of the complete exchange that starts a link; `is_last` ends the sender's half."""

    records: tuple[Signed, ...]
    is_last: bool


@dataclass(frozen=True, slots=True)
class Push:
    """New records, passed on as soon as they are verified."""

    records: tuple[Signed, ...]
