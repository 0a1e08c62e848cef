"""A sweep on a Dask cluster: one scheduler and two workers, each a process of this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulations.ledger import Failed, Held, Ledger
from simulations.report import HOLDS, UNSAFE, USAGE
from simulations.sweeping.outcome import DIED

ROOT = Path(__file__).resolve().parents[2]
SMALL = ("--nodes", "2", "--minutes", "0.02")


class Cluster:
    """Processes that end with the test."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._processes: list[subprocess.Popen[str]] = []
        self._scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        self.address = self._line_with(self._scheduler, "Scheduler at:").split()[-1]

    def add_workers(self, count: int) -> list[subprocess.Popen[str]]:
        """One thread each, without the nanny that would start it again."""
        options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(self._directory))
        # All are started before the first is waited for: they load the same for seconds.
        workers = [self._start("worker", self.address, *options) for _ in range(count)]
        for worker in workers:
            self._line_with(worker, "Registered to:")
        return workers

    def end(self) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()

    def _start(self, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        self._processes.append(process)
        return process

    def _line_with(self, process: subprocess.Popen[str], words: str) -> str:
        assert process.stderr is not None
        heard = []
        for line in process.stderr:
            heard.append(line)
            if words in line:
                return line
        raise AssertionError("".join(heard))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path)
    yield cluster
    cluster.end()


def a_sweep(cluster: Cluster, path: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments, "--dask", cluster.address, "--ledger", str(path)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(sweep: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, complaints = sweep.communicate()
    return sweep.returncode, output, complaints


def test_two_workers_play_what_one_machine_would(cluster: Cluster, tmp_path: Path) -> None:
    cluster.add_workers(2)
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    sweep = ("-m", "simulations", "sweep", "talk", "--seeds", "1..6", *SMALL)

    code, output, complaints = ended(a_sweep(cluster, there, *sweep))
    subprocess.run([sys.executable, *sweep, "--ledger", str(here)], cwd=ROOT, check=True)

    assert (code, complaints) == (HOLDS, "")
    assert "talk: 6 of 6 seeds played, 0 failed" in output
    assert f"--dask {cluster.address} --ledger" in output.splitlines()[-1]
    (one,), (other,) = Ledger(here).entries, Ledger(there).entries
    assert isinstance(one, Held)
    assert isinstance(other, Held)
    assert one.digest == other.digest


def test_what_a_lost_worker_was_playing_is_played_again(cluster: Cluster, tmp_path: Path) -> None:
    (lost,) = cluster.add_workers(1)
    path, begun = tmp_path / "ledger.jsonl", tmp_path / "begun"
    os.mkfifo(begun)
    sweep = a_sweep(cluster, path, "-m", "tests.simulations.seeds_awaited", str(begun))
    assert begun.read_text() == "1"
    (tmp_path / "go_on").touch()
    lost.kill()
    lost.wait()

    cluster.add_workers(1)
    code, _, complaints = ended(sweep)

    assert (code, complaints) == (HOLDS, "")
    assert sorted(Ledger(path).seeds("")) == [1, 2, 4, 5]


def test_a_seed_that_ends_one_worker_after_the_other_is_given_up(
    cluster: Cluster, tmp_path: Path
) -> None:
    path = tmp_path / "ledger.jsonl"
    cluster.add_workers(5)

    code, _, complaints = ended(a_sweep(cluster, path, "-m", "tests.simulations.seeds_deadly"))

    assert (code, complaints) == (HOLDS, "")
    (died,) = [entry for entry in Ledger(path).entries if isinstance(entry, Failed)]
    assert (died.seed, died.checkers, died.exit_code) == (5, (DIED,), UNSAFE)


def test_without_a_scheduler_it_is_said_how_to_start_one(tmp_path: Path) -> None:
    arguments = ("-m", "simulations", "sweep", "talk", "--seeds", "1", *SMALL)
    nowhere = ("--dask", "tcp://127.0.0.1:1", "--dask-wait", "0.5")
    where = (*nowhere, "--ledger", str(tmp_path / "ledger.jsonl"))

    sweep = subprocess.run(
        [sys.executable, *arguments, *where],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert sweep.returncode == USAGE
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in sweep.stderr
    assert "dask worker tcp://127.0.0.1:1 --nthreads 1" in sweep.stderr
