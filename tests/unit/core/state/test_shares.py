"""Who has had how much of what."""

from overlay import limits
from overlay.core.settings import SHARES, Share
from overlay.core.state.shares import Shares, Whose, times
from overlay.structures.meters import Meter
from overlay.structures.rates import Rate

FIVE_A_SECOND = {Share.MESSAGES: Rate(5, 1_000, 10)}


def shares(*, counts_addresses: bool = True) -> Shares:
    return Shares(FIVE_A_SECOND, counts_addresses=counts_addresses)


def has(shares: Shares, *meters: Meter, now_ms: int = 0) -> int:
    """How many messages are had one by one until there are no more."""
    count = 0
    while shares.exceeded(meters, Share.MESSAGES, now_ms) is None:
        shares.spend(meters, Share.MESSAGES, 1, now_ms)
        count += 1
    return count


def owed(meter: Meter, share: Share) -> int:
    """Until when what somebody had of something is remembered, in nanoseconds."""
    return meter.allowances[share].wait(1, 0)


def test_a_burst_may_be_had_at_once_and_then_so_much_in_a_time() -> None:
    """docs/protocol.md, section 1.6."""
    theirs = shares()
    meters = theirs.of_client("alice", "127.0.0.1")

    assert has(theirs, *meters) == 10
    assert has(theirs, *meters, now_ms=1_000) == 5
    assert theirs.wait_ms(meters[0], Share.MESSAGES, 1_000) == 200
    assert theirs.wait_ms(meters[0], Share.MESSAGES, 1_200) == 0
    assert theirs.wait_ms(meters[0], Share.MESSAGES, 60_000) == 0


def test_another_link_of_the_same_client_begins_where_the_last_one_was() -> None:
    """docs/protocol.md, section 1.6."""
    theirs = shares()
    has(theirs, *theirs.of_client("alice", "127.0.0.1"))

    assert has(theirs, *theirs.of_client("alice", "127.0.0.1")) == 0
    assert has(theirs, *theirs.of_client("bob", "127.0.0.1")) == 10


def test_an_account_has_twice_as_much_and_an_address_eight_times() -> None:
    """docs/protocol.md, section 1.6."""
    theirs = shares()
    (_, address) = theirs.of_client("alice", "192.0.2.1")

    assert has(theirs, theirs.of_account("alice's")) == 20
    assert has(theirs, address) == 80
    assert times(Whose.ADDRESS, Share.ATTACHES) == limits.ATTACHES_OF_ADDRESS


def test_whoever_of_those_who_pay_has_too_little_decides_and_the_others_pay_nothing() -> None:
    theirs = shares()
    client, address = theirs.of_client("alice", "192.0.2.1")
    has(theirs, client)
    owed_ns = owed(address, Share.MESSAGES)

    assert theirs.exceeded((client, address), Share.MESSAGES, 0) is client
    assert owed(address, Share.MESSAGES) == owed_ns
    assert client.refused == 2


def test_loopback_and_what_comes_by_a_proxy_have_no_share_of_their_address() -> None:
    """docs/protocol.md, section 1.6."""
    direct, by_proxy = shares(), shares(counts_addresses=False)

    assert len(direct.of_client("alice", "127.0.0.1")) == 1
    assert len(direct.of_client("alice", "::1")) == 1
    assert len(direct.of_client("alice", "192.0.2.1")) == 2
    assert len(by_proxy.of_client("alice", "192.0.2.1")) == 1


def test_addresses_of_one_network_of_64_bits_pay_together() -> None:
    """docs/protocol.md, section 1.6."""
    theirs = shares()

    (_, one) = theirs.of_client("alice", "2001:db8::1")
    (_, other) = theirs.of_client("bob", "2001:db8::2")

    assert one is other


def test_nobody_waits_longer_than_they_are_held_up_whatever_has_come() -> None:
    theirs = shares()
    (alice,) = theirs.of_client("alice", "127.0.0.1")

    theirs.spend((alice,), Share.BYTES, 2**50, 0)

    assert theirs.wait_ms(alice, Share.BYTES, 0) >= limits.SHARE_HOLD_MS
    assert theirs.wait_ms(alice, Share.BYTES, 0) <= limits.SHARE_HOLD_MS + 1


def test_other_rates_hold_at_once_and_everybody_begins_anew_with_them() -> None:
    theirs = shares()
    (alice,) = theirs.of_client("alice", "127.0.0.1")
    has(theirs, alice)
    theirs.spend((alice,), Share.BYTES, 1_000, 0)
    owed_ns = owed(alice, Share.BYTES)

    theirs.use({Share.MESSAGES: Rate(1, 60_000, 4)})

    assert has(theirs, alice) == 4
    assert owed(alice, Share.BYTES) == owed_ns > 0
    assert theirs.rates == dict(SHARES) | {Share.MESSAGES: Rate(1, 60_000, 4)}


def test_who_had_most_of_late_comes_first_and_others_do_not() -> None:
    theirs = shares()
    for number in range(limits.TOP_SHARERS + 5):
        client = theirs.of_client(f"client {number:02}", "127.0.0.1")
        theirs.spend(client, Share.MESSAGES, number, 0)
    south = theirs.of_node("south")
    theirs.spend((south,), Share.MESSAGES, 1_000, 0)

    top = theirs.top(Share.MESSAGES, 0)

    assert [meter.name for meter, _ in top][:2] == ["south", "client 14"]
    assert [round(second, 1) for _, second in top][:2] == [100.0, 1.4]
    assert len(top) == limits.TOP_SHARERS
    assert theirs.top(Share.LOOKUPS, 0) == []


def test_sharers_are_remembered_within_a_bound() -> None:
    """docs/protocol.md, section 12: whoever was not seen for longest is forgotten."""
    theirs = shares()
    has(theirs, theirs.of_account("first"))

    for number in range(limits.SHARERS_MAX):
        theirs.of_account(f"{number}")

    assert has(theirs, theirs.of_account("first")) == 20
