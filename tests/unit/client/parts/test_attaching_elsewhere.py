"""Being served: where to dial, resuming elsewhere, and stopping."""

import pytest

from overlay import limits
from overlay.client.durable.rows import homes_row, network_row
from overlay.client.durable.values import NetworkTaken
from overlay.client.facts import (
    Attached,
    AttachRefused,
    Detached,
    HomeUnreachable,
)
from overlay.messages.clients import Attach, Detach
from overlay.messages.links import Goodbye, Heartbeat, Homes, Refusal
from overlay.messages.records import Presence
from overlay.peering.effects import CloseLink
from overlay.peering.events import DialFailed, LinkClosed, LinkId, LinkOpened
from overlay.peering.statements import Reader
from tests.support.people import NETWORK, address_of
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import ScriptedHome, home_called, ranking


def test_the_next_address_is_dialled_where_nobody_listens() -> None:
    alice = ClientUnderTest(at=("north", "south"))
    alice.settles()

    alice.misses(address_of("north"))
    alice.passes(limits.RESUME_FIRST_MS)

    assert alice.told(HomeUnreachable) == [
        HomeUnreachable(address=address_of("north"), reason="refused")
    ]
    assert alice.dialled == [address_of("south")]


def test_rounds_through_all_addresses_come_ever_more_slowly() -> None:
    alice = ClientUnderTest()
    alice.settles()
    waits = []

    for _ in range(12):
        begun_ms = alice.now_ms
        alice.misses(address_of("north"))
        while not alice.dialled:
            alice.passes(10)
        waits.append(alice.now_ms - begun_ms)

    assert waits[0] <= limits.RESUME_FIRST_MS + 10
    assert limits.RESUME_MAX_MS / 2 <= waits[-1] <= limits.RESUME_MAX_MS + 10


def test_a_client_without_any_address_says_so() -> None:
    alice = ClientUnderTest(at=())

    alice.settles()

    assert alice.told(Detached) == [Detached(reason="no_address", is_final=True)]


def test_a_lost_home_is_followed_by_the_first_that_it_ranked() -> None:
    alice = attached(home=ScriptedHome(welcome=ranking("south", "east")))
    north = next(iter(alice.homes.values()))

    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)

    assert alice.told(Detached) == [Detached(reason="reset")]
    assert alice.dialled == [address_of("south")]
    south = ScriptedHome("south")
    alice.reaches(south)
    assert [fact.home for fact in alice.told(Attached)] == [south.id]


def test_presences_at_successive_homes_rise() -> None:
    north, south = ScriptedHome(welcome=ranking("south")), ScriptedHome("south")
    alice = attached(home=north)
    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)

    alice.reaches(south)

    reader = Reader(NETWORK)
    orders = [
        reader.read_as(Presence, attach.presence).value.order
        for home in (north, south)
        for attach in home.hears(Attach)
    ]
    assert len(orders) == 2
    assert orders[0] < orders[1]


def test_homes_replace_the_ranking_and_outlive_the_process() -> None:
    north = ScriptedHome(welcome=ranking("south"))
    alice = attached(home=north)
    alice.hears(north, Homes((home_called("west"),)))

    alice.restarts()
    alice.misses(address_of("north"))
    alice.passes(limits.RESUME_FIRST_MS)

    assert alice.dialled == [address_of("west")]


def test_an_equal_ranking_is_not_stored_again() -> None:
    north = ScriptedHome(welcome=ranking("south"))
    alice = attached(home=north)
    alice.stores_at_once = False

    alice.hears(north, Homes((home_called("south"),)))

    assert alice.unanswered == []


def test_on_goodbye_a_client_goes_where_it_is_told() -> None:
    north = ScriptedHome()
    alice = attached(home=north)

    alice.hears(north, Goodbye((home_called("south"),)), Heartbeat())
    alice.passes(limits.RESUME_FIRST_MS)

    assert north.close_code == "stopping"
    assert alice.dialled == [address_of("south")]


def test_whoever_attaches_with_our_identity_ends_us_for_good() -> None:
    north = ScriptedHome()
    alice = attached(home=north)

    alice.hears(north, Refusal(code="duplicate_link"))
    alice.passes(60_000)

    assert alice.told(Detached) == [Detached(reason="duplicate_link", is_final=True)]
    assert alice.dialled == []


def test_a_home_that_refuses_the_link_is_left() -> None:
    north = ScriptedHome()
    alice = attached(home=north)

    alice.hears(north, Refusal(code="stalled"))

    assert alice.told(Detached) == [Detached(reason="stalled")]
    assert alice.told(AttachRefused) == []


def test_a_client_that_stops_says_so_and_dials_no_more() -> None:
    north = ScriptedHome()
    alice = attached(home=north)

    alice.stops()
    alice.passes(60_000)

    assert north.hears(Detach) == [Detach()]
    assert north.close_code == "stopping"
    assert alice.told(Detached) == [Detached(reason="stopped", is_final=True)]
    assert alice.dialled == []


def test_a_client_that_stops_while_it_rests_dials_no_more() -> None:
    alice = ClientUnderTest()
    alice.settles()
    alice.misses(address_of("north"))

    alice.stops()
    alice.passes(60_000)

    assert alice.dialled == []


def test_a_client_that_stops_before_its_incarnation_is_durable_never_dials() -> None:
    alice = ClientUnderTest()
    alice.stores_at_once = False
    alice.settles()

    alice.stops()
    alice.disk_answers()

    assert alice.dialled == []


def test_a_dial_that_succeeds_too_late_is_closed() -> None:
    alice = ClientUnderTest()
    alice.settles()
    alice.stops()
    late = LinkOpened(link=LinkId(9), dialled=address_of("north"), remote_address="192.0.2.1:7000")

    effects = alice.machine.handle(late, alice.now_ms)

    assert effects == [CloseLink(LinkId(9), "stopping")]


def test_news_of_links_and_dials_that_were_given_up_changes_nothing() -> None:
    alice = attached()

    alice.happens(LinkClosed(LinkId(99), "reset"))
    alice.happens(DialFailed(address_of("west"), "refused"))

    assert alice.facts == []


def test_remembered_homes_are_tried_after_the_address_asked_for() -> None:
    rows = [
        homes_row((home_called("west"),)),
        network_row(NetworkTaken(NETWORK, "listed")),
    ]
    alice = ClientUnderTest(rows=rows)
    alice.settles()

    alice.misses(address_of("north"))
    alice.passes(limits.RESUME_FIRST_MS)

    assert alice.dialled == [address_of("west")]


def test_a_client_that_is_banned_goes_elsewhere_and_does_not_come_back_soon() -> None:
    """docs/protocol.md, section 2.7."""
    north = ScriptedHome()
    alice = attached(home=north)
    alice.hears(north, Homes((home_called("south"),)))

    alice.hears(north, Refusal(code="banned", detail="spam", retry_after_ms=300_000))
    alice.passes(limits.RESUME_FIRST_MS)

    assert alice.told(Detached) == [Detached(reason="banned")]
    told = AttachRefused(
        address=address_of("north"), code="banned", detail="spam", retry_after_ms=300_000
    )
    assert alice.told(AttachRefused) == [told]
    for _ in range(5):
        assert alice.dialled == [address_of("south")]
        alice.misses(address_of("south"))
        alice.passes(limits.RESUME_MAX_MS)


@pytest.mark.parametrize("retry_after_ms", [None, 2**40])
def test_a_ban_without_an_end_is_tried_once_in_a_while(retry_after_ms: int | None) -> None:
    """docs/protocol.md, section 2.7."""
    alice, mute = ClientUnderTest(), ScriptedHome(is_mute=True)
    alice.reaches(mute)

    alice.hears(mute, Refusal(code="banned", retry_after_ms=retry_after_ms))
    alice.passes(limits.BANNED_RETRY_MS - 1)
    assert alice.dialled == []
    alice.passes(1)

    assert [fact.code for fact in alice.told(AttachRefused)] == ["banned"]
    assert alice.dialled == [address_of("north")]


def test_a_refused_attach_that_says_when_is_tried_again_no_sooner() -> None:
    """docs/protocol.md, section 11."""
    alice, north = ClientUnderTest(), ScriptedHome()
    north.serves = False
    alice.reaches(north)
    (attach,) = north.hears(Attach)

    alice.hears(north, Refusal(code="busy", request=attach.request, retry_after_ms=4_000))
    alice.passes(3_999)
    assert alice.dialled == []
    alice.passes(1)

    assert alice.dialled == [address_of("north")]
