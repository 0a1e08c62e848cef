"""Processes under measurement: nodes and clients, each its own, all gone at the end of a block."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from time import perf_counter

from overlay.config import NodeFile
from overlay.core.settings import Neighbour
from overlay.messages.ids import Address, NodeId
from overlay.nodes.directory import NodeDirectory
from overlay.transport.addresses import parse_address
from tests.end_to_end.overlays import free_port

LIFE_SECONDS = 60.0
"""No process lives longer, whatever it waits for: a benchmark stops by itself."""

_STOP_SECONDS = 5.0


class Process:
    """A program that answers each line of JSON with one, and ends when its input does.

    The first line, which says that it is ready, is `first`; `start_seconds`
    is how long that took.
    """

    def __init__(
        self, command: Sequence[str], log: Path, life_seconds: float = LIFE_SECONDS
    ) -> None:
        """Raises `RuntimeError` for one that ends, or outlives its time, without a word."""
        start = perf_counter()
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                bufsize=1,
            )
        self._log = log
        self._watchdog = Timer(life_seconds, self._process.kill)
        self._watchdog.daemon = True
        self._watchdog.start()
        self.first = self._read()
        self.start_seconds = perf_counter() - start

    def ask(self, **order: object) -> dict[str, object]:
        """Give an order; its answer. Raises: as the constructor."""
        self.tell(**order)
        return self._read()

    def tell(self, **order: object) -> None:
        """Give an order without waiting."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")

    def _read(self) -> dict[str, object]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.close()
            raise RuntimeError(f"{self._log.name}: {self._log.read_text()[-2_000:] or 'no word'}")
        answer: dict[str, object] = json.loads(line)
        return answer

    def cpu_seconds(self) -> float | None:
        """What it has used so far, all threads; None where the system does not say."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mebibytes(self) -> float | None:
        """What of it is in memory now; None where the system does not say."""
        try:
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        except OSError:
            return None
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def open_files(self) -> int | None:
        """What it has open now; None where the system does not say."""
        try:
            return sum(1 for _ in Path(f"/proc/{self._process.pid}/fd").iterdir())
        except OSError:
            return None

    def close(self) -> None:
        """End it: by the end of its input, or by force."""
        self._watchdog.cancel()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def address_of(node: Process) -> str:
    """Where a node listens."""
    return str(node.first["address"])


def endpoint_of(node: Process) -> str:
    """Host and port of that."""
    return str(parse_address(address_of(node)))


class Family:
    """Makes processes below one directory; with `samples` each writes there where its time went."""

    def __init__(
        self, directory: Path, samples: Path | None = None, life_seconds: float = LIFE_SECONDS
    ) -> None:
        self.directory = directory
        self._life_seconds = life_seconds
        self._samples = samples
        self._secured: dict[str, int] = {}
        self._processes: list[Process] = []

    def node(self, name: str, *neighbours: Neighbour, lags: Path | None = None) -> Process:
        """Start a node whose directory `make_node` has made; with `lags` it notes how late it is.

        See `lagging.py`.
        """
        directory = self._node_directory(name)
        directory.write_file(self._file(name, neighbours))
        command = ["overlay"]
        if self._samples is not None:
            command = ["tests.benchmarks.sampling", str(self._samples / f"{name}.json")]
        if lags is not None:
            command = ["tests.benchmarks.lagging", str(lags)]
        options = ["node", "run", str(directory.path), "--while-input", "--json"]
        return self._start(name, ["-m", *command, *options])

    def make_node(self, name: str, *, speaks_tls: bool = False) -> NodeId:
        """A node's directory and key; nothing runs yet."""
        if speaks_tls:
            # Its address is in its file, so its port cannot be left to the system.
            self._secured[name] = free_port()
        return NodeId(self._node_directory(name).create(self._file(name, ())).id)

    def client(self, name: str, *, at: Process, is_on_disk: bool) -> Process:
        """A person's client: `clients.py`."""
        identity = str(self.directory / name) if is_on_disk else ""
        samples = str(self._samples / f"{name}.json") if self._samples is not None else ""
        command = ["-m", "tests.benchmarks.clients", name, address_of(at), identity, samples]
        return self._start(name, command)

    def crowd(self, kind: str, *, at: Process, home: NodeId, count: int) -> Process:
        """A process with many clients: `crowds.py`."""
        arguments = [kind, address_of(at), home, str(count), "somebody"]
        return self._start(f"crowd of {kind}", ["-m", "tests.benchmarks.crowds", *arguments])

    def bare(self, what: str, *arguments: str) -> Process:
        """A server, or clients, of trio-websocket alone: `bare.py`."""
        return self._start(f"bare {what}", ["-m", "tests.benchmarks.bare", what, *arguments])

    def attackers(self, what: str, *, at: Process, home: NodeId) -> Process:
        """A process full of them: `attackers.py`."""
        return self._start(what, ["-m", "tests.benchmarks.attackers", what, endpoint_of(at), home])

    def _start(self, name: str, command: Sequence[str]) -> Process:
        process = Process(command, self.directory / f"{name}.log", self._life_seconds)
        self._processes.append(process)
        return process

    def close(self) -> None:
        """End all of them, the last one first: clients before their nodes."""
        while self._processes:
            self._processes.pop().close()

    def _node_directory(self, name: str) -> NodeDirectory:
        return NodeDirectory(self.directory / name)

    def _file(self, name: str, neighbours: tuple[Neighbour, ...]) -> NodeFile:
        port = self._secured.get(name)
        listen = f"127.0.0.1:{port or 0}"
        return NodeFile(
            name=name,
            network="overlay",
            admission="listed",
            listen=listen,
            address=Address(f"wss://{listen}/overlay") if port else None,
            neighbours=neighbours,
            extra_links=0,
        )


@contextmanager
def two_nodes(
    directory: Path,
    samples: Path | None = None,
    *,
    speaks_tls: bool = False,
    lags: tuple[Path, Path] | tuple[None, None] = (None, None),
) -> Iterator[tuple[Family, Process, Process]]:
    """North and south, neighbours of each other, for as long as the block lasts.

    Each notes how late it is in its file of `lags`, if there is one.
    """
    family = Family(directory, samples)
    north_id = family.make_node("north", speaks_tls=speaks_tls)
    south_id = family.make_node("south", speaks_tls=speaks_tls)
    try:
        north = family.node("north", Neighbour(address=None, id=south_id), lags=lags[0])
        address = Address(address_of(north))
        south = family.node("south", Neighbour(address=address, id=north_id), lags=lags[1])
        yield family, north, south
    finally:
        family.close()
