"""What people say is kept account of, and what somebody promised to deliver."""

import pytest

from overlay.client.events import Asked
from overlay.client.requests import Taken
from overlay.peering.events import Wake
from simulations.machines import Effect, Event, Machine
from simulations.population import add_nodes, drawn_up, populate
from simulations.sayings import Saying
from simulations.scenario import Run
from simulations.shapes import edges
from simulations.weather import Conditions
from simulations.world import World
from tests.simulations.doubles import Tampering
from tests.simulations.small import a_run, broken, crash_at


def a_settled_run() -> Run:
    run = a_run()
    run.begin()
    return run


def acquaint(run: Run) -> None:
    """Have the first say something to the second, who is then known, keys and all."""
    run.workload.say(run.people[0], run.people[1])
    run.pass_time(5_000)


def home_of(run: Run, saying: Saying) -> str:
    assert saying.kept_at is not None
    return saying.kept_at[0]


def test_a_saying_goes_the_whole_ladder() -> None:
    run = a_settled_run()
    alice, bob, _ = run.people

    saying = run.workload.say(alice, bob)
    was_promised = run.workload.undelivered()
    run.pass_time(5_000)

    assert was_promised == []
    assert saying.is_queued
    assert saying.accepted_ms is not None
    assert saying.delivered_ms is not None
    assert saying.told_delivered_ms is not None
    assert saying.said_ms < saying.accepted_ms < saying.delivered_ms < saying.told_delivered_ms
    assert list(saying.shown) == [bob.name]


def test_what_is_said_on_a_channel_is_shown_to_everybody_else() -> None:
    run = a_settled_run()
    alice, bob, carol = run.people

    saying = run.workload.say_in(alice, run.channel)
    run.pass_time(5_000)

    assert sorted(saying.shown) == [bob.name, carol.name]
    assert run.violations == []


@pytest.mark.parametrize("is_receipted", [True, False])
def test_what_is_gone_with_whoever_receipted_it_is_owed_to_nobody(is_receipted: bool) -> None:
    """Seed 3306 of swarm: it waited for what came before, and its person's other client did not
    get it either, as all homes that kept it died."""
    run = a_settled_run()
    alice, bob, carol = run.people
    run.faults.crash(bob, down_ms=None)
    saying = run.workload.say(alice, bob)
    run.pass_time(1_000)
    saying.wanted, saying.losses[carol.name] = (bob.name, carol.name), 0

    if is_receipted:
        saying.receipted_by[bob.identity.client] = None

    assert (saying in run.workload.undelivered()) is not is_receipted


def test_a_client_that_is_gone_is_held_to_what_its_home_accepted() -> None:
    run = a_settled_run()
    alice, bob, _ = run.people
    acquaint(run)
    run.faults.crash(bob, down_ms=30_000)
    saying = run.workload.say(alice, bob)
    run.pass_time(5_000)

    run.faults.crash(alice, down_ms=None)
    while_bob_is_down = run.workload.undelivered()
    run.faults.end()
    while_its_home_lives = run.workload.undelivered()
    home = run.world.hosts[home_of(run, saying)]
    run.faults.crash(home, down_ms=1)
    run.pass_time(5)

    assert while_bob_is_down == []
    assert while_its_home_lives == [saying]
    assert run.workload.undelivered() == []


def test_what_a_home_accepted_is_delivered_though_its_origin_is_gone() -> None:
    run = a_settled_run()
    alice, bob, _ = run.people
    acquaint(run)
    run.faults.crash(bob, down_ms=5_000)
    saying = run.workload.say(alice, bob)
    run.pass_time(2_000)

    run.faults.crash(alice, down_ms=None)
    run.calm()

    assert saying.accepted_ms is not None
    assert saying.delivered_ms is not None
    assert run.unmet == []


def test_clients_of_one_person_share_an_account_and_all_receive() -> None:
    world = World(1, Conditions())
    pairs = edges("line", 2, world.generator("shape"))

    _, people = populate(world, drawn_up(2, pairs, 2, 2))

    assert [host.name for host in people] == ["person-1", "person-1-b", "person-2", "person-2-b"]
    assert people[0].identity.account == people[1].identity.account
    assert people[0].identity.client != people[1].identity.client
    assert people[0].identity.account != people[2].identity.account


def test_neighbours_files_name_each_other() -> None:
    world = World(1, Conditions())

    north, middle, south = add_nodes(world, 3, edges("line", 3, world.generator("shape")))

    assert [entry.address for entry in north.settings.neighbours] == [middle.address]
    assert [entry.address for entry in middle.settings.neighbours] == [
        north.address,
        south.address,
    ]


# Told again.


class Stubborn(Tampering):
    """A client that never hears what its person has taken."""

    def __init__(self, inside: Machine) -> None:
        super().__init__(inside, lambda _, effects: effects)

    def handle(self, event: Event, now_ms: int) -> list[Effect]:
        is_taken = isinstance(event, Asked) and isinstance(event.request, Taken)
        return list(super().handle(Wake() if is_taken else event, now_ms))


def test_s2_catches_a_client_that_tells_again_what_was_taken_long_ago() -> None:
    run = a_run()
    for host in run.people:
        host.disguise = Stubborn
    for at_ms in (11_000, 12_500):
        crash_at(run, run.people[0], at_ms)

    run.play()

    assert broken(run) == ["S2"]


def test_a_message_that_nobody_can_have_taken_is_told_again_after_a_crash() -> None:
    run = a_settled_run()
    alice, bob, _ = run.people
    bob.disguise = Stubborn
    run.faults.crash(bob, down_ms=10)
    run.pass_time(5_000)
    saying = run.workload.say(alice, bob)
    while not saying.shown:
        run.pass_time(1)

    run.faults.crash(bob, down_ms=10)
    run.pass_time(5_000)

    assert run.world.sometimes["MessageArrived"] == 2
    assert run.violations == []
