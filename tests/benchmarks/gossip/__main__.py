"""What gossip costs each node: at rest, for each change of presence, for each message to all.

    python -m tests.benchmarks.gossip [--real 3,10,30] [--simulated 100,1000] [--json]

Real nodes are processes on loopback, each linked with four others where there
are so many. Bytes are those of TCP, which counts WebSocket's; CPU is what the
system has charged to the node's process. Simulated nodes are the machines
alone: bytes are those of frames, CPU that of `handle`.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from tests.benchmarks.gossip.costs import Costs
from tests.benchmarks.gossip.real import real
from tests.benchmarks.gossip.simulated import simulated


def show(all_costs: Sequence[Costs]) -> None:
    """Print the table."""
    table = Table("what", "nodes", "links", "at rest", "", "a change", "", "a message", "")
    table.add_row("", "", "", "B/s", "CPU ms/s", "B", "CPU ms", "B", "CPU ms")
    for each in all_costs:
        figures = [value for value in asdict(each).values() if isinstance(value, float)]
        counts = [str(each.nodes), str(each.links)]
        table.add_row(each.what, *counts, *(f"{figure:,.3g}" for figure in figures))
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 120).print(table)


def _counts(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.gossip",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--real", type=_counts, default=[3, 10, 30], metavar="N,…")
    parser.add_argument("--simulated", type=_counts, default=[100, 1_000], metavar="N,…")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    arguments = parser.parse_args()
    found: list[Costs] = []
    for make, sizes in ((real, arguments.real), (simulated, arguments.simulated)):
        for count in sizes:
            print(f"{count} nodes", file=sys.stderr)
            found.append(make(count))
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(each) for each in found], indent=2) + "\n")
    else:
        show(found)


if __name__ == "__main__":
    main()
