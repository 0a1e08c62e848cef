"""The stream below the library: what can still be said on it, and what not."""

import pytest
import trio
from trio.testing import memory_stream_pair

from overlay import limits
from overlay.transport.guard import AcceptedStream
from tests.unit.transport.peers import RawPeer, frame


async def test_a_message_that_was_given_up_before_it_was_begun_keeps_no_close_frame_back() -> None:
    ours, theirs = memory_stream_pair()
    stream = AcceptedStream(ours, early=b"")
    with trio.CancelScope() as given_up:
        given_up.cancel()
        await stream.send_all(b"\x81\x02[]")

    await stream.send_close(1008, "quota")
    await ours.aclose()

    assert await RawPeer(theirs).reads_close() == (1008, "quota")


async def test_a_message_that_is_half_written_is_followed_by_nothing() -> None:
    ours, theirs = trio.testing.lockstep_stream_pair()
    stream = AcceptedStream(ours, early=b"")
    with trio.CancelScope() as given_up:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stream.send_all, b"\x81\x02[]")
            await trio.testing.wait_all_tasks_blocked()
            given_up.cancel()

    await stream.send_close(1008, "quota")
    await ours.aclose()

    assert await RawPeer(theirs).reads_all() == b"\x81\x02[]"


async def test_the_library_keeps_no_more_than_the_last_byte_of_what_it_has_read() -> None:
    ours, theirs = memory_stream_pair()
    stream, said = AcceptedStream(ours, early=b""), frame(bytes(2_000))
    await theirs.send_all(said)

    first, last = await stream.receive_some(10_000), await stream.receive_some(10_000)

    assert (first, last) == (said[:-1], said[-1:])


async def test_who_is_not_heard_any_more_is_not_read_even_if_a_read_was_under_way() -> None:
    ours, theirs = memory_stream_pair()
    stream = AcceptedStream(ours, early=b"")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_hears_the_end, stream)
        await trio.testing.wait_all_tasks_blocked()

        stream.hear_no_more()
        await theirs.send_all(frame(b"hello"))


async def _hears_the_end(stream: AcceptedStream) -> None:
    with pytest.raises(trio.ClosedResourceError):
        await stream.receive_some(10_000)


@pytest.mark.parametrize("limit", [limits.OPENING_BYTES_MAX, limits.FRAME_BYTES_MAX])
async def test_a_client_is_read_in_small_parts_and_a_node_in_large_ones(limit: int) -> None:
    """What is read in one turn of the event loop is counted nowhere."""
    ours, theirs = memory_stream_pair()
    stream = AcceptedStream(ours, early=b"")
    stream.take_at_most(limit)
    if limit == limits.FRAME_BYTES_MAX:
        stream.on_unfinished = lambda _message, _size: None
    await theirs.send_all(frame(bytes(10_000)) * 8)

    as_a_client = [await stream.receive_some(65_536) for _ in range(2)]
    stream.take_at_most(limits.FRAME_BYTES_MAX)
    stream.on_unfinished = None
    as_a_node = [await stream.receive_some(65_536) for _ in range(2)]

    assert sum(map(len, as_a_client)) == 16_384
    assert sum(map(len, as_a_node)) > 60_000
