"""Is somebody whom their home silences heard as soon as they go to another one?"""

from dataclasses import replace
from functools import partial

from overlay.client.facts import Attached, LadderStepped
from overlay.messages.ids import Address
from simulations.checkers.base import Fact
from simulations.crossings import homes_of
from simulations.liars.base import enlist
from simulations.liars.censor import Censor
from simulations.machines import ClientHost, Host
from simulations.sayings import Saying
from simulations.scenario import DELIVERY_MS_MAX, Cast, Run, Scenario

TALK_MS = 5_000
EVERY_MS = 250
BAR_MS = 10_000
"""From attaching elsewhere to everything having arrived that was withheld, both ways."""


def play(run: Run) -> None:
    victim, *friends = run.people
    home = homes_of(run)[victim.name]
    censors = enlist(home, partial(Censor, victim=victim.identity.client))
    told: list[str | None] = []
    attached: list[int] = []

    def note(host: Host, fact: Fact, now_ms: int) -> None:
        if host is victim and isinstance(fact, LadderStepped) and fact.step == "stalled":
            told.append(fact.reason)
        if host is victim and isinstance(fact, Attached):
            attached.append(now_ms)

    run.begin()
    run.world.listeners.append(note)
    for friend in friends:
        run.workload.say(victim, friend)
        run.workload.say(friend, victim)
    run.pass_time(DELIVERY_MS_MAX)
    censors[-1].is_lying = True
    sayings = _talk(run, victim, friends)
    run.pass_time(TALK_MS + DELIVERY_MS_MAX)
    run.measure("said_and_withheld", sum(saying.delivered_ms is None for saying in sayings))
    run.measure("stalls_told", len(told))
    others = [friend for friend in friends if homes_of(run)[friend.name] is not home]
    _roam(run, victim, homes_of(run)[others[0].name].address)
    is_heard = partial(_are_delivered, sayings)
    run.wait_until(lambda: len(attached) > 0, "the client is served elsewhere", BAR_MS)
    run.wait_until(is_heard, "what was withheld has arrived", BAR_MS)
    latest_ms = max((saying.delivered_ms or run.world.now_ms for saying in sayings), default=0)
    run.measure("heard_after_ms", latest_ms - attached[-1])


def _talk(run: Run, victim: ClientHost, friends: list[ClientHost]) -> list[Saying]:
    """The victim writes to its friends, and they to it."""
    sayings: list[Saying] = []

    def say(speaker: ClientHost, listener: ClientHost) -> None:
        sayings.append(run.workload.say(speaker, listener))

    for number in range(TALK_MS // EVERY_MS):
        friend = friends[number % len(friends)]
        pair = (victim, friend) if number % 2 else (friend, victim)
        run.after(EVERY_MS * number, partial(say, *pair))
    return sayings


def _are_delivered(sayings: list[Saying]) -> bool:
    return all(saying.delivered_ms is not None for saying in sayings)


def _roam(run: Run, host: ClientHost, address: Address) -> None:
    """The person starts their client anew, and names another node."""
    run.world.kill(host)
    host.settings = replace(host.settings, addresses=(address,))
    run.world.start(host)


SCENARIO = Scenario(
    name="censoring_home",
    question="is somebody whom their home silences heard as soon as they go to another?",
    cast=lambda _: Cast(nodes=12, shape="random", people=6),
    play=play,
)
