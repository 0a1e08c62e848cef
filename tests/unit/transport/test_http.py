"""HTTP on the port: what is answered, what is refused, and what ends the connection.

docs/protocol.md, section 1.1.
"""

import pytest
import trio
from trio.testing import (
    MockClock,
    lockstep_stream_pair,
    memory_stream_pair,
    wait_all_tasks_blocked,
)

from overlay.transport.addresses import Endpoint
from overlay.transport.http import BODY_BYTES_MAX, HEAD_BYTES_MAX, Request, Response
from overlay.transport.port import Places, Port
from tests.unit.transport.peers import (
    Guest,
    RawPeer,
    a_port,
    a_raw_peer,
    get,
    opening,
    request,
    says_its_request,
)


async def status_of(endpoint: Endpoint, data: bytes) -> int:
    """Send `data`; the status of the answer, after which the connection has ended."""
    async with a_raw_peer(endpoint) as peer:
        await peer.sends(data)
        answer = await peer.reads_all()
    assert b"connection: close" in answer.lower()
    return int(answer.split(b" ")[1])


async def test_a_request_is_answered_by_the_handler() -> None:
    async with a_port(Guest().carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.sends(get("/healthz?verbose"))

        head = await peer.reads_head()
        assert head.startswith(b"HTTP/1.1 200 ")
        assert b"content-length: 26" in head.lower()
        assert await peer.reads_until(b"verbose") == b"you asked /healthz?verbose"


async def test_the_handler_sees_method_target_and_headers() -> None:
    seen: list[Request] = []

    async def answer(request: Request) -> Response:
        seen.append(request)
        return Response(204)

    async with a_port(Guest().carry, answer) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.sends(get("/status?a=b", Accept="text/html", Connection="close"))
        await peer.reads_all()

    assert seen == [
        Request(
            method="GET",
            target="/status?a=b",
            headers=(("host", "127.0.0.1"), ("accept", "text/html"), ("connection", "close")),
            remote_address="127.0.0.1",
        )
    ]
    assert seen[0].path == "/status"


async def test_a_connection_is_kept_for_the_next_request() -> None:
    async with a_port(Guest().carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.sends(get("/first") + get("/second"))

        assert (await peer.reads_until(b"/first")).startswith(b"HTTP/1.1 200 ")
        assert (await peer.reads_until(b"/second")).startswith(b"HTTP/1.1 200 ")


async def test_a_request_that_comes_byte_by_byte_is_answered() -> None:
    async with a_port(Guest().carry) as endpoint, a_raw_peer(endpoint) as peer:
        for byte in get("/slow"):
            await peer.sends(bytes([byte]))

        assert (await peer.reads_until(b"/slow")).startswith(b"HTTP/1.1 200 ")


async def test_head_is_answered_without_the_body() -> None:
    async with a_port(Guest().carry) as endpoint, a_raw_peer(endpoint) as peer:
        headers = {"Host": "localhost:7001", "Connection": "close"}
        await peer.sends(request("HEAD /page HTTP/1.1", headers))

        answer = await peer.reads_all()

    assert b"content-length: 15" in answer.lower()
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"HEAD / HTTP/2.0\r\n\r\n", 505),
        (request("HEAD / HTTP/1.1", {"Content-Length": "0", "Transfer-Encoding": "chunked"}), 400),
    ],
)
async def test_what_is_refused_of_head_has_no_body_either(head: bytes, status: int) -> None:
    async with a_port(Guest().carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.sends(head.replace(b"\r\n", b"\r\nHost: 127.0.0.1\r\n", 1))
        answer = await peer.reads_all()

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("second", [b"\x01\0\r\n\r\n", b"GET /" + b"x" * (HEAD_BYTES_MAX + 4_096)])
async def test_what_cannot_be_read_behind_a_head_is_refused_in_full(second: bytes) -> None:
    async with a_port(Guest().carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.sends(request("HEAD /page HTTP/1.1", {"Host": "127.0.0.1"}))
        await peer.reads_head()
        await peer.sends(second)

        head = await peer.reads_head()
        assert head.split(b" ")[1] in (b"400", b"431")
        assert await peer.reads_all() != b""


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"hello, is this a chat?\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (request("POST /overlay HTTP/1.1", {"Host": "127.0.0.1", "Content-Length": "5"}), 405),
        (request("CONNECT / HTTP/1.1", {"Host": "127.0.0.1"}), 405),
        (get("/", **{"Content-Length": "99999"}) + bytes(BODY_BYTES_MAX + 1), 413),
        (get("/", Cookie="c" * (HEAD_BYTES_MAX + 4_096)), 431),
        (b"GET /" + b"x" * (HEAD_BYTES_MAX + 4_096), 431),
        (get("/", Host="north.example"), 421),
        (get("/", Host="[::1"), 421),
        (get("/", Host="evil@127.0.0.1"), 421),
        (get("/", Host="127.0.0.1/evil"), 421),
        (get("/", **{"Content-Length": "5", "Transfer-Encoding": "chunked"}) + b"0\r\n\r\n", 400),
        (request("GET / HTTP/2.0", {"Host": "127.0.0.1"}), 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (get("/overlay"), 426),
        (opening("/elsewhere"), 404),
        (opening(Host="north.example"), 421),
        (opening(Origin="https://pages.example"), 403),
        (opening(Origin="null"), 403),
        (opening(Origin="http://127.0.0.1/, http://evil.test"), 403),
        (opening(Connection="close"), 400),
        (opening(Content_Length="2") + b"[]", 400),
        (opening().replace(b"HTTP/1.1", b"HTTP/1.0"), 400),
        (opening(Sec_WebSocket_Version="8"), 426),
        (opening(Sec_WebSocket_Key="short"), 400),
        (opening(Sec_WebSocket_Key="\xe9" * 24), 400),
    ],
)
async def test_what_cannot_be_answered_gets_a_status_and_the_end(data: bytes, status: int) -> None:
    async with a_port(Guest().carry) as endpoint:
        assert await status_of(endpoint, data) == status


async def test_a_request_for_a_link_after_another_request_is_refused_like_any_page() -> None:
    async with a_port(Guest().carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.sends(get("/") + opening())

        assert b" 200 " in await peer.reads_until(b"you asked /")
        assert b" 426 " in await peer.reads_all()


def test_one_address_takes_a_few_places_and_loopback_as_many_as_there_are() -> None:
    places = Places(places_max=4, per_address_max=1)

    far = [places.take("10.0.0.1"), places.take("10.0.0.1"), places.take("10.0.0.2")]
    near = [places.take("127.0.0.1") for _ in range(3)]

    assert [place is not None for place in far] == [True, False, True]
    assert None not in near


def test_one_customer_of_ipv6_takes_no_more_places_than_one_address() -> None:
    places = Places(places_max=4, per_address_max=1)

    first, same = places.take("2001:db8::1"), places.take("2001:db8::2")
    other = places.take("2001:db8:0:1::1")
    assert first is not None
    places.leave(first)

    assert [same is None, other is None] == [True, False]
    assert places.take("2001:db8::3") is not None


async def test_with_one_more_than_there_is_room_for_the_oldest_loses_its_place_and_no_other() -> (
    None
):
    places = Places(places_max=2, per_address_max=1)
    oldest, older = places.take("10.0.0.1"), places.take("127.0.0.1")
    assert oldest is not None
    assert older is not None

    newest = places.take("10.0.0.2")
    again = places.take("10.0.0.1")
    places.leave(oldest)

    assert newest is not None
    assert again is not None
    assert [place.cancel_called for place in (oldest, older, newest, again)] == [
        True,
        True,
        False,
        False,
    ]
    assert places.take("10.0.0.1") is None


async def test_beyond_the_room_who_has_asked_nothing_for_longest_is_told_so() -> None:
    port = Port(answer=says_its_request, carry=Guest().carry, places=Places(places_max=1))
    async with a_port(Guest().carry, port=port) as endpoint, a_raw_peer(endpoint) as slow:
        await slow.sends(b"GET / HT")
        await wait_all_tasks_blocked()

        async with a_raw_peer(endpoint) as quick:
            await quick.opens_link()

        told = await slow.reads_all()
        assert b" 503 " in told
        assert b"retry-after: 5\r\n" in told.lower()


async def test_a_connection_from_a_banned_address_ends_before_anything_is_said_on_it() -> None:
    """docs/protocol.md, section 2.7."""
    banned = {"127.0.0.1"}
    places = Places(places_max=1)
    port = Port(
        answer=says_its_request,
        carry=Guest().carry,
        places=places,
        is_banned=banned.__contains__,
    )
    async with a_port(Guest().carry, port=port) as endpoint:
        async with a_raw_peer(endpoint) as early:
            assert await early.reads_all() == b""
        banned.clear()
        async with a_raw_peer(endpoint) as later:
            await later.opens_link()


async def test_whose_answer_is_half_written_loses_its_place_without_a_word() -> None:
    async def dawdles(request: Request) -> Response:
        return Response(200, (), b"x" * 20_000_000)

    port = Port(answer=dawdles, carry=Guest().carry, places=Places(places_max=1))
    async with a_port(Guest().carry, port=port) as endpoint, a_raw_peer(endpoint) as slow:
        await slow.sends(get("/"))
        await slow.reads_head()

        async with a_raw_peer(endpoint) as quick:
            await quick.opens_link()

        assert b"503" not in await slow.reads_all()


async def test_whose_last_answer_is_on_its_way_loses_its_place_without_a_word() -> None:
    port = Port(answer=says_its_request, carry=Guest().carry, places=Places(places_max=1))
    async with a_port(Guest().carry, port=port) as endpoint, a_raw_peer(endpoint) as slow:
        await slow.sends(get("/", Connection="close"))
        await slow.reads_until(b"you asked /")
        await wait_all_tasks_blocked()

        async with a_raw_peer(endpoint) as quick:
            await quick.opens_link()

        assert await slow.reads_all() == b""


async def test_a_connection_that_became_a_link_leaves_its_place_to_another() -> None:
    port = Port(answer=says_its_request, carry=Guest().carry, places=Places(places_max=1))
    async with a_port(Guest().carry, port=port) as endpoint, a_raw_peer(endpoint) as first:
        await first.opens_link()

        async with a_raw_peer(endpoint) as second:
            await second.opens_link()


async def test_a_connection_that_ended_leaves_its_place_to_another() -> None:
    port = Port(answer=says_its_request, carry=Guest().carry, places=Places(places_max=1))
    async with a_port(Guest().carry, port=port) as endpoint:
        for _ in range(3):
            assert await status_of(endpoint, get("/", Host="north.example")) == 421


async def served(port: Port, clock: MockClock, parts: list[bytes]) -> bytes:
    """Serve one connection on a virtual clock; what the peer reads after two seconds a part."""
    ours, theirs = memory_stream_pair()
    peer = RawPeer(theirs)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(port.serve_stream, ours, "192.0.2.1", trio.current_time() + 5)
        for data in parts:
            await peer.sends(data)
            await wait_all_tasks_blocked()
            clock.jump(2)
        return await peer.reads_all()


async def test_a_request_that_trickles_in_is_cut_off(
    autojump_clock: MockClock,
) -> None:
    port = Port(answer=says_its_request, carry=Guest().carry)

    answer = await served(
        port, autojump_clock, [b"GET / HT", b"TP/1.1\r\nHost:", b" 127.0.0.1\r\n"]
    )

    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_a_connection_on_which_nothing_comes_ends_without_a_word(
    autojump_clock: MockClock,
) -> None:
    port = Port(answer=says_its_request, carry=Guest().carry)

    assert await served(port, autojump_clock, []) == b""


async def test_an_answered_connection_ends_when_no_other_request_comes(
    autojump_clock: MockClock,
) -> None:
    port = Port(answer=says_its_request, carry=Guest().carry)

    answer = await served(port, autojump_clock, [get("/")])

    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_a_peer_that_does_not_take_its_answer_is_let_go(
    autojump_clock: MockClock,
) -> None:
    port = Port(answer=says_its_request, carry=Guest().carry)
    ours, theirs = lockstep_stream_pair()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(theirs.send_all, get("/"))
        await port.serve_stream(ours, "192.0.2.1", trio.current_time() + 5)


async def test_a_peer_that_goes_in_the_middle_of_a_request_harms_nobody() -> None:
    async with a_port(Guest().carry) as endpoint:
        async with a_raw_peer(endpoint) as first:
            await first.sends(b"GET / HTTP/1.1\r\nHo")

        async with a_raw_peer(endpoint) as second:
            await second.sends(get("/"))
            await second.reads_until(b"you asked /")
