"""Bad input, each with its documented code, and without any effect on the other links."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from overlay.core.facts import EnvelopeAccepted
from overlay.messages.clients import Attach, Deliver, Find, Submit
from overlay.messages.gossip import Push
from overlay.messages.links import Ack, Heartbeat, Hello, Refusal
from overlay.messages.routing import Relay
from overlay.messages.union import Message
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.farend import FarEnd
from tests.support.people import ClientKeys, a_client, a_node_called

SOUTH, WEST = a_node_called("south"), a_node_called("west")
REFUSED_KEYS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "refused_keys.json").read_text("utf-8")
)["keys"]


class Town:
    """A node with two neighbours and two clients that mind their own business."""

    def __init__(self) -> None:
        self.north = a_node(neighbours=[SOUTH, WEST])
        self.south, self.west = self.north.linked(SOUTH), self.north.linked(WEST)
        self.alice, self.bob = a_client("alice"), a_client("bob")
        self.at_alice = self.north.attached(self.alice)
        self.at_bob = self.north.attached(self.bob)
        self.mallory = a_client("mallory")

    def goes_on(self) -> bool:
        """Whether alice and bob still talk, and the links of the neighbours stand."""
        message = self.alice.message_to(self.bob)
        self.at_bob.hears(), self.south.hears()
        number = self.at_alice.next_number()
        self.at_alice.says(Submit(number=number, envelope=message.signed))
        arrived = [deliver.envelope for deliver in self.at_bob.hears_all(Deliver)]
        self.south.says(Heartbeat(wants_echo=True))
        echoed = self.south.hears_all(Heartbeat) == [Heartbeat()]
        return arrived == [message.signed] and echoed and self.west.is_open


@pytest.fixture
def town() -> Town:
    return Town()


def mute(town: Town, who: ClientKeys) -> tuple[Peer, FarEnd]:
    """A link on which only the node has spoken, and the far end that would answer."""
    return town.north.accepts(FarEnd(who, dials=True, is_mute=True)), FarEnd(who, dials=True)


FRAMES = {
    "not JSON": (b"GET / HTTP/1.1", "malformed"),
    "an unknown message": (b'[{"type":"hug","number":1}]', "unknown_message"),
    "an oversized frame": (b"[" + b" " * 262_144 + b"]", "too_large"),
    "a deep frame": (b"[" * 500 + b"]" * 500, "too_deep"),
    "a frame of keys": (
        b'[{"type":"ack",' + b",".join(b'"k%d":1' % n for n in range(15_000)) + b"}]",
        "malformed",
    ),
    "a frame of wrong records": (
        b"[" + b",".join([b'{"type":"push","records":[' + b"{}," * 63 + b"{}]}"] * 256) + b"]",
        "malformed",
    ),
}


@pytest.mark.parametrize(("data", "code"), FRAMES.values(), ids=FRAMES.keys())
@pytest.mark.parametrize("phase", ["before", "client", "neighbour"])
def test_a_bad_frame_ends_its_own_link_alone(
    town: Town, data: bytes, code: str, phase: str
) -> None:
    """docs/protocol.md, sections 1.2 and 11."""
    links: dict[str, Callable[[], Peer]] = {
        "before": lambda: mute(town, town.mallory)[0],
        "client": lambda: town.north.attached(town.mallory),
        "neighbour": lambda: town.west,
    }
    peer = links[phase]()
    peer.hears()

    peer.says_bytes(data)

    assert peer.is_refused() == peer.close_code == code
    town.west = town.south
    assert town.goes_on()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("versions", [99], "wrong_version"),
        ("network", "elsewhere", "wrong_network"),
        ("key", REFUSED_KEYS[0]["key"], "bad_key"),
    ],
)
def test_a_bad_hello_ends_its_own_link_alone(
    town: Town, field: str, value: object, code: str
) -> None:
    """docs/protocol.md, sections 2.3 and 3.4."""
    peer, far_end = mute(town, town.mallory)
    hello, _ = far_end.on_message(peer.hears_one(Hello))
    assert isinstance(hello, Hello)

    peer.says(Hello(json.dumps(json.loads(hello.text) | {field: value})))

    assert peer.is_refused() == peer.close_code == code
    assert town.goes_on()


def test_a_client_that_claims_anothers_key_gets_nowhere(town: Town) -> None:
    """docs/protocol.md, section 2.2: and the true one is not disturbed."""
    peer, far_end = mute(town, town.mallory)
    hello, proof = far_end.on_message(peer.hears_one(Hello))
    assert isinstance(hello, Hello)

    peer.says(Hello(hello.text.replace(town.mallory.id, town.alice.id)), proof)

    assert peer.is_refused() == peer.close_code == "wrong_proof"
    assert town.goes_on()


def test_a_presence_for_anothers_client_is_refused(town: Town) -> None:
    """docs/protocol.md, section 8.1."""
    peer = town.north.client(town.mallory)
    stolen = town.alice.attach_at(town.north.keys.id)
    peer.hears()

    peer.says(stolen)
    own = town.mallory.attach_at(town.north.keys.id)
    peer.says(replace(own, presence=stolen.presence), replace(own, account=stolen.account))

    codes = [refusal.code for refusal in peer.hears_all(Refusal)]
    assert codes == ["not_yours", "not_yours", "mismatch"]
    assert town.goes_on()


def test_forged_and_replayed_envelopes_are_refused(town: Town) -> None:
    """docs/protocol.md, sections 7.2 and 7.3."""
    peer = town.north.attached(town.mallory)
    true = town.mallory.message_to(town.bob, counter=9).signed
    changed = replace(true, signed=true.signed.replace("Body", "Boby"))
    other = town.mallory.message_to(town.bob, counter=9).signed
    stolen = town.alice.message_to(town.bob, counter=99).signed
    renamed = replace(stolen, signer=town.mallory.id)

    for envelope in (changed, true, other, stolen, renamed):
        peer.says(Submit(number=peer.next_number(), envelope=envelope))

    codes = [refusal.code for refusal in peer.hears_all(Refusal)]
    assert codes == ["bad_signature", "replayed", "not_yours", "bad_signature"]
    assert len(town.at_bob.hears_all(Deliver)) == 1
    assert town.goes_on()


def test_a_forged_transit_is_refused_where_it_arrives(town: Town) -> None:
    """docs/protocol.md, section 7.4."""
    true = town.mallory.message_to(town.bob).signed
    forged = replace(true, signed=true.signed.replace("Body", "Boby"))

    town.west.says(
        Relay(
            number=1,
            envelope=forged,
            keeper=WEST.id,
            home=a_node_called("north").id,
            attempt=1,
            budget=9,
        )
    )

    assert town.west.is_refused() == "bad_signature"
    assert town.at_bob.hears_all(Deliver) == []
    assert town.goes_on()


def test_an_envelope_that_fills_a_whole_frame_cannot_break_the_next_hop(town: Town) -> None:
    """docs/protocol.md, section 1.2: what we say of it would not fit a frame any more."""
    true = town.mallory.message_to(town.bob).signed
    escaped = replace(true, signed="\x01" * 43_500)
    relay = Relay(number=1, envelope=escaped, keeper=WEST.id, home=SOUTH.id, attempt=1, budget=9)

    town.west.says(relay)

    assert town.west.is_refused() == town.west.close_code == "too_large"
    town.west = town.south
    assert town.goes_on()


def test_a_link_that_never_finishes_its_handshake_is_ended(town: Town) -> None:
    """docs/protocol.md, section 2.4: however slowly it speaks."""
    peer, far_end = mute(town, town.mallory)
    hello, proof = far_end.on_message(peer.hears_one(Hello))
    peer.says(hello)
    for _ in range(49):
        town.north.passes(100)
        for each in (town.south, town.west, town.at_alice, town.at_bob):
            each.says(Ack(1))
    assert peer.is_open

    town.north.passes(100)
    peer.says(proof)

    assert peer.close_code == "handshake_timeout"
    assert town.goes_on()


def test_a_client_that_stops_reading_holds_nobody_up(town: Town) -> None:
    """docs/protocol.md, section 1.4: what waits for it stays within its credit."""
    peer = town.north.attached(town.mallory)
    peer.reads = False
    north: NodeUnderTest = town.north

    for index in range(1, 2_000):
        message = town.alice.message_to(town.mallory, index=index, body="A" * 2_000)
        number = town.at_alice.next_number()
        town.at_alice.says(Submit(number=number, envelope=message.signed))
        north.passes(26 if index % 100 == 0 else 0)
        if index % 100 == 0:
            peer.says(*(Find(request=number, name="alice") for number in range(200)))

    assert len(town.north.facts_of(EnvelopeAccepted)) >= 999
    assert peer.waiting_bytes < 8_388_608
    assert town.goes_on()


def test_a_neighbour_that_stops_reading_holds_nobody_up(town: Town) -> None:
    """docs/protocol.md, section 1.4: but whoever writes to its people, who has to wait."""
    carol = a_client("carol")
    at_carol = town.north.attached(carol)
    town.west.reads = False
    served = WEST.serving(town.mallory)
    town.west.says(Push(tuple(record.signed for record in served)))

    for index in range(1, 1_000):
        message = carol.message_to(town.mallory, index=index, body="A" * 8_000)
        at_carol.says(Submit(number=at_carol.next_number(), envelope=message.signed))
        town.north.passes(26 if index % 50 == 0 else 0)

    assert town.west.waiting_bytes < 8_388_608
    assert town.goes_on()


def test_a_peer_that_speaks_out_of_role_is_ended(town: Town) -> None:
    """docs/protocol.md, section 1.2."""
    as_client = town.north.attached(town.mallory)
    wrong_for_client: Message = Push(())
    wrong_for_node: Attach = town.mallory.attach_at(town.north.keys.id)

    as_client.says(wrong_for_client)
    town.west.says(wrong_for_node)

    assert as_client.is_refused() == as_client.close_code == "unexpected"
    assert town.west.is_refused() == town.west.close_code == "unexpected"
    town.west = town.south
    assert town.goes_on()


def test_a_stranger_with_a_thousand_keys_changes_nothing(town: Town) -> None:
    """docs/protocol.md, sections 4.1 and 4.2."""
    for number in range(100):
        peer = town.north.accepts(FarEnd(a_node_called(f"sybil-{number}"), dials=True))
        assert peer.close_code == "not_a_neighbour"

    assert len(town.north.node.snapshot().members) == 3
    assert town.goes_on()
