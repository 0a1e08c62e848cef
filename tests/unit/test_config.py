"""The operator's file: what is taken, and how what is wrong is told."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from overlay.config import NodeFile, TlsFiles, read_node_file, write_node_file
from overlay.core.settings import Neighbour, Share
from overlay.errors import ConfigError
from overlay.messages.ids import Address
from overlay.structures.rates import Rate
from tests.support.people import a_node_called

SOUTH = a_node_called("south").id
EXAMPLE = Path(__file__).parents[2] / "neighbours.example.json"


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "neighbours.json"
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_that_is_written_reads_back_the_same(tmp_path: Path) -> None:
    file = NodeFile(
        name="north",
        network="lab",
        admission="open",
        listen="127.0.0.1:7701",
        neighbours=(
            Neighbour(address=Address("ws://127.0.0.1:7702/overlay"), id=SOUTH, may_admit=False),
            Neighbour(address=None, id=a_node_called("west").id, is_blocked=True),
        ),
        extra_links=0,
    )

    write_node_file(tmp_path / "file.json", file)

    assert read_node_file(tmp_path / "file.json") == file


def test_a_file_may_say_how_many_further_links_the_node_keeps(tmp_path: Path) -> None:
    file = {"name": "north", "listen": "127.0.0.1:7701"}

    assert read_node_file(written(tmp_path, file)).extra_links == 2
    assert read_node_file(written(tmp_path, file | {"extra_links": 16})).extra_links == 16
    for wrong in (17, -1, True, "2"):
        with pytest.raises(ConfigError, match="extra_links"):
            read_node_file(written(tmp_path, file | {"extra_links": wrong}))


def test_a_file_may_say_where_others_reach_the_node(tmp_path: Path) -> None:
    file = {"name": "north", "listen": "127.0.0.1:7701"}
    elsewhere = Address("ws://127.0.0.1:8801/overlay")

    assert read_node_file(written(tmp_path, file)).address is None
    read = read_node_file(written(tmp_path, file | {"address": elsewhere}))
    write_node_file(tmp_path / "again.json", read)

    assert read.address == read_node_file(tmp_path / "again.json").address == elsewhere
    with pytest.raises(ConfigError, match="address"):
        read_node_file(written(tmp_path, file | {"address": "127.0.0.1:8801"}))


def test_a_file_may_name_a_certificate_and_its_key(tmp_path: Path) -> None:
    file = {"name": "north", "listen": "127.0.0.1:7701", "address": "wss://north:7701/overlay"}
    both = {"certificate": "north.pem", "key": "/etc/north.key"}

    for tls, expected in (
        (both, TlsFiles("north.pem", "/etc/north.key")),
        ({"certificate": "proxy.pem"}, TlsFiles("proxy.pem", None)),
    ):
        read = read_node_file(written(tmp_path, file | {"tls": tls}))
        write_node_file(tmp_path / "again.json", read)

        assert read.tls == read_node_file(tmp_path / "again.json").tls == expected


@pytest.mark.parametrize(
    ("tls", "where", "expected"),
    [
        ({"key": "north.key"}, "tls.certificate", "this key"),
        ({"certificate": ""}, "tls.certificate", "the path of a file"),
        ({"certificate": "a", "key": "a\0b"}, "tls.key", "the path of a file"),
        ({"certificate": "a", "keys": "b"}, "tls.keys", "did you mean key?"),
        ("north.pem", "tls", "an object"),
    ],
)
def test_what_is_wrong_with_a_certificates_files_is_told(
    tmp_path: Path, tls: object, where: str, expected: str
) -> None:
    file = {"name": "north", "listen": "127.0.0.1:7701", "tls": tls}

    with pytest.raises(ConfigError) as refused:
        read_node_file(written(tmp_path, file))

    assert refused.value.where == f"{tmp_path / 'neighbours.json'}: {where}"
    assert expected in refused.value.expected


def test_the_example_is_a_complete_working_file() -> None:
    file = read_node_file(EXAMPLE)

    assert file.name == "north"
    assert [entry.address for entry in file.neighbours] == [
        "ws://127.0.0.1:7702/overlay",
        "ws://127.0.0.1:7703/overlay",
    ]
    assert [entry.may_admit for entry in file.neighbours] == [True, False]
    assert file.extra_links == 2


def test_the_older_form_is_taken_as_it_is_and_says_what_was_ignored(tmp_path: Path) -> None:
    older = {
        "server_name": "s7",
        "admin": "root",
        "mailing_address": {"s7": "127.0.0.1:5557", "s8": "10.13.97.12:5555"},
    }

    file = read_node_file(written(tmp_path, older))

    assert file.name == "s7"
    assert file.listen == "127.0.0.1:5557"
    assert [entry.address for entry in file.neighbours] == ["wss://10.13.97.12:5555/overlay"]
    assert file.ignored == ("admin", "mailing_address: the name 's8'")


def test_the_older_form_without_an_entry_of_its_own_listens_where_it_used_to(
    tmp_path: Path,
) -> None:
    older = {"server_name": "s7", "mailing_address": {"s8": "10.13.97.12:5555"}}

    file = read_node_file(written(tmp_path, older))

    assert file.listen == "127.0.0.1:5555"


BASE = {"name": "north", "listen": "127.0.0.1:7701"}


@pytest.mark.parametrize(
    ("content", "where", "found", "expected"),
    [
        ("", "", "an empty file", 'an object such as {"name": '),
        ('{"name": "north",}', ", line 1, column 17", "a comma before", "no comma after the last"),
        ('{"name": north}', ", line 1, column 10", "'north'", "text in double quotes"),
        (f'{{"extra_links": {"1" * 5_000}}}', "", "thousands of digits", "JSON"),
        ("[" * 100_000, "", "nesting without end", "JSON"),
        ({"listen": "127.0.0.1:7701"}, ": name", "nothing", "this key"),
        (["north"], "", '["north"]', "an object"),
        (BASE | {"listen": "7701"}, ": listen", '"7701"', "HOST:PORT"),
        (BASE | {"network": "My Net"}, ": network", '"My Net"', "a-z, 0-9"),
        (BASE | {"neighbours": [{}]}, ": neighbours[0]", "neither", "at least one"),
        (
            BASE | {"neighbours": [{"address": "127.0.0.1:1"}]},
            ": neighbours[0].address",
            '"127.0.0.1:1"',
            "ws://127.0.0.1:7701/overlay",
        ),
        (BASE | {"neighbours": [{"id": "short"}]}, ": neighbours[0].id", '"short"', "a node id"),
        (
            BASE | {"neighbours": [{"id": SOUTH}, {"id": SOUTH}]},
            ": neighbours[1]",
            "neighbours[0] names already",
            "each neighbour once",
        ),
        ({"mailing_address": {}}, ": server_name", "nothing", "this key"),
        (
            {"server_name": "s7", "mailing_address": {"s8": "10.0.0.1:1", "s9": "10.0.0.1:1"}},
            ": mailing_address.s9",
            "10.0.0.1:1, which s8 has already",
            "each neighbour once",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_place_finding_and_mend(
    tmp_path: Path, content: object, where: str, found: str, expected: str
) -> None:
    path = written(tmp_path, content)

    with pytest.raises(ConfigError) as refusal:
        read_node_file(path)

    assert refusal.value.where == f"{path}{where}"
    assert found in refusal.value.found
    assert expected in refusal.value.expected


TYPES: list[tuple[dict[str, object], str]] = [
    ({"name": 7}, "text in quotes"),
    ({"name": ""}, "text of 1 to 64 characters"),
    ({"name": "n" * 65}, "text of 1 to 64 characters"),
    ({"name": "a\tb"}, "text without control characters"),
    ({"name": "\ud800"}, "text in UTF-8"),
    ({"listen": 7701}, "text in quotes"),
    ({"admission": "closed"}, 'one of "listed", "open"'),
    ({"admission": True}, 'one of "listed", "open"'),
    ({"extra_links": "2"}, "a whole number"),
    ({"extra_links": 1.5}, "a whole number"),
    ({"extra_links": 17}, "a whole number from 0 to 16"),
    ({"neighbours": {}}, "a list"),
    ({"neighbours": "127.0.0.1:7702"}, "a list"),
    ({"neighbours": ["127.0.0.1:7702"]}, "an object"),
    ({"neighbours": [{"id": SOUTH, "blocked": "no"}]}, "true or false"),
    ({"neighbours": [{"id": SOUTH}] * 65}, "64 entries or fewer"),
    ({"mailing_address": [], "server_name": "s7"}, "an object"),
]


@pytest.mark.parametrize(("wrong", "expected"), TYPES)
def test_what_is_expected_is_said_in_the_words_of_json(
    tmp_path: Path, wrong: dict[str, object], expected: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        read_node_file(written(tmp_path, BASE | wrong))

    assert refusal.value.expected == expected


KEYS = (
    "one of name, listen, address, network, admission, extra_links, tls, public_metrics,"
    " neighbours, limits"
)


@pytest.mark.parametrize(
    ("content", "where", "expected"),
    [
        (BASE | {"colour": "red"}, "colour", KEYS),
        (BASE | {"neighbors": []}, "neighbors", f"{KEYS}; did you mean neighbours?"),
        ({"nam": "north", "listen": "127.0.0.1:7701"}, "nam", f"{KEYS}; did you mean name?"),
        (
            BASE | {"neighbours": [{"adress": "ws://127.0.0.1:7702/overlay"}]},
            "neighbours[0].adress",
            "one of address, id, may_admit, blocked; did you mean address?",
        ),
    ],
)
def test_an_unknown_key_is_told_with_those_that_there_are(
    tmp_path: Path, content: dict[str, object], where: str, expected: str
) -> None:
    path = written(tmp_path, content)

    with pytest.raises(ConfigError) as refusal:
        read_node_file(path)

    assert refusal.value.where == f"{path}: {where}"
    assert (refusal.value.found, refusal.value.expected) == ("an unknown key", expected)


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refusal:
        read_node_file(tmp_path)

    assert str(refusal.value) == f"{tmp_path}: found a directory; expected a neighbours file"


def test_a_missing_file_is_told_with_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="overlay node init"):
        read_node_file(tmp_path / "absent.json")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "neighbours.json"
    path.write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigError, match="UTF-8"):
        read_node_file(path)


def test_a_place_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    file = NodeFile(
        name="north", network="overlay", admission="listed", listen="127.0.0.1:1", neighbours=()
    )

    with pytest.raises(ConfigError, match="a file we may write"):
        write_node_file(tmp_path / "absent" / "file.json", file)


def test_limits_are_read_and_written_again(tmp_path: Path) -> None:
    wanted = {"messages": "100/s:2000", "attaches": "6/m:8", "records": "5/h:9"}
    path = written(tmp_path, BASE | {"limits": {"messages": "100:2000", "attaches": "6/m"}})

    file = read_node_file(path)
    assert file.shares == {
        Share.MESSAGES: Rate(100, 1_000, 2_000),
        Share.ATTACHES: Rate(6, 60_000, 8),
    }
    shares = {**file.shares, Share.RECORDS: Rate(5, 3_600_000, 9)}
    write_node_file(path, replace(file, shares=shares))

    assert json.loads(path.read_text("utf-8"))["limits"] == wanted
    assert read_node_file(path).shares == shares


@pytest.mark.parametrize(
    ("limits", "where", "expected"),
    [
        ({"mesages": "1"}, "limits.mesages", "did you mean messages?"),
        ({"messages": "lots"}, "limits.messages", "RATE[:BURST], such as 100"),
        ({"bytes": "0"}, "limits.bytes", "numbers from 1 to"),
        ({"bytes": 5}, "limits.bytes", "text in quotes"),
        ("none", "limits", "an object"),
    ],
)
def test_limits_that_are_none_are_told(
    tmp_path: Path, limits: object, where: str, expected: str
) -> None:
    path = written(tmp_path, BASE | {"limits": limits})

    with pytest.raises(ConfigError) as refusal:
        read_node_file(path)

    assert refusal.value.where == f"{path}: {where}"
    assert expected in refusal.value.expected
