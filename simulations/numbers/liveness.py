"""Bounds of liveness: L1 to L4, L7, L8, and L5 where it is a matter of links alone."""

from simulations.checkers.liveness.bounds import (
    DELIVERY_MS,
    HEALING_MS,
    RESET_DEATH_MS,
    ROAMING_MS,
    SILENT_DEATH_MS,
    SPREAD_MS,
)
from simulations.numbers.rows import Number, Play, Row, Swept
from simulations.scenarios.half import NOTICED_MS
from simulations.scenarios.partition import HEALED_MS
from simulations.shapes import Shape

SWIM = "SWIM with Lifeguard suspects for seconds; gossip of one record takes O(log n) rounds"
OWN = "our own bound"

_KILLED = Play(scenario="killed", seeds=(1, 2))
_SILENCED = Play(scenario="silenced", seeds=(1, 2))
_STORM = Play(scenario="crash", seeds=(1,), nodes=50, shape="random")
_LINE = Play(scenario="crash", seeds=(1,), nodes=50, shape="line")
_BRIDGES: dict[Shape, tuple[int, ...]] = {"line": (1, 2, 3), "star": (1, 2), "tree": (1,)}

ROWS = (
    Row(
        id="L1-random-50",
        what="from a storm's end until 50 nodes of degree 4 are one and agree",
        reference=OWN,
        goal="all live nodes of a component agree within 12 s",
        source=_STORM,
        measured=Number("whole_ms"),
        bar=12_000,
    ),
    Row(
        id="L1-line-50",
        what="the same on a line of 50",
        reference=OWN,
        goal="all live nodes of a component agree within 56 s",
        source=_LINE,
        measured=Number("whole_ms"),
        bar=56_000,
    ),
    Row(
        id="L2",
        what="delivery to who is connected, over narrow links that lose a frame in twenty",
        reference=OWN,
        goal="an envelope whose recipient is live and connected is delivered within 5 s",
        source=Play(scenario="lossy", seeds=(1, 2)),
        measured=Number("L2_max_ms"),
        bar=DELIVERY_MS,
    ),
    Row(
        id="L3-reset",
        what="a killed node is derived dead everywhere, sockets reset, 50 nodes of degree 4",
        reference=SWIM,
        goal="within 1 s at up to 200 nodes",
        source=_KILLED,
        measured=Number("L3_max_ms"),
        bar=RESET_DEATH_MS,
    ),
    Row(
        id="L3-reset-200",
        what="the same at 200 nodes",
        reference=SWIM,
        goal="within 1 s at up to 200 nodes",
        source=Play(scenario="killed", nodes=200),
        measured=Number("L3_max_ms"),
        bar=RESET_DEATH_MS,
        is_large=True,
    ),
    Row(
        id="L3-silent",
        what="a node that fell silent is derived dead everywhere, since its last byte, 50 nodes",
        reference=SWIM,
        goal="3 s of silence, 2.5 s, and 0.5 s to spread, at up to 200 nodes",
        source=_SILENCED,
        measured=Number("L3_max_ms"),
        bar=SILENT_DEATH_MS + SPREAD_MS,
    ),
    Row(
        id="L3-silent-200",
        what="the same at 200 nodes",
        reference=SWIM,
        goal="3 s of silence, 2.5 s, and 0.5 s to spread, at up to 200 nodes",
        source=Play(scenario="silenced", nodes=200),
        measured=Number("L3_max_ms"),
        bar=SILENT_DEATH_MS + SPREAD_MS,
        is_large=True,
    ),
    Row(
        id="L3-false",
        what="false deaths in 3 minutes of 5 % loss and pauses of up to 2 s, 50 nodes",
        reference=OWN,
        goal="no false death",
        source=Play(scenario="day", length_ms=180_000),
        measured=Number("false_deaths"),
        bar=0,
        unit="false deaths",
    ),
    Row(
        id="L3-false-day",
        what="hours of the same with a false death, of all that were played",
        reference=OWN,
        goal="no false death in 24 virtual hours",
        source=Swept("day"),
        measured=Number("false_deaths"),
        bar=0,
        unit="hours",
    ),
    Row(
        id="L4",
        what="until a roaming client is known at its new home, for 99 of 100 nodes",
        reference=OWN,
        goal="reachable at its new home within 1 s (p99)",
        source=Play(scenario="roaming", seeds=(1, 2)),
        measured=Number("L4_p99_ms"),
        bar=ROAMING_MS,
    ),
    Row(
        id="L5",
        what="until what was stored during a partition is delivered",
        reference=OWN,
        goal="a healed partition misses no stored message, 15 s",
        source=Play(scenario="partition", seeds=(1, 2)),
        measured=Number("L5_ms"),
        bar=HEALED_MS,
    ),
    Row(
        id="L7",
        what="until nodes know what their honest neighbours know, once they agree, after a storm",
        reference=OWN,
        goal="within L1",
        source=_STORM,
        measured=Number("L7_ms"),
        bar=12_000,
    ),
    *(
        Row(
            id=f"L8-{shape}",
            what=f"until all are one component again when the bridge of 13 dies, {shape}",
            reference="Synapse, Prosody: never without an operator",
            goal="one component within 10 s",
            source=Play(scenario="bridge", seeds=seeds, shape=shape),
            measured=Number("L8_ms"),
            bar=HEALING_MS,
        )
        for shape, seeds in _BRIDGES.items()
    ),
    Row(
        id="L8-half",
        what="the same when half of 20 nodes dies at once, from a second after that",
        reference=OWN,
        goal="one component within 10 s",
        source=Play(scenario="half", seeds=(1, 2, 3)),
        measured=Number("L8_ms"),
        bar=HEALING_MS - NOTICED_MS,
    ),
)
