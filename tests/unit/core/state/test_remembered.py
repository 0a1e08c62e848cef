"""What is kept beyond presence: account records and key bundles."""

from overlay import limits
from overlay.core.state.remembered import Bundles, RememberedAccounts
from overlay.messages.ids import LeafHash
from tests.support.people import a_client, hash_of

ALICE, BOB = a_client("alice"), a_client("bob")


def test_an_account_is_remembered_in_its_highest_version_under_its_latest_name() -> None:
    """docs/protocol.md, section 7.3."""
    remembered = RememberedAccounts()
    newer = ALICE.account_record(version=2, name="alicia")
    remembered.put(ALICE.account_record(version=1))
    remembered.put(newer)
    remembered.put(ALICE.account_record(version=1))
    remembered.put(newer)

    assert remembered.get(ALICE.account_id) == newer
    assert (remembered.named("alice"), remembered.named("alicia")) == ([], [ALICE.account_id])
    assert remembered.all() == [ALICE.account_id]


def test_accounts_of_one_name_are_told_apart() -> None:
    """docs/protocol.md, section 8.2."""
    remembered = RememberedAccounts()
    remembered.put(ALICE.account_record(name="smith"))
    remembered.put(BOB.account_record(name="smith"))

    remembered.put(ALICE.account_record(version=2, name="jones"))

    assert remembered.named("smith") == [BOB.account_id]


def test_of_too_many_accounts_the_longest_unused_is_forgotten() -> None:
    """docs/protocol.md, section 12."""
    remembered = RememberedAccounts()
    people = [a_client(f"person {number}") for number in range(limits.REMEMBERED_ACCOUNTS_MAX + 1)]
    for person in people[:-1]:
        remembered.put(person.account_record())
    remembered.get(people[0].account_id)

    remembered.put(people[-1].account_record())

    assert len(remembered.all()) == limits.REMEMBERED_ACCOUNTS_MAX
    assert remembered.named("person 0") == [people[0].account_id]
    assert (remembered.named("person 1"), remembered.get(people[1].account_id)) == ([], None)


def test_a_bundle_of_our_client_is_served_and_then_remembered() -> None:
    """docs/protocol.md, section 8.2."""
    bundles, bundle = Bundles(), ALICE.bundle()
    assert bundles.find(ALICE.id, bundle.leaf) is None

    bundles.serve(bundle)
    assert bundles.ours(ALICE.id) == bundle.signed
    assert bundles.find(ALICE.id, bundle.leaf) == bundle.signed
    assert bundles.find(ALICE.id, LeafHash(hash_of("another"))) is None
    bundles.withdraw(ALICE.id)
    bundles.withdraw(ALICE.id)

    assert bundles.ours(ALICE.id) is None
    assert bundles.find(ALICE.id, bundle.leaf) == bundle.signed


def test_of_too_many_fetched_bundles_the_longest_unused_is_forgotten() -> None:
    """docs/protocol.md, section 8.2: 1,024."""
    bundles = Bundles()
    fetched = [a_client(f"{number}").bundle() for number in range(limits.BUNDLES_MAX + 1)]

    for bundle in fetched:
        bundles.fetched(bundle)

    found = [bundles.find(bundle.value.signer, bundle.leaf) is not None for bundle in fetched]
    assert found == [False] + [True] * limits.BUNDLES_MAX
