"""Nodes that nobody admits: real keys, real handshakes, and a word for each other."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from overlay import limits
from overlay.core.settings import Settings
from overlay.crypto.encoding import encode
from overlay.crypto.keys import SigningKey
from overlay.crypto.sealing import SUITE
from overlay.errors import RemoteError
from overlay.messages.gossip import EverythingWanted, Push
from overlay.messages.ids import Address, Incarnation, NodeId
from overlay.messages.links import Admission, Hello, LinkLimits, Proof, Refusal, Role, Welcome
from overlay.messages.records import NodeRecord
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.effects import CloseLink, Dial, Send
from overlay.peering.events import FrameReceived, LinkClosed, LinkId, LinkOpened, Wake
from overlay.peering.handshake import Handshake, State
from overlay.peering.handshake import Ourselves as Introduced
from overlay.peering.statements import Signer
from overlay.wire.codec import encode_frame
from simulations.disk import Disk
from simulations.liars.base import messages_of
from simulations.machines import Effect, Event, Machine, NodeHost
from simulations.population import NETWORK
from simulations.world import World

LINKS_MAX = 16
"""Links that one of them holds open: what one address may have half open."""

_LIMITS = LinkLimits(
    frame_bytes=limits.FRAME_BYTES_MAX,
    frame_envelopes=limits.FRAME_ENVELOPES_MAX,
    credit_envelopes=limits.LINK_CREDIT_ENVELOPES,
    credit_bytes=limits.LINK_CREDIT_BYTES,
    heartbeat_ms=limits.HEARTBEAT_NODE_MS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one of them does: whom it dials, how often, and what it says there."""

    targets: Sequence[Address]
    every_ms: int
    role: Role = "node"
    is_mute: bool = False
    """It opens links, and leaves them to the node that waits for its hello."""
    pushes: bool = False
    """It does not wait to be welcome."""


class Sybil(Machine):
    """Dials honest nodes one after the other, proves itself, and behaves as if it belonged."""

    def __init__(
        self, key: SigningKey, plan: Plan, random: Random, record: Signed, admission: Admission
    ) -> None:
        self._plan = plan
        self._random = random
        self._record = record
        self._introduced = Introduced(
            key=key,
            role=plan.role,
            incarnation=Incarnation(1),
            network=NETWORK,
            admission=admission,
            suites=(SUITE,),
            software="sybil",
        )
        self._links: dict[LinkId, Handshake] = {}
        self._next_ms: int | None = None
        self._dials = random.randrange(len(plan.targets))
        self.proved = 0
        self.welcomed = 0
        self.codes: Counter[str] = Counter()
        """What it was refused with."""

    def next_deadline_ms(self) -> int | None:
        return 0 if self._next_ms is None else self._next_ms

    def handle(self, event: Event, now_ms: int) -> Sequence[Effect]:
        match event:
            case Wake():
                return self._turn(now_ms)
            case LinkOpened(link=link):
                self._links[link] = Handshake(self._introduced, self._random, dials=True)
                return []
            case LinkClosed(link=link):
                self._links.pop(link, None)
                return []
            case FrameReceived(link=link, data=data) if link in self._links:
                said = [each for message in messages_of(data) for each in self._say(link, message)]
                return [Send(link, encode_frame(*said))] if said else []
            case _:
                return []

    def _turn(self, now_ms: int) -> Sequence[Effect]:
        if self._next_ms is not None and now_ms < self._next_ms:
            return []
        every_ms = self._plan.every_ms
        self._next_ms = now_ms + every_ms // 2 + self._random.randrange(every_ms)
        self._dials += 1
        effects: list[Effect] = [Dial(self._plan.targets[self._dials % len(self._plan.targets)])]
        if len(self._links) >= LINKS_MAX:
            oldest = next(iter(self._links))
            del self._links[oldest]
            effects.append(CloseLink(oldest, "stopping"))
        return effects

    def _say(self, link: LinkId, message: Message) -> Sequence[Message]:
        handshake = self._links[link]
        if isinstance(message, Refusal):
            self.codes[message.code] += 1
        if self._plan.is_mute:
            return []
        try:
            match message:
                case Hello():
                    return handshake.on_hello(message)
                case Proof():
                    handshake.on_proof(message)
                    self.proved += handshake.state is State.PROVED
                    return self._own_word() if self._plan.pushes else []
                case Welcome():
                    self.welcomed += 1
                    return self._own_word()
                case _:
                    return []
        except RemoteError:
            return []

    def _own_word(self) -> Sequence[Message]:
        welcome = Welcome(version=1, limits=_LIMITS, record=None, homes=())
        return [welcome, Push((self._record,)), EverythingWanted()]


@dataclass(slots=True, eq=False, kw_only=True)
class SybilHost(NodeHost):
    """A place of one of them: it has an address, and no node."""

    plan: Plan
    record: Signed
    sybil: Sybil | None = field(default=None)

    def boot(self, random: Random) -> Machine:
        self.sybil = Sybil(self.key, self.plan, random, self.record, self.settings.admission)
        return self.sybil


def add_sybils(
    world: World,
    count: int,
    like: NodeHost,
    plan_of: Callable[[int], Plan],
    claimed: Sequence[NodeId],
) -> list[SybilHost]:
    """Add so many of them, who vouch for each other and for those claimed. None runs yet."""
    random = world.generator("sybils")
    keys = [SigningKey.generate(random) for _ in range(count)]
    hosts: list[SybilHost] = []
    for number, key in enumerate(keys):
        fellows = [keys[(number + step) % count] for step in range(1, min(count, 33))]
        name = f"sybil-{number + 1}"
        settings = _settings(like, name, number)
        record = _record(
            key, name, settings.addresses, [NodeId(each.id) for each in fellows], claimed
        )
        hosts.append(
            SybilHost(
                name=name,
                ip=_ip(number),
                disk=Disk(random),
                key=key,
                settings=settings,
                reader=like.reader,
                is_honest=False,
                plan=plan_of(number),
                record=record,
            )
        )
        world.add(hosts[-1])
    return hosts


def _settings(like: NodeHost, name: str, number: int) -> Settings:
    address = Address(f"ws://{_ip(number)}:4000/overlay")
    return replace(like.settings, name=name, addresses=(address,), neighbours=())


def _record(
    key: SigningKey,
    name: str,
    addresses: tuple[Address, ...],
    fellows: Sequence[NodeId],
    claimed: Sequence[NodeId],
) -> Signed:
    record = NodeRecord(
        signer=NodeId(key.id),
        salt=encode(bytes(16)),
        incarnation=Incarnation(1),
        version=1,
        name=name,
        addresses=addresses,
        links=tuple(fellows),
        neighbours=(*fellows, *claimed)[: limits.NEIGHBOURS_MAX],
    )
    return Signer(key, NETWORK).sign_one(record).signed


def _ip(number: int) -> str:
    return f"10.200.{number // 250}.{number % 250 + 1}"
