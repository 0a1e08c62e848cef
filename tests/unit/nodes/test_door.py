"""How a node is reached, and what is refused of it."""

from pathlib import Path

import pytest

from overlay.config import NodeFile, TlsFiles
from overlay.errors import ConfigError
from overlay.messages.ids import Address
from overlay.nodes.certificates.keeping import Source
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.door import Door, door_of
from overlay.transport.addresses import Endpoint

NORTH = NodeDirectory(Path("north"))
WHERE = NORTH.file_path
CHAT = "wss://chat.example.org:7700/overlay"


def a_file(listen: str, address: str | None = None, tls: TlsFiles | None = None) -> NodeFile:
    return NodeFile(
        name="north",
        network="overlay",
        admission="listed",
        listen=listen,
        address=Address(address) if address is not None else None,
        tls=tls,
        neighbours=(),
    )


def a_door(listen: str, address: str | None = None, tls: TlsFiles | None = None) -> Door:
    return door_of(WHERE, a_file(listen, address, tls))


@pytest.mark.parametrize(
    ("listen", "address", "reached_at", "served_at"),
    [
        ("127.0.0.1:7700", None, "ws://127.0.0.1:7700/overlay", "ws://127.0.0.1:7700/overlay"),
        ("[::1]:7700", None, "ws://[::1]:7700/overlay", "ws://[::1]:7700/overlay"),
        ("192.0.2.1:7700", None, "wss://192.0.2.1:7700/overlay", "wss://192.0.2.1:7700/overlay"),
        ("0.0.0.0:7700", CHAT, CHAT, "wss://0.0.0.0:7700/overlay"),
        ("127.0.0.1:7700", CHAT, CHAT, "wss://127.0.0.1:7700/overlay"),
    ],
)
def test_links_beyond_this_machine_go_over_tls(
    listen: str, address: str | None, reached_at: str, served_at: str
) -> None:
    door = a_door(listen, address)

    assert door.address_at(door.listen) == reached_at
    assert door.served_at(door.listen) == served_at
    assert door.is_secured == reached_at.startswith("wss")


def test_where_the_system_chooses_the_port_that_is_the_address() -> None:
    door = a_door("127.0.0.1:0")

    assert door.address_at(Endpoint("127.0.0.1", 4711)) == "ws://127.0.0.1:4711/overlay"


@pytest.mark.parametrize(
    ("listen", "address", "tls", "where", "words"),
    [
        ("127.0.0.1:70000", None, None, "listen", "a port from 0 to 65535"),
        ("0.0.0.0:7700", None, None, "address", "where others reach this node"),
        ("[::]:7700", None, None, "address", "where others reach this node"),
        ("192.0.2.1:7700", "ws://192.0.2.1:7700/overlay", None, "address", "wss:// in place of ws"),
        ("127.0.0.1:7700", "ws://192.0.2.1:7700/overlay", None, "address", "`--insecure`"),
        ("127.0.0.1:7700", "wss://north:70000/overlay", None, "address", "a port from 1"),
        ("127.0.0.1:7700", None, TlsFiles("a.pem", "a.key"), "tls", "begins with wss://"),
        ("192.0.2.1:7700", CHAT, TlsFiles("a.pem"), "tls", "listen at loopback"),
    ],
)
def test_what_cannot_be_is_told_with_its_mend(
    listen: str, address: str | None, tls: TlsFiles | None, where: str, words: str
) -> None:
    with pytest.raises(ConfigError, match=words) as refused:
        a_door(listen, address, tls)

    assert refused.value.where == f"{WHERE}: {where}"


@pytest.mark.parametrize("listen", ["192.0.2.1:7700", "0.0.0.0:7700"])
def test_who_allows_it_serves_others_without_tls(listen: str) -> None:
    file = a_file(listen, "ws://192.0.2.1:7700/overlay")

    door = door_of(WHERE, file, allows_plain=True)

    assert not door.is_secured
    assert NORTH.certificate_source(file, door) is None


def test_a_plain_address_elsewhere_of_a_node_that_listens_there_is_told() -> None:
    file = a_file("192.0.2.1:7700", "ws://127.0.0.1:7700/overlay")

    with pytest.raises(ConfigError, match="beyond this machine links go over TLS"):
        door_of(WHERE, file)


# Certificates.


def test_a_node_makes_its_own_for_every_host_by_which_it_is_reached() -> None:
    file = a_file("192.0.2.1:7700", CHAT)

    source = NORTH.certificate_source(file, door_of(WHERE, file))

    hosts = ("chat.example.org", "192.0.2.1")
    assert source == Source(
        certificate=Path("north/tls.pem"), key=Path("north/tls.key"), hosts=hosts
    )
    assert source.is_ours


def test_an_operators_own_lies_beside_the_file() -> None:
    file = a_file("0.0.0.0:7700", CHAT, TlsFiles("certificate.pem", "/etc/key.pem"))

    source = NORTH.certificate_source(file, door_of(WHERE, file))

    assert source == Source(certificate=Path("north/certificate.pem"), key=Path("/etc/key.pem"))


def test_behind_a_proxy_links_come_without_tls_and_its_certificate_is_proved() -> None:
    file = a_file("127.0.0.1:7700", CHAT, TlsFiles("proxy.pem"))
    door = door_of(WHERE, file)

    source = NORTH.certificate_source(file, door)

    assert door.is_behind_proxy
    assert door.address_at(door.listen) == CHAT
    assert door.served_at(door.listen) == "ws://127.0.0.1:7700/overlay"
    assert source == Source(certificate=Path("north/proxy.pem"), key=None)


# Whose requests are answered.


@pytest.mark.parametrize(
    ("listen", "host", "is_ours"),
    [
        ("127.0.0.1:7700", "localhost", True),
        ("127.0.0.1:7700", "127.0.0.1", True),
        ("127.0.0.1:7700", "chat.example.org", True),
        ("127.0.0.1:7700", "192.0.2.1", False),
        ("127.0.0.1:7700", "evil.example", False),
        ("0.0.0.0:7700", "chat.example.org", True),
        ("0.0.0.0:7700", "192.0.2.1", True),
        ("0.0.0.0:7700", "localhost", True),
        ("0.0.0.0:7700", "evil.example", False),
        ("0.0.0.0:7700", "", False),
    ],
)
def test_a_name_that_was_made_to_resolve_to_us_is_not_ours(
    listen: str, host: str, is_ours: bool
) -> None:
    assert a_door(listen, CHAT).host_check()(host) == is_ours


def test_pages_of_other_nodes_carry_on_where_anybody_may_come() -> None:
    assert a_door("0.0.0.0:7700", CHAT).origin_check()("other.example.org")
    assert not a_door("127.0.0.1:7700").origin_check()("other.example.org")
    assert a_door("127.0.0.1:7700").origin_check()("localhost")
