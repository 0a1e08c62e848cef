"""Bounds of liveness: L1 to L4, L7, L8, and L5 where it is a matter of links alone."""

from simulations.checkers.liveness.bounds import (
    DELIVERY_MS,
    HEALING_MS,
    RESET_DEATH_MS,
    ROAMING_MS,
    SILENT_DEATH_MS,
    SPREAD_MS,
)
from simulations.numbers.rows import Large, LeftOut, Number, Play, Row, Swept
from simulations.scenarios.half import NOTICED_MS
from simulations.scenarios.partition import HEALED_MS
from simulations.shapes import Shape

NONE = "none, it is our own bound"
SWIM = "SWIM (DSN 2002): e / (e - 1) = 1.58 protocol periods, which are seconds here"
DEATHS = "another node's death by SIGKILL: NATS 4 ms, Synapse 30 minutes, Prosody never"

_KILLED = Play(scenario="killed", seeds=(1, 2))
_SILENCED = Play(scenario="silenced", seeds=(1, 2))
_PARTED = Play(scenario="partition", nodes=50, shape="random", length_ms=15_000)
_LINE = Play(scenario="partition", nodes=50, shape="line", length_ms=15_000)

_NOT_JUDGED = LeftOut(
    judged="L2_judged",
    of="messages",
    reasons=(
        ("L2_not_judged", "accepted before judging began, after the greetings or anew in the calm"),
        ("L2_excused", "late for a fault or lost rows"),
    ),
)

_BRIDGES: dict[Shape, tuple[int, ...]] = {"line": (1, 2, 3), "star": (1, 2), "tree": (1,)}

ROWS = (
    Row(
        id="L1-random-50",
        what="from a partition's end until 50 nodes of degree 4 are one component and agree",
        reference=NONE,
        goal="all live nodes of a component agree within 12 s",
        source=_PARTED,
        measured=Number("healed_ms"),
        bar=12_000,
    ),
    Row(
        id="L1-line-50",
        what="from a partition's end until a line of 50 nodes is one component and agrees",
        reference=NONE,
        goal="all live nodes of a component agree within 56 s",
        source=_LINE,
        measured=Number("healed_ms"),
        bar=56_000,
    ),
    Row(
        id="L1-even-1000",
        what="from a partition's end until 1,000 nodes of degree 5 are one component and agree",
        reference=NONE,
        goal="all live nodes of a component agree within 15 s",
        source=Play(scenario="partition", nodes=1_000, shape="even", length_ms=15_000),
        measured=Number("healed_ms"),
        bar=15_000,
        is_large=True,
    ),
    Row(
        id="L2",
        what="delivery to who is connected, over narrow links that lose a frame in twenty",
        reference=NONE,
        goal="an envelope whose recipient is live and connected is delivered within 5 s",
        source=Play(scenario="lossy", seeds=(1, 2)),
        measured=Number("L2_max_ms"),
        bar=DELIVERY_MS,
        left_out=_NOT_JUDGED,
    ),
    Row(
        id="L3-reset",
        what="until a killed node is derived dead everywhere, its sockets reset, 50 nodes",
        reference=DEATHS,
        goal="within 1 s at up to 200 nodes",
        source=_KILLED,
        measured=Number("L3_max_ms"),
        bar=RESET_DEATH_MS,
    ),
    *(
        Row(
            id=f"L3-first-{name}",
            what=f"until the first of 50 nodes derives that {what} is dead, on average",
            reference=SWIM,
            goal="none: what is promised is when all have",
            source=source,
            measured=Number("L3_first_mean_ms"),
            bar=bar,
        )
        for name, what, source, bar in (
            ("reset", "a killed node", _KILLED, RESET_DEATH_MS),
            ("silent", "a node that fell silent", _SILENCED, SILENT_DEATH_MS + SPREAD_MS),
        )
    ),
    Row(
        id="L3-reset-200",
        what="until a killed node is derived dead everywhere, its sockets reset, 200 nodes",
        reference=DEATHS,
        goal="within 1 s at up to 200 nodes",
        source=Play(scenario="killed", nodes=200),
        measured=Number("L3_max_ms"),
        bar=RESET_DEATH_MS,
        is_large=True,
    ),
    Row(
        id="L3-silent",
        what="from the last byte of a node that fell silent until it is dead everywhere, 50 nodes",
        reference=DEATHS,
        goal="3 s of silence, 2.5 s, and 0.5 s to spread, at up to 200 nodes",
        source=_SILENCED,
        measured=Number("L3_max_ms"),
        bar=SILENT_DEATH_MS + SPREAD_MS,
    ),
    Row(
        id="L3-silent-200",
        what="from the last byte of a node that fell silent until it is dead everywhere, 200 nodes",
        reference=DEATHS,
        goal="3 s of silence, 2.5 s, and 0.5 s to spread, at up to 200 nodes",
        source=Play(scenario="silenced", nodes=200),
        measured=Number("L3_max_ms"),
        bar=SILENT_DEATH_MS + SPREAD_MS,
        is_large=True,
    ),
    Row(
        id="L3-false",
        what="false deaths in 3 minutes of 5 % loss and pauses of up to 2 s, 50 nodes",
        reference=NONE,
        goal="no false death",
        source=Play(scenario="day", length_ms=180_000),
        measured=Number("false_deaths"),
        bar=0,
        unit="false deaths",
    ),
    Row(
        id="L3-false-day",
        what="hours of 5 % loss and pauses with a false death, of those in the ledger, 50 nodes",
        reference=NONE,
        goal="no false death in 24 virtual hours",
        source=Swept(scenario="day", seeds=24),
        measured=Number("false_deaths"),
        bar=0,
        unit="hours",
    ),
    Row(
        id="L4",
        what="until a roaming client is known at its new home, for 99 of 100 nodes",
        reference=NONE,
        goal="reachable at its new home within 1 s (p99)",
        source=Play(scenario="roaming", seeds=(1, 2)),
        measured=Number("L4_p99_ms"),
        bar=ROAMING_MS,
    ),
    Row(
        id="L5",
        what="until what was stored during a partition is delivered",
        reference=NONE,
        goal="a healed partition misses no stored message, 15 s",
        source=Play(scenario="partition", seeds=(1, 2)),
        measured=Number("L5_ms"),
        bar=HEALED_MS,
    ),
    Row(
        id="L7",
        what="from then on until nodes know of honest ones what their neighbours know, 50 nodes",
        reference=NONE,
        goal="within L1",
        source=_PARTED,
        measured=Number("L7_ms"),
        bar=12_000,
    ),
    *(
        Row(
            id=f"L8-{shape}",
            what=f"until all are one component again when the bridge of 13 dies, {shape}",
            reference=NONE,
            goal="one component within 10 s",
            source=Play(scenario="bridge", seeds=seeds, shape=shape),
            measured=Number("L8_ms"),
            bar=HEALING_MS,
        )
        for shape, seeds in _BRIDGES.items()
    ),
    Row(
        id="L8-half",
        what="until half of 20 nodes is one component when the rest dies, from a second after that",
        reference=NONE,
        goal="one component within 10 s",
        source=Play(scenario="half", seeds=(1, 2, 3)),
        measured=Number("L8_ms"),
        bar=HEALING_MS - NOTICED_MS,
    ),
    *(
        Row(
            id=f"L8-half-{nodes}",
            what=f"until half of {nodes:,} nodes is one component when the rest dies",
            reference=NONE,
            goal="one component within 10 s",
            source=Large(scenario="crash_half", nodes=nodes),
            measured=Number("healed_ms"),
            bar=HEALING_MS,
            is_large=True,
        )
        for nodes in (1_000, 10_000)
    ),
)
