"""What comes to a port is served; a defect that one connection meets ends that one alone."""

from functools import partial

import trio

from overlay.runtime.accepting import accept
from overlay.runtime.defects import ConnectionFailed


async def echo_or_break(stream: trio.SocketStream) -> None:
    async with stream, trio.open_nursery():
        async for data in stream:
            if data == b"break":
                raise IndexError("what nobody thought of")
            await stream.send_all(data)


async def hears(stream: trio.SocketStream, word: bytes) -> bytes:
    await stream.send_all(word)
    return bytes(await stream.receive_some())


async def test_a_defect_that_one_connection_meets_ends_it_alone_and_is_reported() -> None:
    failed: list[ConnectionFailed] = []
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    until = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(accept, listeners, echo_or_break, failed.append, until=until))
        alice, bob = [await trio.testing.open_stream_to_socket_listener(listeners[0]) for _ in "ab"]
        async with alice, bob:
            assert await hears(alice, b"hello") == b"hello"

            assert await hears(bob, b"break") == b""
            assert await hears(alice, b"still here") == b"still here"

            until.cancel()
            assert await hears(alice, b"and now") == b"and now"

    (told,) = failed
    assert (told.remote_address, told.error) == ("127.0.0.1", "IndexError: what nobody thought of")
    assert told.places[-1].startswith("test_accepting.py:")
