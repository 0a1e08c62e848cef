"""The golden frames are read and refused here as the page reads and refuses them."""

import json
from pathlib import Path

import pytest

from overlay.errors import RemoteError
from overlay.wire.codec import decode_frame, encode_frame

GOLDEN = json.loads(
    (Path(__file__).parents[2] / "vectors" / "golden_frames.json").read_text("utf-8")
)


def without_nothing(value: object) -> object:
    """JSON with what may be left out left out."""
    match value:
        case dict():
            return {key: without_nothing(part) for key, part in value.items() if part is not None}
        case list():
            return [without_nothing(part) for part in value]
        case _:
            return value


@pytest.mark.parametrize("case", GOLDEN["read"], ids=lambda case: case["frame"][:40])
def test_a_golden_frame_says_the_same_after_reading_and_writing(case: dict[str, object]) -> None:
    """docs/protocol.md, section 1.2."""
    frame = str(case["frame"]).encode()

    written = encode_frame(*decode_frame(frame))

    assert without_nothing(json.loads(written)) == without_nothing(case["messages"])


@pytest.mark.parametrize("case", GOLDEN["refused"], ids=lambda case: case["name"])
def test_a_golden_bad_frame_is_refused_with_its_code(case: dict[str, str]) -> None:
    """docs/protocol.md, section 11."""
    with pytest.raises(RemoteError) as refusal:
        decode_frame(case["frame"].encode("utf-8", "surrogatepass"))

    assert refusal.value.code == case["code"]
