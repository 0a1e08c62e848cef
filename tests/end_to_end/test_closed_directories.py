"""Directories that are another user's, are not there, or whose node does not answer."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from overlay.nodes import control
from tests.end_to_end.conftest import CommandHere
from tests.end_to_end.overlays import made_node, short_directory

FAILED, USAGE, UNREACHABLE = 1, 2, 4
NOBODY = 65_534

ORDERS: tuple[tuple[str, ...], ...] = (
    ("node", "stop"),
    ("node", "reload"),
    ("node", "limits"),
    ("node", "ban"),
    ("node", "accept-key", "127.0.0.1:7000"),
    ("status",),
)


@pytest.fixture
def place() -> Iterator[Path]:
    with short_directory() as directory:
        directory.chmod(0o755)
        yield directory


@contextmanager
def as_nobody(closed: Path) -> Iterator[str]:
    """What keeps us out of a directory that lets in nobody else, however much we may ourselves."""
    closed.mkdir(exist_ok=True)
    closed.chmod(0o700)
    if os.geteuid():
        closed.chmod(0o000)
        yield "it open to its owner: `chmod u+rwX"
        closed.chmod(0o700)
        return
    os.seteuid(NOBODY)
    try:
        yield "to be user root: `sudo -u root overlay …`"
    finally:
        os.seteuid(0)


def words_to(directory: Path, order: tuple[str, ...]) -> list[object]:
    """An order is given to a directory before everything else that it needs."""
    count = 2 if order[0] in ("node", "network") else 1
    return [*order[:count], directory, *order[count:]]


@pytest.mark.parametrize(
    "order",
    [
        *ORDERS,
        ("node", "init", "--name", "n", "--listen", "127.0.0.1:0"),
        ("node", "run"),
        ("node", "check"),
        ("node", "request"),
        ("network", "ca", "--for", "example.org"),
        ("network", "sign", os.devnull),
    ],
)
@pytest.mark.parametrize("below", ["x", ""])
def test_a_directory_that_we_are_kept_out_of_is_told_with_whom_to_be(
    command_here: CommandHere, place: Path, order: tuple[str, ...], below: str
) -> None:
    closed = place / "closed"
    closed.mkdir()
    # Where Python itself lies may be closed, too: what is loaded late has to be loaded before.
    command_here(*words_to(closed / "y", order))
    command_here("node", "stop", closed)

    with as_nobody(closed) as mend:
        ended = command_here(*words_to(closed / below, order))

    said = ended.out + ended.err
    assert ended.code == (USAGE if order == ("node", "run") else FAILED)
    assert f"{closed}: found mode 0" in said
    assert mend in said
    assert len(said.splitlines()) == 1


def test_check_finds_a_directory_that_a_node_could_not_write(
    command_here: CommandHere, place: Path
) -> None:
    """Its control socket, and what SQLite puts beside a database, are made at each start."""
    north = made_node(place, "north").directory
    command_here("node", "check", north.path)
    north.path.chmod(0o555)
    if not os.geteuid():
        os.chown(north.key_path, NOBODY, -1)

    with as_nobody(place / "closed"):
        ended = command_here("node", "check", north.path)
    north.path.chmod(0o700)

    assert ended.code == FAILED
    assert f"WRONG    directory        {north.path}: found mode 0555 of user " in ended.out
    assert "ok       key " in ended.out


def test_check_finds_a_path_too_long_for_the_control_socket(
    command_here: CommandHere, place: Path
) -> None:
    far = made_node(place / ("x" * 60), "y" * 40).directory

    checked = command_here("node", "check", far.path)
    run = command_here("node", "run", far.path)

    assert (checked.code, run.code) == (FAILED, USAGE)
    assert f"WRONG    directory        {far.control_path}: found a path too long" in checked.out


@pytest.mark.parametrize("order", ORDERS)
def test_a_directory_that_is_not_there_is_told(
    command_here: CommandHere, place: Path, order: tuple[str, ...]
) -> None:
    missing = command_here(*words_to(place / "x", order))
    overlong = command_here(*words_to(place / ("x" * 100), order))

    assert (missing.code, overlong.code) == (UNREACHABLE, UNREACHABLE)
    assert missing.error == (
        f"{place / 'x'}: no such directory; `overlay node init {place / 'x'} …` makes a node"
    )
    assert overlong.error.endswith("no node runs under a path of more than 107 bytes")


def test_status_takes_a_bare_word_for_a_directory(
    command_here: CommandHere, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)

    ended = command_here("status", "north")

    assert ended.code == UNREACHABLE
    assert ended.error.startswith("north: no such directory; ")


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("waiting", [0, 1], ids=["its queue has room", "its queue is full"])
def test_an_order_to_a_node_that_stands_still_ends(
    command_here: CommandHere,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    order: tuple[str, ...],
    waiting: int,
) -> None:
    """What a process under SIGSTOP holds goes on to listen, and nobody accepts."""
    monkeypatch.setattr(control, "ANSWER_SECONDS", 0.01)
    north = made_node(place, "north")
    path = str(north.directory.control_path)

    with socket.socket(socket.AF_UNIX) as node, socket.socket(socket.AF_UNIX) as earlier:
        node.bind(path)
        node.listen(0)
        if waiting:
            earlier.connect(path)
        ended = command_here(*words_to(north.directory.path, order))

    assert ended.code == UNREACHABLE
    assert ended.error.startswith(f"{path}: a node runs in this directory, and has not answered")
    assert ended.error.endswith("it may still do as it was told")
    assert waiting or f"`kill -CONT {os.getpid()}` lets it run on" in ended.error
