"""Does everything that people say to each other arrive, while nothing goes wrong?"""

from simulations.scenario import DELIVERY_MS_MAX, Cast, Run, Scenario

TALK_MS = 20_000


def play(run: Run) -> None:
    talk_ms = run.length_ms(TALK_MS)
    run.begin()
    run.workload.talk(every_ms=100, for_ms=talk_ms, channel=run.channel)
    run.pass_time(talk_ms)
    run.calm(DELIVERY_MS_MAX)


SCENARIO = Scenario(
    name="talk",
    question="does everything that people say arrive while nothing goes wrong?",
    cast=lambda _: Cast(nodes=5, shape="ring", people=8),
    play=play,
)
