"""What people have said, and what has become of it by what clients told."""

from collections.abc import Sequence
from dataclasses import dataclass

from overlay.client.facts import LadderStepped
from overlay.client.requests import MessageId
from overlay.messages.ids import AccountId
from simulations.chaos.hosts import RealClient, RealNode
from simulations.sayings import PUBLIC_MARK, SEALED_MARK, Saying, Sayings


@dataclass(frozen=True, slots=True)
class Moment:
    """What time it is: by the clock of the run, and by the one that people see."""

    at_ms: int
    wall_ms: int


class Account:
    """Keeps account of everything said. People stand by name."""

    def __init__(self, people: Sequence[RealClient]) -> None:
        self.sayings = Sayings()
        self._people = {host.name: host for host in people}
        self._queued: dict[tuple[str, MessageId], Saying] = {}
        self._early: dict[tuple[str, MessageId], list[tuple[LadderStepped, int]]] = {}
        """What was told of messages before it was told which they are."""
        self._written_by: dict[str, int] = {}
        self._homes: dict[str, tuple[RealNode, int]] = {}

    # What people say.

    def says(
        self, speaker: str, to: str | None, channel: str | None, now: Moment, filling: str = ""
    ) -> Saying:
        """Somebody begins to say something: to one person, or on a channel."""
        mark = SEALED_MARK if channel is None else PUBLIC_MARK
        readers = () if to is None else (to,)
        saying = Saying(
            text=f"{mark}number {len(self.sayings) + 1} of {speaker}. {filling}",
            speaker=speaker,
            origin=self._people[speaker].identity.client,
            sent_at=now.wall_ms,
            channel=channel,
            readers=readers,
            wanted=readers,
            said_ms=now.at_ms,
            losses=dict.fromkeys((speaker, *readers), 0),
        )
        self.sayings.add(saying)
        return saying

    def account_of(self, saying: Saying) -> AccountId:
        """Whom it is for."""
        return self._people[saying.wanted[0]].identity.account

    def queued(self, saying: Saying, message: MessageId, wall_ms: int) -> None:
        """Their client has taken it, and called it so."""
        saying.is_queued = True
        self._written_by[saying.text] = wall_ms
        key = (saying.speaker, message)
        self._queued[key] = saying
        for fact, at_ms in self._early.pop(key, []):
            self._step(saying, fact, at_ms)

    def sent_at(self, text: str, claimed: int) -> int:
        """When a text was written, by its origin's own word; another time if that cannot be.

        The SDK writes the time into a message while it is asked to send it: a word between
        the beginning and the end of that is taken as the time.
        """
        saying = self.sayings.with_text(text)
        if saying is None:
            return claimed
        latest = self._written_by.get(text, claimed)
        return saying.sent_at if saying.sent_at <= claimed <= latest else claimed

    # What clients tell.

    def on_attached(self, name: str, home: RealNode) -> None:
        """A home serves somebody's client."""
        self._homes[name] = (home, home.starts)

    def on_detached(self, name: str) -> None:
        """None does any more."""
        self._homes.pop(name, None)

    def home_of(self, name: str) -> RealNode | None:
        """Who serves somebody's client, by its own account."""
        return self._homes[name][0] if name in self._homes else None

    def on_step(self, name: str, fact: LadderStepped, now_ms: int) -> None:
        """A message came to a step."""
        key = (name, fact.message)
        saying = self._queued.get(key)
        if saying is None:
            self._early.setdefault(key, []).append((fact, now_ms))
        else:
            self._step(saying, fact, now_ms)

    def on_shown(self, name: str, text: str, now_ms: int) -> bool:
        """A person was shown a text; says whether it is the first time that this one was."""
        saying = self.sayings.with_text(text)
        if saying is None or name in saying.shown:
            return False
        saying.shown[name] = now_ms
        return True

    def undelivered(self) -> list[Saying]:
        """What a client has promised to keep until it is delivered, and is not.

        Every client lives, and keeps its disk. What is refused before a home accepts it was
        promised by nobody.
        """
        return [
            saying
            for saying in self.sayings
            if saying.is_queued
            and saying.wanted
            and saying.delivered_ms is None
            and (saying.failed is None or saying.is_accepted)
        ]

    def _step(self, saying: Saying, fact: LadderStepped, now_ms: int) -> None:
        match fact.step:
            case "accepted" if saying.accepted_ms is None:
                saying.accepted_ms = now_ms
                if saying.speaker in self._homes:
                    home, starts = self._homes[saying.speaker]
                    saying.kept_at = (home.name, starts)
            case "delivered" if saying.told_delivered_ms is None:
                saying.told_delivered_ms = now_ms
            case "failed":
                saying.failed = fact.reason or "failed"
            case _:
                pass
