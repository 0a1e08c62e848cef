"""A node's directory and the key in it."""

from pathlib import Path

import pytest

from overlay.config import NodeFile
from overlay.errors import ConfigError
from overlay.nodes.directory import NodeDirectory

FILE = NodeFile(
    name="north", network="overlay", admission="listed", listen="127.0.0.1:0", neighbours=()
)


def test_a_new_node_has_a_private_key_that_stays_the_same(tmp_path: Path) -> None:
    directory = NodeDirectory(tmp_path / "north")

    key = directory.create(FILE)

    assert directory.key_path.stat().st_mode & 0o777 == 0o600
    assert directory.read_key().id == key.id
    assert directory.read_file() == FILE


def test_a_key_that_others_can_read_is_refused_with_the_command_that_mends_it(
    tmp_path: Path,
) -> None:
    directory = NodeDirectory(tmp_path)
    directory.create(FILE)
    directory.key_path.chmod(0o640)

    with pytest.raises(ConfigError, match=r"mode 0640.*chmod 600"):
        directory.read_key()


@pytest.mark.parametrize("content", ["", "short", "!" * 43])
def test_a_broken_key_is_refused(tmp_path: Path, content: str) -> None:
    directory = NodeDirectory(tmp_path)
    directory.create(FILE)
    directory.key_path.write_text(content)

    with pytest.raises(ConfigError, match="no key"):
        directory.read_key()


def test_a_missing_key_is_told_with_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="overlay node init"):
        NodeDirectory(tmp_path).read_key()


def test_a_second_node_is_not_made_over_the_first(tmp_path: Path) -> None:
    directory = NodeDirectory(tmp_path)
    key = directory.create(FILE)

    with pytest.raises(ConfigError, match="a node already"):
        directory.create(FILE)

    assert directory.read_key().id == key.id


def test_nothing_is_left_of_a_node_whose_settings_are_refused(tmp_path: Path) -> None:
    directory = NodeDirectory(tmp_path / "north")
    broken = NodeFile(
        name="north", network="overlay", admission="listed", listen="nowhere", neighbours=()
    )

    with pytest.raises(ConfigError, match="HOST:PORT"):
        directory.create(broken)

    assert not directory.path.exists()


def test_a_place_where_nothing_can_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="a directory we may write"):
        NodeDirectory(tmp_path / "file" / "north").create(FILE)
