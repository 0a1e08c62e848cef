"""Carries frames between the machines of a world, as TCP would: late, in order, or not at all."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from overlay import limits
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
from simulations.calendar import Calendar, Happening
from simulations.ends import End
from simulations.machines import NodeHost, Process
from simulations.meddler import Meddler
from simulations.weather import RESEND_MS, Weather
from simulations.writing import WriteQueue

LAST_WORDS_MS = 1_000
"""An orderly close that the other end does not answer is over after this, as in the runtime."""

_LISTENING_PORT = 4_000
_FIRST_DIALLING_PORT = 40_000
_NOTHING: tuple[Drained, ...] = ()


@dataclass(slots=True)
class _Links:
    """The links of one process."""

    ends: dict[LinkId, End] = field(default_factory=dict)
    drained: dict[LinkId, End] = field(default_factory=dict)
    """Outboxes that have shrunk since the machine was last told."""


@dataclass(slots=True)
class _Knock:
    is_waiting: bool = True


Tell = Callable[[Process, LinkEvent], None]


class Network:
    """Every link of a world. `tell` hands an event to a process; it knows whether that lives."""

    def __init__(self, weather: Weather, calendar: Calendar, tell: Tell) -> None:
        self.weather = weather
        self.meddler = Meddler[End]()
        self.bytes_sent = 0
        self.dials: Counter[Address] = Counter()
        """How often each address was dialled."""
        self.queued_bytes_most = 0
        self._calendar = calendar
        self._tell = tell
        self._listeners: dict[Address, NodeHost] = {}
        self._links: dict[Process, _Links] = {}

    def listen(self, host: NodeHost) -> None:
        """Know where a host is to be found, whether it is up or not."""
        self._listeners[host.address] = host

    def open_links(self) -> list[End]:
        """One end of each open link, the one that dialled, in a fixed order."""
        ends = [end for links in self._links.values() for end in links.ends.values()]
        return [end for end in ends if end.dialled is not None and end.is_open]

    # What machines ask for.

    def perform(self, process: Process, effect: LinkEffect) -> None:
        """Begin what a machine asks. Effects for a link that is gone have none."""
        match effect:
            case Send(link, data):
                self.send(process, link, data)
            case CloseLink(link, code):
                end = self._links[process].ends.get(link)
                if end is not None and end.is_open and end.closing_reason is None:
                    self._close(end, "stopped" if code == "stopping" else "orderly")
            case Hold(link, for_ms):
                end = self._links[process].ends.get(link)
                if end is not None:
                    self._hold(end, self._calendar.now_ms + for_ms)
            case Trust(link):
                end = self._links[process].ends.get(link)
                if end is not None:
                    end.message_bytes_max = limits.FRAME_BYTES_MAX
            case Dial(address):
                self._dial(process, address)

    def send(self, process: Process, link: LinkId, data: bytes) -> None:
        """The same for a frame, the usual thing to ask."""
        end = self._links[process].ends.get(link)
        if end is not None and end.is_open and end.closing_reason is None:
            self._send(end, data)

    def take_drained(self, process: Process) -> Sequence[Drained]:
        """What outboxes of a process have written since it was last told."""
        due = self._links[process].drained
        if not due:
            return _NOTHING
        drained = [Drained(end.id, end.queued_bytes) for end in due.values()]
        for end in due.values():
            end.was_crowded = end.queued_bytes > limits.OUTBOX_CONTROL_BYTES
        due.clear()
        return drained

    def _send(self, end: End, data: bytes) -> None:
        """The frame leaves as fast as the link takes it."""
        other, weather, now_ms = end.other, self.weather, self._calendar.now_ms
        size_bytes = len(data)
        self.bytes_sent += size_bytes
        end.queued_bytes += size_bytes
        if end.queued_bytes > self.queued_bytes_most and end.process.host.is_honest:
            self.queued_bytes_most = end.queued_bytes
        if end.queued_bytes > limits.OUTBOX_CONTROL_BYTES:
            end.was_crowded = True
            if end.queued_bytes > limits.OUTBOX_BYTES_MAX:
                self._begin_end(end, "stalled", at_ms=now_ms)
                self._reset(other)
                return
        if weather.is_broken(end.host, other.host):
            self.reset(end)
        elif end.queue or weather.writing_ms(size_bytes, end.host, other.host):
            self._queue_of(end).put(size_bytes, partial(self._depart, end, data))
        else:
            self._depart(end, data)

    def _queue_of(self, end: End) -> WriteQueue:
        if end.queue is None:
            writing_ms, sender, receiver = self.weather.writing_ms, end.host, end.other.host
            end.queue = WriteQueue(self._calendar, lambda size: writing_ms(size, sender, receiver))
        return end.queue

    def _depart(self, end: End, data: bytes) -> None:
        """The frame has been written, and is on its way."""
        other, now_ms = end.other, self._calendar.now_ms
        self._written(end, len(data))
        if self.meddler.is_idle:
            self._travel(other, now_ms, partial(self._arrive, other, data))
            return
        for frame in self.meddler.treat(end, end.host, other.host, data):
            self._travel(other, now_ms, partial(self._arrive, other, frame))

    def _written(self, end: End, size_bytes: int) -> None:
        """Told with whatever the machine is handed next, unless it may be waiting for room."""
        end.queued_bytes -= size_bytes
        if not end.is_open:
            return
        self._links[end.process].drained[end.id] = end
        if end.was_crowded:
            self._calendar.plan(self._calendar.now_ms, lambda: self._tell_drained(end.process))

    def _tell_drained(self, process: Process) -> None:
        if process.is_alive:
            for drained in self.take_drained(process):
                self._tell(process, drained)

    def _close(self, end: End, reason: CloseReason) -> None:
        """After everything that was sent on it."""
        end.closing_reason = reason
        leave = partial(self._leave, end, reason)
        if end.queue:
            end.queue.put(0, leave)
        else:
            leave()

    def _leave(self, end: End, reason: CloseReason) -> None:
        now_ms = self._calendar.now_ms
        self._begin_end(end, reason, at_ms=now_ms + LAST_WORDS_MS)
        self._travel(end.other, now_ms, lambda: self._closed_by_other(end.other))

    # Opening.

    def _dial(self, process: Process, address: Address) -> None:
        self.dials[address] += 1
        latency_ms = self.weather.link_latency_ms()
        at_ms = self._calendar.now_ms + latency_ms
        self._calendar.plan(at_ms, lambda: self._knock(process, address, latency_ms))

    def _knock(self, dialler: Process, address: Address, latency_ms: int) -> None:
        host = self._listeners.get(address)
        if not dialler.is_alive:
            return
        if host is None:
            self._dial_failed(dialler, address, "unreachable", latency_ms)
        elif host.is_lost or self.weather.is_cut(dialler.host.name, host.name):
            self._dial_failed(dialler, address, "timed_out", limits.DIAL_MS - latency_ms)
        elif host.process is None:
            self._dial_failed(dialler, address, "refused", latency_ms)
        elif host.process.is_paused:
            self._knock_in_vain(dialler, host.process, address, latency_ms)
        else:
            self._open(dialler, host.process, address, latency_ms)

    def _knock_in_vain(
        self, dialler: Process, listener: Process, address: Address, latency_ms: int
    ) -> None:
        """The system of the other host takes the link; its process greets it when it can."""
        knock = _Knock()

        def answer() -> None:
            if knock.is_waiting and dialler.is_alive and listener.is_alive:
                knock.is_waiting = False
                self._open(dialler, listener, address, latency_ms)

        def give_up() -> None:
            if knock.is_waiting:
                knock.is_waiting = False
                self._tell(dialler, DialFailed(address, "timed_out"))

        listener.knocks.append(answer)
        self._calendar.plan(self._calendar.now_ms + limits.DIAL_MS - latency_ms, give_up)

    def _dial_failed(
        self, dialler: Process, address: Address, reason: DialReason, wait_ms: int
    ) -> None:
        at_ms = self._calendar.now_ms + wait_ms
        self._calendar.plan(at_ms, lambda: self._tell(dialler, DialFailed(address, reason)))

    def _open(self, dialler: Process, listener: Process, address: Address, latency_ms: int) -> None:
        near = self._joined(dialler, listener, address, latency_ms)
        now_ms = self._calendar.now_ms
        self._opened(near.other)
        self._travel(near, now_ms, lambda: self._opened(near))
        self._calendar.plan(now_ms + limits.DIAL_MS - latency_ms, lambda: self._give_up(near))

    def _joined(
        self, dialler: Process, listener: Process, address: Address, latency_ms: int
    ) -> End:
        near = End(dialler, dialler.next_link(), latency_ms, dialled=address)
        far = End(listener, listener.next_link(), latency_ms)
        far.message_bytes_max = limits.OPENING_BYTES_MAX
        near.join(far)
        near.remote_address = f"{listener.host.ip}:{_LISTENING_PORT}"
        far.remote_address = f"{dialler.host.ip}:{_FIRST_DIALLING_PORT + dialler.links}"
        self._links[dialler].ends[near.id] = near
        self._links[listener].ends[far.id] = far
        return near

    def stand(self, dialler: Process, listener: Process, address: Address) -> End:
        """A link that stands from the beginning: nobody is told. Returns the dialler's end."""
        near = self._joined(dialler, listener, address, self.weather.link_latency_ms())
        near.is_open = near.other.is_open = True
        near.other.message_bytes_max = limits.FRAME_BYTES_MAX
        return near

    def _opened(self, end: End) -> None:
        if not end.is_over:
            end.is_open = True
            opened = LinkOpened(link=end.id, dialled=end.dialled, remote_address=end.remote_address)
            self._tell(end.process, opened)

    def _give_up(self, end: End) -> None:
        """A dial that has not become a link in its time has failed."""
        if not end.is_open and not end.is_over:
            self._finish(end, "reset", failed_as="timed_out")
            self._reset(end.other)

    # Travelling.

    def _travel(self, end: End, leaves_ms: int, happening: Happening) -> None:
        """Have something arrive at an end, after everything that left for it earlier."""
        took_ms = self.weather.travel_ms(end.latency_ms, end.other.host, end.host)
        end.arrival_ms = max(end.arrival_ms, leaves_ms + took_ms)
        self._calendar.plan(end.arrival_ms, partial(self._pass, end, happening))

    def _pass(self, end: End, happening: Happening) -> None:
        is_held = end.held or self._calendar.now_ms < end.reads_from_ms
        if is_held or self.weather.is_cut(end.other.host, end.host):
            end.held.append(happening)
        else:
            happening()

    def on_lifted(self) -> None:
        """A rule was lifted: what nothing holds any more comes a resend later, and what has come
        by then behind it.

        What is being written is written anew where it is sooner there so.
        """
        for links in list(self._links.values()):
            for end in list(links.ends.values()):
                if end.queue:
                    end.queue.begin_anew()
                is_cut = self.weather.is_cut(end.other.host, end.host)
                if end.held and not end.is_resent and not is_cut:
                    self._resend(end)

    def _hold(self, end: End, until_ms: int) -> None:
        """Its process reads nothing of it until then."""
        if until_ms > end.reads_from_ms:
            end.reads_from_ms = until_ms
            self._calendar.plan(until_ms, partial(self._release, end))

    def _resend(self, end: End) -> None:
        end.is_resent = True
        took_ms = self.weather.travel_ms(end.latency_ms, end.other.host, end.host)
        end.arrival_ms = max(end.arrival_ms, self._calendar.now_ms + RESEND_MS + took_ms)
        self._calendar.plan(end.arrival_ms, partial(self._release, end))

    def _release(self, end: End) -> None:
        """What was held has arrived, unless it is held again, or not read."""
        end.is_resent = False
        if self.weather.is_cut(end.other.host, end.host):
            return
        while end.held and self._calendar.now_ms >= end.reads_from_ms:
            end.held.pop(0)()

    def _arrive(self, end: End, data: bytes) -> None:
        if end.is_deaf:
            return
        if not end.process.is_alive:
            # A host that is back knows nothing of the links that it had.
            if end.process.host.is_up:
                self._reset(end.other)
        elif len(data) > end.message_bytes_max:
            self._finish(end, "too_large")
            self._closed_from(end)
        elif end.is_open:
            self._tell(end.process, FrameReceived(end.id, data))

    # Ending.

    def began(self, process: Process) -> None:
        """A process may open links from now on."""
        self._links[process] = _Links()

    def died(self, process: Process, *, is_silent: bool) -> None:
        """A process is gone; the other ends are told, or find out when they ask in vain."""
        for end in self._links.pop(process).ends.values():
            end.is_over, end.is_open = True, False
            if not is_silent:
                self._reset(end.other)

    def reset(self, end: End) -> None:
        """Break a link: what is under way on it is lost, and both ends are told."""
        self._reset(end)
        self._reset(end.other)

    def _reset(self, end: End) -> None:
        if end.is_deaf or end.is_over:
            return
        end.is_deaf = True
        # It overtakes whatever was under way: that is lost.
        took_ms = self.weather.travel_ms(end.latency_ms, end.other.host, end.host)
        at_ms = self._calendar.now_ms + took_ms
        self._calendar.plan(at_ms, lambda: self._pass(end, lambda: self._finish(end, "reset")))

    def _begin_end(self, end: End, reason: CloseReason, *, at_ms: int) -> None:
        end.closing_reason = reason
        self._calendar.plan(at_ms, lambda: self._finish(end, reason))

    def _closed_by_other(self, end: End) -> None:
        if not end.is_deaf and not end.is_over:
            self._finish(end, end.closing_reason or "orderly")
            self._closed_from(end)

    def _closed_from(self, end: End) -> None:
        """The close frame, or its answer, goes to the other end."""
        other = end.other
        reason = other.closing_reason or "orderly"
        self._travel(other, self._calendar.now_ms, lambda: self._finish(other, reason))

    def _finish(self, end: End, reason: CloseReason, *, failed_as: DialReason = "refused") -> None:
        """Tell an end, once, that its link is over, or that it never became one."""
        if end.is_over:
            return
        was_open = end.is_open
        end.is_over, end.is_open = True, False
        end.held.clear()
        if end.queue:
            end.queue.clear()
        links = self._links[end.process]
        del links.ends[end.id]
        links.drained.pop(end.id, None)
        if was_open:
            self._tell(end.process, LinkClosed(end.id, reason))
        elif end.dialled is not None:
            self._tell(end.process, DialFailed(end.dialled, failed_as))
