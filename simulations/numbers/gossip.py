"""Broadcasts and mass crashes: small runs each time, 1,000 nodes and more from their ledger."""

from simulations.numbers.rows import Large, Number, Off, Play, Row, Source
from simulations.scenarios import maelstrom
from simulations.scenarios.mass_crash import BARS, SHARES

PLUMTREE = "Plumtree: 1 payload and some 3 control messages a node; flooding 4"
MAELSTROM = "Maelstrom's tree by hand: 24 messages, median 386 ms, maximum 505 ms"
HYPARVIEW = "HyParView (DSN 2007, fig. 2): ~100 % up to 90 %, 91 % at 95 %"
TABLE_1 = "Plumtree (SRDS 2007, table 1): 9,999 payloads, 29,987 to 29,990 announcements"
PAYLOADS, ANNOUNCEMENTS = 9_999, 29_988

_SPARE = Play(scenario="maelstrom")
_TREE = Play(scenario="maelstrom", shape="star")
_MANY_HOMES = Play(scenario="many_homes", seeds=(1, 2, 3, 4, 5))
_BROADCAST_10000 = Large(scenario="broadcast", nodes=10_000)


def _copies(nodes: int, source: Source) -> tuple[Row, ...]:
    """What a broadcast costs each node, on a tree that was found."""
    measured = (
        ("payload", "payloads", "payloads_per_node_permille", 1_010, "≤ 1.01"),
        (
            "control",
            "control messages, of one broadcast at a time,",
            "control_per_node_permille",
            3_000,
            "fewer than Plumtree's 3 where there is nothing to batch",
        ),
        (
            "control-busy",
            "control messages, of a hundred broadcasts a second,",
            "busy_control_per_node_permille",
            500,
            "≤ 0.5 after batching",
        ),
    )
    return tuple(
        Row(
            id=f"copies-{name}-{nodes}",
            what=f"{what} for each node and broadcast, in thousandths, {nodes:,} nodes",
            reference=PLUMTREE,
            goal=goal,
            source=source,
            measured=Number(number),
            bar=bar,
            unit="‰",
            is_large=isinstance(source, Large),
        )
        for name, what, number, bar, goal in measured
    )


def _reliability(percent: int, nodes: int) -> Row:
    return Row(
        id=f"mass-crash-{percent}-{nodes}",
        what=f"who gets what is said just after {percent} % of {nodes:,} nodes have died",
        reference=HYPARVIEW,
        goal="the same or better, 100 % to 80 %",
        source=Large(scenario=f"mass_crash_{percent}", nodes=nodes),
        measured=Number("reliability_permille"),
        bar=BARS.get(percent, 1_000),
        direction="at least",
        unit="‰",
        is_large=True,
    )


def _maelstrom(name: str, where: str, source: Source) -> tuple[Row, ...]:
    """What a broadcast costs on 25 nodes, and who still gets it when the one in the middle dies."""
    return (
        Row(
            id=f"{name}-messages",
            what=f"messages for a broadcast on {where}",
            reference=MAELSTROM,
            goal="≤ 30 messages",
            source=source,
            measured=Number("messages_each"),
            bar=maelstrom.MESSAGES_EACH_MAX,
            unit="messages",
        ),
        Row(
            id=f"{name}-median",
            what=f"median until a broadcast is everywhere on {where}",
            reference=MAELSTROM,
            goal="median < 400 ms",
            source=source,
            measured=Number("everywhere_p50_ms"),
            bar=maelstrom.MEDIAN_MS - 1,
        ),
        Row(
            id=f"{name}-most",
            what=f"longest until a broadcast is everywhere on {where}",
            reference=MAELSTROM,
            goal="maximum < 600 ms",
            source=source,
            measured=Number("everywhere_max_ms"),
            bar=maelstrom.MOST_MS - 1,
        ),
        Row(
            id=f"{name}-crash",
            what=f"who of 24 gets what is said from the crash of the middle on, on {where}",
            reference=MAELSTROM,
            goal="crashes tolerated",
            source=source,
            measured=Number("reached_after_crash_least"),
            bar=maelstrom.NODES - 1,
            direction="at least",
            unit="nodes",
        ),
    )


ROWS = (
    *_copies(50, Play(scenario="broadcast", nodes=50)),
    *_copies(1_000, Large(scenario="broadcast", nodes=1_000)),
    *_copies(10_000, _BROADCAST_10000),
    *(
        Row(
            id=f"copies-homes-{name}",
            what=f"copies for each node of a message to 26 clients of two people, {what}",
            reference=PLUMTREE,
            goal="≤ 1.01 payload, crashes tolerated",
            source=_MANY_HOMES,
            measured=Number(f"{name}_copies_per_node_percent"),
            bar=101,
            unit="%",
        )
        for name, what in (("quiet", "18 nodes"), ("mended", "while one of 18 nodes dies"))
    ),
    *_maelstrom("broadcast-25", "25 nodes, 100 ms links", _SPARE),
    *_maelstrom("broadcast-25-tree", "25 nodes in a tree by hand, 100 ms links", _TREE),
    *(
        Row(
            id=f"plumtree-{name}-10000",
            what=f"how far the {what} of a broadcast at 10,000 nodes are from {reference:,}",
            reference=TABLE_1,
            goal="reproduced within 1 %",
            source=_BROADCAST_10000,
            measured=Off(number, reference),
            bar=1,
            unit="%",
            is_large=True,
        )
        for name, what, number, reference in (
            ("payload", "payloads", "payloads_each", PAYLOADS),
            (
                "control",
                "announcements, as Plumtree sends them,",
                "announcements_by_plumtree_each",
                ANNOUNCEMENTS,
            ),
        )
    ),
    *(_reliability(percent, nodes) for nodes in (1_000, 10_000) for percent in SHARES),
)
