"""Rows: what is written is read, and what is broken counts as missing."""

import pytest

from overlay import limits
from overlay.client.durable import rows
from overlay.client.durable.values import (
    Arrival,
    HeardRow,
    NetworkTaken,
    OutboxRow,
    PersonRow,
    ReceivingRow,
    SealedText,
    SendingRow,
    UntakenRow,
    Written,
)
from overlay.client.requests import MessageId
from overlay.crypto.chains import ReceivingChain, SendingChain
from overlay.messages.ids import Address, ChainId, ConversationId, Counter, Incarnation
from overlay.messages.links import Home
from overlay.peering.rows import Row, RowKey
from tests.support.people import CHAIN, CONVERSATION, NETWORK, a_node_called, hash_of
from tests.unit.client.friends import a_friend

BOB = a_friend()


def an_arrival(index: int = 1) -> Arrival:
    return Arrival(
        origin=BOB.id,
        chain=CHAIN,
        index=index,
        conversation=CONVERSATION,
        account=BOB.account_id,
        person=BOB.account_id,
        text="hello \N{GRINNING FACE}",
        sent_at=7,
        parents=((ChainId(hash_of("another")), 3),),
    )


def a_chain(skips: int = 2) -> ReceivingChain:
    """A chain of which the first messages have not come."""
    key = b"k" * 32
    sending = SendingChain(NETWORK, CONVERSATION, BOB.id, key)
    chain = ReceivingChain.start(
        network=NETWORK,
        conversation=CONVERSATION,
        origin=BOB.id,
        chain=sending.chain,
        first_key=key,
        skipped_max=limits.CHAIN_SKIPPED_MAX,
    )
    for _ in range(skips):
        sending.seal(b"lost")
    index, sealed = sending.seal(b"found")
    chain.open(index, sealed)
    return chain


def test_who_a_client_is_is_read_as_it_was_written() -> None:
    home = Home(id=a_node_called("north").id, name="north", address=Address("ws://north/overlay"))

    read = rows.from_rows(
        [
            rows.incarnation_row(Incarnation(6)),
            rows.network_row(NetworkTaken("lab", "open")),
            rows.account_row(BOB.account_record().signed),
            rows.homes_row((home,)),
            rows.channels_row(["news"]),
            rows.heard_row(BOB.id, HeardRow(Incarnation(2), Counter(9))),
            rows.sealing_key_row(BOB.sealing.key_id, BOB.sealing.seed),
        ]
    )

    assert read.incarnation == 6
    assert read.network == NetworkTaken("lab", "open")
    assert read.account == BOB.account_record().signed
    assert read.homes == (home,)
    assert read.channels == ("news",)
    assert read.heard == {BOB.id: HeardRow(Incarnation(2), Counter(9))}
    assert read.sealing_seeds == [BOB.sealing.seed]
    assert read.unreadable == []


def test_what_was_said_is_read_in_its_order() -> None:
    first = OutboxRow(
        message=MessageId("first"),
        order=1,
        to=BOB.account_id,
        content=Written(text="hello", sent_at=7),
    )
    second = OutboxRow(
        message=MessageId("second"),
        order=2,
        to=BOB.account_id,
        content=SealedText(conversation=CONVERSATION, chain=CHAIN, index=4, body="Body"),
    )
    newer, older = (
        SendingRow(
            chain=ChainId(hash_of(str(order))),
            order=order,
            to=BOB.account_id,
            conversation=CONVERSATION,
            first_key=key,
        )
        for order, key in ((9, None), (8, b"k" * 32))
    )

    read = rows.from_rows(
        [
            *(rows.outbox_row(entry) for entry in (second, first)),
            *(rows.sending_row(each) for each in (newer, older)),
        ]
    )

    assert read.outbox == [first, second]
    assert read.sending == [older, newer]
    assert read.unreadable == []


def test_what_was_heard_is_read_as_it_was_written() -> None:
    chain = a_chain()
    first, second = (
        UntakenRow(order=order, arrival=an_arrival(order), follows_gap=order == 2)
        for order in (1, 2)
    )
    person = PersonRow(BOB.account_record().signed, (BOB.bundle().signed,))
    receiving = ReceivingRow(chain=chain, account=BOB.account_id, person=BOB.account_id)

    read = rows.from_rows(
        [
            rows.receiving_row(receiving),
            rows.held_row(an_arrival()),
            *(rows.untaken_row(each) for each in (second, first)),
            rows.heads_row(CONVERSATION, ((CHAIN, 5),)),
            rows.person_row(BOB.account_id, person),
        ]
    )

    assert [row.chain.snapshot() for row in read.receiving] == [chain.snapshot()]
    assert read.held == [an_arrival()]
    assert read.untaken == [first, second]
    assert read.heads == {CONVERSATION: ((CHAIN, 5),)}
    assert read.people == [person]
    assert read.unreadable == []


def test_keys_are_those_of_the_rows_that_they_delete() -> None:
    row = rows.held_row(an_arrival())
    assert rows.held_key((CHAIN, 1)) == RowKey(row.table, row.key)
    untaken = rows.untaken_row(UntakenRow(order=1, arrival=an_arrival(), follows_gap=False))
    assert rows.untaken_key((CHAIN, 1)) == RowKey(untaken.table, untaken.key)
    heads = rows.heads_row(ConversationId(CONVERSATION), ())
    assert rows.heads_key(CONVERSATION) == RowKey(heads.table, heads.key)


BROKEN = [
    ("client", "incarnation", b"-1"),
    ("client", "incarnation", b'"one"'),
    ("client", "incarnation", b"not json"),
    ("client", "network", b"[]"),
    ("client", "network", b'{"network":1,"admission":"open"}'),
    ("client", "account", b"{}"),
    ("client", "homes", b"{}"),
    ("client", "homes", b"[1]"),
    ("client", "channels", b"[1]"),
    ("sealing_keys", "x", b'{"seed":"short"}'),
    ("outbox", "x", b'{"order":1}'),
    ("sending_chains", "x", b'{"order":1,"to":"a","conversation":"b","first_key":"short"}'),
    ("receiving_chains", "x", b"{}"),
    ("held_messages", "x", b"{}"),
    ("untaken_messages", "x", b'{"order":1}'),
    ("conversations", "x", b'[["chain"]]'),
    ("people", "x", b'{"account":"{}","bundles":[]}'),
    ("people", "x", b"\xff"),
    ("heard_origins", "x", b"[1]"),
    ("heard_origins", "x", b'[1,"two"]'),
]


@pytest.mark.parametrize(("table", "key", "value"), BROKEN)
def test_a_broken_row_is_listed_and_otherwise_missing(table: str, key: str, value: bytes) -> None:
    read = rows.from_rows([Row(table=table, key=key, value=value)])

    assert read.unreadable == [RowKey(table, key)]
    assert (read.incarnation, read.outbox, read.people) == (0, [], [])


def test_rows_that_nobody_knows_are_left_alone() -> None:
    read = rows.from_rows(
        [
            Row(table="tomorrow", key="x", value=b"?"),
            Row(table="client", key="tomorrow", value=b"?"),
        ]
    )

    assert read.unreadable == []


def test_a_listed_network_is_read_as_one() -> None:
    read = rows.from_rows([rows.network_row(NetworkTaken("lab", "listed"))])

    assert read.network == NetworkTaken("lab", "listed")
