"""One end of a link, and what travels towards it."""

from dataclasses import dataclass, field

from overlay import limits
from overlay.messages.ids import Address
from overlay.peering.events import CloseReason, LinkId
from simulations.calendar import Happening
from simulations.machines import Process
from simulations.writing import WriteQueue


@dataclass(slots=True, eq=False)
class End:
    """One end of a link, and what travels towards it."""

    process: Process
    id: LinkId
    latency_ms: int
    dialled: Address | None = None
    remote_address: str = ""
    is_open: bool = False
    """Between `LinkOpened` and `LinkClosed`."""
    is_over: bool = False
    closing_reason: CloseReason | None = None
    """How a close that was begun from here will be told."""
    is_deaf: bool = False
    """The link was reset: of what is under way to this end nothing arrives but the reset."""
    arrival_ms: int = 0
    """Nothing arrives here before this: what left earlier is still under way."""
    queue: WriteQueue | None = None
    """What waits to be written, from the first time on that something had to."""
    queued_bytes: int = 0
    was_crowded: bool = False
    message_bytes_max: int = limits.FRAME_BYTES_MAX
    """Longer messages that arrive end the link."""
    reads_from_ms: int = 0
    """Nothing that arrives is read before this."""
    held: list[Happening] = field(default_factory=list)
    """What has come as far as a cut, or is not read yet, or stands behind what is so, in order."""
    is_resent: bool = False
    """What is held is on its way again."""
    host: str = field(init=False)
    other: "End" = field(init=False)

    def __post_init__(self) -> None:
        self.host = self.process.host.name

    def join(self, other: "End") -> None:
        self.other, other.other = other, self
