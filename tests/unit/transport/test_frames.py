"""Sizes are judged by what the headers of frames declare."""

from hypothesis import given
from hypothesis import strategies as st

from overlay.transport.frames import FRAGMENTS_MAX, FrameHeaders
from tests.unit.transport.peers import frame

LIMIT = 70_000


def passed(data: bytes) -> int:
    return FrameHeaders(LIMIT).feed(data)


def test_frames_of_every_length_field_pass_whole() -> None:
    data = b"".join(frame(bytes(size)) for size in (0, 1, 125, 126, 65_535, 65_536, LIMIT))

    assert passed(data) == len(data)


def test_a_frame_one_byte_too_large_stops_at_its_header() -> None:
    sound = frame(b"first")

    assert passed(sound + frame(bytes(LIMIT + 1))) == len(sound)


def test_a_declared_gigabyte_stops_before_any_of_it_has_come() -> None:
    headers = FrameHeaders(LIMIT)

    assert headers.feed(frame(b"", declared_bytes=2**30)) == 0
    assert headers.is_too_large


def test_fragments_count_together() -> None:
    first = frame(bytes(LIMIT), is_final=False)
    whole = frame(bytes(LIMIT))

    assert passed(first + frame(b"!", opcode=0)) == len(first)
    assert passed(whole + whole) == 2 * len(whole)


def test_control_frames_between_fragments_do_not_count() -> None:
    data = frame(bytes(LIMIT - 1), is_final=False) + frame(bytes(100), opcode=9)
    data += frame(b"!", opcode=0)

    assert passed(data) == len(data)


def test_a_message_in_endless_empty_fragments_stops() -> None:
    first = frame(b"", is_final=False)
    more = frame(b"", opcode=0, is_final=False)

    assert passed(first + more * FRAGMENTS_MAX) == len(first + more * (FRAGMENTS_MAX - 1))


def test_a_close_frame_is_noticed() -> None:
    headers = FrameHeaders(LIMIT)

    headers.feed(frame(b"hello"))
    assert not headers.has_close

    headers.feed(frame(b"\x03\xe8", opcode=8))
    assert headers.has_close


FRAMES = st.lists(
    st.builds(frame, st.binary(max_size=300), opcode=st.sampled_from([0, 1, 2, 8, 9, 10])),
    max_size=6,
).map(b"".join)


@given(FRAMES, st.lists(st.integers(1, 200), max_size=10), st.booleans())
def test_where_the_bytes_are_cut_makes_no_difference(
    data: bytes, steps: list[int], ends_too_large: bool
) -> None:
    sound_bytes = len(data)
    if ends_too_large:
        data += frame(b"", declared_bytes=LIMIT + 1)
    headers = FrameHeaders(LIMIT)

    for step in steps:
        headers.feed(data[:step])
        data = data[step:]
    headers.feed(data)

    assert headers.is_too_large == ends_too_large
    if not ends_too_large:
        assert FrameHeaders(LIMIT).feed(data) <= sound_bytes


def test_what_has_come_of_a_message_is_counted_until_it_has_ended() -> None:
    headers = FrameHeaders(LIMIT)
    first = frame(bytes(300), is_final=False)
    ping, last = frame(bytes(100), opcode=9), frame(bytes(200), opcode=0)
    counts: list[tuple[int, int]] = []

    for part in (first[:1], first[1:50], first[50:], ping[:50], ping[50:], last[:-1], last[-1:]):
        headers.feed(part)
        counts.append((headers.begun, headers.unfinished_bytes))

    began = len(first[:50]) - (len(first) - 300)
    assert counts == [(0, 0), (1, began), (1, 300), (1, 300), (1, 300), (1, 499), (1, 0)]


def test_a_control_frame_between_messages_is_none_that_has_not_ended() -> None:
    headers = FrameHeaders(LIMIT)

    headers.feed(frame(b"hello") + frame(bytes(100), opcode=9)[:-1])

    assert (headers.begun, headers.unfinished_bytes) == (1, 0)


@given(st.lists(st.integers(0, 300), max_size=20), st.integers(1, 40))
def test_however_frames_arrive_what_is_unfinished_is_what_was_fed_of_the_last(
    sizes: list[int], step: int
) -> None:
    headers = FrameHeaders(LIMIT)
    data = b"".join(frame(bytes(size)) for size in sizes)

    for start in range(0, len(data), step):
        headers.feed(data[start : start + step])
        ends = 0
        for size in sizes:
            begins, ends = ends, ends + len(frame(bytes(size)))
            if begins < start + step < ends:
                has_come = start + step - begins - (ends - begins - size)
                assert headers.unfinished_bytes == max(0, has_come)
