"""S11: a run is determined by its seed and the code, whatever the hash seed of the process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from overlay.peering.events import FrameReceived, LinkClosed, LinkId, Loaded, Stored, Ticket, Wake
from overlay.peering.rows import Row
from simulations.machines import Event
from simulations.report import HOLDS
from simulations.trace import Trace, written

ROOT = Path(__file__).resolve().parents[2]


def in_a_process(*arguments: str, hash_seed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "simulations", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("arguments", [("crash",), ("swarm", "--minutes", "0.3")])
def test_two_hash_seeds_give_one_digest(arguments: tuple[str, ...]) -> None:
    small = ("run", *arguments, "--nodes", "3", "--seed", "4", "--json")

    runs = [in_a_process(*small, hash_seed=seed) for seed in ("1", "2")]

    assert [run.returncode for run in runs] == [HOLDS, HOLDS], runs[0].stdout
    first, second = (json.loads(run.stdout) for run in runs)
    assert first["digest"] == second["digest"]
    assert first["sometimes"] == second["sometimes"]


def test_a_digest_covers_the_time_the_machine_and_the_content_of_every_event() -> None:
    event = FrameReceived(LinkId(1), b"[]")
    others: list[tuple[int, str, Event]] = [
        (1, "north", event),
        (2, "north", event),
        (1, "south", event),
        (1, "north", FrameReceived(LinkId(2), b"[]")),
        (1, "north", FrameReceived(LinkId(1), b"[0]")),
        (1, "north", Wake()),
    ]

    digests = {digest_of(*entry) for entry in others}

    assert len(digests) == len(others)


def digest_of(now_ms: int, machine: str, event: Event) -> str:
    trace = Trace()
    trace.add(now_ms, machine, event)
    return trace.digest


def test_every_event_has_one_encoding_by_its_content() -> None:
    row = Row(table="pins", key="south", value=b"\x00")

    assert written(Loaded(Ticket(1), [row])) == b"Loaded(1,[Row('pins','south',b'\\x00')])"
    assert written(LinkClosed(LinkId(3), "reset")) == b"LinkClosed(3,'reset')"
    assert written(Stored(Ticket(7))) == b"Stored(7)"


def test_what_has_no_order_has_no_encoding() -> None:
    unordered = {"north", "south"}

    with pytest.raises(TypeError, match="set has no stable encoding"):
        written(LinkClosed(LinkId(1), unordered))  # type: ignore[arg-type]  # the very mistake


def test_a_trace_tells_a_person_line_by_line() -> None:
    lines: list[str] = []

    Trace(lines.append).add(1_250, "north", FrameReceived(LinkId(1), b'[{"type":"heartbeat"}]'))

    assert lines == ['    1250 north        FrameReceived 1 [{"type":"heartbeat"}]']
