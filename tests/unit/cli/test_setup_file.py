"""The file that names a client's server, in every form in which it is found."""

from pathlib import Path

import pytest

from overlay.cli.setup_file import host_and_port, read_setup
from overlay.errors import ConfigError


def written(directory: Path, content: str) -> Path:
    path = directory / "client_setup.json"
    path.write_text(content, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("content", "address"),
    [
        ('{"server_ip": "127.0.0.1"}', "127.0.0.1:5555"),
        ('{"server_ip": "127.0.0.1:7701"}', "127.0.0.1:7701"),
        ('{"server_ip": " 127.0.0.1 ", "server_port": 7701}', "127.0.0.1:7701"),
        ('{"server_ip": "127.0.0.1", "server_port": "7701"}', "127.0.0.1:7701"),
        ('{"server_ip": "localhost", "user": "x"}', "localhost:5555"),
        ('{"server_ip": "::1"}', "[::1]:5555"),
        ('{"server_ip": "::1", "server_port": 7701}', "[::1]:7701"),
        ('{"server_ip": "[::1]:7701"}', "[::1]:7701"),
        ('{"server_ip": "[::1]"}', "[::1]:5555"),
    ],
)
def test_every_form_names_one_address(tmp_path: Path, content: str, address: str) -> None:
    assert read_setup(written(tmp_path, content), 5555) == address


@pytest.mark.parametrize(
    ("content", "where", "found"),
    [
        ("[1]", "", "[1]"),
        ("{}", ": server_ip", "nothing"),
        ('{"server_ip": 5}', ": server_ip", "5"),
        ('{"server_ip": " "}', ": server_ip", '" "'),
        ('{"server_ip": "a", "server_port": 0}', ": server_port", "0"),
        ('{"server_ip": "a", "server_port": 65536}', ": server_port", "65536"),
        ('{"server_ip": "a", "server_port": true}', ": server_port", "true"),
        ('{"server_ip": "a", "server_port": "x"}', ": server_port", '"x"'),
        ('{"server_ip": "a", "server_port": "²"}', ": server_port", '"\\u00b2"'),
        ('{"server_ip": ', ", line 1, column 15", "no JSON (Expecting value)"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, content: str, where: str, found: str
) -> None:
    path = written(tmp_path, content)

    with pytest.raises(ConfigError) as refused:
        read_setup(path, 5555)

    assert (refused.value.where, refused.value.found) == (f"{path}{where}", found)


@pytest.mark.parametrize("content", [b"\xff", b"[" * 100_000])
def test_what_is_no_text_or_never_ends_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "client_setup.json"
    path.write_bytes(content)

    with pytest.raises(ConfigError) as refused:
        read_setup(path, 5555)

    assert refused.value.where == str(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        read_setup(tmp_path / "nowhere.json", 5555)


def test_a_host_and_a_port_make_an_address() -> None:
    assert host_and_port("127.0.0.1", 7701) == "127.0.0.1:7701"
    assert host_and_port("::1", 7701) == "[::1]:7701"
