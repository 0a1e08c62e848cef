"""Five hundred clients that attach at once, and what they cost once they are there."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import NamedTuple

from tests.benchmarks.ceilings import Ceilings
from tests.benchmarks.processes import Family, Process
from tests.benchmarks.results import Result
from tests.support.certificates import a_pair

_CROWD = 500
_WARM = 20
"""Who come before them: what a node loads for its first client is not what each one costs."""

_AT_A_TIME = 20
"""Who come a few at a time leave nothing behind of their opening: what each costs that stays.
A crowd at once leaves holes, in which those who come later find room."""

_RUNS = 3
_SECONDS_BAR = {False: 2.0, True: 3.0}
_CLIENT_BAR_KIBIBYTES = {False: 33.0, True: 100.0}
_NODE_BAR_MEBIBYTES = 85.0
_SETTLE_S = 2.0
_LEAVE_S = 20.0
_LOOK_S = 0.1


class _Seen(NamedTuple):
    """What one crowd has cost. Memory is resident, in MiB at rest, in KiB for each client."""

    seconds: float
    cpu_seconds: float
    refused: int
    mebibytes: float
    kibibytes: float
    files_left: int


def crowding(_: Ceilings) -> list[Result]:
    """Without TLS and with it, the best of some: noise only slows, and nothing shrinks."""
    return [result for speaks_tls in (False, True) for result in _crowded(speaks_tls)]


def _crowded(speaks_tls: bool) -> list[Result]:
    runs = [_run(speaks_tls, _CROWD) for _ in range(_RUNS)]
    bare = [_bare_run(speaks_tls, _CROWD) for _ in range(_RUNS)]
    calm = [_run(speaks_tls, _AT_A_TIME) for _ in range(_RUNS)]
    bare_calm = [_bare_run(speaks_tls, _AT_A_TIME) for _ in range(_RUNS)]
    name = f"{_CROWD} clients, {'wss' if speaks_tls else 'ws'}"

    def at_most(what: str, value: float, unit: str, bar: float, ceiling: float | None) -> Result:
        return Result(
            name=f"{name}: {what}",
            value=value,
            unit=unit,
            ceiling=ceiling,
            bar=bar,
            is_smaller_better=True,
        )

    def least(seen: Sequence[_Seen]) -> float:
        return min(each.kibibytes for each in seen)

    bar = _CLIENT_BAR_KIBIBYTES[speaks_tls]
    return [
        at_most(
            "all served",
            min(seen.seconds for seen in runs),
            "s",
            _SECONDS_BAR[speaks_tls],
            min(seen.seconds for seen in bare),
        ),
        Result(
            name=f"{name}: CPU of the node",
            value=min(seen.cpu_seconds for seen in runs),
            unit="s",
            ceiling=min(seen.cpu_seconds for seen in bare),
        ),
        at_most("refused", max(seen.refused for seen in runs), "", 0, None),
        at_most("each at rest", least(calm), "KiB", bar, least(bare_calm)),
        at_most("each at rest, holes of the crowd included", least(runs), "KiB", bar, least(bare)),
        at_most("files left open", max(seen.files_left for seen in runs), "", 0, None),
        at_most(
            "the node before them",
            min(seen.mebibytes for seen in runs),
            "MiB",
            _NODE_BAR_MEBIBYTES,
            None,
        ),
    ]


def _run(speaks_tls: bool, at_a_time: int) -> _Seen:
    with TemporaryDirectory() as directory:
        family = Family(Path(directory))
        home = family.make_node("north", speaks_tls=speaks_tls)
        try:
            node = family.node("north")
            sleep(_SETTLE_S)
            mebibytes = node.memory_mebibytes() or 0.0
            crowd = family.crowd("light", at=node, home=home, count=_WARM + _CROWD)
            return _seen(node, crowd, at_a_time, mebibytes)
        finally:
            family.close()


def _bare_run(speaks_tls: bool, at_a_time: int) -> _Seen:
    with TemporaryDirectory() as directory:
        family = Family(Path(directory))
        try:
            files = a_pair(Path(directory)) if speaks_tls else None
            pair = [str(files.certificate), str(files.key)] if files is not None else ["", ""]
            server = family.bare("serve", *pair, str(_WARM + _CROWD))
            secured = "yes" if speaks_tls else ""
            crowd = family.bare("crowd", str(server.first["port"]), secured, str(_CROWD))
            return _seen(server, crowd, at_a_time, 0.0)
        finally:
            family.close()


def _seen(server: Process, crowd: Process, at_a_time: int, mebibytes: float) -> _Seen:
    files = server.open_files() or 0
    crowd.ask(attach=_WARM)
    sleep(_SETTLE_S)
    memory, cpu = server.memory_mebibytes() or 0.0, server.cpu_seconds() or 0.0
    answers = [crowd.ask(attach=at_a_time) for _ in range(_CROWD // at_a_time)]
    cpu_seconds = (server.cpu_seconds() or 0.0) - cpu
    sleep(_SETTLE_S)
    grown = (server.memory_mebibytes() or 0.0) - memory
    crowd.close()
    return _Seen(
        seconds=sum(float(str(answer["seconds"])) for answer in answers),
        cpu_seconds=cpu_seconds,
        refused=sum(_refused(answer) for answer in answers),
        mebibytes=mebibytes,
        kibibytes=grown * 1_024 / _CROWD,
        files_left=_files_left(server, files),
    )


def _refused(answer: Mapping[str, object]) -> int:
    refused = answer.get("refused", {})
    assert isinstance(refused, dict)
    return sum(refused.values())


def _files_left(server: Process, before: int) -> int:
    """How many more are open than before, once all have left; threads may hold one each."""
    give_up = monotonic() + _LEAVE_S
    while (server.open_files() or 0) > before and monotonic() < give_up:
        sleep(_LOOK_S)
    return (server.open_files() or 0) - before
