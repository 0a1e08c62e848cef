"""Shows what happens in a world to those of its checkers that want to see it."""

from collections import Counter
from collections.abc import Sequence

from overlay.peering.effects import CloseLink, Persist, Send
from overlay.peering.events import FrameReceived
from simulations.checkers.base import Checker, Fact
from simulations.checkers.frames import Frames
from simulations.checkers.sight import Sight
from simulations.machines import Event, Host


class Onlookers:
    """The checkers of a world. What a machine that is not honest does is shown to none."""

    def __init__(self, sometimes: Counter[str]) -> None:
        self.checkers: list[Checker] = []
        self._sometimes = sometimes
        self._frames = Frames()
        self._hooks: dict[str, list[Checker]] = {}

    def add(self, *checkers: Checker) -> None:
        """Show these from now on what they override of `Checker`."""
        for checker in checkers:
            checker.count_in(self._sometimes)
            self.checkers.append(checker)
            for hook in checker.hooks():
                self._hooks.setdefault(hook, []).append(checker)

    def on_event(self, host: Host, event: Event, now_ms: int) -> None:
        """An event is about to be handed to a machine."""
        if not host.is_honest:
            return
        if not isinstance(event, FrameReceived):
            for checker in self._hooks.get("on_event", ()):
                checker.on_event(host, event, now_ms)
        elif receivers := self._hooks.get("on_received"):
            frame = self._frames.of(event.data)
            for checker in receivers:
                checker.on_received(host, event.link, frame, now_ms)

    def on_handled(self, host: Host, event: Event, now_ms: int) -> None:
        """Everything that a machine wants done because of an event has been begun."""
        if host.is_honest:
            for checker in self._hooks.get("on_handled", ()):
                checker.on_handled(host, event, now_ms)

    def on_effect(self, host: Host, effect: Send | CloseLink | Persist, now_ms: int) -> None:
        """A machine sends, closes a link, or persists."""
        if not host.is_honest:
            return
        match effect:
            case Send(link, data):
                frame = self._frames.of(data)
                for checker in self._hooks.get("on_frame", ()):
                    checker.on_frame(host, link, frame, now_ms)
            case CloseLink(link, code):
                for checker in self._hooks.get("on_close", ()):
                    checker.on_close(host, link, code, now_ms)
            case Persist(rows=rows):
                for checker in self._hooks.get("on_rows", ()):
                    checker.on_rows(host, rows, now_ms)

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        """A machine states a fact."""
        if host.is_honest:
            for checker in self._hooks.get("on_fact", ()):
                checker.on_fact(host, fact, now_ms)

    def on_end(self, host: Host, now_ms: int) -> None:
        """The machine of a host is no more, honest or not."""
        for checker in self._hooks.get("on_end", ()):
            checker.on_end(host, now_ms)

    def look(self, hosts: Sequence[Host], now_ms: int) -> None:
        """Have every checker look at the hosts, and at those whose machine is honest judge."""
        sight = Sight([host for host in hosts if host.is_honest])
        for checker in self._hooks.get("look", ()):
            checker.look(sight, now_ms)
