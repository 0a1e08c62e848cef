"""Alice talks: what she has submitted."""

from overlay.messages.clients import People
from overlay.messages.envelopes import ChainStart, ChatMessage
from tests.unit.client.friends import (
    Friend,
    a_friend,
)
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import ScriptedHome


def a_conversation(*friends: Friend) -> tuple[ClientUnderTest, ScriptedHome]:
    """Alice at a home that knows these people."""
    north = ScriptedHome()
    north.knows(*friends)
    return attached(home=north), north


def sent(home: ScriptedHome) -> tuple[list[ChainStart], list[ChatMessage]]:
    """Chain starts and messages submitted since this was last asked, each in order."""
    sealed = home.sealed()
    starts = [each for each in sealed if isinstance(each, ChainStart)]
    return starts, [each for each in sealed if isinstance(each, ChatMessage)]


def kinds(home: ScriptedHome) -> list[str]:
    """The same, of both kinds, in order."""
    return [type(each).__name__ for each in home.sealed()]


def people_of(home: ScriptedHome) -> People:
    """What a home says to who watches everybody."""
    return People(tuple(home.people.values()))


def origin_of(client: ClientUnderTest) -> Friend:
    """The client under test, as its friends know it."""
    return a_friend(client.settings.name or "", "laptop")
