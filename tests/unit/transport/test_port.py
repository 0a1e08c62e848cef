"""A defect that one connection meets ends that connection alone."""

from overlay.runtime.defects import ConnectionFailed
from overlay.transport.http import Request, Response
from overlay.transport.port import Port
from tests.unit.transport.peers import Guest, a_port, a_raw_peer, get, says_its_request


async def test_a_defect_that_one_connection_meets_ends_it_alone_and_is_told() -> None:
    met: list[ConnectionFailed] = []

    async def answer(request: Request) -> Response:
        if request.path == "/break":
            raise IndexError("what nobody thought of")
        return await says_its_request(request)

    port = Port(
        answer=answer,
        carry=Guest().carry,
        on_defect=lambda defect, address: met.append(ConnectionFailed.by(defect, address)),
    )
    async with (
        a_port(Guest().carry, port=port) as endpoint,
        a_raw_peer(endpoint) as alice,
        a_raw_peer(endpoint) as bob,
    ):
        await alice.sends(get("/hello"))
        await alice.reads_until(b"/hello")

        await bob.sends(get("/break"))
        assert await bob.reads_all() == b""

        await alice.sends(get("/still-here"))
        await alice.reads_until(b"/still-here")

    (told,) = met
    assert (told.remote_address, told.error) == ("127.0.0.1", "IndexError: what nobody thought of")
    assert told.places[-1].startswith("test_port.py:")
