"""What the file on the disk adds: it lasts, it is private, and it says what is wrong with it."""

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from overlay.errors import StoreError
from overlay.peering.rows import Row, RowKey
from overlay.storage.sqlite import SqliteStore

PIN = Row(table="pins", key="north", value=b"key of north" * 20)
COUNTER = Row(table="counters", key="north", value=b"1024")

OPENS_IT = """
import pathlib, sys
from overlay.errors import StoreError
from overlay.storage.sqlite import SqliteStore
try:
    SqliteStore(pathlib.Path(sys.argv[1]))
except StoreError as error:
    print(error)
"""

CRASHES_AFTER_WRITING = """
import os, pathlib, sys
from overlay.peering.rows import Row
from overlay.storage.sqlite import SqliteStore
store = SqliteStore(pathlib.Path(sys.argv[1]))
store.apply([Row(table="pins", key="north", value=b"durable")], [])
os._exit(9)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node.db"


def a_database(path: Path) -> None:
    store = SqliteStore(path)
    store.apply([PIN, COUNTER], [])
    store.close()


def edit(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


def another_process(program: str, path: Path) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
    )
    return ran.stdout + ran.stderr


def refusal_of(path: Path) -> str:
    with pytest.raises(StoreError) as refused:
        SqliteStore(path)
    return str(refused.value)


def test_rows_are_there_after_opening_again(path: Path) -> None:
    a_database(path)

    store = SqliteStore(path)

    assert store.read_all() == [COUNTER, PIN]
    store.close()


def test_what_was_applied_survives_a_crash_of_the_process(path: Path) -> None:
    another_process(CRASHES_AFTER_WRITING, path)

    store = SqliteStore(path)

    assert store.read_all() == [Row(table="pins", key="north", value=b"durable")]
    store.close()


def test_a_failed_apply_changes_nothing(path: Path) -> None:
    a_database(path)
    edit(path, "CREATE TRIGGER full BEFORE DELETE ON stored BEGIN SELECT RAISE(ABORT, 'no'); END")
    store = SqliteStore(path)

    with pytest.raises(StoreError, match="no"):
        store.apply([Row(table="pins", key="south", value=b"new")], [RowKey("pins", "north")])

    assert store.read_all() == [COUNTER, PIN]
    store.close()


def test_only_its_user_may_read_the_files(path: Path) -> None:
    store = SqliteStore(path)

    store.apply([PIN], [])

    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["node.db", "node.db-wal"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    store.close()


def test_a_file_that_others_may_read_is_refused(path: Path) -> None:
    a_database(path)
    path.chmod(0o640)

    refusal = refusal_of(path)

    assert refusal == f"{path}: open to other users (mode 640); run chmod 600 {path}"


def test_a_second_process_on_the_same_database_is_refused(path: Path) -> None:
    store = SqliteStore(path)

    said = another_process(OPENS_IT, path)

    assert said.startswith(f"{path}: another process uses it; stop that process")
    store.close()


def test_a_second_store_in_one_process_is_refused_and_leaves_the_lock_in_place(path: Path) -> None:
    store = SqliteStore(path)

    refusal = refusal_of(path)

    assert "another process uses it" in refusal
    assert "another process uses it" in another_process(OPENS_IT, path)
    store.close()


def test_a_closed_database_may_be_opened_by_the_next(path: Path) -> None:
    a_database(path)

    assert another_process(OPENS_IT, path) == ""


def test_a_row_with_a_wrong_checksum_counts_as_missing_and_is_reported_once(path: Path) -> None:
    a_database(path)
    edit(path, "UPDATE stored SET value = x'00' WHERE kind = 'pins'")
    store = SqliteStore(path)

    assert store.read_all() == [COUNTER]
    assert store.read([RowKey("pins", "north"), RowKey("counters", "north")]) == [COUNTER]

    assert store.take_damaged() == [RowKey("pins", "north")] * 2
    assert store.take_damaged() == []
    store.close()


def test_a_row_moved_under_another_key_counts_as_missing(path: Path) -> None:
    a_database(path)
    edit(path, "UPDATE stored SET key = 'south' WHERE kind = 'pins'")
    store = SqliteStore(path)

    assert store.read_all() == [COUNTER]
    store.close()


def test_a_later_version_is_refused(path: Path) -> None:
    a_database(path)
    edit(path, "PRAGMA user_version = 2")

    refusal = refusal_of(path)

    assert refusal == (
        f"{path}: it has version 2, this release understands 1; "
        "install the release that wrote it, or a later one"
    )


def test_the_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    path.touch(mode=0o600)
    edit(path, "CREATE TABLE cookies (name TEXT)")

    refusal = refusal_of(path)

    assert refusal == f"{path}: it is another program's database; use another directory"


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.touch(mode=0o600)
    path.write_bytes(b"mailing_address = north\n" * 400)

    assert refusal_of(path).startswith(f"{path}: it is no SQLite database, or damaged; move it")


def test_damage_inside_the_file_is_told_with_the_way_out(path: Path) -> None:
    a_database(path)
    sound = path.read_bytes()
    path.write_bytes(sound[:4096] + b"\xff" * (len(sound) - 4096))
    store = SqliteStore(path)

    with pytest.raises(StoreError) as refused:
        store.read_all()

    assert str(refused.value) == (
        f"{path}: it is damaged; move it aside to begin anew, or put back a copy"
    )
    store.close()


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "node.db"

    assert refusal_of(path).startswith(f"{path}: No such file or directory; check its directory")


def test_a_directory_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert refusal_of(tmp_path) == f"{tmp_path}: it is no plain file; use another path"
