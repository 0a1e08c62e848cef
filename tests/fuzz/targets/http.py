"""The port: whatever begins a connection, it ends, is answered in HTTP, and harms no other."""

import re
from typing import Final

import trio
from trio.testing import MockClock, memory_stream_pair, wait_all_tasks_blocked

from overlay.errors import LinkError
from overlay.structures.hosts import is_loopback
from overlay.transport.http import Request, Response
from overlay.transport.link import Link
from overlay.transport.port import HostCheck, Places, Port
from tests.fuzz.targets import Notice, Target

SEGMENT: Final = b"\n~~\n"
"""Stands between what arrives at once; it does not arrive itself."""

_SEGMENTS_MAX: Final = 16
_ENDS_S: Final = 120
_HEAD: Final = re.compile(
    rb"HTTP/1\.1 (101|200|400|403|404|405|408|413|421|426|431|501|503|505) [ -~]*\r\n"
    rb"([!-~]+: [ -~]*\r\n)*\r\n"
)
_HONEST: Final = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def target(notice: Notice) -> Target:
    return Connections(is_loopback, notice)


def broken(notice: Notice) -> Target:
    """It takes it that a host has a first character."""
    return Connections(lambda host: host[0] == "[" or is_loopback(host), notice)


class Connections:
    """Judges a port on streams in memory."""

    def __init__(self, host_is_ours: HostCheck, notice: Notice) -> None:
        self._notice = notice
        self._host_is_ours = host_is_ours

    def __call__(self, data: bytes) -> None:
        trio.run(
            self._judge, data.split(SEGMENT)[:_SEGMENTS_MAX], clock=MockClock(autojump_threshold=0)
        )

    async def _judge(self, segments: list[bytes]) -> None:
        # One place for each address: who comes later notices one that was never given back.
        port = Port(
            answer=_answer,
            carry=_echo,
            host_is_ours=self._host_is_ours,
            places=Places(per_address_max=1),
        )
        with trio.fail_after(_ENDS_S):
            answer = await _serve(port, segments)
            assert not answer or _HEAD.match(answer), answer
            self._notice(answer[:40].decode("latin-1"))
            honest = await _serve(port, [_HONEST])
            assert honest.startswith(b"HTTP/1.1 200 "), honest


async def _serve(port: Port, segments: list[bytes]) -> bytes:
    """What comes back on one connection, which ends."""
    near, far = memory_stream_pair()
    answer = b""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_to_the_end, port, far)
        for segment in segments:
            try:
                await near.send_all(segment)
            except trio.BrokenResourceError:
                break
            await wait_all_tasks_blocked()
        await near.send_eof()
        while data := await near.receive_some():
            answer += data
    return answer


async def _to_the_end(port: Port, stream: trio.abc.Stream) -> None:
    async with stream:
        await port.serve_stream(stream, "192.0.2.1", trio.current_time() + 5)


async def _answer(request: Request) -> Response:
    content = f"{request.method} {request.path} {request.header('x-word')} {len(request.body)}"
    return Response(200, (("content-type", "text/plain"),), content.encode())


async def _echo(link: Link) -> None:
    try:
        while True:
            await link.send(await link.receive())
    except LinkError:
        return
