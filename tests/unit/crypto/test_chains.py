"""Keys of messages: a chain of one origin client in one conversation, stepping forward only."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from overlay.crypto.chains import (
    ReceivingChain,
    SendingChain,
    chain_id,
    direct_conversation,
    step,
)
from overlay.crypto.encoding import decode, decode_any, encode, length_prefixed
from overlay.crypto.sealing import unpad
from overlay.errors import CannotOpen, ChainGap
from overlay.messages.ids import AccountId, ChainId, ClientId, ConversationId

GOLDEN = json.loads(
    (Path(__file__).parents[2] / "vectors" / "golden_chains.json").read_text("utf-8")
)

NETWORK = "overlay"
ALICE = AccountId(encode(b"A" * 32))
BOB = AccountId(encode(b"B" * 32))
ORIGIN = ClientId(encode(b"O" * 32))
CONVERSATION = direct_conversation(NETWORK, ALICE, BOB)
FIRST_KEY = bytes(range(32))


def a_sending_chain() -> SendingChain:
    return SendingChain(NETWORK, CONVERSATION, ORIGIN, FIRST_KEY)


def a_receiving_chain(skipped_max: int = 8) -> ReceivingChain:
    return ReceivingChain.start(
        network=NETWORK,
        conversation=CONVERSATION,
        origin=ORIGIN,
        chain=a_sending_chain().chain,
        first_key=FIRST_KEY,
        skipped_max=skipped_max,
    )


def sealed_texts(count: int) -> list[tuple[int, bytes]]:
    chain = a_sending_chain()
    return [chain.seal(b"text %d" % number) for number in range(1, count + 1)]


def test_a_conversation_is_the_same_from_both_sides_and_another_elsewhere() -> None:
    assert direct_conversation(NETWORK, ALICE, BOB) == direct_conversation(NETWORK, BOB, ALICE)
    assert direct_conversation("elsewhere", ALICE, BOB) != CONVERSATION
    assert direct_conversation(NETWORK, ALICE, ALICE) != CONVERSATION


def test_a_conversation_is_the_hash_of_both_accounts_the_lower_text_first() -> None:
    """docs/protocol.md, section 9.1."""
    joined = length_prefixed("overlay/1/direct", NETWORK, ALICE, BOB)

    assert ALICE < BOB
    assert encode(sha256(joined).digest()) == CONVERSATION


def test_a_chain_is_the_hash_of_where_it_belongs_and_its_first_key() -> None:
    """docs/protocol.md, section 9.3."""
    joined = length_prefixed("overlay/1/chain", NETWORK, CONVERSATION, ORIGIN, FIRST_KEY)

    assert a_sending_chain().chain == encode(sha256(joined).digest())


def test_a_step_gives_the_next_chain_key_and_then_the_message_key() -> None:
    """docs/protocol.md, section 9.4."""
    derived = HKDF(SHA256(), 64, b"", b"overlay/1/step").derive(FIRST_KEY)

    assert step(FIRST_KEY) == (derived[:32], derived[32:])


def test_a_message_is_sealed_under_its_own_key_and_bound_to_its_place() -> None:
    """docs/protocol.md, section 9.4."""
    chain = a_sending_chain()
    second_chain_key, _ = step(FIRST_KEY)
    _, second_message_key = step(second_chain_key)
    place = b"".join(decode(part, 32) for part in (ORIGIN, CONVERSATION, chain.chain))

    chain.seal(b"first")
    index, sealed = chain.seal(b"second")

    associated = place + (2).to_bytes(8, "big")
    assert index == 2
    assert AESGCM(second_message_key).decrypt(bytes(12), sealed, associated) == b"second"


def test_messages_open_in_the_order_they_were_sealed() -> None:
    chain = a_receiving_chain()

    opened = [chain.open(*sealed) for sealed in sealed_texts(3)]

    assert opened == [b"text 1", b"text 2", b"text 3"]
    assert chain.opened() == ((1, 3),)
    assert chain.next_index == 4


def test_messages_open_in_any_order() -> None:
    chain = a_receiving_chain()
    first, second, third, fourth = sealed_texts(4)

    opened = [chain.open(*sealed) for sealed in (third, first, fourth, second)]

    assert opened == [b"text 3", b"text 1", b"text 4", b"text 2"]
    assert chain.snapshot()["skipped"] == {}


def test_a_chain_knows_what_it_has_opened() -> None:
    chain = a_receiving_chain()
    texts = sealed_texts(6)
    for place in (1, 2, 5):
        chain.open(*texts[place])

    assert chain.opened() == ((2, 3), (6, 6))
    assert [index for index in range(-1, 9) if chain.has_opened(index)] == [2, 3, 6]


def test_nothing_opened_is_no_range() -> None:
    assert a_receiving_chain().opened() == ()


@pytest.mark.parametrize("order", [[0], [2, 0]], ids=["in order", "late"])
def test_a_message_opens_once(order: list[int]) -> None:
    chain = a_receiving_chain()
    texts = sealed_texts(3)
    for place in order:
        chain.open(*texts[place])

    with pytest.raises(CannotOpen):
        chain.open(*texts[0])


@pytest.mark.parametrize("index", [0, -1])
def test_an_index_below_one_is_no_message(index: int) -> None:
    with pytest.raises(CannotOpen):
        a_receiving_chain().open(index, sealed_texts(1)[0][1])


@pytest.mark.parametrize("index", [1, 2, 5])
def test_an_open_that_fails_changes_nothing(index: int) -> None:
    chain = a_receiving_chain()
    texts = sealed_texts(5)
    chain.open(*texts[2])
    before = chain.snapshot()

    with pytest.raises(CannotOpen):
        chain.open(index, texts[index - 1][1][:-1] + b"?")

    assert chain.snapshot() == before
    assert chain.open(*texts[index - 1]) == b"text %d" % index


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(16), bytes(100)])
def test_bytes_that_were_never_sealed_do_not_open(sealed: bytes) -> None:
    with pytest.raises(CannotOpen):
        a_receiving_chain().open(1, sealed)


def test_a_message_does_not_open_at_another_index() -> None:
    with pytest.raises(CannotOpen):
        a_receiving_chain().open(2, sealed_texts(1)[0][1])


def test_a_jump_that_would_leave_too_much_unopened_is_refused_and_changes_nothing() -> None:
    """docs/protocol.md, section 9.4."""
    chain = a_receiving_chain(skipped_max=3)
    texts = sealed_texts(6)
    before = chain.snapshot()

    with pytest.raises(ChainGap):
        chain.open(*texts[4])

    assert chain.snapshot() == before
    assert chain.open(*texts[3]) == b"text 4"


def test_what_is_unopened_already_counts_against_the_next_jump() -> None:
    chain = a_receiving_chain(skipped_max=3)
    texts = sealed_texts(7)
    chain.open(*texts[2])

    with pytest.raises(ChainGap):
        chain.open(*texts[5])
    chain.open(*texts[0])

    assert chain.open(*texts[5]) == b"text 6"


def test_a_jump_past_all_bounds_is_refused_at_once() -> None:
    with pytest.raises(ChainGap):
        a_receiving_chain().open(2**53 - 1, bytes(32))


def test_a_chain_goes_on_after_it_was_stored_as_json() -> None:
    chain = a_receiving_chain()
    texts = sealed_texts(5)
    chain.open(*texts[3])
    chain.open(*texts[1])

    restored = ReceivingChain.restore(json.loads(json.dumps(chain.snapshot())))

    assert restored.snapshot() == chain.snapshot()
    assert restored.opened() == ((2, 2), (4, 4))
    assert [restored.open(*texts[place]) for place in (4, 0, 2)] == [
        b"text 5",
        b"text 1",
        b"text 3",
    ]
    with pytest.raises(CannotOpen):
        restored.open(*texts[1])


def test_keys_that_were_used_are_nowhere_in_what_is_stored() -> None:
    """docs/protocol.md, section 9.4."""
    chain = a_receiving_chain()
    texts = sealed_texts(3)
    after_first, first_message_key = step(FIRST_KEY)
    after_second, second_message_key = step(after_first)
    chain.open(*texts[2])
    chain.open(*texts[0])

    stored = json.dumps(chain.snapshot())

    for used in (FIRST_KEY, after_first, after_second, first_message_key):
        assert encode(used) not in stored
    assert encode(second_message_key) in stored


def test_a_broken_snapshot_is_refused() -> None:
    snapshot = a_receiving_chain().snapshot()
    snapshot["key"] = "short"

    with pytest.raises(ValueError, match="do not stand for"):
        ReceivingChain.restore(snapshot)


def start(
    *,
    conversation: ConversationId = CONVERSATION,
    origin: ClientId = ORIGIN,
    first_key: bytes = FIRST_KEY,
    network: str = NETWORK,
    chain: ChainId | None = None,
) -> ReceivingChain:
    return ReceivingChain.start(
        network=network,
        conversation=conversation,
        origin=origin,
        chain=chain or a_sending_chain().chain,
        first_key=first_key,
        skipped_max=8,
    )


def test_a_start_with_another_key_or_for_another_place_is_refused() -> None:
    """docs/protocol.md, section 9.3."""
    with pytest.raises(CannotOpen):
        start(first_key=bytes(32))
    with pytest.raises(CannotOpen):
        start(network="elsewhere")
    with pytest.raises(CannotOpen):
        start(origin=ClientId(BOB))
    with pytest.raises(CannotOpen):
        start(conversation=ConversationId(BOB))
    with pytest.raises(CannotOpen):
        start(chain=ChainId(BOB))


@pytest.mark.parametrize("key_bytes", [0, 31, 33])
def test_a_first_key_of_another_length_is_refused(key_bytes: int) -> None:
    key = bytes(key_bytes)
    with pytest.raises(ValueError, match="has 32 bytes"):
        SendingChain(NETWORK, CONVERSATION, ORIGIN, key)
    with pytest.raises(CannotOpen):
        start(first_key=key, chain=chain_id(NETWORK, CONVERSATION, ORIGIN, key))


def test_a_start_whose_conversation_is_no_id_is_refused_even_with_a_chain_that_matches() -> None:
    nowhere = ConversationId("nowhere")

    with pytest.raises(CannotOpen):
        start(conversation=nowhere, chain=chain_id(NETWORK, nowhere, ORIGIN, FIRST_KEY))


def test_no_chain_shows_its_key() -> None:
    sending, receiving = a_sending_chain(), a_receiving_chain()

    assert repr(sending) == f"SendingChain(chain={sending.chain!r}, next_index=1)"
    assert repr(receiving) == f"ReceivingChain(chain={sending.chain!r}, next_index=1)"


def test_the_golden_chain_is_sealed_and_opened_as_it_stands() -> None:
    network, origin = GOLDEN["network"], ClientId(GOLDEN["origin"])
    first_key = decode(GOLDEN["first_key"], 32)
    one, other = GOLDEN["accounts"]
    conversation = direct_conversation(network, other, one)
    sending = SendingChain(network, conversation, origin, first_key)
    receiving = ReceivingChain.start(
        network=network,
        conversation=conversation,
        origin=origin,
        chain=ChainId(GOLDEN["chain"]),
        first_key=first_key,
        skipped_max=8,
    )
    messages = GOLDEN["messages"]

    sealed = [sending.seal(decode_any(message["padded"])) for message in messages]
    opened = [
        receiving.open(message["index"], decode_any(message["sealed"]))
        for message in reversed(messages)
    ]

    assert conversation == GOLDEN["conversation"]
    assert [(index, encode(body)) for index, body in sealed] == [
        (message["index"], message["sealed"]) for message in messages
    ]
    assert [encode(unpad(padded)) for padded in reversed(opened)] == [
        message["content"] for message in messages
    ]


def test_the_golden_message_keys_are_the_steps_of_the_first_key() -> None:
    chain_key = decode(GOLDEN["first_key"], 32)

    for message in GOLDEN["messages"]:
        chain_key, message_key = step(chain_key)
        assert (encode(chain_key), encode(message_key)) == (
            message["chain_key"],
            message["message_key"],
        )
