"""A defect that one connection meets ends that connection alone; and who has no link holds a
place."""

from collections.abc import Callable

import pytest
import trio
from trio.testing import MockClock, memory_stream_pair, wait_all_tasks_blocked

from overlay.runtime.defects import ConnectionFailed
from overlay.transport.http import Request, Response
from overlay.transport.port import Places, Port, TurnedAway
from overlay.transport.tls import NO_TLS, Presented
from overlay.transport.turns import PASSING_TURNS
from tests.unit.transport.peers import (
    Guest,
    RawPeer,
    a_port,
    a_raw_peer,
    get,
    opening,
    says_its_request,
)


class Faulty:
    """What a port asks of others; all of it answers, until it is broken."""

    def __init__(self) -> None:
        self.is_broken = False

    def _may_break(self) -> None:
        if self.is_broken:
            raise IndexError("what nobody thought of")

    async def answer(self, request: Request) -> Response:
        self._may_break()
        return await says_its_request(request)

    def presents(self) -> Presented:
        self._may_break()
        return NO_TLS

    def is_banned(self, _: str) -> bool:
        self._may_break()
        return False


def answering(faulty: Faulty) -> dict[str, object]:
    return {"answer": faulty.answer}


def presenting(faulty: Faulty) -> dict[str, object]:
    return {"presents": faulty.presents}


def banning(faulty: Faulty) -> dict[str, object]:
    return {"is_banned": faulty.is_banned}


@pytest.mark.parametrize("breaks", [answering, presenting, banning])
async def test_a_defect_that_one_connection_meets_ends_it_alone_and_is_told(
    breaks: Callable[[Faulty], dict[str, object]],
) -> None:
    met: list[ConnectionFailed] = []
    faulty = Faulty()
    given: dict[str, object] = {
        "answer": says_its_request,
        "carry": Guest().carry,
        "on_defect": lambda defect, address: met.append(ConnectionFailed.by(defect, address)),
    }
    port = Port(**given | breaks(faulty))  # type: ignore[arg-type]  # all of them fit
    async with a_port(Guest().carry, port=port) as endpoint, a_raw_peer(endpoint) as alice:
        await alice.sends(get("/hello"))
        await alice.reads_until(b"/hello")

        faulty.is_broken = True
        async with a_raw_peer(endpoint) as bob:
            await bob.sends(get("/break"))
            assert await bob.reads_all() == b""
        faulty.is_broken = False

        await alice.sends(get("/still-here"))
        await alice.reads_until(b"/still-here")

    (told,) = met
    assert (told.remote_address, told.error) == ("127.0.0.1", "IndexError: what nobody thought of")
    assert told.places[-1].startswith("test_port.py:")


async def status_of_one_whose_place_is_taken_after(turns: int) -> bytes:
    """Of whom another comes so many turns of the event loop later, where only one has room."""
    port = Port(answer=says_its_request, carry=Guest().carry, places=Places(places_max=1))
    deadline = trio.current_time() + 5
    ours, theirs = memory_stream_pair()
    first = RawPeer(theirs)
    await first.sends(opening())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(port.serve_stream, ours, "192.0.2.1", deadline)
        for _ in range(turns):
            await trio.lowlevel.checkpoint()
        nursery.start_soon(port.serve_stream, memory_stream_pair()[0], "192.0.2.2", deadline)
        head = await first.reads_head()
        nursery.cancel_scope.cancel()
    return head.split()[1]


async def test_who_waits_to_be_let_through_has_a_place_that_it_may_lose(
    autojump_clock: MockClock,
) -> None:
    statuses = [
        await status_of_one_whose_place_is_taken_after(turns)
        for turns in range(1, 4 * PASSING_TURNS)
    ]

    lost = statuses.count(b"503")
    assert statuses == [b"503"] * lost + [b"101"] * (len(statuses) - lost)
    assert PASSING_TURNS < lost < len(statuses)


OnTurnedAway = Callable[[TurnedAway], None]


async def reasons_of(port_of: Callable[[OnTurnedAway], Port], *peers: bytes) -> list[str]:
    """Why connections come to nothing whose peers say so much and no more, one after the other."""
    told: list[str] = []
    port = port_of(lambda turned: told.append(turned.reason))
    kept = []
    async with trio.open_nursery() as nursery:
        for said in peers:
            ours, theirs = memory_stream_pair()
            kept.append(theirs)
            await theirs.send_all(said)
            deadline = trio.current_time() + 5
            nursery.start_soon(port.serve_stream, ours, "192.0.2.1", deadline)
            await wait_all_tasks_blocked()
    return told


def a_port_that_tells(**given: object) -> Callable[[OnTurnedAway], Port]:
    usual: dict[str, object] = {"answer": says_its_request, "carry": Guest().carry}
    return lambda tell: Port(**usual | given, on_turned_away=tell)  # type: ignore[arg-type]  # all of them fit


@pytest.mark.parametrize(
    ("port", "peers", "reasons"),
    [
        (a_port_that_tells(is_banned=lambda _: True), [b""], ["banned"]),
        (a_port_that_tells(places=Places(per_address_max=1)), [b"", b""], ["address", "slow"]),
        (a_port_that_tells(places=Places(places_max=1)), [b"", b""], ["room", "slow"]),
        (a_port_that_tells(), [b""], ["slow"]),
        (a_port_that_tells(), [b"GET / HTTP/1.1\r\nHo"], ["slow"]),
        (a_port_that_tells(), [b"GET / HTTP/1.0\r\n\r\n"], ["request"]),
        (a_port_that_tells(), [get("/")], []),
    ],
)
@pytest.mark.usefixtures("autojump_clock")
async def test_what_comes_to_nothing_at_the_door_is_told_with_its_reason(
    port: Callable[[OnTurnedAway], Port], peers: list[bytes], reasons: list[str]
) -> None:
    assert await reasons_of(port, *peers) == reasons
