"""S8: of every table that has a limit it is looked at how full it is."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from overlay import limits
from overlay.client.settings import Bounds
from overlay.structures.bounded import BoundedDict, LruCache
from overlay.structures.recent import Recent
from overlay.structures.sizes import Size
from simulations.machines import Host
from simulations.scenario import Run
from tests.simulations.small import a_run, broken

LOOKED_AT = {
    "announcers of one": ("ANNOUNCERS_MAX",),
    "arrived": ("ARRIVED_MAX", "ARRIVED_MAX"),
    "asked for": ("GRAFTED_LEAVES_MAX",),
    "bans": ("BANS_MAX",),
    "channels of one client": ("CHANNELS_PER_CLIENT_MAX",),
    "clients that asked": ("ASKERS_MAX",),
    "detours": ("DETOURS_MAX",),
    "distances": ("DISTANCES_MAX",),
    "fetched bundles": ("BUNDLES_MAX",),
    "half-open links": ("HALF_OPEN_MAX",),
    "healing dials": ("HEALING_DIALS_MAX",),
    "kept apart": ("APART_MAX",),
    "keys parsed": ("VERIFY_KEYS_MAX",),
    "links": ("LINKS_MAX",),
    "links in one record": ("NODE_LINKS_MAX",),
    "links of nobody attached": ("UNATTACHED_MAX",),
    "mailbox in bytes": ("MAILBOX_BYTES_MAX",),
    "mailbox of one": ("MAILBOX_ENVELOPES_MAX",),
    "members": ("MEMBERS_MAX",),
    "missing": ("MISSING_MAX",),
    "missing of one link": ("MISSING_LINK_MAX",),
    "neighbours": ("NEIGHBOURS_MAX",),
    "nodes that asked": ("ASKERS_MAX",),
    "own bundles": ("SLOTS_MAX",),
    "parked proofs": ("PROOFS_MAX",),
    "parked records": ("PARKED_MAX",),
    "receipt times": ("WAYS_HOMES_MAX",),
    "records read": ("RECORDS_READ_MAX",),
    "remembered accounts": ("REMEMBERED_ACCOUNTS_MAX",),
    "replay windows": ("REPLAY_ORIGINS_MAX",),
    "searches of one client": ("REQUESTS_MAX",),
    "seen": ("SEEN_MAX", "SEEN_MAX"),
    "sharers of one kind": ("SHARERS_MAX",),
    "slots": ("SLOTS_MAX",),
    "spreads kept": ("SPREADS_KEPT_MAX",),
    "spreads kept in bytes": ("SPREADS_KEPT_BYTES",),
    "to announce on one link": ("MISSING_MAX",),
    "units": ("UNITS_MAX",),
    "verified roots": ("VERIFIED_ROOTS_MAX",),
    "vouched for openly": ("NEIGHBOURS_MAX",),
    "wanted of one neighbour": ("MISSING_MAX",),
    "ways": ("WAYS_HOMES_MAX",),
    "ways back": ("WAYS_BACK_MAX",),
    "ways of receipts": ("WAYS_HOMES_MAX",),
    "ways to one home": ("NODE_LINKS_MAX",),
}
"""Of a node, by table: whose limit it is, those of what may come on top after it."""

LOOKED_AT_OF_CLIENTS = {
    "chains of others": ("RECEIVING_CHAINS_MAX",),
    "channels": ("CHANNELS_PER_CLIENT_MAX",),
    "conversations": ("CONVERSATIONS_MAX",),
    "correspondents": ("WATCHED_MAX",),
    "held messages": ("HELD_MESSAGES_MAX",),
    "look-ups": ("LOOKUPS_MAX",),
    "look-ups under way": ("LOOKUPS_UNDER_WAY_MAX",),
    "messages without a chain": ("WAITING_MESSAGES_MAX",),
    "openings": ("OPENINGS_MAX",),
    "origins in channels": ("CHANNEL_ORIGINS_MAX",),
    "outbox": ("OUTBOX_ENTRIES_MAX",),
    "past chains of ours": ("SENDING_CHAINS_MAX", "OUTBOX_ENTRIES_MAX"),
    "people": ("PEOPLE_MAX",),
    "people told of": ("PEOPLE_MAX",),
    "questions": ("QUESTIONS_MAX",),
    "said in channels": ("CHANNEL_MESSAGES_MAX",),
    "unopened of one chain": ("CHAIN_SKIPPED_MAX",),
    "urgent post": ("URGENT_ENVELOPES_MAX", "CLIENT_CREDIT_ENVELOPES", "BATCH_LEAVES_MAX"),
    "waiting for look-ups": ("LOOKUP_WAITERS_MAX",),
    "watched": ("WATCHED_MAX",),
}

IN_ONE_MESSAGE = "what is longer is refused when it is read, or never written"
A_NUMBER = "no table: how often, how much or how large something is"
NOT_SIMULATED = "the runtime's, the transport's or the SDK's, which no simulation runs"
A_PORTION = "what is done in one go; more waits, within another limit"

NO_TABLES = {
    **dict.fromkeys(
        (
            *("ACCOUNT_CLIENTS_MAX", "ADDRESSES_MAX", "ADDRESS_CHARACTERS_MAX"),
            *("ANNOUNCED_LEAVES_MAX", "BAN_REASON_CHARACTERS_MAX", "BATCH_LEAVES_MAX"),
            *("BODY_CHARACTERS_MAX", "CHANNEL_CHARACTERS_MAX", "DELTA_RECORDS_MAX"),
            *("DETAIL_CHARACTERS_MAX", "DIGEST_LEAVES_MAX", "DIGEST_LIST_MAX", "DIGEST_PARTS_MAX"),
            *("FEATURES_MAX", "FOUND_BYTES_MAX", "FOUND_MAX", "FRAME_BYTES_MAX"),
            *("FRAME_DEPTH_MAX", "FRAME_ENVELOPES_MAX", "FRAME_ERRORS_MAX", "FRAME_MESSAGES_MAX"),
            *("HOMES_RANKED_MAX", "INTEGER_DIGITS_MAX", "INTEGER_MAX", "JSON_ARRAYS_MAX"),
            *("JSON_COMMAS_MAX", "JSON_KEYS_MAX", "JSON_OBJECTS_MAX", "JSON_OBJECT_KEYS_MAX"),
            *("JSON_PARTS_MAX", "NAME_CHARACTERS_MAX", "NETWORK_CHARACTERS_MAX"),
            *("OPENING_BYTES_MAX", "PARENTS_MAX", "PEOPLE_PER_MESSAGE_MAX", "RECEIPT_COMMAS_MAX"),
            *("RECEIPT_PARTS_MAX", "RECEIPT_RANGES_MAX", "RECIPIENTS_MAX"),
            *("RECORD_CHARACTERS_MAX", "SIGNED_CHARACTERS_MAX", "TEXT_BYTES_MAX"),
            *("TEXT_PARTS_MAX", "VERSIONS_MAX"),
        ),
        IN_ONE_MESSAGE,
    ),
    **dict.fromkeys(
        (
            *("ATTEMPTS_MAX", "AUDIT_SCORE_MAX", "BUDGET_MAX", "BUNDLE_ASKS_MAX"),
            *("CHAINS_WANTED_MAX", "CHAIN_MESSAGES_MAX", "EXTRA_LINKS_MAX", "LAG_SCORE_MAX"),
            *("NAMING_TRIES_MAX", "RETRIES_MAX", "ROOTS_DIFFERING_MAX", "STUCK_MAX"),
            *("SUBMIT_TRIES_MAX", "UNKNOWN_ASKS_MAX"),
        ),
        A_NUMBER,
    ),
    **dict.fromkeys(
        (
            *("INBOX_EVENTS_MAX", "LOG_LINES_SECOND_MAX", "NO_LINK_MAX", "ROUND_EVENTS_MAX"),
            *("UNFINISHED_BYTES_MAX", "UNTAKEN_MESSAGES_MAX"),
        ),
        NOT_SIMULATED,
    ),
    **dict.fromkeys(
        ("BUNDLE_QUESTIONS_MAX", "COPIED_HOMES_MAX", "EXCHANGE_BYTES_MAX"),
        A_PORTION,
    ),
    "HALF_OPEN_PER_ADDRESS_MAX": "a part of HALF_OPEN_MAX, which counts no loopback",
    "OUTBOX_BYTES_MAX": "the checker asks the network, which has the outboxes",
}
"""Limits of which no machine tells how near it is, and why."""


@pytest.fixture(scope="module")
def run() -> Run:
    """Everybody is there, and has said something."""
    run = a_run()
    run.begin()
    run.workload.talk(every_ms=100, for_ms=1_000, channel=run.channel)
    run.pass_time(2_000)
    return run


def bounds_of(sizes: Iterable[Size]) -> dict[str, int]:
    return {size.table: size.size_max for size in sizes}


def promised(looked_at: dict[str, tuple[str, ...]]) -> dict[str, int]:
    return {
        table: sum(getattr(limits, name) for name in names) for table, names in looked_at.items()
    }


def test_machines_tell_of_their_tables_beside_their_limits(run: Run) -> None:
    assert bounds_of(run.nodes[0].sizes()) == promised(LOOKED_AT)
    assert bounds_of(run.people[0].sizes()) == promised(LOOKED_AT_OF_CLIENTS)


def test_every_limit_of_a_table_is_looked_at() -> None:
    """Whoever adds a limit says here whose size is looked at, or why none is."""
    names = {name for name in vars(limits) if name.endswith("_MAX")}
    names = {name for name in names if not name.endswith("_MS_MAX")}
    tables = [*LOOKED_AT.values(), *LOOKED_AT_OF_CLIENTS.values()]
    looked_at = {first for first, *_ in tables if first.endswith("_MAX")}

    assert looked_at.isdisjoint(NO_TABLES)
    assert looked_at | NO_TABLES.keys() == names


# Bounded structures: whichever a machine is made of.


def parts_of(thing: object) -> Iterator[object]:
    """What an object holds, by its attributes and in its collections."""
    if isinstance(thing, dict):
        yield from list(thing.values())
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from thing
    elif hasattr(thing, "__self__"):
        yield thing.__self__
    elif type(thing).__module__.startswith("overlay."):
        slots = (name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ()))
        names = [*slots, *getattr(thing, "__dict__", ())]
        yield from (getattr(thing, name) for name in names if hasattr(thing, name))


Bounded = BoundedDict[Any, Any] | LruCache[Any, Any] | Recent


def bounded_in(machine: object) -> list[Bounded]:
    """Every bounded structure that a machine is made of, each once."""
    seen: dict[int, object] = {}
    waiting = [machine]
    while waiting:
        thing = waiting.pop()
        if id(thing) not in seen:
            seen[id(thing)] = thing
            waiting += parts_of(thing)
    return [each for each in seen.values() if isinstance(each, BoundedDict | LruCache | Recent)]


class Overfull(OrderedDict[Any, Any]):
    """Says that it holds more than anything may, and shows nothing."""

    def __len__(self) -> int:
        return 2**40


@contextmanager
def overfull(table: Bounded) -> Iterator[None]:
    name = "_old" if isinstance(table, Recent) else "_entries"
    held = getattr(table, name)
    setattr(table, name, Overfull())
    yield
    setattr(table, name, held)


def are_told(host: Host) -> list[bool]:
    """For each bounded structure on a host, whether it is told that it holds too much."""
    assert host.process is not None
    told: list[bool] = []
    for table in bounded_in(host.process.machine):
        with overfull(table):
            told.append(any(size.size > size.size_max for size in host.sizes()))
    return told


def test_no_bounded_structure_is_left_out(run: Run) -> None:
    of_node, of_client = are_told(run.nodes[0]), are_told(run.people[0])

    assert len(of_node) >= 20
    assert len(of_client) >= 5
    assert all(of_node)
    assert all(of_client)


# Machines whose tables grow.


def keep_everything(
    table: BoundedDict[object, object] | LruCache[object, object], key: object, held: object
) -> None:
    """What puts into a table that never pushes anything out."""
    table._entries[key] = held


def unbounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (BoundedDict, LruCache):
        monkeypatch.setattr(kind, "put", keep_everything)


def played(run: Run) -> list[str]:
    run.begin()
    run.workload.talk(every_ms=100, for_ms=2_000, channel=run.channel)
    run.pass_time(6_000)
    return broken(run)


@pytest.mark.parametrize(
    "limit", ["SPREADS_KEPT_MAX", "REMEMBERED_ACCOUNTS_MAX", "RECORDS_READ_MAX"]
)
@pytest.mark.parametrize(("is_broken", "found"), [(False, []), (True, ["S8"])])
def test_s8_catches_a_node_whose_table_grows_past_its_limit(
    monkeypatch: pytest.MonkeyPatch, limit: str, is_broken: bool, found: list[str]
) -> None:
    monkeypatch.setattr(limits, limit, 2)
    if is_broken:
        unbounded(monkeypatch)

    assert played(a_run()) == found


@pytest.mark.parametrize(("is_broken", "found"), [(False, []), (True, ["S8"])])
def test_s8_catches_a_client_whose_table_grows_past_its_limit(
    monkeypatch: pytest.MonkeyPatch, is_broken: bool, found: list[str]
) -> None:
    run = a_run()
    alice = run.people[0]
    alice.settings = replace(alice.settings, bounds=Bounds(conversations=1))
    if is_broken:
        unbounded(monkeypatch)

    assert played(run) == found
