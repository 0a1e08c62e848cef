"""Clients and nodes that crash at random: nothing is lost, nothing is shown twice."""

from dataclasses import dataclass
from random import Random

import pytest

from overlay.client.facts import LadderStepped
from overlay.client.requests import MessageId, Queued
from tests.unit.client.world import Person, World

RING = (("north", "south"), ("south", "east"), ("east", "west"), ("west", "north"))
STEPS = 40
CALM_MS = 120_000


@dataclass(frozen=True)
class Said:
    """What was said, and the message that it became; None where a crash came first."""

    origin: Person
    to: Person
    text: str
    message: MessageId | None


class Storm:
    """Alice and two clients of bob on a ring of nodes, all of which may end at any moment."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.world = World(*RING)
        self.alice = self.world.client("alice", at="north")
        self.bob = self.world.client("bob", at="east")
        self.phone = self.world.client("bob", at="south", device="phone")
        self.people = (self.alice, self.bob, self.phone)
        self.nodes = ("north", "south", "east", "west")
        self.said: list[Said] = []
        self.world.passes(2_000)

    def rages(self) -> None:
        for step in range(STEPS):
            self.world.passes(self.random.choice((0, 3, 20, 100, 700)))
            kind = self.random.random()
            if kind < 0.5:
                self._somebody_speaks(str(step))
            elif kind < 0.75:
                self._switch(self.random.choice(self.people).place.name)
            elif kind < 0.9:
                self._switch(self.random.choice(self.nodes))

    def calms_down(self) -> None:
        for name, place in self.world.places.items():
            if place.machine is None:
                self.world.starts(name)
        self.world.passes(CALM_MS)

    def _somebody_speaks(self, text: str) -> None:
        origin = self.random.choice(self.people)
        to = self.bob if origin is self.alice else self.alice
        if origin.place.machine is not None:
            reply = origin.says_and_waits(to, text, for_ms=self.random.choice((0, 1, 6, 30)))
            message = reply.message if isinstance(reply, Queued) else None
            self.said.append(Said(origin, to, text, message))

    def _switch(self, name: str) -> None:
        running = [node for node in self.nodes if self.world.places[node].machine is not None]
        if self.world.places[name].machine is None:
            self.world.starts(name)
        elif name not in self.nodes or len(running) > 2:
            self.world.kills(name)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_crashes_each_message_is_shown_once_or_said_to_have_failed(seed: int) -> None:
    """docs/protocol.md, sections 7.6 and 9.4."""
    storm = Storm(seed)

    storm.rages()
    storm.calms_down()

    for said in storm.said:
        readers = [person for person in storm.people if person.account == said.to.account]
        shown = [reader.texts.count(said.text) for reader in readers]
        assert max(shown) <= 1
        failed = [fact.message for fact in said.origin.told(LadderStepped) if fact.step == "failed"]
        assert said.message is None or sum(shown) > 0 or said.message in failed
    assert not any(key.table == "outbox" for person in storm.people for key in person.place.disk)
