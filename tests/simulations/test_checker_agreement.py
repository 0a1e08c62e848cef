"""S10 and L1: nodes that know the same say the same of who is where, not only of how many."""

from collections.abc import Callable

import pytest

from overlay.core.node import Node
from overlay.core.state.directory import Directory, VerifiedPresence
from overlay.messages.ids import ClientId, NodeId
from simulations.checkers import agreement
from simulations.checkers.agreement import reached
from simulations.checkers.liveness.conditions import Agreement, counts_of
from simulations.machines import NodeHost
from simulations.scenario import Run
from tests.simulations.small import a_run, broken

Presence = Callable[[ClientId], VerifiedPresence | None]
"""What a directory tells of a client."""

Break = Callable[[Run, Directory], Presence]


def directory_of(host: NodeHost) -> Directory:
    node: object = host.node
    assert isinstance(node, Node)
    return node._parts.directory


def alice_comes_back(run: Run) -> VerifiedPresence:
    """Her client dies and attaches anew. Returns the presence that is superseded by that."""
    alice = run.people[0]
    before = directory_of(run.nodes[2]).presence(alice.identity.client)
    run.faults.crash(alice, down_ms=500)
    run.pass_time(4_000)
    after = directory_of(run.nodes[2]).presence(alice.identity.client)
    assert before is not None
    assert after is not None
    assert before.value.order < after.value.order
    return before


def older(run: Run, directory: Directory) -> Presence:
    """It holds a newer presence of a client, and goes on telling of the one before."""
    before, honest = alice_comes_back(run), directory.presence
    return lambda client: before if client == before.value.signer else honest(client)


def swapped(run: Run, directory: Directory) -> Presence:
    """It takes two clients for each other."""
    (one, other, _), honest = (person.identity.client for person in run.people), directory.presence
    others = {one: other, other: one}
    return lambda client: honest(others.get(client, client))


def unbroken(run: Run, directory: Directory) -> Presence:
    alice_comes_back(run)
    return directory.presence


def are_counted_alike(run: Run) -> bool:
    """Whether all nodes have one digest, and count as many of everything at every place."""
    censuses = [census for host in run.nodes if (census := host.census()) is not None]
    first, *others = [(each.root, each.members, each.alive, counts_of(each)) for each in censuses]
    return len(others) == 2 and all(other == first for other in others)


@pytest.fixture
def run() -> Run:
    """Everybody is there."""
    run = a_run()
    run.begin()
    run.pass_time(2_000)
    return run


@pytest.mark.parametrize(
    ("is_broken_so", "found"), [(unbroken, []), (older, ["S10"]), (swapped, ["S10"])]
)
def test_s10_catches_a_node_that_counts_alike_and_tells_of_others(
    run: Run, monkeypatch: pytest.MonkeyPatch, is_broken_so: Break, found: list[str]
) -> None:
    directory = directory_of(run.nodes[2])

    monkeypatch.setattr(directory, "presence", is_broken_so(run, directory))
    assert are_counted_alike(run)
    run.pass_time(6_000)

    assert broken(run) == found


def test_s10_catches_a_node_that_keeps_an_older_account_record(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory, honest = directory_of(run.nodes[2]), Directory.accounts
    one, other, _ = honest(directory)

    monkeypatch.setattr(directory, "_accounts", {**directory._accounts, one.value.signer: other})
    assert are_counted_alike(run)
    run.pass_time(6_000)

    assert broken(run) == ["S10"]


def test_s10_catches_a_node_that_tells_that_nobody_is_reachable_at_a_node_that_lives(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    node: object = run.nodes[2].node
    assert isinstance(node, Node)

    monkeypatch.setattr(node._parts.topology, "is_alive", lambda home: home != run.nodes[0].key.id)
    assert are_counted_alike(run)
    run.pass_time(6_000)

    assert broken(run) == ["S10"]


@pytest.mark.parametrize("seen", ["nobody", "one end alone"])
def test_s10_catches_a_node_that_is_blind_alone(
    run: Run, monkeypatch: pytest.MonkeyPatch, seen: str
) -> None:
    """The others see it and each other: at the ends of the line, and in its middle."""
    blind = run.nodes[2 if seen == "nobody" else 1]
    node: object = blind.node
    assert isinstance(node, Node)
    sees = [blind.key.id] if seen == "nobody" else [blind.key.id, run.nodes[0].key.id]

    monkeypatch.setattr(node._parts.topology, "alive", lambda: dict.fromkeys(sees))
    run.pass_time(6_000)

    assert broken(run) == ["S10"]


def test_who_names_links_that_are_not_is_rightly_seen_by_nobody_whom_it_sees() -> None:
    """docs/protocol.md, section 5.6: fewer than half of its links are named back."""
    alice, bob, carol, dora = (NodeId(name) for name in ("alice", "bob", "carol", "dora"))
    links = {alice: (bob, carol, dora), bob: (alice, dora, bob), carol: (), dora: (bob,)}

    seen = {node: reached(node, links) for node in links}

    assert seen[alice] == {alice, bob, dora}
    assert seen[bob] == seen[dora] == {bob, dora}
    assert seen[carol] == {carol}


def test_where_people_are_many_each_node_tells_of_them_now_and_then(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agreement, "PEOPLE_TOLD_MAX", 1)
    directory = directory_of(run.nodes[2])

    monkeypatch.setattr(directory, "presence", swapped(run, directory))
    run.pass_time(20_000)

    assert broken(run) == ["S10"]


@pytest.mark.parametrize(
    ("is_broken_so", "found"), [(unbroken, []), (older, ["L1"]), (swapped, ["L1"])]
)
def test_l1_catches_a_node_that_counts_alike_and_knows_others(
    run: Run, monkeypatch: pytest.MonkeyPatch, is_broken_so: Break, found: list[str]
) -> None:
    directory = directory_of(run.nodes[2])

    monkeypatch.setattr(directory, "presence", is_broken_so(run, directory))
    assert are_counted_alike(run)
    run.liveness.wait_for(Agreement())

    assert sorted({violation.checker for violation in run.liveness.close()}) == found
