"""What comes to a port is served until nothing more is to come."""

from functools import partial

import trio

from overlay.runtime.accepting import accept


async def echo(stream: trio.SocketStream) -> None:
    async with stream:
        async for data in stream:
            await stream.send_all(data)


async def hears(stream: trio.SocketStream, word: bytes) -> bytes:
    await stream.send_all(word)
    return bytes(await stream.receive_some())


async def test_who_has_come_is_served_on_when_nobody_else_is() -> None:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    until = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(accept, listeners, echo, until=until))
        async with await trio.testing.open_stream_to_socket_listener(listeners[0]) as alice:
            assert await hears(alice, b"hello") == b"hello"

            until.cancel()
            assert await hears(alice, b"and now") == b"and now"
