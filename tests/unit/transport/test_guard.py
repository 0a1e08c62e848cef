"""The stream below the library: what can still be said on it, and what not."""

import trio
from trio.testing import memory_stream_pair

from overlay.transport.guard import AcceptedStream
from tests.unit.transport.peers import RawPeer


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
