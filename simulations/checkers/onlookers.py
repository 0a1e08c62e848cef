"""Shows what happens in a world to those of its checkers that want to see it."""

from collections import Counter
from collections.abc import Sequence

from overlay.peering.events import FrameReceived, LinkId
from overlay.peering.rows import Row
from overlay.wire.codec import Decode, decode_frame
from simulations.checkers.base import HOOKS, Checker, Fact
from simulations.checkers.frames import Frames
from simulations.checkers.sight import Sight
from simulations.machines import Event, Host


class Onlookers:
    """The checkers of a world. What a machine that is not honest does is shown to none."""

    def __init__(self, sometimes: Counter[str], decode: Decode = decode_frame) -> None:
        self.checkers: list[Checker] = []
        self._sometimes = sometimes
        self._frames = Frames(decode)
        self._looks = 0
        self._hooks: dict[str, list[Checker]] = {hook: [] for hook in HOOKS}
        self._of_event: dict[type, list[Checker]] = {}
        self._of_fact: dict[type, list[Checker]] = {}

    def add(self, *checkers: Checker) -> None:
        """Show these from now on what they override of `Checker`."""
        for checker in checkers:
            checker.count_in(self._sometimes)
            self.checkers.append(checker)
            for hook in checker.hooks():
                self._hooks[hook].append(checker)
        self._of_event.clear()
        self._of_fact.clear()

    def on_standing(self, host: Host, link: LinkId, peer: str) -> None:
        """A link has stood since before the world began."""
        for checker in self._hooks["on_standing"]:
            checker.on_standing(host, link, peer)

    def on_event(self, host: Host, event: Event, now_ms: int) -> None:
        """An event is about to be handed to a machine."""
        if not host.is_honest:
            return
        kind = type(event)
        concerned = self._of_event.get(kind)
        if concerned is None:
            on_event = self._hooks["on_event"]
            concerned = [each for each in on_event if kind in each.events or not each.events]
            self._of_event[kind] = concerned
        for checker in concerned:
            checker.on_event(host, event, now_ms)
        if isinstance(event, FrameReceived) and (hearers := self._hooks["on_heard"]):
            messages = self._frames.messages_of(event.data)
            for checker in hearers if messages else ():
                checker.on_heard(host, event.link, messages, now_ms)

    def on_round(self, host: Host, now_ms: int) -> None:
        """A machine was woken, and everything that it wants done has been begun."""
        if host.is_honest:
            for checker in self._hooks["on_round"]:
                checker.on_round(host, now_ms)

    def on_frame(self, host: Host, link: LinkId, data: bytes, now_ms: int) -> None:
        """A machine sends a frame."""
        if not host.is_honest:
            return
        for checker in self._hooks["on_frame"]:
            checker.on_frame(host, link, data, now_ms)
        if sayers := self._hooks["on_said"]:
            messages = self._frames.messages_of(data)
            for checker in sayers if messages else ():
                checker.on_said(host, link, messages, now_ms)

    def on_close(self, host: Host, link: LinkId, code: str, now_ms: int) -> None:
        """A machine closes a link."""
        if host.is_honest:
            for checker in self._hooks["on_close"]:
                checker.on_close(host, link, code, now_ms)

    def on_rows(self, host: Host, rows: Sequence[Row], now_ms: int) -> None:
        """A machine persists rows."""
        if host.is_honest:
            for checker in self._hooks["on_rows"]:
                checker.on_rows(host, rows, now_ms)

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        """A machine states a fact."""
        if not host.is_honest:
            return
        kind = type(fact)
        concerned = self._of_fact.get(kind)
        if concerned is None:
            on_fact = self._hooks["on_fact"]
            concerned = [each for each in on_fact if kind in each.facts or not each.facts]
            self._of_fact[kind] = concerned
        for checker in concerned:
            checker.on_fact(host, fact, now_ms)

    def on_end(self, host: Host, now_ms: int) -> None:
        """The machine of a host is no more, honest or not."""
        for checker in self._hooks["on_end"]:
            checker.on_end(host, now_ms)

    def look(self, hosts: Sequence[Host], now_ms: int) -> None:
        """Have every checker look at the hosts, and at those whose machine is honest judge."""
        self._looks += 1
        sight = Sight([host for host in hosts if host.is_honest], turn=self._looks)
        for checker in self._hooks["look"]:
            checker.look(sight, now_ms)
