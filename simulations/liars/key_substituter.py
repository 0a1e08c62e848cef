"""A home that answers for people with keys of its own."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from overlay.crypto.encoding import encode
from overlay.crypto.keys import SigningKey
from overlay.crypto.sealing import SUITE, SealingKey
from overlay.messages.clients import Found, People, Person, Present
from overlay.messages.envelopes import BundleAnswer
from overlay.messages.ids import AccountId, ClientId
from overlay.messages.records import AccountRecord, Bundle, Presence
from overlay.messages.routing import Relay
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.peering.statements import Signer
from overlay.wire.signed import read_text, write_text
from simulations.liars.base import LyingNode
from simulations.liars.forging import SALT_BYTES, SIGNATURE_BYTES, said_in
from simulations.machines import NodeMachine
from simulations.population import NETWORK


class KeySubstituter(LyingNode):
    """Whoever is asked for is put in the way of its clients with keys that it can open."""

    def __init__(self, inside: NodeMachine, key: SigningKey, random: Random) -> None:
        super().__init__(inside, key)
        self._random = random
        self._client = SigningKey.generate(random)
        self._signer = Signer(self._client, NETWORK)
        self._node_signer = Signer(key, NETWORK)
        self.sealing = SealingKey.generate(random)
        self._ways: list[Callable[[Person], Person]] = [
            self._with_our_account,
            self._with_an_account_that_lists_us,
            self._with_our_client,
            self._with_our_bundle,
            self._with_a_bundle_in_their_name,
            self._with_an_unsigned_bundle,
            self._with_another_key_in_their_bundle,
        ]
        self.told: Counter[str] = Counter()
        """How often it lied, by what about."""

    def on_said(self, link: LinkId, message: Message) -> Sequence[Message]:
        match message:
            case Found() | People() if message.people:
                return (replace(message, people=tuple(map(self._changed, message.people))),)
            case Relay() if message.envelope.kind == "bundle_answer":
                return (replace(message, envelope=self._answer(message.envelope)),)
            case _:
                return (message,)

    def _changed(self, person: Person) -> Person:
        way = self._ways[self._random.randrange(len(self._ways))]
        self.told[way.__name__.removeprefix("_with_")] += 1
        return way(person)

    def _answer(self, signed: Signed) -> Signed:
        """An answer to another home, in which the bundle is ours. The answer is ours to sign."""
        value = said_in(signed)
        if not isinstance(value, BundleAnswer) or signed.signer != self.key.id:
            return signed
        bundle = value.bundle and self._in_the_name_of(value.bundle, self._bundle_of(value.bundle))
        self.told["answers"] += 1
        return self._node_signer.sign_one(replace(value, bundle=bundle)).signed

    # What it puts in place of the truth.

    def _with_our_account(self, person: Person) -> Person:
        """Another account of the same name, all of it good."""
        record = self._account(person)
        key = SigningKey.generate(self._random)
        ours = replace(record, signer=AccountId(key.id), clients=(ClientId(self._client.id),))
        account = Signer(key, NETWORK).sign_one(ours).signed
        return Person(account, (self._present(person, ours.signer),))

    def _with_an_account_that_lists_us(self, person: Person) -> Person:
        record = self._account(person)
        ours = replace(
            record,
            version=record.version + 1,
            clients=(*record.clients, ClientId(self._client.id)),
        )
        account = self._in_the_name_of(person.account, ours)
        return Person(account, (*person.present, self._present(person, record.signer)))

    def _with_our_client(self, person: Person) -> Person:
        """One more client, which their account does not list."""
        present = self._present(person, AccountId(person.account.signer))
        return Person(person.account, (*person.present, present))

    def _with_our_bundle(self, person: Person) -> Person:
        def ours(told: Signed) -> Signed:
            return self._bundle(AccountId(person.account.signer))

        return self._with_bundles(person, ours)

    def _with_a_bundle_in_their_name(self, person: Person) -> Person:
        def ours(told: Signed) -> Signed:
            return self._in_the_name_of(told, self._bundle_of(told))

        return self._with_bundles(person, ours)

    def _with_an_unsigned_bundle(self, person: Person) -> Person:
        def ours(told: Signed) -> Signed:
            signature = encode(self._random.randbytes(SIGNATURE_BYTES))
            text = write_text(self._bundle_of(told))
            return replace(told, signed=text, signature=signature, index=0, path=())

        return self._with_bundles(person, ours)

    def _with_another_key_in_their_bundle(self, person: Person) -> Person:
        def ours(told: Signed) -> Signed:
            return replace(told, signed=write_text(self._bundle_of(told)))

        return self._with_bundles(person, ours)

    def _with_bundles(self, person: Person, change: Callable[[Signed], Signed]) -> Person:
        present = (
            replace(each, bundle=change(each.bundle)) if each.bundle is not None else each
            for each in person.present
        )
        return Person(person.account, tuple(present))

    def _present(self, person: Person, account: AccountId) -> Present:
        """Our client, as if it were one of theirs."""
        bundle = self._signer.sign_one(self._bundle_value(account, ClientId(self._client.id)))
        model = read_text(person.present[0].presence) if person.present else None
        if not isinstance(model, Presence):
            return Present(presence=person.account, home_name=None)
        presence = replace(
            model, signer=ClientId(self._client.id), account=account, bundle=bundle.leaf
        )
        return Present(
            presence=self._signer.sign_one(presence).signed,
            home_name=person.present[0].home_name,
            bundle=bundle.signed,
        )

    def _account(self, person: Person) -> AccountRecord:
        value = read_text(person.account)
        assert isinstance(value, AccountRecord)
        return value

    def _bundle(self, account: AccountId) -> Signed:
        value = self._bundle_value(account, ClientId(self._client.id))
        return self._signer.sign_one(value).signed

    def _bundle_of(self, told: Signed) -> Bundle:
        """Theirs, with our key."""
        value = read_text(told)
        assert isinstance(value, Bundle)
        return self._bundle_value(value.account, value.signer)

    def _bundle_value(self, account: AccountId, client: ClientId) -> Bundle:
        return Bundle(
            signer=client,
            salt=encode(self._random.randbytes(SALT_BYTES)),
            account=account,
            suite=SUITE,
            key_id=self.sealing.key_id,
            key=encode(self.sealing.public),
        )

    def _in_the_name_of(self, theirs: Signed, value: AccountRecord | Bundle) -> Signed:
        """Signed with our key, and it says that it is theirs."""
        signed = self._signer.sign_one(value).signed
        return replace(signed, signer=theirs.signer)
