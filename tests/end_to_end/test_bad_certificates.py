"""Certificates that browsers would not take: refused, or warned of as an operator's own."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from overlay.nodes.certificates.keys import read_key
from overlay.nodes.certificates.making import SELF_MADE_DAYS, last_day, new_key, self_made
from overlay.runtime.clock import wall_time
from tests.end_to_end.commands import command, running
from tests.end_to_end.conftest import CommandHere
from tests.end_to_end.overlays import free_port, short_directory
from tests.support.certificates import Files, write_pair

FAILED, REFUSED = 1, 3
A_YEAR = timedelta(days=365)


@pytest.fixture
def place() -> Iterator[Path]:
    with short_directory() as directory:
        yield directory


@pytest.fixture
def address(command_here: CommandHere, place: Path) -> str:
    """Where the node of `place / "north"` is reached, over TLS."""
    port = free_port()
    address = f"wss://127.0.0.1:{port}/overlay"
    at = ("--listen", f"127.0.0.1:{port}", "--address", address)
    assert command_here("node", "init", place / "north", "--name", "north", *at).code == 0
    return address


def bring(place: Path, ago: timedelta, host: str = "127.0.0.1") -> Files:
    """Have the node's file name a certificate of its operator, made so long ago."""
    key = new_key()
    made = self_made(key, "an operator", [host], wall_time() - ago)
    files = write_pair(place, "operators", made, key)
    file = place / "north" / "neighbours.json"
    named = {"tls": {"certificate": str(files.certificate), "key": str(files.key)}}
    file.write_text(json.dumps(json.loads(file.read_text()) | named))
    return files


@pytest.mark.usefixtures("address")
@pytest.mark.parametrize(
    ("ago", "words"), [(A_YEAR, "expired on "), (-A_YEAR, "is not good before ")]
)
def test_a_node_takes_no_certificate_that_is_not_good_now(
    command_here: CommandHere, place: Path, ago: timedelta, words: str
) -> None:
    north = place / "north"
    command_here("node", "request", north)
    key = read_key(north / "tls.key")
    good = self_made(key, "north", ["127.0.0.1"], wall_time())
    write_pair(place, "good", good, key)
    write_pair(place, "bad", self_made(key, "north", ["127.0.0.1"], wall_time() - ago), key)

    taken = command_here("node", "certificate", north, place / "good.pem")
    refused = command_here("node", "certificate", north, place / "bad.pem")

    assert (taken.code, refused.code, refused.out) == (0, FAILED, "")
    assert refused.error.startswith(f"{place / 'bad.pem'}: found a certificate that {words}")
    assert (north / "tls.pem").read_bytes() == (place / "good.pem").read_bytes()


@pytest.mark.usefixtures("address")
@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (A_YEAR, "expired on "),
        (-A_YEAR, "is not good before "),
        (timedelta(days=SELF_MADE_DAYS - 9), "expires on "),
    ],
)
def test_check_warns_of_an_operators_certificate_by_its_time(
    command_here: CommandHere, place: Path, ago: timedelta, words: str
) -> None:
    files = bring(place, ago)

    told = command_here("node", "check", place / "north")

    assert told.code == 0
    assert f"warning  certificate      {files.certificate} {words}" in told.out


@pytest.mark.usefixtures("address")
def test_check_warns_of_another_host_and_of_a_key_for_everybody(
    command_here: CommandHere, place: Path
) -> None:
    files = bring(place, timedelta(), "chat.example.org")
    os.chmod(files.key, 0o644)

    told = command_here("node", "check", place / "north")

    assert told.code == 0
    assert (
        f"{files.certificate} is for chat.example.org: have one made for 127.0.0.1;"
        f" {files.key} has mode 0644: `chmod o= {files.key}`\n"
    ) in told.out


@pytest.mark.usefixtures("address")
def test_check_lets_a_group_bring_a_certificate(command_here: CommandHere, place: Path) -> None:
    os.chmod(bring(place, timedelta()).key, 0o640)

    told = command_here("node", "check", place / "north")

    assert (told.code, "warning  certificate" in told.out) == (0, False)


async def test_doctor_says_that_a_certificate_has_expired(address: str, place: Path) -> None:
    files = bring(place, A_YEAR)
    until = last_day(self_made(new_key(), "n", ["n"], wall_time() - A_YEAR))

    async with running("node", "run", place / "north") as node:
        await node.says("address")
        told = await command("doctor", address)

    assert files.certificate.exists()
    assert (told.code, told.err) == (REFUSED, "")
    assert "warning TLS " in told.out
    assert f"; it expired on {until}\n" in told.out
    assert "have its operator renew it" in told.out
    assert "ok      proof" in told.out
