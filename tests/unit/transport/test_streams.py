"""Responses that go on: piece by piece, for as long as somebody takes them.

docs/protocol.md, section 1.1.
"""

from collections.abc import AsyncGenerator

import trio
from trio.testing import MockClock, lockstep_stream_pair

from overlay.transport.http import Request, Response, Streamed
from overlay.transport.port import Port
from tests.unit.transport.peers import Guest, a_port, a_raw_peer, get, request


class Telling:
    """Answers with words, one at a time, and knows when that ended."""

    def __init__(self, *words: bytes, goes_on: bool = False) -> None:
        self._words = words
        self._goes_on = goes_on
        self.ended = trio.Event()

    async def answer(self, request: Request) -> Streamed:
        return Streamed(200, (("content-type", "text/plain"),), self._pieces())

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        try:
            for word in self._words:
                yield word
            if self._goes_on:
                await trio.sleep_forever()
        finally:
            self.ended.set()


async def test_each_piece_arrives_as_it_is_made() -> None:
    telling = Telling(b"one", b"two", goes_on=True)
    async with a_port(Guest().carry, telling.answer) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.sends(get("/events"))

        head = (await peer.reads_head()).lower()
        assert b"transfer-encoding: chunked" in head
        assert b"connection: close" in head
        await peer.reads_until(b"one")
        await peer.reads_until(b"two")


async def test_what_comes_to_its_end_is_marked_as_whole() -> None:
    async with (
        a_port(Guest().carry, Telling(b"all").answer) as endpoint,
        a_raw_peer(endpoint) as peer,
    ):
        await peer.sends(get("/events"))

        assert (await peer.reads_all()).endswith(b"3\r\nall\r\n0\r\n\r\n")


async def test_to_a_question_for_the_head_alone_nothing_is_told() -> None:
    async with (
        a_port(Guest().carry, Telling(b"all").answer) as endpoint,
        a_raw_peer(endpoint) as peer,
    ):
        await peer.sends(request("HEAD /events HTTP/1.1", {"Host": "127.0.0.1"}))

        answer = await peer.reads_all()

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"all" not in answer


async def test_telling_ends_when_the_peer_goes_though_nothing_is_being_told() -> None:
    telling = Telling(b"one", goes_on=True)
    async with a_port(Guest().carry, telling.answer) as endpoint:
        async with a_raw_peer(endpoint) as peer:
            await peer.sends(get("/events"))
            await peer.reads_until(b"one")

        await telling.ended.wait()


async def test_whoever_does_not_take_a_piece_is_let_go(autojump_clock: MockClock) -> None:
    telling = Telling(b"one", goes_on=True)
    port = Port(answer=telling.answer, carry=Guest().carry)
    ours, theirs = lockstep_stream_pair()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(theirs.send_all, get("/events"))
        await port.serve_stream(ours, "192.0.2.1", trio.current_time() + 5)


async def test_a_stream_may_go_on_longer_than_a_response_may_take(
    autojump_clock: MockClock,
) -> None:
    async def slowly() -> AsyncGenerator[bytes, None]:
        for word in (b"first", b"last"):
            autojump_clock.jump(100)
            yield word

    async def answer(_: Request) -> Streamed:
        return Streamed(200, (), slowly())

    port = Port(answer=answer, carry=Guest().carry)
    ours, theirs = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(port.serve_stream, ours, "192.0.2.1", trio.current_time() + 5)
        await theirs.send_all(get("/events"))
        received = b"".join([data async for data in theirs])

    assert b"last" in received


async def test_only_a_port_that_is_told_so_takes_requests_that_change_something() -> None:
    async def answer(request: Request) -> Response:
        return Response(200, (), request.method.encode() + request.body)

    post = request("POST /do HTTP/1.1", {"Host": "127.0.0.1", "Content-Length": "3"}) + b"now"
    for methods, status in ((("GET", "POST"), b"200"), (("GET", "HEAD"), b"405")):
        port = Port(answer=answer, carry=Guest().carry, methods=methods)
        async with a_port(Guest().carry, port=port) as endpoint, a_raw_peer(endpoint) as peer:
            await peer.sends(post)

            assert (await peer.reads_head()).startswith(b"HTTP/1.1 " + status)
