"""Plays seeds on the workers of a Dask cluster (https://distributed.dask.org).

Its scheduler gives the seeds of a worker that is lost to another one, and
gives one up when it has taken several workers with it. It runs what it is
handed: use it among machines that trust each other, or with TLS.
"""

from collections.abc import Generator, Iterator

from distributed import Client, Future, as_completed
from distributed.scheduler import KilledWorker

from simulations.commit import commit
from simulations.scenario import Options
from simulations.sweeping.outcome import Outcome, PlaySeed, play_seed
from simulations.sweeping.sweep import Unusable

CONNECT_SECONDS = 10.0
TASKS_EACH = 2
"""Seeds that wait at each thread of a worker, so that none is idle while outcomes travel."""


class OtherCode(Exception):
    """A worker runs another commit than the sweep: its outcomes would say nothing of this one."""


class DaskCluster:
    """All workers of one scheduler, those that come later included."""

    def __init__(
        self,
        address: str,
        play_one: PlaySeed = play_seed,
        *,
        connect_seconds: float = CONNECT_SECONDS,
    ) -> None:
        """Raises `Unusable` where no scheduler answers at `address` within `connect_seconds`."""
        self._play_one = play_one
        try:
            self._client = Client(address, timeout=connect_seconds, set_as_default=False)
        except (OSError, ValueError) as error:
            raise Unusable(
                f"no Dask scheduler answers at {address}: {error}\n"
                "Start one with `dask scheduler`, and workers from this checkout with"
                f" `dask worker {address} --nthreads 1`."
            ) from error

    def play(self, scenario: str, parts: Iterator[Options]) -> Generator[Outcome | int]:
        """Outcomes as they come; the seed alone where it ends its worker, again and again.

        Raises `Unusable` where a worker does not have this code.
        """
        here = commit()
        pending: dict[str, int] = {}
        coming = as_completed(loop=self._client.loop)
        try:
            while True:
                while len(pending) < self._room() and (options := next(parts, None)) is not None:
                    # Named by the client, too: the scheduler remembers what others have played.
                    key = f"{scenario}-{options.seed}-{self._client.id}"
                    pending[key] = options.seed
                    coming.add(
                        self._client.submit(
                            play_at, self._play_one, here, scenario, options, key=key
                        )
                    )
                if not pending:
                    return
                future = next(coming)
                yield self._outcome(future, pending.pop(future.key))
        finally:
            self._client.cancel(list(coming.futures))
            self._client.close()

    def _room(self) -> int:
        """How many seeds may be under way; one where no worker has come yet."""
        threads: dict[str, int] = self._client.nthreads()
        return max(TASKS_EACH * sum(threads.values()), 1)

    def _outcome(self, future: "Future[Outcome]", seed: int) -> Outcome | int:
        try:
            return future.result()
        except KilledWorker:
            return seed
        except OtherCode as error:
            raise Unusable(str(error)) from error
        except ModuleNotFoundError as error:
            raise Unusable(
                f"a worker finds no {error.name}: start it in a checkout of this commit,"
                " with its environment"
            ) from error


def play_at(play_one: PlaySeed, expected: str, scenario: str, options: Options) -> Outcome:
    """Play one seed on a worker. Raises `OtherCode` where this is not the expected commit."""
    if commit() != expected:
        raise OtherCode(
            f"a worker runs commit {commit() or 'unknown'}, not {expected or 'unknown'}:"
            " bring its checkout to this one and start it anew"
        )
    return play_one(scenario, options)
