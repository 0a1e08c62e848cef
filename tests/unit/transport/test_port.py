"""A defect that one connection meets ends that connection alone."""

from collections.abc import Callable

import pytest

from overlay.runtime.defects import ConnectionFailed
from overlay.transport.http import Request, Response
from overlay.transport.port import Port
from overlay.transport.tls import NO_TLS, Presented
from tests.unit.transport.peers import Guest, a_port, a_raw_peer, get, says_its_request


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
