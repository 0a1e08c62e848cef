"""Any client reaches any client, whatever the shape: directly, in channels, with its keys."""

from itertools import permutations

import pytest

from tests.end_to_end.conftest import OverlayOf
from tests.end_to_end.people import Person, everybody_attached
from tests.end_to_end.waiting import failsafe

SHAPES = [("line", 12), ("ring", 7), ("star", 6), ("tree", 7), ("random", 10)]


@pytest.mark.parametrize(("shape", "count"), SHAPES)
async def test_any_client_reaches_any_client_directly_and_in_a_channel(
    local_overlay_of: OverlayOf, shape: str, count: int
) -> None:
    """With one client at every node: 11 hops from end to end of the line."""
    overlay = await local_overlay_of(count, shape)
    places = [(f"person at {node.name}", node) for node in overlay.nodes]

    async with everybody_attached(*places) as people:
        for person in people:
            await person.client.join("town")
        await everybody_writes_to_everybody(people)
        for person in people:
            await person.client.say("town", f"{person.name} to all")

        for person in people:
            others = [other.name for other in people if other is not person]
            directly = {(None, f"{other} to {person.name}") for other in others}
            in_channel = {("town", f"{other} to all") for other in others}
            await person.hears(*(text for _, text in directly | in_channel))
            shown = [(message.channel, message.text) for message in person.shown]
            assert sorted(shown, key=repr) == sorted(directly | in_channel, key=repr)
            assert person.troubles == []


async def everybody_writes_to_everybody(people: list[Person]) -> None:
    """Returns when all of it is delivered."""
    handles = [
        await origin.sends(recipient, f"{origin.name} to {recipient.name}")
        for origin, recipient in permutations(people, 2)
    ]
    with failsafe("every message is delivered"):
        for handle in handles:
            await handle.delivered()
