"""What `overlay node check` finds in a directory before its node is run."""

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import trio

from overlay.config import TlsFiles
from overlay.nodes.certificates.making import SELF_MADE_DAYS, new_key, self_made
from overlay.nodes.checking import Finding, check
from overlay.runtime.clock import wall_time
from tests.end_to_end.overlays import short_directory
from tests.runtime.test_over_tls import Place
from tests.support.certificates import write_pair


@pytest.fixture
def north() -> Iterator[Place]:
    with short_directory() as directory:
        yield Place(directory, "north")


def wrong(findings: list[Finding]) -> list[str]:
    return [finding.what for finding in findings if finding.verdict == "wrong"]


def warned_of(findings: list[Finding]) -> list[str]:
    return [finding.what for finding in findings if finding.verdict == "warning"]


async def has_run(north: Place) -> None:
    async with north.running():
        pass


def test_a_fresh_directory_is_fine(north: Place) -> None:
    findings = check(north.directory.path)

    assert wrong(findings) == []
    assert [each.what for each in findings] == [
        "neighbours file",
        "key",
        "certificate",
        "database",
        "port",
        "open files",
    ]
    assert findings[0].found == f"north in overlay at {north.address}, 0 neighbours"
    assert findings[1].found == north.id


def test_so_is_one_whose_node_has_run(north: Place) -> None:
    trio.run(has_run, north)

    findings = check(north.directory.path)

    assert wrong(findings) == []
    assert findings[3].found.endswith(" rows")


async def test_a_node_that_runs_is_left_alone(north: Place) -> None:
    async with north.running() as node:
        findings = await trio.to_thread.run_sync(check, north.directory.path)
        still = node.snapshot().id

    assert wrong(findings) == ["database"]
    assert findings[3].found == (
        "a node runs in this directory, so no other one starts; port and database are its own"
    )
    assert still == north.id


def test_a_file_that_is_wrong_is_told_alone(north: Place) -> None:
    north.directory.file_path.write_text("{")

    findings = check(north.directory.path)

    assert wrong(findings) == ["neighbours file"] == [each.what for each in findings]


def test_a_key_that_others_can_read_is_told(north: Place) -> None:
    os.chmod(north.directory.key_path, 0o644)

    assert wrong(check(north.directory.path)) == ["key"]


def test_a_certificate_that_expires_soon_is_warned_of(tmp_path: Path, north: Place) -> None:
    key = new_key()
    old = self_made(key, "north", ["127.0.0.1"], wall_time() - timedelta(days=SELF_MADE_DAYS - 9))
    files = write_pair(tmp_path, "old", old, key)
    named = TlsFiles(str(files.certificate), str(files.key))
    north.directory.write_file(replace(north.file(), tls=named))

    findings = check(north.directory.path)

    assert (wrong(findings), warned_of(findings)) == ([], ["certificate"])
    assert findings[2].found.endswith(": put a newer one there")


def test_a_database_of_which_rows_are_damaged_is_warned_of(north: Place) -> None:
    trio.run(has_run, north)
    with sqlite3.connect(north.directory.database_path) as database:
        database.execute("UPDATE stored SET value = x'00'")
    database.close()

    findings = check(north.directory.path)

    assert (wrong(findings), warned_of(findings)) == ([], ["database"])
    assert "are damaged, and count as missing" in findings[3].found
    trio.run(has_run, north)


def test_a_database_that_is_none_is_told(north: Place) -> None:
    north.directory.database_path.write_bytes(b"x" * 8_192)

    findings = check(north.directory.path)

    assert wrong(findings) == ["database"]


async def test_a_port_that_is_taken_is_told(north: Place) -> None:
    (listener,) = await trio.open_tcp_listeners(north.port, host="127.0.0.1")
    async with listener:
        findings = await trio.to_thread.run_sync(check, north.directory.path)

    assert wrong(findings) == ["port"]
    assert "where another program listens already" in findings[4].found
