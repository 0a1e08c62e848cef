"""Does a member that asks and asks get others to send many times what it sends itself?"""

from dataclasses import dataclass

from overlay import limits
from simulations.liars.amplifier import Amplifier
from simulations.liars.base import enlist
from simulations.scenario import Cast, Run, Scenario

FLOOD_MS = 20_000
DRIP_MS = 10_000
AMPLIFICATION_MAX = 2
"""Bytes of all honest nodes for each byte of a member that asks as fast as it can."""

DRIP_QUESTIONS = 1
"""At each turn of one that asks slowly: ten a second, which cost it next to nothing."""


@dataclass(frozen=True, slots=True)
class _Sent:
    honest: int
    liar: int


def play(run: Run) -> None:
    flood_ms = run.length_ms(FLOOD_MS)
    host = max(run.nodes, key=lambda each: len(each.settings.neighbours))
    liars = enlist(host, Amplifier)
    run.begin()
    liar, links = liars[-1], len(host.settings.neighbours)
    quiet = _passes(run, liar, flood_ms)
    liar.is_lying = True
    flood = _passes(run, liar, flood_ms)
    caused, spent = flood.honest - quiet.honest, max(flood.liar - quiet.liar, 1)
    run.measure("flood_liar_bytes", spent)
    run.measure("flood_honest_bytes", caused)
    run.measure("amplification_percent", 100 * caused // spent)
    holds = caused <= AMPLIFICATION_MAX * spent
    run.expect(f"at most {AMPLIFICATION_MAX} x the bytes of who asks", holds=holds)
    liar.questions = DRIP_QUESTIONS
    drip = _passes(run, liar, DRIP_MS)
    caused = drip.honest - quiet.honest * DRIP_MS // flood_ms
    run.measure("drip_liar_bytes", drip.liar)
    run.measure("drip_honest_bytes", caused)
    rate = links * (limits.ANSWERS_SECOND_BYTES + _held_bytes(run) // limits.ANSWER_ALL_S)
    # An answer may begin with the last byte of the allowance, and end beyond it.
    most = rate * DRIP_MS // 1_000 + links * limits.ANSWERS_AT_ONCE_BYTES
    run.expect("who asks slowly is answered within its allowance", holds=caused <= most)
    liar.is_lying = False
    run.calm()


def _passes(run: Run, liar: Amplifier, for_ms: int) -> _Sent:
    """What was sent while time passed."""
    all_before, liar_before = run.world.network.bytes_sent, liar.said_bytes
    run.pass_time(for_ms)
    by_liar = liar.said_bytes - liar_before
    return _Sent(run.world.network.bytes_sent - all_before - by_liar, by_liar)


def _held_bytes(run: Run) -> int:
    """Roughly what a node holds."""
    rows = [len(row.value) for host in run.nodes[:1] for row in host.disk.rows()]
    return sum(rows)


SCENARIO = Scenario(
    name="amplification",
    question="does a member that asks get others to send many times what it sends itself?",
    cast=lambda _: Cast(nodes=12, shape="random", people=12),
    play=play,
)
