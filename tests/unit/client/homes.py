"""A home that a test plays: what a home does unasked it does, unless told otherwise."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from overlay import limits
from overlay.messages.clients import (
    Attach,
    Deliver,
    Done,
    Find,
    Found,
    Join,
    Leave,
    People,
    Person,
    Present,
    Submit,
    Watch,
)
from overlay.messages.envelopes import ChainStart, ChatMessage, SealedEnvelope
from overlay.messages.ids import AccountId, NodeId
from overlay.messages.links import Ack, Heartbeat, Home, LinkLimits, Welcome
from overlay.messages.records import Bundle
from overlay.messages.union import Message
from overlay.peering.events import (
    LinkId,
)
from overlay.peering.statements import Reader, Verified
from overlay.wire.signed import Signable
from tests.support.farend import FarEnd
from tests.support.people import NETWORK, NodeKeys, a_node_called
from tests.unit.client.friends import Friend

MessageT = TypeVar("MessageT")
StatementT = TypeVar("StatementT", bound=Signable)

LIMITS = LinkLimits(
    frame_bytes=limits.FRAME_BYTES_MAX,
    frame_envelopes=limits.FRAME_ENVELOPES_MAX,
    credit_envelopes=limits.CLIENT_CREDIT_ENVELOPES,
    credit_bytes=limits.CLIENT_CREDIT_BYTES,
    heartbeat_ms=limits.HEARTBEAT_CLIENT_MS,
)
WELCOME = Welcome(version=1, limits=LIMITS, record=None, homes=())


class ScriptedHome:
    """A node that a test plays. What a home does unasked it does, unless told otherwise."""

    def __init__(
        self,
        name: str = "north",
        *,
        welcome: Welcome = WELCOME,
        network: str = NETWORK,
        is_mute: bool = False,
    ) -> None:
        self.keys: NodeKeys = a_node_called(name, network)
        self.far_end = FarEnd(
            self.keys, dials=False, network=network, welcome=welcome, is_mute=is_mute
        )
        self.link = LinkId(0)
        self.people: dict[AccountId, Person] = {}
        self.serves = True
        """Whether it answers attach, find, watch, join and leave."""
        self.acks = True
        self.heard: list[object] = []
        self.close_code: str | None = None
        self._attach: Attach | None = None
        self._number = 0

    @property
    def id(self) -> NodeId:
        return self.keys.id

    @property
    def bundle(self) -> Bundle:
        """The key bundle that the client attached with."""
        assert self._attach is not None
        return Reader(NETWORK).read_as(Bundle, self._attach.bundle).value

    def knows(self, *friends: Friend, is_present: bool = True, with_bundles: bool = True) -> None:
        """Its directory holds these clients; those of one account are one person."""
        for friend in friends:
            known = self.people.get(friend.account_id)
            present = known.present if known is not None and is_present else ()
            if is_present:
                present = (*present, self.present(friend, with_bundles=with_bundles))
            person = Person(friend.account_record().signed, present)
            self.people[friend.account_id] = person

    def present(self, friend: Friend, *, with_bundles: bool = True) -> Present:
        """What it says of one reachable client."""
        return Present(
            presence=friend.presence(self.id).signed,
            home_name=self.keys.name,
            bundle=friend.bundle().signed if with_bundles else None,
        )

    def deliver(self, envelope: Verified[StatementT], keeper: NodeId | None = None) -> Deliver:
        """The next number on this link for an envelope."""
        self._number += 1
        return Deliver(number=self._number, envelope=envelope.signed, keeper=keeper or self.keys.id)

    def on_message(self, message: Message) -> list[Message]:
        """Take one message; returns what it answers by itself."""
        self.heard.append(message)
        self._attach = message if isinstance(message, Attach) else self._attach
        match message:
            case Heartbeat(wants_echo=True) if self.serves:
                return [Heartbeat()]
            case Submit(number=number) if self.acks:
                return [Ack(number)]
            case Attach() | Join() | Leave() if self.serves:
                return [Done(message.request)]
            case Watch(request=request, accounts=accounts) if self.serves:
                people = tuple(
                    person
                    for account, person in self.people.items()
                    if accounts is None or account in accounts
                )
                return [People(people), Done(request)]
            case Find() if self.serves:
                people = tuple(self._found(message))
                return [Found(request=message.request, people=people, is_last=True)]
            case _:
                return self.far_end.on_message(message)

    def _found(self, find: Find) -> Iterable[Person]:
        for account, person in self.people.items():
            if find.id == account or (
                find.id is None and f'"{find.name}"' in person.account.signed
            ):
                yield person

    def hears(self, kind: type[MessageT]) -> list[MessageT]:
        """What of this kind the client has said since this was last asked."""
        heard = [message for message in self.heard if isinstance(message, kind)]
        self.heard = [message for message in self.heard if not isinstance(message, kind)]
        return heard

    def submitted(self, kind: type[StatementT]) -> list[StatementT]:
        """The envelopes of one kind submitted since this was last asked; others are passed over."""
        return [each for each in self._submitted() if isinstance(each, kind)]

    def sealed(self) -> list[SealedEnvelope]:
        """The chain starts and messages submitted since this was last asked, in order."""
        return [each for each in self._submitted() if isinstance(each, ChainStart | ChatMessage)]

    def _submitted(self) -> list[Signable]:
        reader = Reader(NETWORK)
        return [reader.read(submit.envelope).value for submit in self.hears(Submit)]


def ranking(*names: str) -> Welcome:
    """A welcome that names nodes to resume at."""
    return replace(WELCOME, homes=tuple(home_called(name) for name in names))


def home_called(name: str) -> Home:
    keys = a_node_called(name)
    return Home(id=keys.id, name=name, address=keys.address)
