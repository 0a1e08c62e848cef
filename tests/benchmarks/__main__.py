"""`python -m tests.benchmarks`: measures, prints the table, writes `benchmark.json` here."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from tests.benchmarks import (
    attacks,
    besieging,
    core,
    crowding,
    crypto,
    mapping,
    messages,
    secured,
    simulator,
    starting,
)
from tests.benchmarks.ceilings import Ceilings, take_ceilings
from tests.benchmarks.results import Result, as_text, show

_BENCHMARKS: dict[str, Callable[[Ceilings], list[Result]]] = {
    "messages": messages.direct_messages,
    "sealing": crypto.sealing,
    "signing": crypto.signing,
    "codec": core.codec,
    "transit": core.transit,
    "ingress": core.ingress,
    "start": starting.starting,
    "attach": starting.attaching,
    "simulator": simulator.simulator,
    "map": mapping.frames,
    **attacks.ATTACKS,
    "slow": besieging.dawdling,
    "half": besieging.half_shaking,
    "storm": besieging.storming,
    "crowd": crowding.crowding,
    "secured": secured.secured_messages,
}
_DOOR = ("crowd", "slow", "half", "storm", "frames", "hoard", "bombs", "spam", "secured")
"""What strangers can do at a node's door, and what it costs those who may come in."""

_AT_THE_DOOR_ALONE = ("half", "storm", "crowd", "secured")
_FILE = Path("benchmark.json")


def main() -> None:
    """Bars that do not hold are shown, and are no failure: the machine is not ours to judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument(
        "--only", action="append", choices=_BENCHMARKS, metavar="NAME", help=", ".join(_BENCHMARKS)
    )
    parser.add_argument(
        "group", nargs="?", choices=["door"], help=f"door: {', '.join(_DOOR)}; most others if none"
    )
    arguments = parser.parse_args()
    results = _run(arguments.only or _names(arguments.group))
    _FILE.write_text(as_text(results), encoding="utf-8")
    if arguments.json:
        sys.stdout.write(as_text(results))
    else:
        show(results)


def _names(group: str | None) -> list[str]:
    if group == "door":
        return list(_DOOR)
    return [name for name in _BENCHMARKS if name not in _AT_THE_DOOR_ALONE]


def _run(names: list[str]) -> list[Result]:
    start = perf_counter()
    ceilings = take_ceilings()
    results = ceilings.results()
    for name in names:
        print(f"{perf_counter() - start:5.1f} s  {name}", file=sys.stderr)
        results += _BENCHMARKS[name](ceilings)
    print(f"{perf_counter() - start:5.1f} s  done", file=sys.stderr)
    return results


if __name__ == "__main__":
    main()
