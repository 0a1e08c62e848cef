"""TLS at a port, and towards one: what is proved of it, and what speaks none."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock, lockstep_stream_pair, memory_stream_pair

from overlay.errors import ConfigError
from overlay.transport.addresses import Endpoint
from overlay.transport.link import DialTimedOut, DialTurnedAway, Link, NotOverlay
from overlay.transport.port import Places, Port
from overlay.transport.tls import (
    NO_TLS,
    Presented,
    dialling_context,
    fingerprint_of,
    present,
    presented,
    read_certificate,
    secure,
)
from overlay.transport.websocket import dial
from tests.support.certificates import Files, a_pair
from tests.unit.transport.peers import a_port, a_raw_peer, get, says_its_request


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return a_pair(tmp_path)


@pytest.fixture
def certificate(files: Files) -> Presented:
    return presented(files.certificate, files.key)


class Held:
    """Carries links, until they are let go, and says what each knew of its ends."""

    def __init__(self) -> None:
        self.fingerprints: list[str | None] = []
        self.received: list[bytes] = []

    async def carry(self, link: Link) -> None:
        self.fingerprints.append(link.certificate_fingerprint)
        self.received.append(await link.receive())
        await link.send(b"[2]")
        await link.receive()


@asynccontextmanager
async def a_tls_port(
    held: Held, presents: Callable[[], Presented], places: Places | None = None
) -> AsyncIterator[Endpoint]:
    port = Port(answer=says_its_request, carry=held.carry, presents=presents, places=places)
    async with a_port(held.carry, port=port) as endpoint:
        yield endpoint


async def test_both_ends_of_a_link_know_the_same_certificate(
    files: Files, certificate: Presented
) -> None:
    held = Held()
    async with (
        a_tls_port(held, lambda: certificate) as endpoint,
        dial(f"wss://{endpoint}/overlay") as link,
    ):
        await link.send(b"[1]")
        answer = await link.receive()

    assert answer == b"[2]"
    assert held.received == [b"[1]"]
    assert held.fingerprints == [certificate.fingerprint] == [link.certificate_fingerprint]
    assert certificate.fingerprint == fingerprint_of(read_certificate(files.certificate))


async def test_a_link_that_is_open_stays_when_another_certificate_is_presented(
    tmp_path: Path, certificate: Presented
) -> None:
    other_files = a_pair(tmp_path, "other")
    other = presented(other_files.certificate, other_files.key)
    now_presented = [certificate]
    held = Held()
    async with (
        a_tls_port(held, lambda: now_presented[0]) as endpoint,
        dial(f"wss://{endpoint}/overlay") as first,
    ):
        now_presented[0] = other
        async with dial(f"wss://{endpoint}/overlay") as second:
            await first.send(b"[1]")
            await second.send(b"[1]")
            answers = [await first.receive(), await second.receive()]

    assert answers == [b"[2]", b"[2]"]
    assert first.certificate_fingerprint == certificate.fingerprint
    assert second.certificate_fingerprint == other.fingerprint


async def test_behind_a_proxy_the_certificate_that_it_presents_is_the_links(
    certificate: Presented,
) -> None:
    held = Held()
    proxys = Presented(certificate.certificate)
    async with (
        a_tls_port(held, lambda: proxys) as endpoint,
        dial(f"ws://{endpoint}/overlay") as link,
    ):
        await link.send(b"[1]")
        await link.receive()

    assert held.fingerprints == [certificate.fingerprint]


async def test_what_came_before_the_peer_went_is_received_although_a_write_has_failed(
    certificate: Presented,
) -> None:
    ours, theirs = memory_stream_pair()

    async def says_all() -> None:
        assert certificate.context is not None
        stream = await present(theirs, certificate.context)
        await stream.send_all(b"one")
        await stream.send_all(b"two")
        await theirs.aclose()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(says_all)
        stream, _ = await secure(ours, "127.0.0.1")

    with pytest.raises(trio.BrokenResourceError):
        await stream.send_all(b"late")

    assert [await stream.receive_some(), await stream.receive_some()] == [b"one", b"two"]


async def test_requests_are_answered_over_tls(files: Files, certificate: Presented) -> None:
    context = ssl.create_default_context(cafile=files.certificate)
    async with a_tls_port(Held(), lambda: certificate) as endpoint:
        stream = await trio.open_ssl_over_tcp_stream(
            endpoint.host, endpoint.port, https_compatible=True, ssl_context=context
        )
        async with stream:
            await stream.send_all(get("/healthz"))
            answer = b""
            while b"you asked" not in answer:
                answer += await stream.receive_some(65_536)

    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_who_speaks_http_without_tls_is_told_what_is_spoken_here(
    certificate: Presented,
) -> None:
    async with a_tls_port(Held(), lambda: certificate) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.sends(get("/"))

        answer = await peer.reads_all()

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"TLS is spoken here: write https:// or wss://" in answer


@pytest.mark.parametrize("data", [b"\x00" * 64, b"SSH-2.0-x\r\n", b"\x16\x03\x01\xff\xff"])
async def test_whatever_else_is_no_tls_is_ended(certificate: Presented, data: bytes) -> None:
    async with a_tls_port(Held(), lambda: certificate) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.sends(data)
        assert isinstance(peer.stream, trio.SocketStream)
        await peer.stream.send_eof()

        answer = await peer.reads_all()

    assert b"HTTP" not in answer


async def test_an_older_tls_is_not_spoken(files: Files, certificate: Presented) -> None:
    context = ssl.create_default_context(cafile=files.certificate)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with a_tls_port(Held(), lambda: certificate) as endpoint:
        stream = await trio.open_ssl_over_tcp_stream(
            endpoint.host, endpoint.port, ssl_context=context
        )
        async with stream:
            with pytest.raises(trio.BrokenResourceError) as refused:
                await stream.do_handshake()

    assert "alert protocol version" in str(refused.value.__cause__)


async def test_what_was_said_in_tls_is_known_to_be_all(
    files: Files, certificate: Presented
) -> None:
    """Without a farewell somebody on the wire could have cut it short."""
    context = ssl.create_default_context(cafile=files.certificate)
    async with a_tls_port(Held(), lambda: certificate) as endpoint:
        stream = await trio.open_ssl_over_tcp_stream(
            endpoint.host, endpoint.port, ssl_context=context
        )
        async with stream:
            await stream.send_all(get("/healthz", Connection="close"))
            answer = b"".join([data async for data in stream])

    assert answer.endswith(b"you asked /healthz")


async def test_a_handshake_of_tls_that_is_not_finished_takes_a_place_and_gives_way(
    certificate: Presented,
) -> None:
    held = Held()
    async with (
        a_tls_port(held, lambda: certificate, Places(places_max=1)) as endpoint,
        a_raw_peer(endpoint) as slow,
        dial(f"wss://{endpoint}/overlay") as link,
    ):
        await link.send(b"[1]")
        answer = await link.receive()
        ended = await slow.reads_all()

    assert answer == b"[2]"
    assert ended == b""


async def test_where_there_is_no_place_left_nothing_is_said_in_tls(
    certificate: Presented,
) -> None:
    places = Places(places_max=0)
    async with (
        a_tls_port(Held(), lambda: certificate, places) as endpoint,
        a_raw_peer(endpoint) as peer,
    ):
        assert await peer.reads_all() == b""


async def test_a_proxy_that_speaks_an_older_tls_is_dialled(files: Files) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.certificate, files.key)
    proxys = Presented(read_certificate(files.certificate), context)
    async with (
        a_tls_port(Held(), lambda: proxys) as endpoint,
        dial(f"wss://{endpoint}/overlay") as link,
    ):
        await link.send(b"[1]")
        assert await link.receive() == b"[2]"


# Dialling what speaks no TLS, or none of ours.


async def test_who_dials_without_tls_what_speaks_it_is_told(certificate: Presented) -> None:
    async with a_tls_port(Held(), lambda: certificate) as endpoint:
        with pytest.raises(NotOverlay, match="TLS is spoken there: write wss://"):
            async with dial(f"ws://{endpoint}/overlay"):
                pytest.fail("a link without TLS")


async def test_what_speaks_no_tls_is_no_node() -> None:
    async with a_tls_port(Held(), lambda: NO_TLS) as endpoint:
        with pytest.raises(NotOverlay, match="does not speak our TLS"):
            async with dial(f"wss://{endpoint}/overlay"):
                pytest.fail("a link without TLS")


class Unused:
    """A context of which nobody may ask anything."""

    def wrap_bio(self, *_: object, **__: object) -> ssl.SSLObject:
        raise AssertionError("somebody who has said nothing costs as much as a handshake")


@pytest.mark.parametrize("said", [b"", b"\x16\x03", b"\x16\x03\x01\x02\x00" + bytes(511)])
async def test_nothing_is_made_for_tls_until_its_first_record_is_here(said: bytes) -> None:
    ours, theirs = memory_stream_pair()
    await theirs.send_all(said)
    with trio.move_on_after(0) as patience:
        await present(ours, Unused())  # type: ignore[arg-type]  # all that is asked of a context

    assert patience.cancelled_caught


@pytest.mark.parametrize("said", [b"G", b"\x16\x03\x01\x00\x01\x01", b"\x16\x03\x01\xff\xff"])
async def test_what_cannot_become_a_greeting_is_judged_as_soon_as_that_is_seen(
    said: bytes, certificate: Presented
) -> None:
    ours, theirs = memory_stream_pair()
    assert certificate.context is not None
    await theirs.send_all(said + bytes(16_645 - len(said)) * said.endswith(b"\xff"))
    await theirs.send_eof()

    with pytest.raises(trio.BrokenResourceError):
        await present(ours, certificate.context)


async def test_a_greeting_that_comes_byte_by_byte_is_understood(certificate: Presented) -> None:
    ours, theirs = lockstep_stream_pair()
    dialled = trio.SSLStream(Trickling(theirs), dialling_context(), server_hostname="north")
    assert certificate.context is not None

    async with trio.open_nursery() as nursery:
        nursery.start_soon(dialled.do_handshake)
        stream = await present(ours, certificate.context)

    assert stream.version == "TLSv1.3"


async def test_what_a_peer_goes_on_to_send_is_read_after_our_end(certificate: Presented) -> None:
    """Without that, a close frame would be lost to whoever is still writing: by a reset."""
    ours, theirs = memory_stream_pair()
    dialled = trio.SSLStream(theirs, dialling_context(), server_hostname="north")
    assert certificate.context is not None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(dialled.do_handshake)
        stream = await present(ours, certificate.context)
    await dialled.send_all(bytes(100_000))
    read = len(await stream.receive_some(1_000))

    await stream.send_eof()
    await dialled.send_all(bytes(1_000))

    while read < 101_000:
        read += len(await stream.receive_some(65_536))


class Trickling(trio.abc.Stream):
    """A stream on which each byte goes by itself."""

    def __init__(self, transport: trio.abc.Stream) -> None:
        self._transport = transport

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        for byte in bytes(data):
            await self._transport.send_all(bytes([byte]))

    async def wait_send_all_might_not_block(self) -> None:
        await self._transport.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        return await self._transport.receive_some(max_bytes)

    async def aclose(self) -> None:
        await self._transport.aclose()


async def test_who_hangs_up_in_the_handshake_turns_us_away() -> None:
    async def hangs_up(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some(1)

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, hangs_up, 0)
        port = listeners[0].socket.getsockname()[1]
        with pytest.raises(DialTurnedAway, match="before the link was secure"):
            async with dial(f"wss://127.0.0.1:{port}/overlay"):
                pytest.fail("a link with nobody")
        nursery.cancel_scope.cancel()


async def test_who_says_nothing_in_the_handshake_is_given_up(autojump_clock: MockClock) -> None:
    async with trio.open_nursery() as nursery:

        async def says_nothing(_: trio.SocketStream) -> None:
            await trio.sleep_forever()

        listeners = await nursery.start(trio.serve_tcp, says_nothing, 0)
        port = listeners[0].socket.getsockname()[1]
        with pytest.raises(DialTimedOut, match="does not answer in TLS"):
            async with dial(f"wss://127.0.0.1:{port}/overlay"):
                pytest.fail("a link with somebody silent")
        nursery.cancel_scope.cancel()


# Files.


def test_a_key_of_another_certificate_is_refused(tmp_path: Path, files: Files) -> None:
    other = a_pair(tmp_path, "other")

    with pytest.raises(ConfigError, match="another key, or none") as refused:
        presented(files.certificate, other.key)

    assert refused.value.where == str(other.key)


def test_files_that_are_not_there_are_named(tmp_path: Path, files: Files) -> None:
    nowhere = tmp_path / "nowhere.pem"

    with pytest.raises(ConfigError, match=r"nowhere.pem: found No such file"):
        presented(nowhere, files.key)
    with pytest.raises(ConfigError, match=r"nowhere.pem: found No such file"):
        presented(files.certificate, nowhere)
