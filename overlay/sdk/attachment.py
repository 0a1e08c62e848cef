"""Whether a home serves this client, and why not."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

import trio

from overlay.client.facts import (
    Attached,
    AttachRefused,
    ClientStoreFailed,
    Detached,
    Fact,
    HomeUnreachable,
)
from overlay.errors import OverlayError, Refused
from overlay.messages.ids import Address
from overlay.peering.events import DialReason
from overlay.sdk.errors import Unreachable
from overlay.sdk.values import Status

_DIALS: Final[dict[DialReason, str]] = {
    "refused": "nothing listens there",
    "turned_away": "it takes no link now",
    "timed_out": "no answer",
    "unreachable": "no way there",
    "not_overlay": "what answers there is no overlay node",
    "without_tls": "it goes without TLS to another machine",
    "bad_address": "no address that can be dialled",
}
_PASSING: Final = (
    "starting",
    "busy",
    "too_many_links",
    "handshake_timeout",
    "turned_away",
    "duplicate_link",
    "old_incarnation",
)
"""Troubles that may be over in a moment: the client tries again by itself."""

_UNDER_WAY: Final = ("starting", "busy", "too_many_links")
"""And of them those by which a node says that it lives, and has much to do."""

_NO_ANSWER: Final = ("closed", "handshake_timeout", "stopping")
"""Refusals that say no more than that nobody serves there."""


class Attachment:
    """Follows a client from home to home. `on_change` is called when it has moved."""

    def __init__(self, addresses: Iterable[Address], on_change: Callable[[Status], None]) -> None:
        """`addresses` are all that will be tried before any node has named others."""
        self._untried = dict.fromkeys(addresses)
        self._on_change = on_change
        self._failures: dict[str, str] = {}
        self._refusal: AttachRefused | None = None
        self._parting = ""
        self._happened = trio.Event()
        self._is_asked_to_wait = False
        self.status = Status()

    def on_fact(self, fact: Fact) -> None:
        """Take notice of what concerns the way to a home."""
        match fact:
            case Attached(home=home, address=address):
                self._move(Status(home=home, address=address))
            case Detached(is_final=True):
                # We were left: nobody needs to be told of that.
                self.status = Status()
            case Detached(reason=reason):
                self._move(Status(trouble=self._parting or reason))
            case HomeUnreachable(address=address, reason=reason):
                self._fail(address, _DIALS[reason], reason in _PASSING)
            case AttachRefused() if self.status.is_attached:
                # Our home is about to leave us, and says more of it than a code.
                self._parting = _words(fact)
            case AttachRefused(address=address):
                self._refuse(fact)
                self._fail(address, _words(fact), fact.code in _PASSING)
            case ClientStoreFailed(reason):
                self.status = replace(self.status, trouble=reason)
            case _:
                pass

    async def wait(self) -> None:
        """Return when a home serves us, however long that takes."""
        await trio.lowlevel.checkpoint()
        while not self.status.is_attached:
            await self._happened.wait()

    async def wait_first(self, be_patient: Callable[[], None] = lambda: None) -> None:
        """The same, but every address is tried once only, unless its trouble may be over soon.

        `be_patient` is called when a node has said that it lives, and has much to do.

        Raises: `Refused` if a node will not have us, `Unreachable` if none answers.
        """
        while not self.status.is_attached:
            if not self._untried:
                raise self.failure()
            if self._is_asked_to_wait:
                self._is_asked_to_wait = False
                be_patient()
            await self._happened.wait()

    def failure(self) -> OverlayError:
        """Why no home serves us."""
        if self._refusal is None:
            return Unreachable(self._failures or dict.fromkeys(self._untried, "no answer yet"))
        where = f"{self._refusal.address} will not serve us"
        detail = self._refusal.detail
        words = f"{where}: {detail}" if detail else where
        return Refused(self._refusal.code, words, self._refusal.retry_after_ms)

    def _refuse(self, refusal: AttachRefused) -> None:
        if refusal.code not in _NO_ANSWER:
            self._refusal = refusal
        self._is_asked_to_wait |= refusal.code in _UNDER_WAY

    def _fail(self, address: Address, reason: str, is_passing: bool = False) -> None:
        self._failures[address] = reason
        self.status = replace(self.status, trouble=f"{address}: {reason}")
        if not is_passing:
            self._untried.pop(address, None)
        self._wake()

    def _move(self, status: Status) -> None:
        self.status = status
        self._failures.clear()
        self._refusal = None
        self._parting = ""
        self._on_change(status)
        self._wake()

    def _wake(self) -> None:
        self._happened.set()
        self._happened = trio.Event()


def _words(refusal: AttachRefused) -> str:
    return f"{refusal.code}: {refusal.detail}" if refusal.detail else refusal.code
