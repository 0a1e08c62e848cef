"""From asking for a client to leaving it, and everything that can keep one from a home."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.testing
from trio.testing import MockClock

import overlay
from overlay import limits
from overlay.errors import LinkError, Refused, UsageError
from overlay.messages.ids import Address
from overlay.sdk import (
    ChangeStream,
    Client,
    ClientClosed,
    Identity,
    IdentityInUse,
    Status,
    Unreachable,
    connect,
)
from overlay.sdk.connecting import ATTACH_SECONDS
from overlay.transport.link import DialRefused, DialTimedOut, DialTurnedAway, Link
from tests.runtime.doubles import held, link_pair
from tests.support.running import a_node, two_nodes

NOWHERE = "127.0.0.1:1"


Fate = LinkError | Callable[[], AbstractAsyncContextManager[Link]]


@asynccontextmanager
async def silent() -> AsyncIterator[Link]:
    """A node that takes a link and says nothing."""
    async with held(link_pair()[0]) as link:
        yield link


@asynccontextmanager
async def endless() -> AsyncIterator[Link]:
    """An address from which nothing ever comes."""
    await trio.sleep_forever()
    yield link_pair()[0]  # type: ignore[unreachable]  # so that it is a generator


class Dials:
    """A dialler whose dials end as they were told to."""

    def __init__(self, *fates: Fate) -> None:
        self._fates = list(fates)
        self._count = 0
        self._begun = trio.Event()

    def __call__(self, _: Address) -> AbstractAsyncContextManager[Link]:
        return self._dial()

    @asynccontextmanager
    async def _dial(self) -> AsyncIterator[Link]:
        fate = self._fates[self._count]
        self._count += 1
        self._begun.set()
        self._begun = trio.Event()
        if isinstance(fate, LinkError):
            raise fate
        async with fate() as link:
            yield link

    async def wait(self, count: int) -> None:
        """Return once so many dials have begun, and everybody waits for something to happen."""
        while self._count < count:
            await self._begun.wait()
        await trio.testing.wait_all_tasks_blocked()


@asynccontextmanager
async def failing_to_connect(addresses: list[str], dials: Dials) -> AsyncIterator[dict[str, str]]:
    """While the block does what leads there, a client finds no home; then: what happened."""
    failures: dict[str, str] = {}

    async def fail() -> None:
        with pytest.raises(Unreachable) as failed:
            async with connect(addresses, Identity.temporary("alice"), dialler=dials):
                pass
        failures.update(failed.value.failures)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(fail)
        yield failures


async def until_seen(client: Client, other: Client, *, at: str) -> None:
    """Return once a client sees another at a node."""
    changes = client.changes()
    while (seen := client.person(other.identity.account)) is None or seen.nodes != (at,):
        await anext(changes)


async def until_moved(changes: ChangeStream) -> Status:
    """The next change of the client's own standing."""
    while not isinstance(change := await anext(changes), Status):
        pass
    return change


# Arriving.


async def test_when_the_block_begins_a_home_serves_the_client(tmp_path: Path) -> None:
    alice = Identity.temporary("alice")
    async with a_node(tmp_path) as north, connect(north.address, alice) as client:
        assert client.status.address == north.address
        assert client.status.home == north.snapshot().id
        await client.attached()


async def test_when_the_block_begins_everybody_present_is_known(tmp_path: Path) -> None:
    alice, bob = Identity.temporary("alice"), Identity.temporary("bob")
    async with a_node(tmp_path) as north, connect(north.address, alice) as first:
        assert first.people() == []

        async with connect(north.address, bob) as second:
            (seen,) = second.people()
            assert (seen.id, seen.name, seen.nodes) == (alice.account, "alice", ("north",))
            assert second.person(alice.account) == seen


async def test_a_node_that_does_not_answer_is_passed_over_for_the_next(tmp_path: Path) -> None:
    alice = Identity.temporary("alice")
    async with (
        a_node(tmp_path) as north,
        connect([NOWHERE, north.address], alice) as client,
    ):
        assert client.status.address == north.address


async def test_the_homes_that_a_node_named_are_remembered(tmp_path: Path) -> None:
    with Identity.create(tmp_path / "alice", name="alice") as identity:
        async with (
            two_nodes(tmp_path) as (north, south, _),
            connect(north.address, Identity.temporary("bob")) as bob,
            connect(south.address, Identity.temporary("carol")) as carol,
        ):
            await until_seen(carol, bob, at="north")
            async with connect(south.address, identity):
                pass

            async with connect(NOWHERE, identity) as alice:
                assert alice.status.address == north.address


async def test_the_parts_of_the_package_are_there_by_their_public_names() -> None:
    assert overlay.connect is connect
    assert overlay.Identity is Identity
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        overlay.nonsense  # noqa: B018  # the question is the test


# Not arriving.


async def test_where_nobody_listens_the_address_and_the_reason_are_told() -> None:
    with pytest.raises(Unreachable) as failed:
        async with connect(NOWHERE, Identity.temporary("alice")):
            pass

    assert failed.value.failures == {f"ws://{NOWHERE}/overlay": "nothing listens there"}
    assert isinstance(failed.value, LinkError)


async def test_a_node_of_another_overlay_is_refused(tmp_path: Path) -> None:
    with Identity.create(tmp_path / "alice", name="alice") as identity:
        async with a_node(tmp_path / "one") as ours, connect(ours.address, identity):
            pass

        async with a_node(tmp_path / "other", network="other") as theirs:
            with pytest.raises(Refused) as refused:
                async with connect(theirs.address, identity):
                    pass

    assert refused.value.code == "wrong_network"


async def test_an_address_that_cannot_be_is_refused_before_anything_is_dialled() -> None:
    with pytest.raises(UsageError, match="goes without TLS"):
        async with connect("ws://10.0.0.1:7701/overlay", Identity.temporary("alice")):
            pass


async def test_a_node_that_says_nothing_is_given_up_in_the_end(mock_clock: MockClock) -> None:
    dials = Dials(silent, endless)

    async with failing_to_connect([NOWHERE], dials) as failures:
        await dials.wait(1)
        mock_clock.jump(limits.HANDSHAKE_MS / 1_000 + 1)
        await trio.testing.wait_all_tasks_blocked()
        mock_clock.jump(ATTACH_SECONDS)

    (reason,) = failures.values()
    assert reason.startswith("handshake_timeout")


async def test_a_node_that_takes_no_link_now_is_asked_again(mock_clock: MockClock) -> None:
    dials = Dials(DialTurnedAway("no room"), DialTurnedAway("no room"), endless)

    async with failing_to_connect([NOWHERE], dials) as failures:
        for count in (1, 2):
            await dials.wait(count)
            mock_clock.jump(limits.RESUME_FIRST_MS / 1_000 * 4)
        await dials.wait(3)
        mock_clock.jump(ATTACH_SECONDS)

    assert list(failures.values()) == ["it takes no link now"]


async def test_a_dial_that_never_ends_is_given_up_in_the_end(mock_clock: MockClock) -> None:
    dials = Dials(endless)

    async with failing_to_connect([NOWHERE], dials) as failures:
        await dials.wait(1)
        mock_clock.jump(ATTACH_SECONDS)

    assert list(failures.values()) == ["no answer yet"]


async def test_every_address_is_tried_before_it_is_over(mock_clock: MockClock) -> None:
    dials = Dials(DialTimedOut("no answer"), DialRefused("nothing there"))

    async with failing_to_connect([NOWHERE, "127.0.0.1:2"], dials) as failures:
        await dials.wait(1)
        mock_clock.jump(limits.RESUME_FIRST_MS / 1_000 * 2)
        await dials.wait(2)

    assert list(failures.values()) == ["no answer", "nothing listens there"]


# One at a time.


async def test_one_identity_is_one_client_at_a_time(tmp_path: Path) -> None:
    alice = Identity.temporary("alice")
    async with a_node(tmp_path) as north, connect(north.address, alice):
        with pytest.raises(IdentityInUse):
            async with connect(north.address, alice):
                pass


async def test_an_identity_can_be_connected_again_and_again(tmp_path: Path) -> None:
    with Identity.create(tmp_path / "alice", name="alice") as identity:
        async with a_node(tmp_path) as north:
            for _ in range(3):
                async with connect(north.address, identity) as alice:
                    assert alice.status.is_attached


# Leaving.


async def test_whoever_leaves_is_seen_to_go_at_once(tmp_path: Path) -> None:
    alice, bob = Identity.temporary("alice"), Identity.temporary("bob")
    async with a_node(tmp_path) as north, connect(north.address, alice) as client:
        changes = client.changes()
        async with connect(north.address, bob):
            came = await anext(changes)
        gone = await anext(changes)

    assert isinstance(came, overlay.PersonChange)
    assert came.has_come
    assert isinstance(gone, overlay.PersonChange)
    assert gone.has_gone
    assert gone.person.id == bob.account


async def test_a_cancelled_block_detaches_in_order_too(tmp_path: Path) -> None:
    alice = Identity.temporary("alice")
    async with a_node(tmp_path) as north, connect(north.address, alice) as client:
        changes = client.changes()
        with trio.CancelScope() as scope:
            async with connect(north.address, Identity.temporary("bob")):
                await anext(changes)
                scope.cancel()
                await trio.sleep_forever()
        gone = await anext(changes)

    assert isinstance(gone, overlay.PersonChange)
    assert gone.has_gone


async def test_what_is_raised_in_the_block_comes_out_as_it_is(tmp_path: Path) -> None:
    async with a_node(tmp_path) as north:
        with pytest.raises(KeyError, match="mine"):
            async with connect(north.address, Identity.temporary("alice")):
                raise KeyError("mine")


async def test_a_client_that_was_left_says_so(tmp_path: Path) -> None:
    async with a_node(tmp_path) as north:
        async with connect(north.address, Identity.temporary("alice")) as alice:
            changes = alice.changes()
        with pytest.raises(ClientClosed):
            await alice.find("bob")
        with pytest.raises(ClientClosed):
            await alice.join("general")

    assert [message async for message in alice] == []
    assert [change async for change in changes] == []


async def test_whoever_waits_while_the_block_is_left_is_told_so(tmp_path: Path) -> None:
    async def ask_for_ever(client: Client) -> None:
        while True:
            await client.find("bob")

    async def wait(client: Client) -> None:
        with pytest.raises(ClientClosed):
            await ask_for_ever(client)

    async with (
        a_node(tmp_path) as north,
        trio.open_nursery() as nursery,
        connect(north.address, Identity.temporary("alice")) as alice,
    ):
        nursery.start_soon(wait, alice)
        await alice.find("bob")


# Moving.


async def test_a_client_whose_home_stops_is_at_the_next_one_by_itself(tmp_path: Path) -> None:
    """docs/protocol.md, section 8.5."""
    async with (
        two_nodes(tmp_path) as (north, south, stop_south),
        connect(north.address, Identity.temporary("bob")) as bob,
        connect(south.address, Identity.temporary("alice")) as alice,
    ):
        await until_seen(bob, alice, at="south")
        handle = await bob.send(alice.identity.account, "before")
        await handle.delivered()

        stop_south.set()
        await until_seen(bob, alice, at="north")

        assert alice.status.address == north.address
        await (await bob.send(alice.identity.account, "after")).delivered()
        assert [(await anext(alice)).text, (await anext(alice)).text] == ["before", "after"]


async def test_a_client_without_a_home_says_so_and_goes_on_looking(tmp_path: Path) -> None:
    async with (
        two_nodes(tmp_path) as (north, south, stop_south),
        connect(north.address, Identity.temporary("bob")) as bob,
        connect(south.address, Identity.temporary("alice")) as alice,
    ):
        await until_seen(alice, bob, at="north")
        changes = alice.changes()
        stop_south.set()

        lost = await until_moved(changes)
        found = await until_moved(changes)

    assert (lost.is_attached, lost.trouble) == (False, "stopping")
    assert found.is_attached
