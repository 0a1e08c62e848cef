"""Being served: the handshake, and the attach."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.client.facts import (
    Attached,
    AttachRefused,
    ClientStoreFailed,
    HomeMisbehaved,
)
from overlay.messages.clients import Attach, Find, People, Person
from overlay.messages.ids import Incarnation
from overlay.messages.links import Goodbye, Heartbeat, Refusal
from overlay.messages.records import AccountRecord, Bundle, Presence
from overlay.peering.own_records import REMEMBERED_MAX
from overlay.peering.statements import Reader
from tests.support.people import NETWORK, a_client, a_node_called, address_of
from tests.unit.client.friends import a_friend
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import WELCOME, ScriptedHome


def test_nothing_is_dialled_before_the_incarnation_is_durable() -> None:
    alice = ClientUnderTest()
    alice.stores_at_once = False

    alice.settles()

    assert alice.dialled == []
    alice.disk_answers()
    assert alice.dialled == [address_of("north")]
    assert alice.rows("client")["incarnation"] == b"1"


def test_every_start_takes_a_new_incarnation() -> None:
    alice = ClientUnderTest()
    alice.reaches(ScriptedHome())

    alice.restarts()

    alice.reaches(ScriptedHome())
    assert [fact.incarnation for fact in alice.told(Attached)] == [1, 2]


def test_a_client_attaches_with_presence_account_and_bundle() -> None:
    alice, north = ClientUnderTest(), ScriptedHome()

    alice.reaches(north)

    (attach,) = north.hears(Attach)
    reader = Reader(NETWORK)
    presence = reader.read_as(Presence, attach.presence).value
    record = reader.read_as(AccountRecord, attach.account).value
    bundle = reader.read_as(Bundle, attach.bundle)
    assert (presence.home, presence.home_incarnation) == (north.id, north.keys.incarnation)
    assert (presence.signer, presence.account) == (alice.id, alice.account)
    assert presence.bundle == bundle.leaf
    assert (record.name, record.clients, record.version) == ("alice", (alice.id,), 1)
    assert alice.told(Attached) == [
        Attached(home=north.id, address=north.keys.address, incarnation=Incarnation(1))
    ]


def test_a_client_keeps_the_network_of_its_first_node() -> None:
    alice = attached()
    alice.restarts()
    stranger = ScriptedHome(network="elsewhere")

    alice.reaches(stranger)

    assert [fact.code for fact in alice.told(AttachRefused)] == ["wrong_network"]
    assert stranger.close_code == "wrong_network"


def test_a_handshake_has_its_time() -> None:
    alice, mute = ClientUnderTest(), ScriptedHome(is_mute=True)
    alice.reaches(mute)

    alice.passes(limits.HANDSHAKE_MS)

    assert mute.close_code == "handshake_timeout"
    assert [fact.code for fact in alice.told(AttachRefused)] == ["handshake_timeout"]


def test_an_attach_has_the_same_time() -> None:
    alice, north = ClientUnderTest(), ScriptedHome()
    north.serves = False
    alice.reaches(north)

    alice.passes(limits.HANDSHAKE_MS)

    assert north.close_code in ("handshake_timeout", "stalled")


def test_a_closed_link_during_the_handshake_is_told() -> None:
    alice, mute = ClientUnderTest(), ScriptedHome(is_mute=True)
    alice.reaches(mute)

    alice.loses(mute, "orderly")

    assert alice.told(AttachRefused) == [
        AttachRefused(address=mute.keys.address, code="closed", detail="orderly")
    ]


@pytest.mark.parametrize("message", [Heartbeat(), Goodbye(()), WELCOME])
def test_nothing_but_the_handshake_is_taken_before_it_is_over(message: Heartbeat) -> None:
    """docs/protocol.md, section 2.4."""
    alice, mute = ClientUnderTest(), ScriptedHome(is_mute=True)
    alice.reaches(mute)

    alice.hears(mute, message)

    assert mute.close_code == "unexpected"


def test_a_second_welcome_ends_the_link() -> None:
    north = ScriptedHome()
    alice = attached(home=north)

    alice.hears(north, WELCOME)

    assert north.close_code == "unexpected"


def test_a_refused_handshake_leads_to_the_next_address() -> None:
    alice, mute = ClientUnderTest(at=("north", "south")), ScriptedHome(is_mute=True)
    alice.reaches(mute)

    alice.hears(mute, Refusal(code="starting", detail="not yet"))
    alice.passes(limits.RESUME_FIRST_MS)

    assert [fact.code for fact in alice.told(AttachRefused)] == ["starting"]
    assert alice.dialled == [address_of("south")]


def test_a_full_home_leads_to_the_next_address() -> None:
    alice, north = ClientUnderTest(at=("north", "south")), ScriptedHome()
    north.serves = False
    alice.reaches(north)
    (attach,) = north.hears(Attach)

    alice.hears(north, Refusal(code="no_slot", request=attach.request))
    alice.passes(limits.RESUME_FIRST_MS)

    assert [fact.code for fact in alice.told(AttachRefused)] == ["no_slot"]
    assert alice.dialled == [address_of("south")]


def test_a_client_that_is_served_and_told_to_wait_renews_later() -> None:
    """docs/protocol.md, section 8.1: its home need not be left for that."""
    alice, north = ClientUnderTest(), ScriptedHome()
    alice.reaches(north)
    north.hears(Attach)
    north.serves = False
    phone = replace(a_friend("alice", "phone"), account_version=5)
    alice.hears(north, People((Person(phone.account_record().signed, ()),)))
    (renewal,) = north.hears(Attach)

    refused = Refusal(code="busy", request=renewal.request, retry_after_ms=700)
    alice.hears(north, refused)
    alice.passes(699)
    assert north.hears(Attach) == []
    north.serves = True
    alice.passes(1)

    (again,) = north.hears(Attach)
    assert again.account == renewal.account
    assert (north.close_code, len(alice.told(Attached))) == (None, 1)


def test_a_client_that_is_not_served_and_told_to_wait_goes_elsewhere() -> None:
    """docs/protocol.md, section 8.1."""
    alice, north = ClientUnderTest(at=("north", "south")), ScriptedHome()
    north.serves = False
    alice.reaches(north)
    (attach,) = north.hears(Attach)

    alice.hears(north, Refusal(code="busy", request=attach.request, retry_after_ms=9_000))
    alice.passes(limits.RESUME_FIRST_MS)

    assert alice.dialled == [address_of("south")]


def test_a_higher_presence_of_its_own_makes_a_client_begin_anew_above_it() -> None:
    """docs/protocol.md, section 2.5."""
    later = a_client("alice").presence(a_node_called("west").id, incarnation=7)
    alice = ClientUnderTest()
    north = ScriptedHome(welcome=replace(WELCOME, record=later.signed))

    alice.reaches(north)

    assert north.close_code == "old_incarnation"
    assert alice.rows("client")["incarnation"] == b"8"
    again = ScriptedHome("north")
    alice.reaches(again)
    assert [fact.incarnation for fact in alice.told(Attached)] == [8]


@pytest.mark.parametrize("counter", [1, 9])
def test_a_presence_of_another_run_makes_a_client_begin_anew_though_it_counted_further(
    counter: int,
) -> None:
    """docs/protocol.md, section 2.5: a disk that went back has its incarnation used twice."""
    home = ScriptedHome()
    alice = attached(home=home)
    alice.loses(home)
    alice.passes(limits.RESUME_FIRST_MS)
    another = a_client("alice").presence(a_node_called("west").id, counter=counter)
    north = ScriptedHome(welcome=replace(WELCOME, record=another.signed))

    alice.reaches(north)

    assert north.close_code == "old_incarnation"
    alice.reaches(ScriptedHome())
    assert [fact.incarnation for fact in alice.told(Attached)] == [2]


def test_a_presence_of_this_run_changes_nothing() -> None:
    alice, north = ClientUnderTest(), ScriptedHome()
    alice.reaches(north)
    for _ in range(REMEMBERED_MAX + 1):
        (attach,) = north.hears(Attach)
        alice.loses(north)
        alice.passes(limits.RESUME_FIRST_MS)
        north = ScriptedHome(welcome=replace(WELCOME, record=attach.presence))
        alice.reaches(north)

    oldest = a_client("alice").presence(a_node_called("west").id, counter=1)
    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)
    alice.reaches(ScriptedHome(welcome=replace(WELCOME, record=oldest.signed)))

    incarnations = [fact.incarnation for fact in alice.told(Attached)]
    assert incarnations == [1] * (REMEMBERED_MAX + 3)


@pytest.mark.parametrize("whose", ["bob", "alice"])
def test_other_records_in_a_welcome_change_nothing(whose: str) -> None:
    presence = a_client(whose).presence(a_node_called("west").id, incarnation=0)
    alice = ClientUnderTest()

    alice.reaches(ScriptedHome(welcome=replace(WELCOME, record=presence.signed)))

    assert [fact.incarnation for fact in alice.told(Attached)] == [1]


def test_a_forged_record_in_a_welcome_is_reported_and_ignored() -> None:
    later = a_client("alice").presence(a_node_called("west").id, incarnation=7).signed
    forged = replace(later, signed=later.signed.replace('"incarnation":7', '"incarnation":9'))
    alice = ClientUnderTest()

    alice.reaches(ScriptedHome(welcome=replace(WELCOME, record=forged)))

    assert [fact.code for fact in alice.told(HomeMisbehaved)] == ["bad_signature"]
    assert [fact.incarnation for fact in alice.told(Attached)] == [1]


def test_a_home_that_knows_a_later_presence_makes_a_client_begin_anew() -> None:
    alice, north = ClientUnderTest(), ScriptedHome()
    north.serves = False
    alice.reaches(north)
    (attach,) = north.hears(Attach)

    alice.hears(north, Refusal(code="old_incarnation", request=attach.request))

    alice.reaches(ScriptedHome())
    assert [fact.incarnation for fact in alice.told(Attached)] == [2]


def test_a_client_of_which_a_newer_record_knows_nothing_adds_itself() -> None:
    alice, north = ClientUnderTest(), ScriptedHome()
    phone = replace(a_friend("alice", "phone"), account_version=5)
    north.serves = False
    north.knows(phone)
    alice.reaches(north)
    (attach,) = north.hears(Attach)
    north.serves = True

    alice.hears(north, Refusal(code="not_certified", request=attach.request))

    (again,) = north.hears(Attach)
    record = Reader(NETWORK).read_as(AccountRecord, again.account).value
    assert (record.version, record.clients) == (6, (phone.id, alice.id))
    assert len(alice.told(Attached)) == 1


def test_a_client_that_is_refused_for_no_newer_record_goes_elsewhere() -> None:
    alice, north = ClientUnderTest(), ScriptedHome()
    north.serves = False
    alice.reaches(north)
    (attach,) = north.hears(Attach)
    north.serves = True

    alice.hears(north, Refusal(code="not_certified", request=attach.request))

    assert [fact.code for fact in alice.told(AttachRefused)] == ["not_certified"]
    assert north.close_code == "not_certified"


def test_a_home_that_does_not_even_say_why_is_left() -> None:
    alice, north = ClientUnderTest(), ScriptedHome()
    north.serves = False
    alice.reaches(north)
    (attach,) = north.hears(Attach)
    alice.hears(north, Refusal(code="not_certified", request=attach.request))
    (find,) = north.hears(Find)

    alice.hears(north, Refusal(code="unexpected", request=find.request))

    assert north.close_code == "not_certified"


def test_a_client_that_nobody_certified_cannot_attach() -> None:
    alice, north = ClientUnderTest(may_certify=False), ScriptedHome()

    alice.reaches(north)

    assert [fact.code for fact in alice.told(AttachRefused)] == ["not_certified"]
    assert north.hears(Attach) == []


def test_an_incarnation_that_the_disk_refuses_is_offered_again() -> None:
    alice = ClientUnderTest()
    alice.stores_at_once = False
    alice.settles()

    alice.disk_refuses()
    alice.stores_at_once = True
    alice.passes(limits.STORE_RETRY_MS)

    assert alice.told(ClientStoreFailed) == [ClientStoreFailed("full")]
    assert alice.dialled == [address_of("north")]
