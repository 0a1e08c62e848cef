"""The values of what Prometheus sees, at real nodes to which something happens."""

from collections.abc import Mapping
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from overlay.messages.clients import Submit
from overlay.messages.links import Hello
from overlay.nodes.control import ask_node
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.running import RunningNode
from overlay.sdk import Client, Identity, connect
from tests.end_to_end.strangers import connection_to, read_to_the_end, stranger_at
from tests.end_to_end.waiting import wait_until
from tests.support.people import a_client
from tests.support.running import a_node, two_nodes

Told = Mapping[str, Mapping[tuple[str, ...], float]]
"""The values of each name, by the words of its labels."""


def endpoint_of(node: RunningNode) -> str:
    return node.address.removeprefix("ws://").removesuffix("/overlay")


async def said_to(node: RunningNode, first_line: str) -> bytes:
    """What a node answers to a request on a connection of its own."""
    async with connection_to(endpoint_of(node)) as stream:
        headers = "Host: 127.0.0.1\r\nConnection: close\r\n\r\n"
        await stream.send_all(f"{first_line}\r\n{headers}".encode())
        return await read_to_the_end(stream)


async def told_by(node: RunningNode) -> Told:
    _, _, text = (await said_to(node, "GET /metrics HTTP/1.1")).partition(b"\r\n\r\n")
    told: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            of_name = told.setdefault(sample.name.removeprefix("overlay_"), {})
            of_name[tuple(sample.labels.values())] = sample.value
    return told


async def tells(node: RunningNode, wanted: Told) -> None:
    """Return once the node tells these values; others it may tell besides."""
    last: Told = {}

    async def is_told() -> bool:
        nonlocal last
        told = await told_by(node)
        last = {name: told.get(name, {}) for name in wanted}
        return last == wanted

    try:
        await wait_until("the node tells other values", is_told)
    finally:
        assert last == wanted


def one(value: float) -> Mapping[tuple[str, ...], float]:
    """What a name without labels has."""
    return {(): value}


async def sees(client: Client, name: str) -> None:
    """Return once somebody of this name is online."""
    changes = client.changes()
    while not any(each.name == name and each.is_online for each in client.people()):
        await anext(changes)


async def test_two_nodes_and_two_who_talk_are_counted(tmp_path: Path) -> None:
    async with (
        two_nodes(tmp_path) as (north, south, _),
        connect(south.address, Identity.temporary("bob")),
        connect(north.address, Identity.temporary("alice")) as alice,
    ):
        await sees(alice, "bob")
        await (await alice.send("bob", "hello")).delivered()

        await tells(north, {
            "links_established_total": one(1),
            "node_links": one(1),
            "neighbours": {("linked",): 1},
            "members": {("true",): 2, ("false",): 0},
            "bridges": one(0),
            "clients_attached_total": one(1),
            "clients_here": one(1),
            "clients_reachable": one(2),
            "accounts": one(2),
            "envelopes_accepted_total": {("chain_start",): 1, ("message",): 1},
            "envelopes_settled_total": {("delivered",): 2},
            "mailbox_envelopes": one(0),
            "mailbox_bytes": one(0),
            "half_open_links": one(0),
            "half_open_connections": one(1),
        })  # fmt: skip
        told = await told_by(north)
        assert list(told["round_trip_seconds"]) == [(south.snapshot().id,)]
        assert told["records_applied_total"].keys() >= {("node",), ("slot",), ("presence",)}
        # One receipt may do for both.
        assert told["envelopes_delivered_total"][()] >= 1
        assert told["messages_taken_total"][()] >= 3


async def test_who_goes_is_counted_with_the_reason(tmp_path: Path) -> None:
    async with two_nodes(tmp_path) as (north, _, stop):
        async with connect(north.address, Identity.temporary("alice")):
            await tells(north, {"clients_here": one(1), "node_links": one(1)})
        stop.set()

        await tells(north, {
            "clients_detached_total": {("stopping",): 1},
            "clients_here": one(0),
            "clients_reachable": one(0),
            "links_lost_total": {("goodbye",): 1},
            "node_links": one(0),
            "neighbours": {("awaited",): 1},
            "members": {("true",): 1, ("false",): 1},
        })  # fmt: skip


async def test_what_waits_for_somebody_away_and_the_nodes_run_are_told(tmp_path: Path) -> None:
    async with (
        a_node(tmp_path) as north,
        connect(north.address, Identity.temporary("alice")) as alice,
    ):
        async with connect(north.address, Identity.temporary("bob")):
            await (await alice.send("bob", "hello")).delivered()
        await (await alice.send("bob", "are you there?")).accepted()

        await tells(north, {"incarnation": one(1), "mailbox_envelopes": one(1)})
        assert (await told_by(north))["mailbox_bytes"][()] > len("are you there?")
    async with a_node(tmp_path) as north:
        await tells(north, {"incarnation": one(2)})


async def test_who_has_not_come_in_yet_and_who_is_turned_away_is_counted(tmp_path: Path) -> None:
    async with a_node(tmp_path) as north:
        await said_to(north, "GET /overlay HTTP/1.1")
        async with connection_to(endpoint_of(north)):
            await tells(north, {"half_open_connections": one(2), "half_open_links": one(0)})
        async with stranger_at(endpoint_of(north)) as stranger:
            await stranger.hears(Hello)
            await tells(north, {"half_open_connections": one(1), "half_open_links": one(1)})
            await stranger.says_raw("no JSON")
            await stranger.hears_the_end()

        await tells(north, {
            "half_open_connections": one(1),
            "half_open_links": one(0),
            "connections_turned_away_total": {("request",): 1},
            "peers_refused_total": {("malformed",): 1},
            "clients_attached_total": one(0),
        })  # fmt: skip


async def test_what_is_refused_and_who_is_banned_is_counted(tmp_path: Path) -> None:
    alice, bob = a_client("alice"), a_client("bob")
    control = NodeDirectory(tmp_path / "north").control_path
    async with a_node(tmp_path) as north, stranger_at(endpoint_of(north)) as link:
        await link.attaches(alice, north.snapshot().id)
        for _ in range(2):
            number = link.next_number()
            said = alice.message_to(bob, counter=1).signed
            await link.says(Submit(number=number, envelope=said))
            await link.hears_answer_to(number)
        await ask_node(control, command="ban", who=alice.id, reason="")
        await link.hears_the_end()

        await tells(north, {
            "bans_changed_total": one(1),
            "clients_detached_total": {("banned",): 1},
            "peers_refused_total": {
                ("unknown_recipient",): 1, ("replayed",): 1, ("banned",): 1
            },
        })  # fmt: skip


async def test_what_does_not_happen_is_told_as_none(tmp_path: Path) -> None:
    async with a_node(tmp_path) as north:
        await tells(north, {
            name: one(0)
            for name in (
                "neighbours_unreachable_total", "healing_dials_total", "healed_links_total",
                "equivocations_proved_total", "spreads_shed_total", "listeners_skipped_total",
                "store_troubles_total", "rows_damaged_total", "connections_failed_total",
                "parked_records", "units_in_transit",
            )
        })  # fmt: skip
