"""S4: no counter serves two texts, and no incarnation goes back.

What holds where disks are lost: the counters of an origin whose disk never was
are used once, wherever they are accepted; of any other origin each run of a
node accepts one text under each. An incarnation goes back only with the disk,
and is not used on a link whose other end has told of a higher one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from overlay.client.facts import Attached
from overlay.core.facts import EnvelopeAccepted, LinkEstablished, NodeStarted, RecordApplied
from overlay.errors import RemoteError
from overlay.messages.clients import Attach
from overlay.messages.ids import Incarnation, LeafHash, Order
from overlay.messages.links import Welcome
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.wire.codec import read_json
from simulations.checkers.base import Checker, Fact
from simulations.machines import ClientHost, Host, NodeHost

NOTHING = Order(0, 0)
"""Below every order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """The incarnation that a host took last, in which run, and how often its disk was lost."""

    starts: int = 0
    losses: int = 0
    incarnation: Incarnation = Incarnation(0)


@dataclass(slots=True, kw_only=True)
class _Heard:
    """What one run of a machine knows of the orders of its own statements."""

    starts: int
    said: Order = NOTHING
    """The highest that it is known to have said."""
    told: Order = NOTHING
    """The highest that it was told of, by what it has not said itself."""
    presences: dict[str, None] = field(default_factory=dict)
    """The texts of the presences with which it has asked to be served."""


class CountersChecker(Checker):
    """Knows every counter that was ever accepted, and every incarnation of every machine."""

    id = "S4"
    facts = (EnvelopeAccepted, NodeStarted, Attached, LinkEstablished, RecordApplied)
    branches = ("incarnation begun anew after a loss", "welcomed with a record of an earlier run")

    def __init__(self, hosts: Sequence[Host]) -> None:
        super().__init__()
        self._origins: dict[str, ClientHost] = {
            host.identity.client: host for host in hosts if isinstance(host, ClientHost)
        }
        self._leaves: dict[tuple[object, ...], LeafHash] = {}
        self._taken: dict[str, _Taken] = {}
        self._heard: dict[str, _Heard] = {}
        self._takers: dict[tuple[str, Incarnation], int] = {}

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        match fact:
            case EnvelopeAccepted():
                self._check_counter(host, fact, now_ms)
            case NodeStarted(incarnation=incarnation):
                self._take(host, incarnation, now_ms)
            case Attached(incarnation=incarnation):
                self._take(host, incarnation, now_ms)
                self._check_use(host, now_ms)
                self._of_run(host).said = Order(incarnation, 0)
            case LinkEstablished():
                self._check_use(host, now_ms)
            case RecordApplied(kind="node", signer=signer, order=order):
                if isinstance(host, NodeHost) and signer == host.key.id:
                    self._of_run(host).said = order
            case _:
                pass

    def on_heard(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        for message in messages:
            if isinstance(message, Welcome) and message.record is not None:
                heard = self._of_run(host)
                if message.record.signed in heard.presences:
                    continue
                told = _order(message.record)
                if self._is_of_another_run(host, told.incarnation):
                    self.sometimes("welcomed with a record of an earlier run")
                heard.told = max(heard.told, told)

    def on_said(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        for message in messages:
            if isinstance(message, Attach):
                self._of_run(host).presences[message.presence.signed] = None

    def _check_counter(self, host: Host, fact: EnvelopeAccepted, now_ms: int) -> None:
        """An honest origin uses a counter once; one that has lost its disk cannot know."""
        key: tuple[object, ...] = (fact.origin, fact.incarnation, fact.counter)
        here = (host.name, host.starts, *key)
        origin = self._origins.get(fact.origin)
        is_sure = origin is not None and origin.is_honest and origin.disk.losses == 0
        for each in (here, key) if is_sure else (here,):
            if self._leaves.setdefault(each, fact.leaf) != fact.leaf:
                self.broken(now_ms, f"{host.name} accepted a used counter: {fact!r}")
                return

    def _take(self, host: Host, incarnation: Incarnation, now_ms: int) -> None:
        """The same run may say it again, or go above; a new run takes a higher one."""
        before = self._taken.get(host.name, _Taken())
        is_new_run = host.starts > before.starts
        has_lost = host.disk.losses > before.losses
        is_back = incarnation < before.incarnation or (
            is_new_run and incarnation == before.incarnation
        )
        if is_back and not has_lost:
            self.broken(
                now_ms,
                f"{host.name} has incarnation {incarnation} in run {host.starts}, "
                f"and had {before.incarnation} in run {before.starts}",
            )
        if is_back and has_lost:
            self.sometimes("incarnation begun anew after a loss")
        self._taken[host.name] = _Taken(
            starts=host.starts, losses=host.disk.losses, incarnation=incarnation
        )
        self._takers.setdefault((host.name, incarnation), host.starts)

    def _check_use(self, host: Host, now_ms: int) -> None:
        """A link serves: whoever was told of a higher order of its own has gone above it."""
        heard, ours = self._of_run(host), self._taken.get(host.name, _Taken()).incarnation
        is_below = heard.told.incarnation > ours or (
            heard.told.incarnation == ours
            and heard.told > heard.said
            and self._is_of_another_run(host, heard.told.incarnation)
        )
        if is_below:
            self.broken(
                now_ms,
                f"{host.name} uses incarnation {ours} in run {host.starts}, "
                f"told of {tuple(heard.told)}, having said {tuple(heard.said)}",
            )

    def _is_of_another_run(self, host: Host, incarnation: int) -> bool:
        return self._takers.get((host.name, Incarnation(incarnation)), host.starts) != host.starts

    def _of_run(self, host: Host) -> _Heard:
        """What is known of the present run; what an earlier one said and heard is over."""
        heard = self._heard.get(host.name)
        if heard is None or heard.starts != host.starts:
            heard = self._heard[host.name] = _Heard(starts=host.starts)
        return heard


def _order(record: Signed) -> Order:
    """The order in a node record or presence; nothing where it cannot be read."""
    try:
        fields = read_json(record.signed)
    except RemoteError:
        return NOTHING
    if not isinstance(fields, dict):
        return NOTHING
    number = fields.get("version", fields.get("counter"))
    incarnation = fields.get("incarnation")
    if not isinstance(number, int) or not isinstance(incarnation, int):
        return NOTHING
    return Order(incarnation, number)
