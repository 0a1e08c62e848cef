"""Carries frames between links and an inbox: opens links, reads them, writes them, ends them."""

from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from itertools import count
from math import inf
from typing import Final, assert_never

import trio

from overlay import limits
from overlay.errors import LinkError
from overlay.messages.ids import Address
from overlay.peering.effects import CloseLink, Dial, Hold, LinkEffect, Send, Trust
from overlay.peering.events import (
    CloseReason,
    DialFailed,
    DialReason,
    Drained,
    FrameReceived,
    LinkClosed,
    LinkEvent,
    LinkId,
    LinkOpened,
)
from overlay.runtime.defects import ConnectionFailed
from overlay.runtime.doorbell import Doorbell
from overlay.runtime.machine import Sink
from overlay.runtime.outbox import Outbox
from overlay.runtime.unfinished import Unfinished
from overlay.transport.link import (
    AddressWithoutTls,
    BadAddress,
    DialRefused,
    DialTimedOut,
    DialTurnedAway,
    Link,
    LinkOrderly,
    LinkProtocolError,
    LinkTooLarge,
    LinkUnsupported,
    NotOverlay,
)
from overlay.transport.turns import let_others
from overlay.transport.websocket import dial

LAST_WORDS_MS: Final = 1_000
"""What the outbox holds when a link is to be closed has this long to be written; and what a peer
said that is gone has this long to be read."""

REST_MS: Final = 100
"""A task that writes waits this long for more: to start another costs more than a frame does."""

_NORMAL: Final = 1000
_POLICY: Final = 1008
_TRY_LATER: Final = 1013
_NO_FAULT: Final = frozenset({"stopping", "duplicate_link"})
"""Codes that close a link without anyone having broken a rule."""

_TOLD: Final = frozenset({"too_large", "protocol_error"})
"""Reasons for which the peer, which may well be there, gets a close frame."""

Dialler = Callable[[Address], AbstractAsyncContextManager[Link]]


class _Writing:
    """A task that writes, and until when."""

    __slots__ = ("bell", "scope")

    def __init__(self, deadline: float) -> None:
        self.scope = trio.CancelScope(deadline=deadline)
        self.bell = Doorbell()

    async def rest(self) -> None:
        """Wait for more to write, or for the end, but not for long."""
        with trio.move_on_after(REST_MS / 1000):
            await self.bell.wait()


class _Carried:
    """One open link, and how it is to end. The first reason given is the one told."""

    __slots__ = ("closing_code", "is_drain_pending", "link", "name", "outbox", "reads_from",
                 "reason", "turn_bytes", "turn_until", "was_crowded", "writes_until",
                 "writing")  # fmt: skip

    def __init__(self, name: LinkId, link: Link) -> None:
        self.name = name
        self.link = link
        self.outbox = Outbox()
        self.writing: _Writing | None = None
        """There is one while a task writes, and says goodbye where the link is to be closed."""
        self.closing_code: str | None = None
        self.writes_until = inf
        self.reason: CloseReason | None = None
        self.is_drain_pending = False
        self.was_crowded = False
        self.reads_from = -inf
        self.turn_bytes = 0
        self.turn_until = -inf

    def end(self, reason: CloseReason) -> None:
        """Give up on the link: its outbox is written only if the peer is told why it ends."""
        if self.reason is not None:
            return
        self.reason = reason
        if reason in _TOLD:
            # What is half written in TLS could not be followed by a close frame.
            self._write_last_words()
        else:
            self.outbox.discard()
            if self.writing is not None:
                self.writing.scope.cancel()

    def close_with(self, code: str) -> None:
        """End the link once its outbox is written, or its time is over."""
        self.closing_code = code
        self._write_last_words()

    def lose_peer(self) -> None:
        """Nothing can be written any more; what the peer said before, and why it went, is told."""
        self.outbox.discard()
        self.link.nursery.cancel_scope.deadline = trio.current_time() + LAST_WORDS_MS / 1000

    def _write_last_words(self) -> None:
        self.writes_until = min(self.writes_until, trio.current_time() + LAST_WORDS_MS / 1000)
        if self.writing is not None:
            self.writing.scope.deadline = min(self.writing.scope.deadline, self.writes_until)
            self.writing.bell.ring()
        self.outbox.close()


class Links:
    """Performs the link effects of one machine and tells it what happens on its links.

    Every link is told opened once and closed once, with nothing after that.
    A defect that shows on a link that we dialled ends that link, and is reported.
    """

    def __init__(
        self,
        inbox: Sink[LinkEvent],
        report: Callable[[ConnectionFailed], None],
        dialler: Dialler = dial,
        links_max: int = limits.LINKS_MAX,
    ) -> None:
        self._inbox = inbox
        self._report = report
        self._dialler = dialler
        self._links_max = links_max
        self._names = count(1)
        self._carried: dict[LinkId, _Carried] = {}
        self._to_dial: deque[Address] = deque()
        self._dial_bell = Doorbell()
        self._unfinished = Unfinished[_Carried](limits.UNFINISHED_BYTES_MAX, self._give_up)
        self._none_left = trio.Event()

    def __len__(self) -> int:
        return len(self._carried)

    def perform(self, effect: LinkEffect) -> None:
        """Begin what `effect` asks. Effects for a link that is gone have none."""
        match effect:
            case Send(link, data):
                if carried := self._carried.get(link):
                    self._send(carried, data)
            case CloseLink(link, code):
                if carried := self._carried.get(link):
                    self._close(carried, code)
            case Hold(link, for_ms):
                if carried := self._carried.get(link):
                    reads_from = trio.current_time() + for_ms / 1000
                    carried.reads_from = max(carried.reads_from, reads_from)
            case Trust(link, is_node):
                if carried := self._carried.get(link):
                    carried.link.take_at_most(limits.FRAME_BYTES_MAX)
                    if not is_node:
                        carried.link.watch_unfinished(partial(self._unfinished.keep, carried))
            case Dial(address):
                self._to_dial.append(address)
                self._dial_bell.ring()
            case _:
                assert_never(effect)

    async def run(self) -> None:
        """Dial what is asked for, until cancelled; that ends every dialled link too."""
        async with trio.open_nursery() as nursery:
            while True:
                await self._dial_bell.wait()
                while self._to_dial:
                    nursery.start_soon(self._dial, self._to_dial.popleft())

    async def wait_none(self) -> None:
        """Return when no link is open."""
        while self._carried:
            self._none_left = trio.Event()
            await self._none_left.wait()

    async def _dial(self, address: Address) -> None:
        is_open = False
        try:
            async with self._dialler(address) as link:
                is_open = True
                await self._carry(link, address)
            return
        except LinkError as error:
            reason = _dial_reason(error)
        except Exception as defect:
            reason = "unreachable"
            self._report(ConnectionFailed.by(defect, address))
        # One that was open has been told closed, with its reason.
        if not is_open:
            self._inbox.put_nowait(DialFailed(address, reason))

    def accept(self, link: Link) -> Awaitable[None]:
        """Carry an accepted link to its end."""
        if len(self._carried) >= self._links_max:
            return link.close(_TRY_LATER, "too_many_links")
        return self._carry(link, None)

    async def _carry(self, link: Link, dialled: Address | None) -> None:
        carried = _Carried(LinkId(next(self._names)), link)
        self._carried[carried.name] = carried
        try:
            await self._inbox.put(_opened(carried, dialled))
            while True:
                # Without a name of its own: a frame would be kept until the next one comes.
                await self._take(carried, await link.receive())
        except LinkError as error:
            carried.end(_close_reason(error))
            if carried.writing is not None:
                # Last words: whoever writes them ends the link.
                await trio.sleep_forever()
        finally:
            del self._carried[carried.name]
            link.hear_no_more()
            self._unfinished.forget(carried)
            self._inbox.put_nowait(LinkClosed(carried.name, carried.reason or "reset"))
            if not self._carried:
                self._none_left.set()

    async def _take(self, carried: _Carried, data: bytes) -> None:
        # After CloseLink the machine is done with the link, its peer may not be.
        if carried.closing_code is None:
            await self._inbox.put(FrameReceived(carried.name, data))
            await self._let_others(carried, len(data))
            if carried.reads_from > trio.current_time():
                # What its peer goes on to send fills TCP's buffers, and nothing of ours.
                await trio.sleep_until(carried.reads_from)

    async def _let_others(self, carried: _Carried, size_bytes: int) -> None:
        """A link that has had its turn waits until nothing else can be done, within a bound.

        Before the machine has a frame, and before its answer is written, several tasks
        run one after the other: each of them would wait for a frame of a flood.
        """
        time = trio.current_time()
        if time >= carried.turn_until:
            carried.turn_bytes, carried.turn_until = 0, time + limits.READ_TURN_MS / 1000
        carried.turn_bytes += size_bytes
        if carried.turn_bytes >= limits.READ_TURN_BYTES:
            await let_others(limits.READ_WAIT_MS)

    def _send(self, carried: _Carried, data: bytes) -> None:
        if carried.outbox.is_closed:
            return
        carried.outbox.put(data)
        self._start_writing(carried)
        queued_bytes = carried.outbox.queued_bytes
        if queued_bytes > limits.OUTBOX_BYTES_MAX:
            carried.end("stalled")
        elif queued_bytes > limits.OUTBOX_CONTROL_BYTES:
            carried.was_crowded = True

    def _close(self, carried: _Carried, code: str) -> None:
        if carried.closing_code is None:
            carried.close_with(code)
            self._start_writing(carried)

    def _give_up(self, carried: _Carried) -> None:
        """Say goodbye, with its reason at once: what it keeps is not to wait for others."""
        carried.link.hear_no_more()
        self._close(carried, "stalled")
        carried.reason = carried.reason or "stalled"

    def _start_writing(self, carried: _Carried) -> None:
        """Most links have nothing to write most of the time, and no task for it then."""
        if carried.writing is not None:
            carried.writing.bell.ring()
        elif carried.reason is None:
            carried.writing = _Writing(carried.writes_until)
            carried.link.nursery.start_soon(self._write, carried, carried.writing)

    async def _write(self, carried: _Carried, writing: _Writing) -> None:
        with writing.scope:
            await self._write_frames(carried, writing)
        if carried.closing_code is not None:
            await self._say_goodbye(carried, carried.closing_code)
        elif writing.scope.cancelled_caught:
            carried.end("stalled")
        carried.writing = None
        if carried.reason is not None:
            carried.link.nursery.cancel_scope.cancel()

    async def _write_frames(self, carried: _Carried, writing: _Writing) -> None:
        stall_seconds, outbox = limits.OUTBOX_STALL_MS / 1000, carried.outbox
        try:
            while outbox.queued_bytes:
                while (frame := outbox.oldest()) is not None:
                    deadline = trio.current_time() + stall_seconds
                    writing.scope.deadline = min(deadline, carried.writes_until)
                    await carried.link.send(frame)
                    outbox.sent()
                    self._tell_drained(carried)
                if not outbox.is_closed:
                    writing.scope.deadline = carried.writes_until
                    await writing.rest()
        except LinkError:
            carried.lose_peer()

    async def _say_goodbye(self, carried: _Carried, code: str) -> None:
        is_normal = code in _NO_FAULT
        if not is_normal and carried.reason is None:
            await let_others(limits.GOODBYE_TURN_MS)
        await carried.link.close(_NORMAL if is_normal else _POLICY, code)
        carried.end("stopped" if code == "stopping" else "orderly")

    def _tell_drained(self, carried: _Carried) -> None:
        if not carried.is_drain_pending:
            carried.is_drain_pending = True
            # A machine that never filled the outbox has nothing waiting for room in it:
            # waking it for every frame written would double its rounds.
            make = partial(self._drained, carried)
            self._inbox.put_made(make, is_urgent=carried.was_crowded)
            carried.was_crowded = carried.outbox.queued_bytes > limits.OUTBOX_CONTROL_BYTES

    def _drained(self, carried: _Carried) -> Drained | None:
        carried.is_drain_pending = False
        if carried.name not in self._carried:
            return None
        return Drained(carried.name, carried.outbox.queued_bytes)


def _opened(carried: _Carried, dialled: Address | None) -> LinkOpened:
    return LinkOpened(
        link=carried.name,
        dialled=dialled,
        remote_address=carried.link.remote_address,
        certificate_fingerprint=carried.link.certificate_fingerprint,
        handshake_ms=_left_ms(carried.link.handshake_deadline),
    )


def _left_ms(deadline: float | None) -> int:
    """What is left of the time for a handshake, which begins with the connection."""
    if deadline is None:
        return limits.HANDSHAKE_MS
    return max(0, round((deadline - trio.current_time()) * 1_000))


def _close_reason(error: LinkError) -> CloseReason:
    match error:
        case LinkOrderly():
            return "orderly"
        case LinkTooLarge():
            return "too_large"
        case LinkProtocolError() | LinkUnsupported():
            return "protocol_error"
        case _:
            return "reset"


def _dial_reason(error: LinkError) -> DialReason:
    match error:
        case DialRefused():
            return "refused"
        case DialTurnedAway():
            return "turned_away"
        case DialTimedOut():
            return "timed_out"
        case NotOverlay():
            return "not_overlay"
        case AddressWithoutTls():
            return "without_tls"
        case BadAddress():
            return "bad_address"
        case _:
            return "unreachable"
