"""What `deploy/` promises: when systemd starts a node again, and what a container is built from."""

import re
from configparser import RawConfigParser
from fnmatch import fnmatch
from pathlib import Path

import pytest

from overlay.cli.failing import USAGE

PROJECT = Path(__file__).parents[2]
CONTAINERFILE = (PROJECT / "deploy" / "Containerfile").read_text(encoding="utf-8")


def unit() -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # its documented use
    parser.read(PROJECT / "deploy" / "overlay@.service", encoding="utf-8")
    return parser


def test_a_node_is_started_again_unless_a_file_of_it_is_wrong() -> None:
    """Which code `node run` ends with: `tests/end_to_end/test_node_commands.py`."""
    assert unit()["Service"]["RestartPreventExitStatus"].split() == [str(USAGE)]


def test_a_node_that_crashes_is_started_again_however_often_it_did() -> None:
    assert unit()["Unit"]["StartLimitIntervalSec"] == "0"
    assert unit()["Service"]["Restart"] == "on-failure"


def test_what_the_check_finds_stops_no_node_since_systemd_would_repeat_it_for_ever() -> None:
    """RestartPreventExitStatus= is about the main process alone: systemd.service(5)."""
    assert unit()["Service"]["ExecStartPre"].startswith("-")


def is_let_through(path: str) -> bool:
    """As `.containerignore` has it: the last line that fits decides, and a folder for all in it."""
    is_in = True
    for line in (PROJECT / ".containerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!")
        if pattern.startswith("**/"):
            fits = pattern[3:] in Path(path).parts
        else:
            fits = any(fnmatch(str(each), pattern) for each in (path, *Path(path).parents))
        if fits and not line.startswith("#"):
            is_in = line.startswith("!")
    return is_in


def copied() -> list[str]:
    """What the Containerfile takes from its context."""
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", CONTAINERFILE, re.MULTILINE)
    return [path for line in lines for path in line.split()]


@pytest.mark.parametrize("path", copied())
def test_what_a_container_is_built_from_is_there_and_let_through(path: str) -> None:
    assert (PROJECT / path).exists()
    assert is_let_through(path)


@pytest.mark.parametrize(
    "path",
    [
        ".git/config",
        ".venv/bin/python",
        "build/fuzz/node",
        "overlay/core/__pycache__/node.pyc",
        "overlay/web/dist/index.html",
        "overlay/web/node_modules/vite/package.json",
        "simulations/ledgers/swarm.jsonl",
        "tests/conftest.py",
    ],
)
def test_what_a_container_does_not_need_stays_out_of_its_context(path: str) -> None:
    assert not is_let_through(path)
