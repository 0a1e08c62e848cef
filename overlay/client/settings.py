"""What a person decides about their client, as values."""

from dataclasses import dataclass

from overlay.messages.ids import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where to attach first, and under which name.

    `addresses` are tried in order, before any home that is remembered. `name`
    None keeps the name that the account has.
    """

    addresses: tuple[Address, ...]
    name: str | None
    software: str
