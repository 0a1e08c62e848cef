"""What the directory answers: finding people, watching them, fetching their key bundles."""

import pytest

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.state.deadlines import SearchDue, WatchersDue
from overlay.errors import Busy, Mismatch
from overlay.messages.clients import Done, Find, Found, People, Watch
from overlay.messages.envelopes import BundleAnswer
from overlay.messages.ids import Counter
from overlay.messages.records import Presence
from tests.support.people import a_client, salt_of, with_fields
from tests.unit.core.stages.parts import (
    NORTH,
    SOUTH,
    WEST,
    a_link,
    assembled,
    knows,
    said,
    vouch_for_all,
)

ALICE, BOB = a_client("alice"), a_client("bob")


@pytest.fixture
def parts() -> Assembly:
    """North, with counters on the disk; bob is at south."""
    parts = assembled(SOUTH, WEST)
    ceiling = parts.ourselves.counters.ceiling_wanted()
    assert ceiling is not None
    parts.ourselves.counters.reserved(ceiling)
    vouch_for_all(parts, (NORTH, SOUTH))
    knows(parts, *SOUTH.serving(BOB))
    return parts


def an_answer() -> BundleAnswer:
    return BundleAnswer(
        signer=SOUTH.id,
        salt=salt_of("answer"),
        incarnation=SOUTH.incarnation,
        counter=Counter(1),
        recipients=(NORTH.id,),
        client=BOB.id,
        bundle=BOB.bundle().signed,
    )


def test_a_search_asks_for_the_bundles_that_it_lacks(parts: Assembly) -> None:
    """docs/protocol.md, section 8.2."""
    alice = a_link(parts, ALICE, 1)

    (wanted,) = parts.people.find(alice, Find(request=1, name="bob"), 0)

    assert (wanted.recipients, wanted.counter) == ((BOB.id,), 1)
    assert said(alice) == []
    assert SearchDue(1) in parts.timers
    parts.people.on_bundle(an_answer(), parts.verification.reader)
    assert len(said(alice)) == 1
    assert SearchDue(1) not in parts.timers
    assert parts.people.find(alice, Find(request=2, name="bob"), 0) == []


def test_without_counters_nothing_is_asked_but_the_search_goes_on() -> None:
    """docs/protocol.md, sections 7.2 and 8.2."""
    parts = assembled(SOUTH, WEST)
    vouch_for_all(parts, (NORTH, SOUTH))
    knows(parts, *SOUTH.serving(BOB))
    alice = a_link(parts, ALICE, 1)

    assert parts.people.find(alice, Find(request=1, name="bob"), 0) == []
    for asked in range(1, limits.BUNDLE_ASKS_MAX):
        assert said(alice) == []
        assert parts.people.on_search_due(1, asked * 1_000) == []
    parts.people.on_search_due(1, 5_000)

    (found,) = said(alice)
    assert isinstance(found, Found)
    assert [present.bundle for present in found.people[0].present] == [None]


def test_an_answer_is_bounded_in_bytes_too(parts: Assembly) -> None:
    """docs/protocol.md, section 8.2: namesakes with the longest statements do not drown it."""
    alice = a_link(parts, ALICE, 1)
    for number in range(90):
        namesake = a_client("smith", f"{number}")
        namesake.account = a_client(f"{number}").account
        record = with_fields(namesake.account_record(), namesake.account, more="x" * 15_500)
        presence = with_fields(namesake.presence(WEST.id), namesake.key, more="x" * 15_500)
        read = parts.verification.reader.read_as(Presence, presence)
        parts.bundles.fetched(namesake.bundle())
        slot = WEST.slot(number, read).signed
        parts.gossip.apply(
            [parts.verification.read_record(each) for each in (record, presence, slot)]
        )
    knows(parts, NORTH.record(links=(SOUTH.id, WEST.id), neighbours=(SOUTH.id, WEST.id)))
    knows(parts, WEST.record(links=(NORTH.id,), neighbours=(NORTH.id,)))

    parts.people.find(alice, Find(request=1, name="smith"), 0)

    found = [message for message in said(alice) if isinstance(message, Found)]
    people = [person for part in found for person in part.people]
    assert 20 < len(people) < 40
    assert found[-1].is_last


def test_a_search_that_is_over_is_not_due(parts: Assembly) -> None:
    """docs/protocol.md, section 8.2."""
    assert parts.people.on_search_due(7, 0) == []


def test_the_searches_of_a_client_end_with_its_link(parts: Assembly) -> None:
    """docs/protocol.md, section 8.2: and make room for those of its next one."""
    alice, carol = a_link(parts, ALICE, 1), a_link(parts, a_client("carol"), 2)
    for number in range(limits.REQUESTS_MAX):
        parts.people.find(alice, Find(request=number, name="bob"), 0)
    parts.people.find(carol, Find(request=1, name="bob"), 0)
    with pytest.raises(Busy):
        parts.people.find(alice, Find(request=99, name="bob"), 0)

    parts.people.on_client_gone(alice)
    parts.people.on_client_gone(alice)
    parts.people.on_bundle(an_answer(), parts.verification.reader)

    assert said(alice) == []
    assert len(said(carol)) == 1
    parts.people.find(alice, Find(request=100, name="bob"), 0)


def test_a_question_is_for_an_id_or_for_a_name(parts: Assembly) -> None:
    """docs/protocol.md, section 8.2."""
    alice = a_link(parts, ALICE, 1)

    for find in (Find(request=1), Find(request=1, id=BOB.account_id, name="bob")):
        with pytest.raises(Mismatch):
            parts.people.find(alice, find, 0)


def test_watchers_are_told_of_changes_together(parts: Assembly) -> None:
    """docs/protocol.md, section 8.3."""
    alice = a_link(parts, ALICE, 1)
    parts.people.watch(alice, Watch(request=1, accounts=None))
    people, done = said(alice)
    assert isinstance(people, People)
    assert (len(people.people), done) == (1, Done(1))

    parts.people.changed([BOB.account_id], 100)
    parts.people.changed([BOB.account_id, ALICE.account_id], 120)
    assert parts.timers.next_ms() == 100 + limits.REACHABILITY_MS
    parts.people.tell_watchers()

    (told,) = said(alice)
    assert isinstance(told, People)
    assert len(told.people) == 1
    parts.people.changed([], 200)
    parts.people.tell_watchers()
    assert said(alice) == []


def test_a_watcher_whose_link_has_ended_is_told_nothing(parts: Assembly) -> None:
    """docs/protocol.md, section 8.3."""
    alice = a_link(parts, ALICE, 1)
    parts.people.watch(alice, Watch(request=1, accounts=None))
    said(alice)
    parts.links.remove(alice)

    parts.people.changed_homes([SOUTH.id], 0)
    parts.people.tell_watchers()

    assert said(alice) == []
    assert WatchersDue() in parts.timers


def many(parts: Assembly) -> int:
    """So many people that what is to be told of them does not fit at once."""
    count = limits.EXCHANGE_BYTES_MAX // 900
    for number in range(count):
        person = a_client(f"person-{number}")
        knows(parts, *SOUTH.serving(person, number + 1))
    return count


def test_everybody_is_told_as_fast_as_it_is_read(parts: Assembly) -> None:
    """docs/protocol.md, section 8.3: a watch does not overflow the outbox."""
    alice, count = a_link(parts, ALICE, 1), many(parts)
    parts.people.watch(alice, Watch(request=1, accounts=None))
    heard, most_bytes = said(alice), 0
    with pytest.raises(Busy):
        parts.people.watch(alice, Watch(request=2, accounts=None))
    assert Done(1) not in heard

    for _ in range(10):
        parts.people.go_on(alice)
        most_bytes = max(most_bytes, alice.waiting_bytes)
        heard += said(alice)

    told = [person for each in heard if isinstance(each, People) for person in each.people]
    assert len(told) == count + 1
    assert heard[-1] == Done(1)
    assert most_bytes < 2 * limits.EXCHANGE_BYTES_MAX
    parts.people.watch(alice, Watch(request=3, accounts=()))
    assert said(alice) == [Done(3)]


def test_who_has_gone_is_told_no_more(parts: Assembly) -> None:
    """docs/protocol.md, section 8.3."""
    alice = a_link(parts, ALICE, 1)
    many(parts)
    parts.people.watch(alice, Watch(request=1, accounts=None))
    said(alice)

    parts.people.on_client_gone(alice)
    parts.people.go_on(alice)

    assert said(alice) == []


def test_many_people_are_told_in_parts(parts: Assembly) -> None:
    """docs/protocol.md, section 8.3."""
    alice = a_link(parts, ALICE, 1)
    for number in range(limits.PEOPLE_PER_MESSAGE_MAX + 5):
        knows(parts, *WEST.serving(a_client(f"person-{number}"), number))

    parts.people.watch(alice, Watch(request=1, accounts=None))

    sizes = [len(message.people) for message in said(alice) if isinstance(message, People)]
    assert sizes == [32, 6]


def test_the_directory_names_everybody_by_leaf_hashes(parts: Assembly) -> None:
    (account,), (presence,) = parts.directory.accounts(), parts.directory.presences()

    told = parts.people.directory()

    assert told.accounts == {BOB.account_id: account.leaf}
    assert told.attached == {SOUTH.id: {BOB.id: presence.leaf}}
    assert told.reachable == {BOB.account_id: {BOB.id: presence.leaf}}


def test_the_directory_says_who_is_at_a_dead_node_but_not_that_they_are_reachable() -> None:
    parts = assembled(SOUTH, WEST)
    vouch_for_all(parts)
    knows(parts, *SOUTH.serving(BOB))

    told = parts.people.directory()

    assert list(told.attached[SOUTH.id]) == [BOB.id]
    assert told.reachable == {BOB.account_id: {}}
