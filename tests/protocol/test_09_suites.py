"""Chapter 9.2, its end: sealing suites are the clients' business. Nodes take, keep and pass on any.

How clients refuse what they do not have: `test_opening.py`, `test_opening_messages.py` and
`test_acquaintance.py` in `tests/unit/client/parts`; the page: `suites.test.ts` in
`overlay/web/tests/machine`.
"""

import json
from dataclasses import replace

import pytest

from overlay.core.facts import EnvelopeRefused
from overlay.messages.clients import Deliver, Find, Found, Submit
from overlay.messages.ids import Incarnation
from overlay.messages.links import Ack, Refusal, Welcome
from overlay.messages.routing import Relay
from overlay.messages.signed import Signed
from tests.protocol.harness import NodeUnderTest, a_node, at
from tests.support.farend import FarEnd
from tests.support.people import ClientKeys, NodeKeys, a_client, a_node_called

TOMORROW = "X/Y/Z"
ALICE, BOB = (replace(a_client(name), suite=TOMORROW) for name in ("alice", "bob"))
CAROL = a_client("carol")
SOUTH, EAST = a_node_called("south"), a_node_called("east")


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH, EAST])


@pytest.mark.parametrize("who", [ALICE, SOUTH], ids=["client", "node"])
@pytest.mark.parametrize("suites", [(TOMORROW,), ()], ids=["another", "none"])
def test_a_link_needs_no_suite_in_common(
    north: NodeUnderTest, who: ClientKeys | NodeKeys, suites: tuple[str, ...]
) -> None:
    """docs/protocol.md, section 9.2."""
    peer = north.accepts(FarEnd(who, dials=True, suites=suites))

    assert peer.hears_one(Welcome).version == 1
    assert peer.is_open


def test_a_node_that_dials_needs_no_suite_in_common_either() -> None:
    """docs/protocol.md, section 9.2."""
    north = a_node(neighbours=[at(SOUTH.address)])

    peer = north.reaches(SOUTH.address, FarEnd(SOUTH, dials=False, suites=(TOMORROW,)))

    assert peer.is_open
    assert peer.hears_all(Refusal) == []


def test_a_home_attaches_a_client_with_a_key_of_an_unknown_suite(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 9.2: its key is served to who asks."""
    north.attached(BOB)
    carol = north.attached(CAROL)

    carol.says(Find(request=2, id=BOB.account_id))

    (person,) = carol.hears_one(Found).people
    assert [present.bundle for present in person.present] == [BOB.bundle().signed]


def test_an_origins_home_accepts_and_keeps_what_is_sealed_in_an_unknown_suite(
    north: NodeUnderTest,
) -> None:
    """docs/protocol.md, section 9.2: client to node; the recipients come later."""
    alice, bob = north.attached(ALICE), north.attached(BOB)
    bob.ends()
    start, message = ALICE.chain_start_for(BOB), ALICE.message_to(BOB)

    for number, each in enumerate((start, message), 1):
        alice.says(Submit(number=number, envelope=each.signed))
    north.passes(25)

    said = alice.hears()
    assert Ack(2) in said
    assert not any(isinstance(each, Refusal) for each in said)
    assert delivered(north, replace(BOB, incarnation=Incarnation(BOB.incarnation + 1))) == [
        start.signed,
        message.signed,
    ]


def delivered(north: NodeUnderTest, who: ClientKeys) -> list[Signed]:
    """What somebody who attaches now gets."""
    peer = north.client(who)
    peer.says(who.attach_at(north.keys.id, north.incarnation))
    north.passes(100)
    return [each.envelope for each in peer.hears_all(Deliver)]


def test_a_relay_and_a_recipients_home_pass_on_what_is_sealed_in_an_unknown_suite(
    north: NodeUnderTest,
) -> None:
    """docs/protocol.md, section 9.2: node to node, and node to client."""
    bob, south = north.attached(BOB), north.linked(SOUTH)
    east = north.linked(EAST)
    for number, home in enumerate((north.keys.id, EAST.id), 1):
        south.says(
            Relay(
                number=number,
                envelope=ALICE.message_to(BOB, index=number).signed,
                keeper=SOUTH.id,
                home=home,
                attempt=1,
                budget=5,
            )
        )
    north.passes(25)

    assert [suite_of(each.envelope) for each in bob.hears_all(Deliver)] == [TOMORROW]
    assert [suite_of(each.envelope) for each in east.hears_all(Relay)] == [TOMORROW]
    assert south.hears_all(Refusal) == []
    assert north.facts_of(EnvelopeRefused) == []


def suite_of(envelope: Signed) -> str:
    return str(json.loads(envelope.signed)["suite"])


def test_a_client_that_refuses_a_suite_hurts_nobody(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 9.2: its link stays, and what comes next is delivered."""
    alice, carol = north.attached(ALICE), north.attached(CAROL)
    alice.says(Submit(number=1, envelope=ALICE.message_to(CAROL).signed))

    carol.says(Refusal(code="unknown_suite", number=carol.hears_one(Deliver).number))
    alice.says(Submit(number=2, envelope=ALICE.message_to(CAROL, index=2).signed))

    assert carol.hears_one(Deliver).number == 2
    assert (alice.is_open, carol.is_open) == (True, True)
