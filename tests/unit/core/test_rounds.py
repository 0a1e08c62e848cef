"""What happens once for all events of a round, and around a node's start."""

from dataclasses import replace

from overlay import limits
from overlay.core.durable import record_row
from overlay.core.facts import ClientDetached, StoreTrouble
from overlay.messages.clients import Submit
from overlay.messages.gossip import Push
from overlay.messages.routing import Relay, Returned
from overlay.peering.events import LinkClosed, Stored
from overlay.peering.records import subject_of
from overlay.peering.rows import Row
from tests.protocol.harness import NodeUnderTest, a_node, told
from tests.support.farend import FarEnd
from tests.support.people import a_client, a_node_called

ALICE, BOB = a_client("alice"), a_client("bob")
SOUTH = a_node_called("south")


def test_damaged_rows_are_reported_and_the_rest_is_known() -> None:
    """docs/protocol.md, section 5.4."""
    north = a_node_called("north")
    good = SOUTH.record(neighbours=(north.id,))
    forged = replace(ALICE.account_record().signed, signature="A" * 86)
    rows = [
        record_row(subject_of(good.value), good.signed),
        record_row(subject_of(ALICE.account_record().value), forged),
        record_row(subject_of(north.record().value), north.record(version=2**50).signed),
        Row(table="records", key="broken", value=b"?"),
    ]

    node = a_node(neighbours=[SOUTH], rows=rows)

    assert [fact.reason for fact in node.facts_of(StoreTrouble)] == [
        "row records/broken cannot be read",
        "a stored record: bad_signature",
    ]
    assert [member.name for member in node.node.snapshot().members] == ["north", "south"]


def test_records_that_could_not_be_saved_are_reported() -> None:
    """docs/protocol.md, section 5.4: the node goes on."""
    north = a_node(neighbours=[SOUTH])
    north.stores_at_once = False
    north.linked(SOUTH)
    north.passes(limits.RECORDS_SAVE_MS)

    north.disk_refuses("no space left")

    assert [fact.reason for fact in north.facts_of(StoreTrouble)] == ["no space left"]
    assert north.unanswered == []


def test_a_client_that_goes_in_the_round_in_which_mail_for_it_comes() -> None:
    """docs/protocol.md, section 7.4."""
    north = a_node(neighbours=[SOUTH])
    south, bob = north.linked(SOUTH), north.attached(BOB)
    south.hears()
    copy = Relay(
        number=1,
        envelope=ALICE.message_to(BOB).signed,
        keeper=SOUTH.id,
        home=a_node_called("north").id,
        attempt=1,
        budget=5,
    )

    north.happens(LinkClosed(bob.link, "reset"), south.frame(copy))

    assert south.hears_one(Returned).reason == "not_here"


def test_a_client_that_goes_in_the_round_in_which_it_came() -> None:
    """docs/protocol.md, section 8.1."""
    north = a_node(neighbours=[SOUTH])
    south, alice = north.linked(SOUTH), north.client(ALICE)
    south.hears()

    north.happens(
        alice.frame(ALICE.attach_at(a_node_called("north").id)), LinkClosed(alice.link, "reset")
    )

    assert north.node.snapshot().clients_reachable == 0
    assert [fact.reason for fact in north.facts_of(ClientDetached)] == ["reset"]
    kinds = [record.kind for push in south.hears_all(Push) for record in push.records]
    assert "presence" not in kinds


def test_beginning_anew_keeps_what_was_accepted() -> None:
    """docs/protocol.md, sections 2.5 and 7.3."""
    north: NodeUnderTest = a_node(neighbours=[SOUTH])
    north.attached(BOB).ends()
    alice = north.attached(ALICE)
    alice.says(Submit(number=1, envelope=ALICE.message_to(BOB).signed))

    lost = a_node_called("north").record(incarnation=7)
    north.accepts(FarEnd(SOUTH, dials=True, welcome=told(lost)))

    assert north.incarnation == 8
    assert north.node.snapshot().mailbox_envelopes == 1
    again = north.client(BOB)
    again.says(BOB.attach_at(a_node_called("north").id, 8))
    assert [type(message).__name__ for message in again.hears()][-1] == "Deliver"


def test_an_answer_of_the_disk_that_comes_twice_changes_nothing() -> None:
    north = NodeUnderTest()
    north.stores_at_once = False
    north.settles()
    (ticket,) = north.unanswered

    north.happens(Stored(ticket))
    facts = list(north.facts)
    north.happens(Stored(ticket))

    assert north.facts == facts
