"""The golden files are what their makers write: neither changes without the other."""

import json
import runpy
from pathlib import Path

VECTORS = Path(__file__).parents[2] / "vectors"


def stored(name: str) -> object:
    return json.loads((VECTORS / name).read_text("utf-8"))


def test_golden_signatures_chains_and_sealing_are_as_made() -> None:
    make = runpy.run_path(str(VECTORS / "make_golden.py"))
    sealed = json.loads((VECTORS / "golden_sealing.json").read_text("utf-8"))["sealed"]

    assert make["signatures"]() == stored("golden_signatures.json")
    assert make["chains"]() == stored("golden_chains.json")
    assert make["sealing"](sealed) == stored("golden_sealing.json")


def test_refused_keys_are_as_made() -> None:
    make = runpy.run_path(str(VECTORS / "make_refused.py"))

    assert make["refused"]() == stored("refused_keys.json")
