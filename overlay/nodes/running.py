"""Runs one node: its machine on the runtime, its port, its store, its control socket."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from random import SystemRandom

import trio

from overlay import limits
from overlay.config import NodeFile
from overlay.core import durable
from overlay.core.effects import Answer, Report
from overlay.core.events import Command, Event
from overlay.core.facts import Fact, NodeStarted
from overlay.core.node import Node
from overlay.core.requests import NodeStatus, Reply
from overlay.core.requests import Request as NodeRequest
from overlay.core.settings import Settings
from overlay.messages.ids import Address
from overlay.nodes.certificates.keeping import CertificateFact, Certificates
from overlay.nodes.control import Control, open_control
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.door import Door, door_of
from overlay.nodes.http import Pages
from overlay.nodes.limiting import change_limits
from overlay.nodes.metrics import Metrics
from overlay.nodes.reloading import ReloadFact, Reloading
from overlay.peering.events import Stopping, Ticket
from overlay.runtime.accepting import accept
from overlay.runtime.clock import now_ms, wall_ms, wall_time
from overlay.runtime.defects import ConnectionFailed
from overlay.runtime.inbox import Inbox
from overlay.runtime.links import Dialler, Links
from overlay.runtime.persistence import Persistence, RowDamaged
from overlay.runtime.pump import Pump
from overlay.storage.sqlite import SqliteStore
from overlay.transport.addresses import Endpoint
from overlay.transport.listen import listening_at, open_listeners
from overlay.transport.port import Places, Port
from overlay.transport.websocket import dial

GOODBYE_MS = 2_000
"""How long a stopping node waits for its links to close: SIGTERM promises 3 s in all."""

NodeFact = Fact | RowDamaged | CertificateFact | ReloadFact | ConnectionFailed
"""What a running node has to say of itself."""

ReportTo = Callable[[NodeFact], None]


@dataclass(frozen=True, slots=True)
class RunningNode:
    """A node that runs. `stopped` is set once its operator has told it to stop."""

    address: Address
    file: NodeFile
    snapshot: Callable[[], NodeStatus]
    reload: Callable[[], str]
    """Has it read its files again; returns what waits for a restart. Raises `ConfigError`."""
    stopped: trio.Event


@asynccontextmanager
async def running_node(
    path: Path, report: ReportTo, *, allows_plain: bool = False
) -> AsyncIterator[RunningNode]:
    """Run the node of a directory for as long as the block lasts.

    Links beyond this machine go over TLS, unless `allows_plain`. Its
    incarnation is durable when the block begins. When it ends, the node
    says goodbye on every link; after at most `GOODBYE_MS` everything has
    ended. Raises `ConfigError` for a broken directory or a taken port,
    `StoreInUse` for a database that another node holds.
    """
    directory = NodeDirectory(path)
    file, key = directory.read_file(), directory.read_key()
    door = door_of(directory.file_path, file, allows_plain=allows_plain)
    metrics = Metrics()
    report = metrics.before(report)
    certificates = Certificates(
        file.name, directory.certificate_source(file, door), report, wall_time
    )
    async with AsyncExitStack() as held:
        store = held.enter_context(_open_store(directory))
        listeners = await held.enter_async_context(_listening(door.listen))
        commands = await held.enter_async_context(open_control(directory.control_path))
        listening = listening_at(listeners[0])
        settings = _settings(file, door, listening)
        node = Node(key, settings, durable.from_rows(store.read_all(), wall_ms()), SystemRandom())
        driver = _Driver(node, store, partial(dial, allows_plain=allows_plain), report)
        reloading = Reloading(
            directory, file, door, certificates, driver.put, report, allows_plain=allows_plain
        )
        running = RunningNode(
            address=door.served_at(listening),
            file=file,
            snapshot=node.snapshot,
            reload=reloading.reload,
            stopped=trio.Event(),
        )
        control = Control(
            ask=driver.ask,
            reload=running.reload,
            stop=running.stopped.set,
            lag_ms=driver.lag_ms,
            change_limits=partial(_limit, directory, running.reload),
        )
        port = _port(file, door, certificates, node, driver, report, metrics)
        accepting = trio.CancelScope()
        async with trio.open_nursery() as nursery:
            serve = partial(accept, listeners, port.serve, until=accepting)
            await nursery.start(driver.run, serve)
            nursery.start_soon(control.run, commands)
            nursery.start_soon(certificates.run)
            try:
                yield running
            finally:
                accepting.cancel()
                await driver.say_goodbye()
                driver.stop()
                nursery.cancel_scope.cancel()


class _Driver:
    """One machine with everything that performs its effects."""

    def __init__(self, node: Node, store: SqliteStore, dialler: Dialler, report: ReportTo) -> None:
        self._inbox: Inbox[Event] = Inbox()
        self._report = report
        self._asked: dict[Ticket, tuple[trio.Event, list[Reply]]] = {}
        self._tickets = 0
        self._started = trio.Event()
        self._running = trio.CancelScope()
        self.links = Links(self._inbox, report, dialler)
        self._persistence = Persistence(store, self._inbox, report)
        self._pump: Pump[Event, Answer | Report] = Pump(
            node,
            self._inbox,
            perform_link=self.links.perform,
            perform_store=self._persistence.perform,
            perform_other=self._perform,
        )

    async def run(
        self,
        accept: Callable[[], Awaitable[None]],
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Drive the machine until `stop`, and `accept` links once its incarnation is durable.

        From then on nothing else cancels it: whoever is cancelled still has to say goodbye.
        """
        with self._running:
            async with trio.open_nursery() as nursery:
                for task in (self._pump.run, self._persistence.run, self.links.run):
                    nursery.start_soon(task)
                await self._started.wait()
                self._running.shield = True
                nursery.start_soon(accept)
                task_status.started()

    def lag_ms(self) -> float:
        """How late the machine was woken of late, at worst."""
        return self._pump.lag.worst_ms(trio.current_time())

    def stop(self) -> None:
        """End everything at once."""
        self._running.cancel()

    def put(self, event: Event) -> None:
        self._inbox.put_nowait(event)

    async def ask(self, request: NodeRequest) -> Reply:
        """The machine's answer to the operator."""
        self._tickets += 1
        ticket = Ticket(self._tickets)
        answered, replies = self._asked[ticket] = trio.Event(), []
        self.put(Command(ticket, request))
        try:
            await answered.wait()
        finally:
            del self._asked[ticket]
        return replies[0]

    async def say_goodbye(self) -> None:
        """Let the machine end its links, for a bounded while, even when cancelled."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + GOODBYE_MS / 1_000):
            self.put(Stopping(now_ms() + GOODBYE_MS))
            await self.links.wait_none()
            await self._persistence.wait_idle()

    def _perform(self, effect: Answer | Report) -> None:
        match effect:
            case Report(fact):
                if isinstance(fact, NodeStarted):
                    self._started.set()
                self._report(fact)
            case Answer(ticket, reply):
                waiting = self._asked.get(ticket)
                if waiting is not None:
                    waiting[1].append(reply)
                    waiting[0].set()


def _port(
    file: NodeFile,
    door: Door,
    certificates: Certificates,
    node: Node,
    driver: _Driver,
    report: ReportTo,
    metrics: Metrics,
) -> Port:
    def on_defect(defect: Exception, remote_address: str) -> None:
        report(ConnectionFailed.by(defect, remote_address))

    places = Places()
    pages = Pages(
        node.snapshot,
        driver.lag_ms,
        metrics=partial(_written, metrics, node, driver, certificates, places),
        has_public_metrics=file.has_public_metrics,
        is_behind_proxy=door.is_behind_proxy,
    )
    return Port(
        answer=pages.answer,
        carry=driver.links.accept,
        host_is_ours=door.host_check(),
        origin_is_ours=door.origin_check(),
        places=places,
        presents=certificates.current,
        is_banned=node.refuses,
        on_defect=on_defect,
        on_turned_away=metrics.count,
        message_bytes_max=limits.OPENING_BYTES_MAX,
    )


def _written(
    metrics: Metrics, node: Node, driver: _Driver, certificates: Certificates, places: Places
) -> bytes:
    # Most nodes are never asked, and what writes it takes a while to load.
    from overlay.nodes.exposition import text_of

    return text_of(metrics, node.snapshot(), driver.lag_ms(), certificates.until(), places.taken)


def _limit(directory: NodeDirectory, reload: Callable[[], str], changes: Mapping[str, str]) -> str:
    """Have limits in force, and in the file for the next start. Raises `ConfigError`."""
    change_limits(directory.file_path, changes)
    return reload()


@asynccontextmanager
async def _listening(endpoint: Endpoint) -> AsyncIterator[list[trio.SocketListener]]:
    listeners = await open_listeners(endpoint)
    try:
        yield listeners
    finally:
        for listener in listeners:
            await trio.aclose_forcefully(listener)


@contextmanager
def _open_store(directory: NodeDirectory) -> Iterator[SqliteStore]:
    store = SqliteStore(directory.database_path)
    try:
        yield store
    finally:
        store.close()


def _settings(file: NodeFile, door: Door, listening: Endpoint) -> Settings:
    return Settings(
        name=file.name,
        network=file.network,
        admission=file.admission,
        addresses=(door.address_at(listening),),
        neighbours=file.neighbours,
        software=f"overlay/{version('overlay')}",
        extra_links=file.extra_links,
        shares=file.shares,
        counts_addresses=not door.is_behind_proxy,
    )
