"""THE CLIENT: events and the time go in, effects come out. The only file that sees every event.

    home ─▶ attaching ─▶ acquaintance ─▶ reading ─▶ showing ─▶ receipts
            who serves   whose keys      what is    in which   that it
            us?          are these?      sealed?    order?     arrived

    sayings ─▶ sealing ─▶ submission ─▶ home

`assembly.py` puts the parts together; `home.py` holds what each message of the
home sets in motion, `rounds.py` what happens once for all events of a round:
what is said to the home and kept on the disk leaves with the `Wake` that ends
it, signed together, in as few frames and commits as can be.
"""

from random import Random
from typing import assert_never

from overlay.client.assembly import Assembly
from overlay.client.durable.values import Durable
from overlay.client.effects import Effect
from overlay.client.events import Asked, Event, Opened, Sealed, SealFailed
from overlay.client.home import HomeMessages
from overlay.client.identity import Identity
from overlay.client.requests import (
    Carried,
    Declined,
    FindPeople,
    HoldBack,
    JoinChannel,
    LeaveChannel,
    Say,
    SayInChannel,
    Taken,
    WatchPeople,
)
from overlay.client.rounds import Rounds
from overlay.client.settings import Settings
from overlay.client.state.connection import Phase
from overlay.peering.events import (
    DialFailed,
    Drained,
    FrameReceived,
    LinkClosed,
    LinkOpened,
    Loaded,
    Stopping,
    Stored,
    StoreFailed,
    Wake,
)
from overlay.peering.statements import Reader, ReaderOf
from overlay.structures.sizes import Size
from overlay.wire.codec import Decode, decode_frame


class ClientMachine:
    """One client. `durable` is what was read from its disk, `random` yields secrets too.

    `reader_of` makes what verifies the statements of the network that it
    enters; it and `decode` may give what is shared by machines of one process.
    `handle` never raises for anything that a home or another client can cause.
    After a `Wake` at t `next_deadline_ms` is later than t, or None.
    """

    def __init__(
        self,
        identity: Identity,
        settings: Settings,
        durable: Durable,
        random: Random,
        reader_of: ReaderOf = Reader,
        decode: Decode = decode_frame,
    ) -> None:
        self._parts = Assembly(identity, settings, durable, random, reader_of)
        self._rounds = Rounds(self._parts, durable)
        self._home = HomeMessages(self._parts, self._rounds, decode)
        self._round_ms: int | None = 0

    def next_deadline_ms(self) -> int | None:
        """When `Wake` is wanted: at once where a round is to be ended; None for never."""
        if self._round_ms is not None:
            return self._round_ms
        return self._parts.state.desk.timers.next_ms()

    def sizes(self) -> list[Size]:
        """How full each table is that has a bound: a pure read."""
        return list(self._parts.sizes())

    def handle(self, event: Event, now_ms: int) -> list[Effect]:
        """Advance by one event; what it says and keeps leaves with the `Wake` that follows."""
        self._round_ms = now_ms if self._round_ms is None else self._round_ms
        self._on_event(event, now_ms)
        self._rounds.notice_loss()
        return self._parts.state.desk.take()

    def _on_event(self, event: Event, now_ms: int) -> None:
        parts = self._parts
        match event:
            case Wake():
                self._round_ms = None
                self._rounds.finish(now_ms)
            case LinkOpened():
                parts.attaching.on_link_opened(event, now_ms)
            case FrameReceived(link, data):
                self._home.on_frame(link, data, now_ms)
            case LinkClosed():
                parts.attaching.on_link_closed(event, now_ms)
            case DialFailed():
                parts.attaching.on_dial_failed(event, now_ms)
            case Stored(ticket):
                parts.state.ledger.on_stored(ticket, now_ms)
            case StoreFailed(ticket, reason):
                parts.state.ledger.on_failed(ticket, reason, now_ms)
            case Asked():
                self._on_asked(event, now_ms)
            case Sealed(ticket, sealed):
                parts.advance(parts.sealing.on_sealed(ticket, sealed), now_ms)
            case SealFailed(ticket):
                parts.advance(parts.sealing.on_seal_failed(ticket), now_ms)
            case Opened(ticket, text):
                parts.reading.on_opened(ticket, text)
            case Stopping():
                parts.state.ledger.hurry()
                parts.attaching.stop("stopped", now_ms)
            case Drained() | Loaded():
                # Credit keeps an outbox short, and nothing is read from the disk after the start.
                pass
            case _:
                assert_never(event)

    def _on_asked(self, asked: Asked, now_ms: int) -> None:
        parts, ticket, request = self._parts, asked.ticket, asked.request
        if parts.state.connection.phase is Phase.STOPPED:
            parts.state.desk.answer(ticket, Declined("stopping", "this client has stopped"))
            return
        match request:
            case Say():
                if parts.sayings.say(ticket, request):
                    parts.advance(request.to, now_ms)
            case SayInChannel():
                parts.channels.say(ticket, request)
            case JoinChannel(channel):
                parts.channels.join(ticket, channel, now_ms)
            case LeaveChannel(channel):
                parts.channels.leave(ticket, channel, now_ms)
            case FindPeople():
                parts.directory.find(ticket, request)
            case WatchPeople():
                parts.directory.watch(ticket, request)
            case Taken(places):
                parts.showing.taken(places)
                parts.state.desk.answer(ticket, Carried())
            case HoldBack(is_held_back):
                parts.liveness.hold_back(is_held_back)
                parts.state.desk.answer(ticket, Carried())
            case _:
                assert_never(request)
