"""What others signed: only what its signer signed is taken, and what is read can be written."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import TypeVar

from overlay import limits
from overlay.errors import MalformedFrame, Mismatch, RemoteError, TooLarge
from overlay.messages.signed import Signed
from overlay.peering.statements import Reader, Signer, Verified
from overlay.wire.codec import read_json, read_signed, write_json, write_signed
from overlay.wire.signed import (
    Signable,
    read_introduction,
    read_message_text,
    read_opening,
    read_text,
    write_introduction,
    write_message_text,
    write_opening,
    write_text,
)
from tests.fuzz.shapes import shapes, words
from tests.fuzz.targets import Notice, Target
from tests.fuzz.targets.frames import refusal_of
from tests.support.people import NETWORK, a_client, a_node_called

TextT = TypeVar("TextT", str, bytes)
Read = Callable[[Signed], Verified[Signable]]


def target(notice: Notice) -> Target:
    return SignedTexts(Reader(NETWORK).read, notice)


def broken(notice: Notice) -> Target:
    """It takes the word of whoever passes a text on for what kind it is."""
    return SignedTexts(_Trusting().read, notice)


@cache
def truly_signed() -> tuple[Signed, ...]:
    """All that was ever signed here: batches of 1, 2, 3 and 64."""
    alice, bob, north = a_client("alice"), a_client("bob"), a_node_called("north")
    presence = alice.presence(north.id)
    values: list[Signable] = [
        presence.value,
        alice.bundle().value,
        alice.message_to(bob).value,
        alice.chain_start_for(bob).value,
        alice.receipt_for(bob, (0, 9)).value,
        alice.chain_wanted_from(bob).value,
        alice.unknown_key_to(bob).value,
        alice.says_on("garden", "hello").value,
    ]
    ours: list[Signable] = [
        north.record(links=(north.id,), neighbours=(north.id,)).value,
        north.slot(0, presence).value,
    ]
    batches: list[Sequence[Verified[Signable]]] = [
        *(Signer(alice.key, NETWORK).sign(values[:size]) for size in (1, 2, 3)),
        Signer(alice.key, NETWORK).sign((values * 8)[: limits.BATCH_LEAVES_MAX]),
        Signer(north.key, NETWORK).sign(ours),
        Signer(alice.account, NETWORK).sign([alice.account_record().value]),
    ]
    return tuple(verified.signed for batch in batches for verified in batch)


class SignedTexts:
    """Judges what verifies and reads one signed text; and the readers of unsigned ones."""

    def __init__(self, read: Read, notice: Notice) -> None:
        self._notice = notice
        self._read = read
        self._known = {(each.kind, each.signer, each.signed) for each in truly_signed()}

    def __call__(self, data: bytes) -> None:
        _reads_or_refuses(data)
        try:
            signed = read_signed(data)
        except MalformedFrame:
            return
        assert read_signed(write_signed(signed)) == signed
        try:
            verified = self._read(signed)
        except RemoteError as error:
            refusal_of(error)
            self._notice(words(error.code, error.detail))
        else:
            claim = (signed.kind, signed.signer, signed.signed)
            assert claim in self._known, f"nobody signed {claim}"
            assert verified.signed is signed
            self._notice(f"taken: {signed.kind} of a path of {len(signed.path)}")
        self._reads_what_it_writes(signed)

    def _reads_what_it_writes(self, signed: Signed) -> None:
        """Whoever signed it: a text is read to a value that its signer could have written."""
        try:
            value = read_text(signed)
        except RemoteError as error:
            refusal_of(error)
            self._notice(words(error.code, error.detail))
            return
        for each in shapes(value):
            self._notice(each)
        text = write_text(value)
        try:
            again = read_text(replace(signed, signed=text))
        except (TooLarge, MalformedFrame):
            # What was left out is written, and that may be too much.
            assert len(text) > limits.RECORD_CHARACTERS_MAX
            return
        assert again == value


def _reads_or_refuses(data: bytes) -> None:
    """The readers of what is sealed, kept or said before anything is signed."""
    # Half a surrogate pair is JSON, and has no text.
    with suppress(MalformedFrame, ValueError):
        write_json(read_json(data))
    with suppress(MalformedFrame):
        opening = read_opening(data)
        assert _read_again(read_opening, write_opening(opening)) == opening
    with suppress(MalformedFrame):
        text = read_message_text(data)
        assert _read_again(read_message_text, write_message_text(text)) == text
    with suppress(MalformedFrame):
        introduction = read_introduction(data.decode(errors="replace"))
        again = _read_again(read_introduction, write_introduction(introduction))
        assert again == introduction


def _read_again(read: Callable[[TextT], object], written: TextT) -> object:
    """What we wrote ourselves, which is not malformed."""
    try:
        return read(written)
    except MalformedFrame as error:
        raise AssertionError(f"{written!r} cannot be read: {error.detail}") from error


class _Trusting:
    def __init__(self) -> None:
        self._reader = Reader(NETWORK)
        self._kinds = {(each.signer, each.signed): each.kind for each in truly_signed()}

    def read(self, signed: Signed) -> Verified[Signable]:
        kind = self._kinds.get((signed.signer, signed.signed))
        if kind is None:
            raise Mismatch("not signed here")
        verified = self._reader.read(replace(signed, kind=kind))
        return replace(verified, signed=signed)
