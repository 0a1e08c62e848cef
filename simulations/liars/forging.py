"""Signed texts that nobody signed: what a liar can make of those that it has heard."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random

from overlay.crypto.encoding import encode
from overlay.crypto.keys import SigningKey
from overlay.crypto.signing import sign_batch
from overlay.errors import RemoteError
from overlay.messages.clients import Deliver, Found, People, Person, Submit
from overlay.messages.gossip import Delta, Equivocation, Push
from overlay.messages.records import AccountRecord, Bundle, NodeRecord, Presence, Slot
from overlay.messages.routing import Relay, Returned, Spread
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.wire.signed import Signable, kind_of, read_text, write_text
from simulations.population import NETWORK

SIGNATURE_BYTES = 64
SALT_BYTES = 16
TEXTS_MAX = 1_024


def said_in(signed: Signed) -> Signable | None:
    """What a text says; None where it cannot be read, because another liar made it up."""
    try:
        return read_text(signed)
    except RemoteError:
        return None


def signed_in(message: Message) -> Iterator[Signed]:
    """Every signed text that a message carries."""
    match message:
        case Push(records) | Delta(records):
            yield from records
        case Equivocation(first, second):
            yield from (first, second)
        case Relay() | Returned() | Spread() | Deliver() | Submit():
            yield message.envelope
        case Found(people=people) | People(people):
            yield from (signed for person in people for signed in _of_person(person))
        case _:
            pass


def _of_person(person: Person) -> Iterator[Signed]:
    yield person.account
    for present in person.present:
        yield present.presence
        if present.bundle is not None:
            yield present.bundle


class Heard:
    """Texts that were heard, by kind: of each kind the last `TEXTS_MAX`, each once."""

    def __init__(self) -> None:
        self.texts: dict[str, list[Signed]] = {}
        self._known: set[Signed] = set()
        self._oldest: Counter[str] = Counter()
        """Of each kind that is full, the place of the text to be forgotten next."""

    def note(self, message: Message) -> None:
        for signed in signed_in(message):
            if signed not in self._known:
                self._known.add(signed)
                self._keep(signed)

    def _keep(self, signed: Signed) -> None:
        texts = self.texts.setdefault(signed.kind, [])
        if len(texts) < TEXTS_MAX:
            texts.append(signed)
            return
        place = self._oldest[signed.kind]
        self._known.remove(texts[place])
        texts[place] = signed
        self._oldest[signed.kind] = (place + 1) % TEXTS_MAX


class Pen:
    """Writes what others are to have signed. It holds one key, which is nobody else's."""

    def __init__(self, key: SigningKey, random: Random) -> None:
        self._key = key
        self._random = random
        self.salts: list[str] = []
        """Of every text, the one that stands in no other."""
        self._ways: list[Callable[[Signed], Signed]] = [
            self._signed_by_us,
            self._under_our_name,
            self._unsigned,
            self._with_its_old_proof,
            self._of_another_batch,
        ]

    def forge(self, heard: Signed) -> Signed:
        """A text like this one that its signer never signed: news, and well formed.

        What cannot be read, because it was made up before, stays as it is.
        """
        try:
            value = self._news(read_text(heard))
        except RemoteError:
            return self._unsigned(heard)
        text = replace(heard, signed=write_text(value))
        if heard.signer == self._key.id:
            # What it signs in its own name is no forgery.
            return self._unsigned(text)
        return self._ways[self._random.randrange(len(self._ways))](text)

    def sign(self, signer: str, value: Signable) -> Signed:
        """A text of our making, with our signature, under any name."""
        kind, text = kind_of(value), write_text(value)
        (proof,) = sign_batch(self._key, NETWORK, [(kind, text)])
        return Signed(
            kind=kind,
            signer=signer,
            signed=text,
            signature=proof.signature,
            index=proof.index,
            path=tuple(proof.path),
        )

    def _news(self, value: Signable) -> Signable:
        """The same, later, and to the forger's ends."""
        ahead = 1 + self._random.randrange(1_000)
        salt = encode(self._random.randbytes(SALT_BYTES))
        self.salts.append(salt)
        match value:
            case NodeRecord():
                return replace(value, salt=salt, version=value.version + ahead, links=())
            case Slot():
                return replace(value, salt=salt, version=value.version + ahead, client=None)
            case AccountRecord():
                return replace(value, salt=salt, version=value.version + ahead, name="mallory")
            case Presence():
                return replace(value, salt=salt, counter=value.counter + ahead)  # type: ignore[arg-type]  # an integer above
            case Bundle():
                return replace(value, salt=salt)
            case _:
                return replace(value, salt=salt, counter=value.counter + ahead)  # type: ignore[arg-type]  # an integer above

    # Ways to prove what is not so.

    def _signed_by_us(self, text: Signed) -> Signed:
        """A good signature, of the wrong key."""
        (proof,) = sign_batch(self._key, NETWORK, [(text.kind, text.signed)])
        return replace(text, signature=proof.signature, index=proof.index, path=tuple(proof.path))

    def _under_our_name(self, text: Signed) -> Signed:
        """Signed by whoever stands outside, which is not who stands inside."""
        return replace(self.sign(self._key.id, read_text(text)), kind=text.kind)

    def _unsigned(self, text: Signed) -> Signed:
        """No signature at all."""
        return replace(text, signature=encode(self._random.randbytes(SIGNATURE_BYTES)))

    def _with_its_old_proof(self, text: Signed) -> Signed:
        """Another text under the proof of the one that was signed."""
        return text

    def _of_another_batch(self, text: Signed) -> Signed:
        """As if it had stood beside what was signed."""
        path = tuple(encode(self._random.randbytes(32)) for _ in range(1 + len(text.path) % 6))
        return replace(text, index=self._random.randrange(1 << len(path)), path=path)
