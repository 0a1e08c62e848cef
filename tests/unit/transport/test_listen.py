"""Opening the port, and what is said when it cannot be had."""

import resource
import socket

import pytest
import trio

from overlay.errors import ConfigError
from overlay.transport.addresses import Endpoint
from overlay.transport.listen import FILES_MAX, listening_at, open_listeners


async def test_port_zero_lets_the_system_choose_one_port() -> None:
    listeners = await open_listeners(Endpoint("localhost", 0))

    assert len(listeners) == 1
    assert listening_at(listeners[0]).port > 0
    await listeners[0].aclose()


async def test_a_taken_port_is_named_with_the_way_out() -> None:
    (listener,) = await open_listeners(Endpoint("127.0.0.1", 0))
    taken = listening_at(listener)

    with pytest.raises(ConfigError) as refused:
        await open_listeners(taken)

    assert str(refused.value) == (
        f"listen address: found {taken}, where another program listens already; expected a free"
        f" port: pick another, or find the holder of this one with `ss -ltnp sport = :{taken.port}`"
    )
    await listener.aclose()


async def test_a_host_that_nobody_knows_is_told_in_the_resolvers_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def knows_nobody(*_: object, **__: object) -> list[trio.SocketListener]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(trio, "open_tcp_listeners", knows_nobody)

    with pytest.raises(ConfigError, match=r"north.example:7700 \(Name or service not known\)"):
        await open_listeners(Endpoint("north.example", 7700))


async def test_a_host_that_no_name_can_be_is_told() -> None:
    with pytest.raises(ConfigError, match=r"found a\.\.b:7700, whose host cannot be"):
        await open_listeners(Endpoint("a..b", 7700))


async def test_a_listening_process_may_open_as_many_files_as_a_node_has_links() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
    try:
        for listener in await open_listeners(Endpoint("127.0.0.1", 0)):
            await listener.aclose()

        allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert allowed == (FILES_MAX if most == resource.RLIM_INFINITY else min(FILES_MAX, most))
