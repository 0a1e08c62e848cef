"""Peers that stall, flood or speak plain HTTP cost a node little and its clients nothing."""

import json
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from overlay import limits
from overlay.errors import LinkError
from overlay.messages.clients import Done, Join
from overlay.nodes.local import LocalNode, LocalOverlay, fetch_status
from tests.end_to_end.overlays import lasting_overlay
from tests.end_to_end.people import Person, assert_undisturbed, attached, everybody_attached
from tests.end_to_end.strangers import Stranger, connection_to, read_to_the_end, stranger_at
from tests.end_to_end.waiting import failsafe, wait_until
from tests.support.people import a_client

FLOOD = limits.NO_LINK_MAX + 44


@pytest.fixture(scope="module")
def overlay() -> Iterator[LocalOverlay]:
    with lasting_overlay(2, "line") as overlay:
        yield overlay


@pytest.fixture
def north(overlay: LocalOverlay) -> LocalNode:
    return overlay.nodes[0]


@pytest.fixture
async def pair(overlay: LocalOverlay) -> AsyncIterator[list[Person]]:
    """Two people who talk while and after somebody stalls."""
    north, south = overlay.nodes
    async with everybody_attached(("bob", north), ("carol", south)) as people:
        yield people


async def clients_at(node: LocalNode) -> int:
    clients = (await fetch_status(node.endpoint))["clients_here"]
    assert isinstance(clients, int)
    return clients


async def test_a_link_that_never_finishes_its_handshake_is_closed_with_that_code(
    north: LocalNode, pair: list[Person]
) -> None:
    """docs/protocol.md, section 2.4."""
    async with stranger_at(north.endpoint) as stranger:
        await assert_undisturbed(pair)
        end = await stranger.hears_the_end()

    assert (end.reason, end.refusals) == ("handshake_timeout", ("handshake_timeout",))
    await assert_undisturbed(pair)


async def test_a_client_that_proves_itself_and_never_attaches_disturbs_nobody(
    north: LocalNode, pair: list[Person]
) -> None:
    bob, _ = pair
    lurker = a_client("lurker")

    async with stranger_at(north.endpoint) as stranger:
        await stranger.enters(lurker)
        await assert_undisturbed(pair)

        assert bob.client.person(lurker.account_id) is None


async def test_a_client_that_stops_reading_is_let_go_and_holds_up_nobody(
    north: LocalNode, pair: list[Person]
) -> None:
    """docs/protocol.md, section 11: `stalled`."""
    carol = pair[1]
    clients = await clients_at(north)

    async with stranger_at(north.endpoint, buffer_bytes=4_096) as stranger:
        await stranger.attaches(a_client("sleeper"), north.id)
        await stranger.says(Join(request=2, channel="town"))
        await stranger.hears(Done)
        assert await clients_at(north) == clients + 1

        said = [
            await carol.client.say("town", f"{number} ".ljust(2_000, "."))
            for number in range(limits.CLIENT_CREDIT_ENVELOPES)
        ]
        with failsafe("all of it is accepted"):
            for handle in said:
                await handle.accepted()
        await wait_until("the node lets it go", lambda: has_clients(north, clients))
        await assert_undisturbed(pair)

    assert detached(north)[-1] == "stalled"


async def test_of_those_who_end_no_message_the_slowest_give_way_and_nobody_is_held_up(
    north: LocalNode, pair: list[Person]
) -> None:
    """docs/protocol.md, section 2.4."""
    beginning = "[" + " " * (limits.FRAME_BYTES_MAX - 2)
    fitting = limits.UNFINISHED_BYTES_MAX // len(beginning)
    detached_before = len(detached(north))

    async with AsyncExitStack() as crowd:
        hoarders: list[Stranger] = []
        for number in range(fitting + 2):
            hoarder = await crowd.enter_async_context(stranger_at(north.endpoint))
            hoarders.append(hoarder)
            await hoarder.attaches(a_client(f"hoarder {number}"), north.id)
            await hoarder.begins(beginning)
            await assert_undisturbed(pair)
        ends = [await hoarder.hears_the_end() for hoarder in hoarders[:2]]

    assert [end.reason for end in ends] == ["stalled", "stalled"]
    assert detached(north)[detached_before:].count("stalled") == 2


REQUESTS = {
    "a link without an upgrade": ("GET /overlay", {}, 426),
    "a page that is not there": ("GET /nothing", {}, 404),
    "another method": ("POST /", {}, 405),
    "a host that is not this one": ("GET /status", {"Host": "evil.test"}, 421),
    "a link from a page elsewhere": (
        "GET /overlay",
        {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Origin": "http://evil.test",
        },
        403,
    ),
    "no HTTP at all": ("hello", {}, 400),
}


@pytest.mark.parametrize("what", REQUESTS)
async def test_a_request_that_is_not_for_a_node_gets_its_status(
    north: LocalNode, pair: list[Person], what: str
) -> None:
    """docs/protocol.md, section 1.1."""
    line, changed, status = REQUESTS[what]
    headers = {"Host": north.endpoint, "Content-Length": "0"} | changed
    lines = [f"{line} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]

    async with connection_to(north.endpoint) as stream:
        await stream.send_all("\r\n".join([*lines, "", ""]).encode())
        answer = await read_to_the_end(stream)

    assert answer.startswith(b"HTTP/1.1 %d" % status)
    await assert_undisturbed(pair)


async def test_a_flood_of_connections_that_say_nothing_passes_and_disturbs_nobody(
    north: LocalNode, pair: list[Person]
) -> None:
    """What is beyond the bound is told so at once. docs/protocol.md, section 2.4."""
    _, carol = pair
    allow_files(2 * FLOOD)

    async with AsyncExitStack() as flood:
        streams = [
            await flood.enter_async_context(connection_to(north.endpoint)) for _ in range(FLOOD)
        ]
        await assert_undisturbed(pair)
        answers = [await read_to_the_end(stream) for stream in streams]
        await wait_until("there is room again", lambda: answers_requests(north))
        async with attached("newcomer", north) as newcomer:
            await newcomer.tells(carol, "so many people at the door")

    told = [answer for answer in answers if answer]
    assert len(told) >= FLOOD - limits.NO_LINK_MAX
    assert {answer.split(b" ", 2)[1] for answer in told} == {b"503"}
    await assert_undisturbed(pair)


def allow_files(count: int) -> None:
    """Let this process open so many, as far as the system lets it: often it begins with 1,024."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if most == resource.RLIM_INFINITY else min(count, most)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def detached(node: LocalNode) -> list[object]:
    """Why clients were let go, in order."""
    return [fact["reason"] for fact in logged(node) if fact["event"] == "client_detached"]


async def answers_requests(node: LocalNode) -> bool:
    try:
        await fetch_status(node.endpoint)
    except LinkError:
        return False
    return True


async def has_clients(node: LocalNode, count: object) -> bool:
    return await clients_at(node) == count


def logged(node: LocalNode) -> list[dict[str, object]]:
    """What a node has reported so far."""
    lines = (node.directory.path / "node.log").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
