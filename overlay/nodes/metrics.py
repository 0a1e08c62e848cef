"""Counts what a node reports, for its operator's graphs. docs/operators.md lists every name."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple, TypeVar

from overlay import errors
from overlay.core import facts
from overlay.runtime.defects import ConnectionFailed
from overlay.runtime.persistence import RowDamaged
from overlay.transport.port import TurnedAway

FactT = TypeVar("FactT")

_OTHER: Final = "other"
"""In place of a word that a peer has made up: whoever invents labels must fill no table."""

_WORDS_MAX: Final = 64
"""Words of one label: there are some 35 codes, and fewer reasons and kinds."""


class Counting(NamedTuple):
    """How facts of a kind are counted: under a name, and by one of their fields, if any is."""

    name: str
    words: str
    label: str | None = None


class Counted(NamedTuple):
    """Facts of one kind, and how many there were for each word of the label, if it has one."""

    counting: Counting
    counts: Mapping[str, int]


_COUNTED: Final[dict[type, Counting]] = {
    facts.LinkEstablished: Counting("links_established", "Links with other nodes that came to be."),
    facts.LinkLost: Counting("links_lost", "Links with other nodes that ended.", "reason"),
    facts.PeerRefused: Counting("peers_refused", "What peers were refused.", "code"),
    facts.LimitReached: Counting(
        "limits_reached", "Times that somebody had had their share of something.", "limit"
    ),
    facts.PeerBanned: Counting("bans_changed", "Bans that began or ended."),
    facts.RefusedByPeer: Counting("refused_by_peers", "What peers refused us.", "code"),
    facts.NeighbourUnreachable: Counting(
        "neighbours_unreachable", "Times that a neighbour was out of reach, or for another reason."
    ),
    facts.HealingDialled: Counting("healing_dials", "Dials towards members that seem dead."),
    facts.Healed: Counting("healed_links", "Such dials that became links."),
    facts.LagNoticed: Counting("lags", "Times that the process was not run for a while."),
    facts.RecordApplied: Counting("records_applied", "Records that count from then on.", "kind"),
    facts.RecordParked: Counting("records_parked", "Records that did not count yet.", "kind"),
    facts.RecordDropped: Counting("records_dropped", "Records that never counted.", "kind"),
    facts.EquivocationProved: Counting(
        "equivocations_proved", "Signers that were caught with two texts for one order."
    ),
    facts.ClientAttached: Counting("clients_attached", "Clients that came to be served here."),
    facts.ClientDetached: Counting("clients_detached", "Clients that went.", "reason"),
    facts.EnvelopeAccepted: Counting(
        "envelopes_accepted", "Envelopes of our clients that were accepted.", "kind"
    ),
    facts.EnvelopeRefused: Counting("envelopes_refused", "Envelopes that were refused.", "code"),
    facts.EnvelopeDelivered: Counting(
        "envelopes_delivered", "Envelopes that went out to a client here."
    ),
    facts.EnvelopeSettled: Counting(
        "envelopes_settled", "Envelopes kept here whose wait has ended.", "reason"
    ),
    facts.UnitDropped: Counting("units_dropped", "Copies in transit that ended here.", "reason"),
    facts.SpreadShed: Counting("spreads_shed", "Channel envelopes that found no credit."),
    facts.ListenerSkipped: Counting("listeners_skipped", "Listeners that found no credit."),
    facts.StoreTrouble: Counting("store_troubles", "Times that the disk said no."),
    RowDamaged: Counting("rows_damaged", "Rows of the database that could not be read."),
    TurnedAway: Counting(
        "connections_turned_away", "Connections that came to nothing at the door.", "reason"
    ),
    ConnectionFailed: Counting(
        "connections_failed", "Connections that a defect of this program ended."
    ),
}


class Metrics:
    """How often each kind of fact was reported."""

    def __init__(self) -> None:
        self._seen: dict[type, tuple[str | None, dict[str, int]]] = {
            kind: (counting.label, {} if counting.label is not None else {"": 0})
            for kind, counting in _COUNTED.items()
        }

    def count(self, fact: object) -> None:
        """Take in a fact: every envelope has several, so that this is short."""
        counted = self._seen.get(type(fact))
        if counted is None:
            return
        label, seen = counted
        word = "" if label is None else getattr(fact, label)
        try:
            seen[word] += 1
        except KeyError:
            _count_new(label, word, seen)

    def before(self, report: Callable[[FactT], None]) -> Callable[[FactT], None]:
        """What counts each fact, and then reports it."""

        def tell(fact: FactT) -> None:
            self.count(fact)
            report(fact)

        return tell

    def counted(self) -> Iterator[Counted]:
        """Every kind that is counted, with its counts by the words of its label."""
        for kind, counting in _COUNTED.items():
            yield Counted(counting, dict(sorted(self._seen[kind][1].items())))


def _codes() -> frozenset[str]:
    def below(kind: type[errors.RemoteError]) -> Iterator[str]:
        yield kind.code
        for one in kind.__subclasses__():
            yield from below(one)

    return frozenset(below(errors.RemoteError))


_CODES: Final = _codes()


def _count_new(label: str | None, word: str, seen: dict[str, int]) -> None:
    is_known = label != "code" or word in _CODES
    kept = word if is_known and len(seen) < _WORDS_MAX else _OTHER
    seen[kept] = seen.get(kept, 0) + 1
