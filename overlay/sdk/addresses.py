"""Addresses as people write them, and names of people as people write them."""

from collections.abc import Sequence
from typing import NamedTuple

from overlay.crypto.keys import public_key
from overlay.errors import BadKey, UsageError
from overlay.messages.ids import AccountId, Address
from overlay.transport.addresses import parse_written, whole_address
from overlay.transport.link import BadAddress


class Called(NamedTuple):
    """A name, and the name of the node where to look for it; None for anywhere."""

    name: str
    node: str | None


def read_addresses(
    addresses: str | Sequence[str], *, allows_plain: bool = False
) -> tuple[Address, ...]:
    """`wss://HOST:PORT/overlay`, or `HOST:PORT` for short; in their order, each once.

    Raises: `UsageError` for one that cannot be dialled, and for none at all.
    """
    written = [addresses] if isinstance(addresses, str) else addresses
    read = tuple(dict.fromkeys(_read_address(address, allows_plain) for address in written))
    if not read:
        raise UsageError("give the address of a node: HOST:PORT")
    return read


def _read_address(written: str, allows_plain: bool) -> Address:
    try:
        parse_written(written, allows_plain=allows_plain)
    except BadAddress as error:
        raise UsageError(str(error)) from None
    return Address(whole_address(written))


def read_account(written: str) -> AccountId | None:
    """The account that is meant, if an id was written: of a key that one can have."""
    try:
        public_key(written)
    except BadKey:
        return None
    return AccountId(written)


def readings(written: str) -> list[Called]:
    """What `name` or `name@node` may mean, most likely first: a name may hold an @ itself."""
    name, at, node = written.rpartition("@")
    whole = Called(written, None)
    return [Called(name, node), whole] if at and name and node else [whole]
