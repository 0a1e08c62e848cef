"""Is there room in a mailbox for others when one client fills all of it that it can?"""

from functools import partial

from overlay import limits
from overlay.core.facts import EnvelopeAccepted
from overlay.crypto.keys import SigningKey
from simulations.checkers.base import Fact
from simulations.liars.base import enlist_client
from simulations.liars.mailbox_thief import MailboxThief
from simulations.machines import ClientHost, Host, Machine
from simulations.sayings import Saying
from simulations.scenario import DELIVERY_MS_MAX, SETTLE_MS_MAX, Cast, Run, Scenario

THEFT_MS = 4_000
WRITTEN = 10
"""Messages of somebody else to each of the two who are away, while their mailboxes are filled."""


def play(run: Run) -> None:
    # Of three nodes in a line and people in turn: the fourth has the home of the first.
    thief, bob, dave, alice, carol, *_ = run.people

    def disguise(client: Machine, key: SigningKey) -> MailboxThief:
        many, long = bob.identity.account, carol.identity.account
        return MailboxThief(client, key, many=many, long=long)

    thieves = enlist_client(thief, disguise)
    run.begin()
    for one in (bob, carol, dave):
        run.workload.say(alice, one)
    run.pass_time(DELIVERY_MS_MAX)
    for host in (bob, carol):
        run.world.kill(host)
    run.pass_time(DELIVERY_MS_MAX)
    thieves[-1].is_lying = True
    kept = _Kept(run, thief)
    run.pass_time(run.length_ms(THEFT_MS))
    to_the_absent = _write(run, alice, [bob, carol])
    to_dave = _write(run, alice, [dave])
    run.pass_time(DELIVERY_MS_MAX)
    thieves[-1].is_lying = False
    run.measure("kept_for_made_up_ids", kept.chain_starts)
    run.expect("nothing is kept for ids that nobody bears", holds=not kept.chain_starts)
    _judge(run, thieves[-1], to_the_absent, to_dave)
    run.world.start(bob)
    to_bob = [saying for saying in to_the_absent if saying.wanted == (bob.name,)]
    arrived = partial(_have_arrived, to_bob)
    run.wait_until(arrived, "what others wrote arrives when its recipient is back", SETTLE_MS_MAX)


class _Kept:
    """Counts what a home accepts of what the thief writes to nobody."""

    def __init__(self, run: Run, thief: ClientHost) -> None:
        self.chain_starts = 0
        self._thief = thief.identity.client
        run.world.listeners.append(self._note)

    def _note(self, host: Host, fact: Fact, now_ms: int) -> None:
        if isinstance(fact, EnvelopeAccepted) and fact.kind == "chain_start":
            self.chain_starts += fact.origin == self._thief


def _judge(
    run: Run, thief: MailboxThief, to_the_absent: list[Saying], to_dave: list[Saying]
) -> None:
    submitted, codes = thief.submitted, thief.codes
    run.measure("thief_submitted", submitted.total())
    run.measure("refused_for_quota", codes["quota"])
    run.measure("refused_as_unknown", codes["unknown_recipient"])
    accepted = sum(saying.is_accepted for saying in to_the_absent)
    run.measure("written_to_the_absent", len(to_the_absent))
    run.measure("accepted_for_the_absent", accepted)
    statuses = [host.node.snapshot() for host in run.nodes if host.node is not None]
    most = max(status.mailbox_bytes for status in statuses)
    run.measure("mailbox_bytes_most", most)
    run.expect("the thief is told that its share is used up", holds=codes["quota"] > 0)
    run.expect(
        "it takes half of the node's at most", holds=most <= limits.MAILBOX_BYTES_MAX * 6 // 10
    )
    run.expect("what others write is kept", holds=accepted == len(to_the_absent))
    run.expect("who is present is reached", holds=_have_arrived(to_dave))


def _write(run: Run, speaker: ClientHost, listeners: list[ClientHost]) -> list[Saying]:
    return [run.workload.say(speaker, one) for one in listeners for _ in range(WRITTEN)]


def _have_arrived(sayings: list[Saying]) -> bool:
    return all(saying.delivered_ms is not None for saying in sayings)


SCENARIO = Scenario(
    name="mailbox_theft",
    question="is there room in mailboxes for others when one client fills what it can?",
    cast=lambda _: Cast(nodes=3, shape="line", people=6),
    play=play,
)
