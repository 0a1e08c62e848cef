"""What the people of a world have said: the measure of what clients may show."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from overlay.client.requests import MessageId
from overlay.messages.ids import ClientId

SEALED_MARK = "between you and me: "
"""Begins every text of a direct message, so that a search finds any of them."""

PUBLIC_MARK = "for all to hear: "
"""Begins every text on a channel."""


@dataclass(slots=True, eq=False, kw_only=True)
class Saying:
    """One thing that somebody said, and what became of it. Hosts stand by name."""

    text: str
    speaker: str
    origin: ClientId
    sent_at: int
    channel: str | None
    readers: tuple[str, ...]
    """The hosts that a direct message is for, the speaker's other clients included."""
    wanted: tuple[str, ...]
    """Those of the person it was said to: one of them has to show it."""
    said_ms: int
    losses: dict[str, int] = field(default_factory=dict)
    """How often the disks of its speaker and of those it was said to had lost rows by then."""
    is_queued: bool = False
    message: MessageId | None = None
    """What its speaker's client calls it, once it has queued it."""
    accepted_ms: int | None = None
    kept_at: tuple[str, int] | None = None
    """The host of the home that accepted it, and its run: while that lasts it is kept there."""
    told_delivered_ms: int | None = None
    receipted_by: dict[ClientId, None] = field(default_factory=dict)
    """The clients of which the speaker was told that they have it."""
    declined: str | None = None
    """Why the client did not even take it."""
    failed: str | None = None
    """Why it was given up."""
    shown: dict[str, int] = field(default_factory=dict)
    """When which host first showed it."""
    follows_gap: bool = False
    """Whether one of them waited in vain for what came before."""

    @property
    def is_accepted(self) -> bool:
        """Whether a home has told the speaker that it keeps it."""
        return self.accepted_ms is not None

    @property
    def delivered_ms(self) -> int | None:
        """When the first client of the other person showed it."""
        times = [self.shown[host] for host in self.wanted if host in self.shown]
        return min(times) if times else None


class Sayings:
    """Everything said in one world; no two texts are equal."""

    def __init__(self) -> None:
        self._of_text: dict[str, Saying] = {}

    def __len__(self) -> int:
        return len(self._of_text)

    def __iter__(self) -> Iterator[Saying]:
        return iter(self._of_text.values())

    def add(self, saying: Saying) -> None:
        assert saying.text not in self._of_text
        self._of_text[saying.text] = saying

    def with_text(self, text: str) -> Saying | None:
        return self._of_text.get(text)
