"""Limits that an operator changes, in the file and nothing else in it."""

import json
from pathlib import Path

import pytest

from overlay.config import read_node_file
from overlay.core.settings import Share
from overlay.errors import ConfigError
from overlay.nodes.limiting import USUAL, change_limits
from overlay.structures.rates import Rate

WRITTEN: dict[str, object] = {"listen": "127.0.0.1:7700", "name": "north", "neighbours": []}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return written(tmp_path, WRITTEN)


def written(tmp_path: Path, content: dict[str, object]) -> Path:
    path = tmp_path / "neighbours.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_limit_is_written_and_everything_else_stays_as_it_was(path: Path) -> None:
    change_limits(path, {"messages": "100:2000", "attaches": "6/m"})
    change_limits(path, {"bytes": "1000/s"})

    assert json.loads(path.read_text("utf-8")) == WRITTEN | {
        "limits": {
            "messages": "100/s:2000",
            "bytes": "1000/s:33554432",
            "attaches": "6/m:8",
        }
    }
    assert read_node_file(path).shares == {
        Share.MESSAGES: Rate(100, 1_000, 2_000),
        Share.BYTES: Rate(1_000, 1_000, 33_554_432),
        Share.ATTACHES: Rate(6, 60_000, 8),
    }


def test_a_burst_that_is_not_said_stays(path: Path) -> None:
    change_limits(path, {"messages": "100:2000"})

    change_limits(path, {"messages": "7/h"})

    assert read_node_file(path).shares == {Share.MESSAGES: Rate(7, 3_600_000, 2_000)}


def test_the_usual_limit_leaves_no_line(path: Path) -> None:
    change_limits(path, {"messages": "100:2000"})

    change_limits(path, {"messages": USUAL, "lookups": USUAL})

    assert json.loads(path.read_text("utf-8")) == WRITTEN


def test_a_file_that_a_link_leads_to_is_changed_where_it_is(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to(path)
    path.chmod(0o640)

    change_limits(link, {"messages": "100"})

    assert link.is_symlink()
    assert "limits" in json.loads(path.read_text("utf-8"))
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("changes", "where", "expected"),
    [
        ({"messges": "1"}, "limit messges", "one of messages, bytes, attaches, lookups, records"),
        ({"messages": "many"}, "limit messages", "RATE[:BURST], such as 100"),
        ({"bytes": "1", "messages": "0"}, "limit messages", "numbers from 1 to"),
    ],
)
def test_nonsense_is_refused_and_nothing_is_written(
    path: Path, changes: dict[str, str], where: str, expected: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        change_limits(path, changes)

    assert refusal.value.where == where
    assert refusal.value.expected.startswith(expected)
    assert json.loads(path.read_text("utf-8")) == WRITTEN


def test_the_older_form_has_no_place_for_limits(tmp_path: Path) -> None:
    path = written(tmp_path, {"server_name": "s7", "mailing_address": {"s7": "127.0.0.1:5557"}})

    with pytest.raises(ConfigError, match="older neighbours file"):
        change_limits(path, {"messages": "100"})


def test_a_file_that_cannot_be_written_is_told(path: Path) -> None:
    # Where the new one would be put beside it, before it takes its place.
    path.with_name(f"{path.name}.new").mkdir()

    with pytest.raises(ConfigError, match="a file we may write"):
        change_limits(path, {"messages": "100"})

    assert json.loads(path.read_text("utf-8")) == WRITTEN
