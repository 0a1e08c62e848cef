"""`overlay network` and the certificates of nodes, as their operators handle them."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from overlay.nodes.certificates.making import new_key, self_made
from overlay.runtime.clock import wall_time
from overlay.transport.tls import fingerprint_of, read_certificate
from overlay.transport.websocket import dial
from tests.end_to_end.commands import command, running
from tests.end_to_end.conftest import CommandHere
from tests.end_to_end.overlays import free_port, short_directory
from tests.support.certificates import Files, trusting, write_pair

FAILED, USAGE = 1, 2


@pytest.fixture
def place() -> Iterator[Path]:
    with short_directory() as directory:
        yield directory


def init(command_here: CommandHere, place: Path, name: str = "north") -> str:
    """A node that is reached over TLS, though only from this machine; returns where."""
    port = free_port()
    address = f"wss://127.0.0.1:{port}/overlay"
    at = ("--listen", f"127.0.0.1:{port}", "--address", address)
    assert command_here("node", "init", place / name, "--name", name, *at).code == 0
    return address


def a_certificate(place: Path) -> Files:
    """Of an operator, in place of the last one."""
    key = new_key()
    made = self_made(key, "an operator", ["127.0.0.1"], wall_time())
    return write_pair(place, "operators", made, key)


async def answered(port: int, ca: Path) -> bytes:
    """What a program gets that trusts an authority, and asks a node for its health."""
    stream = await trio.open_ssl_over_tcp_stream(
        "127.0.0.1", port, https_compatible=True, ssl_context=trusting(ca)
    )
    async with stream:
        await stream.send_all(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        return bytes(await stream.receive_some(65_536))


async def test_who_trusts_the_authority_trusts_every_node_that_it_signed_for(
    command_here: CommandHere, place: Path
) -> None:
    address = init(command_here, place)
    port = int(address.removesuffix("/overlay").rpartition(":")[2])
    ca = place / "ca"

    made = command_here("network", "ca", ca, "--name", "ours", "--for", "127.0.0.0/8")
    request = command_here("node", "request", place / "north")
    certificate = await command("network", "sign", ca, text=request.out)
    taken = await command("node", "certificate", place / "north", "-", text=certificate.out)

    async with running("node", "run", place / "north") as node:
        await node.says("address")
        head = await answered(port, ca / "ca.pem")
        status = await command("status", address, "--json")
        who = await command("who", "--node", address, home=place / "home")

    assert made.code == request.code == certificate.code == taken.code == 0
    assert len(made.out.strip()) == len("00:" * 32) - 1
    assert "for       127.0.0.1\n" in taken.out
    assert "signed by CN=ours\n" in taken.out
    assert head.startswith(b"HTTP/1.1 200 ")
    assert json.loads(status.out)["name"] == "north"
    assert (who.code, who.err) == (0, "Nobody else is online.\n")


async def test_a_node_that_runs_presents_its_new_certificate_at_once(
    command_here: CommandHere, place: Path
) -> None:
    address = init(command_here, place)
    pem = place / "north" / "tls.pem"
    command_here("network", "ca", place / "ca", "--for", "127.0.0.1")

    async with running("node", "run", place / "north") as node:
        await node.says("address")
        own = await command("node", "certificate", place / "north")
        request = await command("node", "request", place / "north")
        certificate = await command("network", "sign", place / "ca", text=request.out)
        async with dial(address) as before:
            taken = await command("node", "certificate", place / "north", "-", text=certificate.out)
            async with dial(address) as after:
                pass

    assert "signed by itself\n" in own.out
    assert "signed by CN=overlay\n" in taken.out
    assert before.certificate_fingerprint != after.certificate_fingerprint
    assert after.certificate_fingerprint == fingerprint_of(read_certificate(pem))


async def test_a_hangup_has_the_node_present_the_operators_new_certificate_and_ends_no_link(
    command_here: CommandHere, place: Path
) -> None:
    """As after a renewal by whoever renews the operator's; a broken file changes nothing."""
    address = init(command_here, place)
    files = a_certificate(place)
    named = {"certificate": str(files.certificate), "key": str(files.key)}
    where = place / "north" / "neighbours.json"
    where.write_text(json.dumps(json.loads(where.read_text()) | {"tls": named}))

    async with running("node", "run", place / "north") as node:
        await node.says("address")
        async with dial(address) as before:
            await before.receive()
            files.certificate.write_text("nonsense")
            node.process.send_signal(signal.SIGHUP)
            await node.says("stays in force", where="err")
            async with dial(address) as meanwhile:
                pass
            a_certificate(place)
            node.process.send_signal(signal.SIGHUP)
            await node.says("certificate_presented", where="err")
            async with dial(address) as after:
                pass
            await before.send(b'[{"type":"gossip"}]')
            last_words = await before.receive()

    assert before.certificate_fingerprint == meanwhile.certificate_fingerprint
    assert after.certificate_fingerprint == fingerprint_of(read_certificate(files.certificate))
    assert after.certificate_fingerprint != before.certificate_fingerprint
    assert b"unknown_message" in last_words


def test_a_certificate_that_is_not_the_nodes_is_refused(
    command_here: CommandHere, place: Path
) -> None:
    init(command_here, place)
    init(command_here, place, "south")
    request = command_here("node", "request", place / "south")
    (place / "request").write_text(request.out)
    command_here("network", "ca", place / "ca", "--for", "127.0.0.1")
    certificate = command_here("network", "sign", place / "ca", place / "request")
    (place / "south.pem").write_text(certificate.out)

    refused = command_here("node", "certificate", place / "north", place / "south.pem")

    assert refused.code == FAILED
    assert refused.error == (
        f"{place / 'south.pem'}: found a certificate of another key; expected one for this node's:"
        " ask for it with `overlay node request`"
    )
    assert not (place / "north" / "tls.pem").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("network", "sign", "nowhere", "/dev/null"), "`overlay network ca nowhere …` makes one"),
        (("node", "request", "nowhere"), "nowhere/neighbours.json: found no such file"),
        (("node", "request", "plain"), "links go without TLS; expected an address that begins"),
        (("node", "request", "brought"), "brought/neighbours.json: tls: found a.pem"),
        (("node", "certificate", "plain"), "links go without TLS; expected an address that begins"),
    ],
)
def test_what_cannot_be_is_told_with_its_mend(
    command_here: CommandHere,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    monkeypatch.chdir(place)
    at = ("--listen", "127.0.0.1:0")
    command_here("node", "init", "plain", "--name", "plain", *at)
    command_here("node", "init", "brought", "--name", "brought", *at)
    file = json.loads((place / "brought" / "neighbours.json").read_text())
    secured = {"address": "wss://chat.example.org:7700/overlay", "tls": {"certificate": "a.pem"}}
    (place / "brought" / "neighbours.json").write_text(json.dumps(file | secured))

    refused = command_here(*arguments)

    assert refused.code == FAILED
    assert words in refused.error


def test_no_node_runs_without_tls_beyond_its_machine(
    command_here: CommandHere, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docs/operators.md: its file is wrong, which no start mends."""
    monkeypatch.chdir(place)
    wide = ("--listen", "192.0.2.1:7700", "--address", "ws://192.0.2.1:7700/overlay")
    command_here("node", "init", "wide", "--name", "wide", *wide)

    refused = command_here("node", "run", "wide")

    assert refused.code == USAGE
    assert "neighbours.json: address: found ws://192.0.2.1:7700/overlay" in refused.error


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--for", "exa mple"), "--for: found exa mple; expected names such as example.org"),
        (("--for", "*.x"), "--for: found *.x; expected names such as example.org"),
        (("--for", "example.org", "--name", ""), "--name: found nothing; expected what people"),
    ],
)
def test_an_authority_that_cannot_be_is_wrong_usage(
    command_here: CommandHere, place: Path, options: tuple[str, ...], words: str
) -> None:
    refused = command_here("network", "ca", place / "ca", *options)

    assert refused.code == USAGE
    assert words in refused.error
    assert not (place / "ca").exists()


async def test_who_goes_without_tls_is_told_loudly(command_here: CommandHere, place: Path) -> None:
    init(command_here, place)

    async with running("node", "run", place / "north", "--insecure") as node:
        warning = await node.says("INSECURE", where="err")

    assert "who writes to whom" in warning
