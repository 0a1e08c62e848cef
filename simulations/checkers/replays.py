"""What was said once counts once: no record, counter or message is taken for news again."""

from overlay.client.facts import ChannelMessageArrived, MessageArrived
from overlay.core.facts import EnvelopeAccepted, RecordApplied, RecordDropped, RecordParked
from overlay.messages.ids import LeafHash, Order
from simulations.checkers.base import Checker, Fact
from simulations.machines import Host

Run = tuple[str, int]
"""A host by name, and the number of its start."""


class ReplaysChecker(Checker):
    """Knows what each run of a machine has taken. A new run may learn records anew."""

    id = "replays"
    facts = (
        ChannelMessageArrived,
        EnvelopeAccepted,
        MessageArrived,
        RecordApplied,
        RecordDropped,
        RecordParked,
    )

    def __init__(self) -> None:
        super().__init__()
        self._applied: dict[tuple[Run, str, str, int], tuple[Order, LeafHash]] = {}
        self._taken: dict[tuple[object, ...], None] = {}

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        run = (host.name, host.starts)
        match fact:
            case RecordApplied():
                self._check_record(run, fact, now_ms)
            case RecordParked() | RecordDropped():
                # What does not count any more may count again.
                self._applied.pop((run, fact.kind, fact.signer, fact.slot), None)
            case EnvelopeAccepted():
                counter = (fact.origin, fact.incarnation, fact.counter)
                self._take(("accepted", run, *counter), fact, now_ms)
            case MessageArrived():
                self._take(("shown", run, fact.origin, fact.chain, fact.index), fact, now_ms)
            case ChannelMessageArrived():
                heard = (fact.origin, fact.incarnation, fact.counter)
                self._take(("heard", run, *heard), fact, now_ms)
            case _:
                pass

    def _check_record(self, run: Run, fact: RecordApplied, now_ms: int) -> None:
        subject = (run, fact.kind, fact.signer, fact.slot)
        news = (fact.order, fact.leaf)
        held = self._applied.get(subject)
        if held is not None and (news < held or (news == held and not _may_return(fact))):
            self.broken(now_ms, f"{run[0]} applied again, or instead of {held}: {fact!r}")
        self._applied[subject] = news

    def _take(self, what: tuple[object, ...], fact: Fact, now_ms: int) -> None:
        if what in self._taken:
            self.broken(now_ms, f"taken twice: {what[0]} {fact!r}")
        self._taken[what] = None


def _may_return(fact: RecordApplied) -> bool:
    """What depends on others counts anew with them: a presence with its slot, an account record
    with a presence. Where both happen in one round, nothing is told of the time between."""
    return fact.kind in ("account", "presence")
