"""What TLS costs direct messages: the same four processes with it, and without, in one run."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.ceilings import BATCHES, Ceilings, frames, percentile, relay_latencies_ms
from tests.benchmarks.leaving import Leavings
from tests.benchmarks.messages import at_rest, rush, warm_up
from tests.benchmarks.processes import two_nodes
from tests.benchmarks.results import Result
from tests.support.certificates import Files, a_pair


def secured_messages(ceilings: Ceilings) -> list[Result]:
    """Beside raw trio-websocket links over TLS, and without, of this very run."""
    with TemporaryDirectory() as directory:
        files = a_pair(Path(directory))
        secured = _secured_ceilings(files)
    results = _shown(secured)
    for speaks_tls in (False, True):
        name = f"direct messages, {'wss' if speaks_tls else 'ws'}"
        compared = secured if speaks_tls else ceilings
        with (
            TemporaryDirectory() as directory,
            two_nodes(Path(directory), speaks_tls=speaks_tls) as (family, north, south),
        ):
            bob = family.client("bob", at=south, is_on_disk=False)
            alice = family.client("alice", at=north, is_on_disk=False)
            warm_up(alice, bob)
            results += at_rest(compared, name, alice, bob)
            results += rush(compared, name, alice, bob, [north, south])
    return [*results, *_left()]


def _left() -> list[Result]:
    """What clients leave who came over TLS and talked: in a run of its own, as counting costs."""
    with TemporaryDirectory() as place:
        directory = Path(place)
        lags = (directory / "north lags.json", directory / "south lags.json")
        with two_nodes(directory, speaks_tls=True, lags=lags) as (family, north, south):
            for first in (
                family.client("carol", at=north, is_on_disk=False),
                family.client("dave", at=south, is_on_disk=False),
            ):
                first.close()
            leavings = [Leavings(north, lags[0]), Leavings(south, lags[1])]
            bob = family.client("bob", at=south, is_on_disk=False)
            alice = family.client("alice", at=north, is_on_disk=False)
            warm_up(alice, bob)
            alice.close()
            bob.close()
            for each in leavings:
                each.count()
        return [
            result
            for name, each in zip(("north", "south"), leavings, strict=True)
            for result in each.results(f"direct messages, wss: {name}")
        ]


def _secured_ceilings(files: Files) -> Ceilings:
    latencies = relay_latencies_ms(files)
    return Ceilings(
        verifications=0.0,
        framed={batch: frames(batch, files) for batch in BATCHES},
        relay_p50_ms=percentile(latencies, 0.5),
        relay_p99_ms=percentile(latencies, 0.99),
    )


def _shown(secured: Ceilings) -> list[Result]:
    return [
        Result(name=result.name.replace("trio-websocket", "trio-websocket over TLS"),
               value=result.value, unit=result.unit)
        for result in secured.results()
        if "trio-websocket" in result.name
    ]  # fmt: skip
