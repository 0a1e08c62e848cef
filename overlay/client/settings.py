"""What a person decides about their client, and how much it keeps, as values."""

from dataclasses import dataclass

from overlay import limits
from overlay.messages.ids import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much a client keeps of each kind. What others rely on is not among it."""

    outbox_entries: int = limits.OUTBOX_ENTRIES_MAX
    urgent_envelopes: int = limits.URGENT_ENVELOPES_MAX
    channel_messages: int = limits.CHANNEL_MESSAGES_MAX
    people: int = limits.PEOPLE_MAX
    lookups: int = limits.LOOKUPS_MAX
    lookup_waiters: int = limits.LOOKUP_WAITERS_MAX
    questions: int = limits.QUESTIONS_MAX
    openings: int = limits.OPENINGS_MAX
    sending_chains: int = limits.SENDING_CHAINS_MAX
    receiving_chains: int = limits.RECEIVING_CHAINS_MAX
    waiting_messages: int = limits.WAITING_MESSAGES_MAX
    held_messages: int = limits.HELD_MESSAGES_MAX
    conversations: int = limits.CONVERSATIONS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where to attach first, under which name, and within which bounds.

    `addresses` are tried in order, before any home that is remembered. `name`
    None keeps the name that the account has. With `keeps_untaken` a message
    that was shown is shown again at the next start, unless it was `Taken`.
    """

    addresses: tuple[Address, ...]
    name: str | None
    software: str
    keeps_untaken: bool = False
    bounds: Bounds = Bounds()
