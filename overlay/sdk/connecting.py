"""`connect`: a client for as long as a block lasts."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from importlib.metadata import version
from random import SystemRandom
from typing import Final

import trio

from overlay.client.durable.reading import from_rows
from overlay.client.machine import ClientMachine
from overlay.client.requests import Carried, Declined, WatchPeople
from overlay.client.settings import Settings
from overlay.errors import Refused
from overlay.runtime.links import Dialler
from overlay.sdk.addresses import read_addresses
from overlay.sdk.client import Client
from overlay.sdk.driver import Driver
from overlay.sdk.identity import Identity
from overlay.sdk.told import ReportTo, Told, closed, no_report
from overlay.transport.websocket import dial

ATTACH_SECONDS: Final = 10.0
"""A node that accepts links but serves nobody is given up after this, at the start."""

CROWDED_SECONDS: Final = 60.0
"""One that says that it has too much to do is asked again and again for so long."""


@asynccontextmanager
async def connect(
    address: str | Sequence[str],
    identity: Identity,
    *,
    watch_people: bool = True,
    report: ReportTo = no_report,
    allows_plain: bool = False,
    dialler: Dialler | None = None,
) -> AsyncIterator[Client]:
    """Attach a client to a node for as long as the block lasts.

    `address` is `wss://HOST:PORT/overlay`, `HOST:PORT` for short, or several in
    order; links beyond this machine go over TLS, unless `allows_plain`. When
    the block begins, a home serves the client and, with `watch_people`,
    `people()` is complete. Leaving it detaches in order and ends everything,
    within `GOODBYE_MS`; the identity stays open. `report`
    gets facts for a log; `dialler` opens links.

    Raises: `UsageError` for addresses that cannot be, `IdentityInUse`,
    `Unreachable` if no address answers, `Refused` if a node will not have us,
    `StoreError`.
    """
    addresses = read_addresses(address, allows_plain=allows_plain)
    dialler = dialler or partial(dial, allows_plain=allows_plain)
    with _bare_errors(), identity.in_use() as store:
        rows = await trio.to_thread.run_sync(store.read_all)
        durable = from_rows(rows)
        settings = Settings(
            addresses=addresses,
            # Once the account has a record its name is changed there, perhaps by another client.
            name=identity.name if durable.account is None else None,
            software=f"overlay/{version('overlay')}",
            keeps_untaken=True,
        )
        machine = ClientMachine(identity.keys, settings, durable, SystemRandom())
        async with trio.open_nursery() as nursery:
            told = Told(
                ourselves=identity.account,
                addresses=addresses,
                durable=durable,
                report=report,
                tell=lambda make: driver.tell(make),
            )
            driver = Driver(machine, store, dialler, told.on_fact)
            nursery.start_soon(driver.run)
            try:
                await _begin(driver, told, watch_people)
                yield Client(identity, driver, told)
            finally:
                await driver.say_goodbye()
                told.close()
                driver.close(closed)
                driver.stop()


async def _begin(driver: Driver, told: Told, watch_people: bool) -> None:
    latest = trio.current_time() + CROWDED_SECONDS
    with trio.move_on_after(ATTACH_SECONDS) as patience:

        def be_patient() -> None:
            patience.deadline = min(trio.current_time() + ATTACH_SECONDS, latest)

        await told.attachment.wait_first(be_patient)
        if watch_people:
            reply = await driver.ask(WatchPeople(None))
            if isinstance(reply, Declined):
                raise Refused(reply.code, reply.detail, reply.retry_after_ms)
            assert isinstance(reply, Carried)
    if patience.cancelled_caught:
        raise told.attachment.failure()


@contextmanager
def _bare_errors() -> Iterator[None]:
    """What is raised in the block comes out as it is, not in the group of our own nursery."""
    try:
        yield
    except BaseExceptionGroup as group:
        if len(group.exceptions) > 1:
            raise
        error = group.exceptions[0]
        raise error from error.__cause__
