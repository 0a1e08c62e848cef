"""What a link is, and every way in which one cannot be opened or ends."""

from collections.abc import Callable
from typing import Protocol

import trio

from overlay.errors import LinkError


class LinkReset(LinkError):
    """The transport ended without a close frame."""


class LinkOrderly(LinkError):
    """The link ended with close frames. `code` and `reason` are those of the first one."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"closed with {code} {reason}".rstrip())
        self.code = code
        self.reason = reason


class LinkTooLarge(LinkError):
    """The peer began a message above the limit, or in too many fragments."""


class LinkProtocolError(LinkError):
    """What the peer sent is not WebSocket."""


class LinkUnsupported(LinkError):
    """The peer sent a binary message."""


class DialError(LinkError):
    """A dial came to nothing."""


class DialRefused(DialError):
    """Nothing listens there."""


class DialTurnedAway(DialError):
    """What listens there let us go without a link: it has no room now, or is about to end."""


class DialTimedOut(DialError):
    """No link within the time for a dial."""


class DialUnreachable(DialError):
    """There is no way there."""


class BadAddress(DialUnreachable):
    """The address is not one that this version can dial."""


class AddressWithoutTls(BadAddress):
    """Links go to other machines over TLS, unless somebody has said otherwise."""


class NotOverlay(DialError):
    """Something else answers there."""


class Link(Protocol):
    """One open WebSocket. It ends with the block that opened it.

    One task sends and one receives at a time.
    """

    @property
    def remote_address(self) -> str:
        """The peer's network address, without its port."""

    @property
    def certificate_fingerprint(self) -> str | None:
        """Base64url SHA-256 of the listener's certificate; None without TLS."""

    @property
    def handshake_deadline(self) -> float | None:
        """By when who dialled us has to have proved itself, in trio's time; None where we did."""

    @property
    def nursery(self) -> trio.Nursery:
        """For tasks that end with the block. To cancel it ends the block, as if it returned."""

    async def send(self, data: bytes) -> None:
        """Write one message: as text if it begins with `[`, else as binary.

        Raises: `LinkError`; what the peer said before can still be received, and how it ended
        the link. Cancelling it ends the link's use.
        """

    async def receive(self) -> bytes:
        """The next text message, as UTF-8; what came before the end is still given.

        Raises: `LinkReset`, `LinkOrderly`, `LinkTooLarge`, `LinkUnsupported` or
        `LinkProtocolError`, which all mean that nothing will come any more.
        """

    def take_at_most(self, message_bytes_max: int) -> None:
        """Refuse messages that are larger, of those that begin from now on."""

    def watch_unfinished(self, on_read: Callable[[int, int], None]) -> None:
        """Have it told after each read how many messages have begun, and how many bytes of the
        last of them are here: 0 once it has ended."""

    def hear_no_more(self) -> None:
        """Read nothing more, and let go of what has come of a message that has not ended."""

    async def close(self, code: int, reason: str) -> None:
        """Say goodbye: write a close frame, within a bounded time; nothing is sent after it.

        The peer's answer is awaited, also within bounds, where the link's block ends.
        """
