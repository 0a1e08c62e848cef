"""What a client's machine tells, brought to whoever wants to know."""

from collections.abc import Callable, Iterable
from typing import Final

from overlay.client.durable.values import Durable
from overlay.client.facts import (
    ChannelMessageArrived,
    KeysChanged,
    LadderStepped,
    MessageArrived,
    PersonChanged,
)
from overlay.messages.ids import AccountId, Address
from overlay.runtime.defects import ConnectionFailed
from overlay.runtime.persistence import RowDamaged
from overlay.sdk.arrivals import Arrivals, Tell
from overlay.sdk.attachment import Attachment
from overlay.sdk.changes import Changes
from overlay.sdk.driver import ClientFact
from overlay.sdk.errors import ClientClosed
from overlay.sdk.ladder import Ladders
from overlay.sdk.people import Acquaintances
from overlay.sdk.values import KeysChange, Message, PersonChange, person_of

ReportTo = Callable[[ClientFact], None]
"""Gets every fact but the messages themselves, for a log."""


def no_report(_: ClientFact) -> None:
    """Tells nobody."""


class Told:
    """Sorts facts. Nothing here waits: it is called from the task that owns the machine."""

    def __init__(
        self,
        *,
        ourselves: AccountId,
        addresses: Iterable[Address],
        durable: Durable,
        report: ReportTo,
        tell: Tell,
    ) -> None:
        homes = [home.address for home in durable.homes]
        self.changes: Final = Changes()
        self.people: Final = Acquaintances(ourselves, durable.people)
        self.ladders: Final = Ladders()
        self.arrivals: Final = Arrivals(tell)
        self.attachment: Final = Attachment([*addresses, *homes], self.changes.put)
        self._ourselves = ourselves
        self._report = report

    def on_fact(self, fact: ClientFact) -> None:
        """One more fact."""
        match fact:
            case MessageArrived(chain=chain, index=index):
                self.arrivals.put(_message(fact), (chain, index))
                return
            case ChannelMessageArrived():
                self.arrivals.put(_public_message(fact), None)
                return
            case LadderStepped():
                self.ladders.on_step(fact)
            case PersonChanged(view):
                if view.account != self._ourselves:
                    person = person_of(view)
                    self.changes.put(PersonChange(person, self.people.put(person)))
            case KeysChanged(account=account, name=name, added=added, removed=removed):
                change = KeysChange(id=account, name=name, added=added, removed=removed)
                self.changes.put(change)
            case RowDamaged() | ConnectionFailed():
                pass
            case _:
                self.attachment.on_fact(fact)
        self._report(fact)

    def close(self) -> None:
        """The client is left: nothing more will be told."""
        self.arrivals.close()
        self.changes.close()
        self.ladders.close(closed)


def closed() -> ClientClosed:
    """What everybody gets who still waits for a client that was left."""
    return ClientClosed("this client was left")


def _message(fact: MessageArrived) -> Message:
    return Message(
        id=f"{fact.chain}/{fact.index}",
        person=fact.person,
        name=fact.name,
        text=fact.text,
        sent_at=fact.sent_at,
        channel=None,
        is_own=fact.is_own,
        follows_gap=fact.follows_gap,
    )


def _public_message(fact: ChannelMessageArrived) -> Message:
    return Message(
        id=f"{fact.origin}/{fact.incarnation}/{fact.counter}",
        person=fact.person,
        name=fact.name,
        text=fact.text,
        sent_at=fact.sent_at,
        channel=fact.channel,
        is_own=False,
        follows_gap=False,
    )
