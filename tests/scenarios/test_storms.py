"""A storm of deaths, restarts, resets and cuts while people talk; then calm, and all is there."""

import json
from random import Random

import pytest

from overlay.messages.clients import Deliver, Submit
from overlay.messages.links import Ack, Heartbeat
from overlay.messages.signed import Signed
from tests.support.people import ClientKeys, a_client
from tests.support.shapes import NAMES, is_whole, scattered, settled
from tests.support.world import Client, World


class Talker:
    """A person who attaches anywhere, receipts what comes, and says again what has not arrived."""

    def __init__(self, world: World, name: str, random: Random) -> None:
        self.world = world
        self.keys: ClientKeys = a_client(name)
        self.random = random
        self.link: Client | None = None
        self.said: list[tuple[Talker, Signed]] = []
        self.got: set[str] = set()
        self._delivered = 0

    @property
    def open_link(self) -> Client | None:
        return self.link if self.link is not None and self.link.is_open else None

    def attaches(self) -> None:
        """Resume at any node that runs, unless a home still serves."""
        if self.open_link is not None:
            self.open_link.says(Heartbeat())
            return
        link = self.world.connect(self.keys, self.random.choice(self.world.running()))
        self.world.passes(40)
        if link.is_open and link.far_end.is_proved and link.home.node is not None:
            link.attaches()
            self.link, self._delivered = link, 0

    def says(self, other: "Talker", index: int) -> None:
        message = self.keys.message_to(other.keys, index=index).signed
        self.said.append((other, message))
        self.submits(message)

    def submits(self, envelope: Signed) -> None:
        link = self.open_link
        if link is not None:
            link.says(Submit(number=link.next_number(), envelope=envelope))

    def says_again(self) -> None:
        """What has not arrived, as a client does after a new attach."""
        for other, message in self.said:
            if message.signed not in other.got:
                self.submits(message)

    def listens(self, everybody: dict[str, "Talker"]) -> None:
        """Take, ack and receipt all that has come."""
        if self.link is None:
            return
        delivers = self.link.hears_all(Deliver)
        self._delivered += len(delivers)
        for deliver in delivers:
            if deliver.envelope.kind == "message":
                self._receipts(deliver, everybody)
        if delivers and self.open_link is not None:
            self.open_link.says(Ack(self._delivered))

    def _receipts(self, deliver: Deliver, everybody: dict[str, "Talker"]) -> None:
        self.got.add(deliver.envelope.signed)
        index = json.loads(deliver.envelope.signed)["index"]
        origin = everybody[deliver.envelope.signer]
        receipt = self.keys.receipt_for(origin.keys, (index, index)).signed
        link = self.open_link
        if link is not None:
            number = link.next_number()
            link.says(Submit(number=number, envelope=receipt, keeper=deliver.keeper))


def strikes(world: World, names: list[str], edges: list[tuple[int, int]], random: Random) -> None:
    """One thing goes wrong, or is mended."""
    first, second = (NAMES[number] for number in random.choice(edges))
    dead = [name for name in names if name not in world.running()]
    match random.choice(["kill", "stop", "start", "reset", "cut", "heal", "nothing"]):
        case "kill" if len(dead) < 2:
            world.kill(random.choice(world.running()))
        case "stop" if len(dead) < 2:
            world.stop(random.choice(world.running()))
        case "start" if dead:
            world.start(random.choice(dead))
        case "reset":
            world.reset(first, second)
        case "cut":
            world.cut(first, second)
        case "heal":
            world.heal(first, second)
        case _:
            pass


def calms(world: World, names: list[str], everybody: dict[str, Talker]) -> None:
    """Everything runs and nothing is cut; people go on as they do."""
    world.heal_all()
    for name in [each for each in names if each not in world.running()]:
        world.start(name)
    for _ in range(9):
        world.passes(5_000)
        for talker in everybody.values():
            talker.attaches()
        world.passes(200)
        for talker in everybody.values():
            talker.says_again()
        world.passes(500)
        for talker in everybody.values():
            talker.listens(everybody)
    world.passes(1_000)


@pytest.mark.parametrize("seed", range(8))
def test_after_any_storm_the_overlay_is_whole_and_every_message_has_arrived(seed: int) -> None:
    """docs/protocol.md, sections 5.6, 6.4, 7.6 and 10.2."""
    random = Random(seed)
    size = 5 + seed % 4
    names, edges = list(NAMES[:size]), scattered(size, seed)
    world = settled(size, edges)
    talkers = [Talker(world, f"person-{number}", random) for number in range(4)]
    everybody: dict[str, Talker] = {talker.keys.id: talker for talker in talkers}

    for index in range(1, 31):
        for talker in talkers:
            talker.attaches()
        strikes(world, names, edges, random)
        first, second = random.sample(talkers, 2)
        first.says(second, index)
        world.passes(random.choice([5, 20, 100, 700]))
        for talker in talkers:
            talker.listens(everybody)
    calms(world, names, everybody)

    assert is_whole(world)
    for talker in talkers:
        assert [
            other.keys.name for other, message in talker.said if message.signed not in other.got
        ] == []
    assert {world.node(name).snapshot().clients_reachable for name in names} == {len(talkers)}
    assert sum(world.node(name).snapshot().mailbox_envelopes for name in names) == 0
