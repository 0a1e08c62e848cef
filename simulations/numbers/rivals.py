"""What others reach and we want to beat, as far as a simulator can measure it."""

from simulations.numbers.rows import Number, Play, Ratio, Row, Swept

_GROWTH = Play(scenario="growth", seeds=(1, 2))
_LIFEGUARD = Play(scenario="lifeguard", seeds=(1, 2, 3))
_SILENT = Play(scenario="silent_dead", seeds=(1, 2))
_SILENT_200 = Play(scenario="silent_dead", nodes=200)
_DROPPERS = Play(scenario="droppers", seeds=(1, 2))
_QUIET = Play(scenario="quiet", length_ms=20_000)
_RESTART = Play(scenario="restart")
_SPEED = Play(scenario="speed", length_ms=30_000)

SCALECUBE = "ScaleCube: 3.2 s at 100 nodes, 3.6 s at 200 (1 % loss)"
ALONE = "the primary route alone: 63 to 77 %"

ROWS = (
    Row(
        id="join",
        what="until a node that joins is seen everywhere, 50 nodes, 1 % loss, p99",
        reference=SCALECUBE,
        goal="< 1 s p99",
        source=_GROWTH,
        measured=Number("join_p99_ms"),
        bar=1_000,
    ),
    Row(
        id="join-200",
        what="until a node that joins is seen everywhere, 200 nodes, 1 % loss, p99",
        reference=SCALECUBE,
        goal="< 1 s p99 at 200",
        source=Play(scenario="growth", nodes=200),
        measured=Number("join_p99_ms"),
        bar=1_000,
        is_large=True,
    ),
    Row(
        id="false-positives",
        what="links given up as silent while every other node is overloaded, for each 100 of nodes"
        " that do not mind their lag",
        reference="Lifeguard: over 50 times fewer than SWIM",
        goal="≥ 50 times fewer than our own detector without local health",
        source=_LIFEGUARD,
        measured=Ratio(name="blamed", each="blamed_without", scale=100),
        bar=2,
        unit="%",
    ),
    Row(
        id="unicast-delivered",
        what="delivered while a tenth of 60 nodes is silently dead, before anybody knows",
        reference=ALONE,
        goal="≥ 99.9 %",
        source=_SILENT,
        measured=Ratio(name="after_delivered", each="after_sent", scale=100),
        bar=99.9,
        direction="at least",
        unit="%",
    ),
    Row(
        id="unicast-p50",
        what="median while a tenth of 60 nodes is silently dead, in percent of the one before",
        reference=ALONE,
        goal="p50 ≤ 1.1 ×",
        source=_SILENT,
        measured=Ratio(name="after_p50_ms", each="before_p50_ms", scale=100),
        bar=110,
        unit="%",
    ),
    Row(
        id="unicast-p99",
        what="99th percentile while a tenth of 60 nodes is silently dead",
        reference=ALONE,
        goal="p99 ≤ 1 s at 200 nodes",
        source=_SILENT,
        measured=Number("after_p99_ms"),
        bar=1_000,
    ),
    Row(
        id="unicast-stretch",
        what="transmissions while a tenth is silently dead, in percent of the shortest ways",
        reference=ALONE,
        goal="stretch ≤ 1.2",
        source=_SILENT,
        measured=Number("after_stretch_percent"),
        bar=120,
        unit="%",
    ),
    Row(
        id="unicast-200",
        what="delivered while a tenth of 200 nodes is silently dead",
        reference=ALONE,
        goal="≥ 99.9 %",
        source=_SILENT_200,
        measured=Ratio(name="after_delivered", each="after_sent", scale=100),
        bar=99.9,
        direction="at least",
        unit="%",
        is_large=True,
    ),
    Row(
        id="unicast-p99-200",
        what="99th percentile while a tenth of 200 nodes is silently dead",
        reference=ALONE,
        goal="p99 ≤ 1 s at 200 nodes",
        source=_SILENT_200,
        measured=Number("after_p99_ms"),
        bar=1_000,
        is_large=True,
    ),
    Row(
        id="droppers-10",
        what="delivered in 6 attempts while a tenth of 60 nodes acks and drops",
        reference="none known",
        goal="≥ 99 %",
        source=_DROPPERS,
        measured=Ratio(
            name="dropping_10_percent_delivered", each="dropping_10_percent_sent", scale=100
        ),
        bar=99,
        direction="at least",
        unit="%",
    ),
    Row(
        id="droppers-20",
        what="delivered in 12 attempts while a fifth of 60 nodes acks and drops",
        reference="none known",
        goal="≥ 97 %",
        source=_DROPPERS,
        measured=Ratio(
            name="dropping_20_percent_delivered", each="dropping_20_percent_sent", scale=100
        ),
        bar=97,
        direction="at least",
        unit="%",
    ),
    Row(
        id="messages-lost",
        what="accepted messages lost under faults, in all seeds of swarm that the ledger counts",
        reference="JetStream (Jepsen 2025): 14 to 50 % in its worst runs",
        goal="0 in 10⁶ over 10,000 seeds",
        source=Swept(scenario="swarm", seeds=10_000, counted="accepted", count=1_000_000),
        measured=Number("lost"),
        bar=0,
        unit="messages",
    ),
    Row(
        id="swarm-broken",
        what="seeds of swarm that the ledger counts in which anything that is promised broke",
        reference="none known",
        goal="no invariant broken in 10,000 seeds",
        source=Swept(scenario="swarm", seeds=10_000),
        measured=Number("broken"),
        bar=0,
        unit="seeds",
    ),
    Row(
        id="quiet-messages",
        what="messages of a link in 100 s while nothing happens, both ways",
        reference="a heartbeat a second from each end is 200",
        goal="a quiet overlay is quiet",
        source=_QUIET,
        measured=Number("messages_in_100_link_seconds"),
        bar=260,
        unit="messages",
    ),
    Row(
        id="quiet-bytes",
        what="bytes of a link in a second while nothing happens, both ways",
        reference="two heartbeats with a root are 200 bytes",
        goal="a quiet overlay is quiet",
        source=_QUIET,
        measured=Number("bytes_a_link_second"),
        bar=200,
        unit="bytes",
    ),
    Row(
        id="reconnect-storm",
        what="dials in percent of links' ends when all of 20 nodes are killed and come back",
        reference="a hundred is the least where both ends dial",
        goal="reconnect storms stay bounded",
        source=_RESTART,
        measured=Number("dials_of_a_link_percent"),
        bar=800,
        unit="%",
    ),
    Row(
        id="simulator-50",
        what="the simulator's speed at 50 nodes at rest, in virtual seconds for each of CPU time",
        reference="real time is 1",
        goal="50 nodes at least 30 × faster than real time",
        source=_SPEED,
        measured=Ratio(name="rest_virtual_us", each="rest_cpu_us"),
        bar=30,
        direction="at least",
        unit="×",
    ),
    *(
        Row(
            id=f"simulator-events-{nodes}",
            what=f"core events a second of CPU time at {nodes:,} nodes at rest",
            reference="a bare loop with heap, strict decode, one table and digest: 95 k/s",
            goal="≥ 30 k core events/s",
            source=source,
            measured=Ratio(name="rest_events", each="rest_cpu_us", scale=1_000_000),
            bar=30_000,
            direction="at least",
            unit="events/s",
            is_large=source is not _SPEED,
        )
        for nodes, source in (
            (50, _SPEED),
            (1_000, Play(scenario="speed", nodes=1_000, length_ms=10_000)),
        )
    ),
)
