"""Inputs are altered within their form, reproducibly, and never beyond their size."""

import json

from tests.fuzz.mutating import mutated

STORY = b'south [{"type":"ack","number":7}]\nwait 300\nend south'
FRAME = b'[{"type":"refusal","code":"busy","number":7,"detail":"{\\"deep\\":[1,2]}"}]'


def alone(data: bytes, _: int) -> bytes:
    """An engine that alters nothing by itself."""
    return data


def test_the_same_seed_alters_in_the_same_way() -> None:
    once = [mutated(STORY, 1_000, seed, alone) for seed in range(200)]
    again = [mutated(STORY, 1_000, seed, alone) for seed in range(200)]

    assert once == again
    assert len(set(once)) > 50


def test_json_stays_json_and_meets_extreme_numbers() -> None:
    altered = [mutated(FRAME, 100_000, seed, alone) for seed in range(3_000)]

    numbers = {
        each["number"]
        for frame in map(json.loads, altered)
        if isinstance(frame, list)
        for each in frame
        if isinstance(each, dict) and isinstance(each.get("number"), int)
    }
    assert {0, 7, 2**53 - 1, 2**53} <= numbers


def test_json_within_texts_is_altered_as_json() -> None:
    altered = [json.loads(mutated(FRAME, 100_000, seed, alone)) for seed in range(500)]

    details = [
        each["detail"]
        for frame in altered
        if isinstance(frame, list)
        for each in frame
        if isinstance(each, dict) and str(each.get("detail")).startswith('{"deep":')
    ]
    assert len({json.dumps(json.loads(detail)) for detail in details}) > 3


def test_what_would_be_too_long_is_left_to_the_engine() -> None:
    for seed in range(300):
        assert len(mutated(STORY, len(STORY), seed, alone)) <= len(STORY)
