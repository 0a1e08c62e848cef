"""Lines of inputs for whole machines stand for frames that are truly signed and numbered."""

import json

from overlay.messages.clients import Submit
from overlay.peering.statements import Reader
from overlay.wire.codec import decode_frame, encode_frame
from tests.fuzz.scripts import LINES_MAX, WAIT_MAX_MS, Line, frame, lines, wait_ms, written
from tests.support.people import NETWORK, a_client


def test_names_stand_for_ids_and_a_mark_for_the_number_that_is_due() -> None:
    text = b'[{"type":"submit","number":"#","keeper":"@alice","x":"@@alice"}]'
    alice = a_client("alice")

    (message,) = json.loads(frame(text, lambda: 7))

    assert message == {"type": "submit", "number": 7, "keeper": alice.id, "x": alice.account_id}


def test_what_somebody_is_to_sign_is_signed_and_comes_back_as_it_was() -> None:
    alice, bob = a_client("alice"), a_client("bob")
    said = alice.message_to(bob)
    data = encode_frame(Submit(number=1, envelope=said.signed))

    (message,) = decode_frame(frame(written(data), lambda: 1))

    assert isinstance(message, Submit)
    assert Reader(NETWORK).read(message.envelope).value == said.value


def test_what_cannot_be_filled_in_arrives_as_it_is() -> None:
    for text in (b"[@", b"\xff", b"", b"[" * 100_000 + b"@"):
        assert frame(text, lambda: 1) == text


def test_stories_and_waits_have_an_end() -> None:
    assert len(list(lines(b"south []\n" * 100))) == LINES_MAX
    assert list(lines(b"wait 300\nend")) == [Line("wait", b"300"), Line("end", b"")]
    assert [wait_ms(text) for text in (b"300", b"-5", b"x", b"9" * 30)] == [300, 5, 0, WAIT_MAX_MS]
