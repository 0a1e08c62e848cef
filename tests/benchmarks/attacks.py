"""One real node under attack from other processes: what its honest clients notice of it."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import monotonic, perf_counter, process_time

import trio

from overlay.errors import RemoteError
from overlay.messages.ids import NodeId
from overlay.messages.links import Heartbeat
from overlay.wire.codec import decode_frame
from overlay.wire.signed import read_text
from tests.benchmarks.bombs import BOMBS, HONEST, TEXT_BOMBS
from tests.benchmarks.ceilings import Ceilings, percentile
from tests.benchmarks.honest import LAGS, attach_times_ms, count_of, one_node
from tests.benchmarks.lagging import read_lags_ms
from tests.benchmarks.leaving import Leavings
from tests.benchmarks.messages import offer, send
from tests.benchmarks.processes import address_of, endpoint_of
from tests.benchmarks.results import Result
from tests.end_to_end.strangers import stranger_at
from tests.support.people import a_client

_LAG_BAR_MS = 50.0
_GOODPUT_BAR = 0.95
_GROWTH_BAR_MEBIBYTES = 64.0
_BOMB_BAR_MS = 1.0

_ECHOES = 400
_ECHO_PAUSE_S = 0.01
_TALK_S = 15.0
_TALK_PART = 0.1
_IN_TIME_MS = 100.0
_FIRST_WORDS = 400
_WINDOW = 8
_ATTACHES_IN_CALM = 30
_BOMB_RUNS = 9


def spamming(_: Ceilings) -> list[Result]:
    """One client with a valid key floods a person; alice writes to bob, come what may.

    Goodput is what part of the texts that she offers is delivered in time. She offers them at a
    fixed rate, a tenth of what the two pass on in calm with eight under way, so that all of
    them would be; and she waits for none: who waits for an answer, or pauses after it, offers
    less where it is late, and so hides that. In time is within a tenth of a second, receipt
    included, counted from when the text was due: less than that a person takes for immediate
    (Nielsen, Usability Engineering, 1993, chapter 5). How much later than in calm the texts are
    below that is what the p99 beside it says.
    """
    with one_node() as (family, north, home):
        bob = family.client("bob", at=north, is_on_disk=False)
        alice = family.client("alice", at=north, is_on_disk=False)
        rate = _TALK_PART * _FIRST_WORDS / send(alice, bob, count=_FIRST_WORDS, window=_WINDOW)
        start = monotonic()
        calm_ms = trio.run(_round_trips_ms, endpoint_of(north), home)
        calm_texts_ms = offer(alice, per_second=rate, seconds=_TALK_S)
        leavings = Leavings(north, family.directory / LAGS)
        mallory = family.attackers("spam", at=north, home=home)
        before, begin = count_of(mallory, "envelopes"), monotonic()
        flood_ms = trio.run(_round_trips_ms, endpoint_of(north), home)
        flood_texts_ms = offer(alice, per_second=rate, seconds=_TALK_S)
        sent, end = count_of(mallory, "envelopes") - before, monotonic()
        mallory.close()
        leavings.count()
        north.close()
        left = leavings.results("spam")
        calm_lags_ms = read_lags_ms(family.directory / LAGS, start, begin)
        flood_lags_ms = read_lags_ms(family.directory / LAGS, begin, end)
    return [
        Result(name="spam: envelopes of one client", value=sent / (end - begin), unit="1/s"),
        Result(
            name="spam: the node's loop lag, p99",
            value=percentile(flood_lags_ms, 0.99),
            unit="ms",
            ceiling=percentile(calm_lags_ms, 0.99),
            bar=_LAG_BAR_MS,
            is_smaller_better=True,
        ),
        Result(
            name="spam: others' round trips, p99",
            value=percentile(flood_ms, 0.99),
            unit="ms",
            ceiling=percentile(calm_ms, 0.99),
        ),
        *_talked(rate, calm_texts_ms, flood_texts_ms),
        *left,
    ]


def bad_frames(_: Ceilings) -> list[Result]:
    """1,000 senders of frames that are too large, in too many parts, or without end."""
    return _grown("frames", "1,000 bad frames")


def hoarding(_: Ceilings) -> list[Result]:
    """1,000 attached clients each of whom begins a message as long as any and never ends it."""
    return _grown("hoard", "1,000 messages without end")


def _grown(attack: str, name: str) -> list[Result]:
    """How much the node grows by attackers until they have finished, and what they leave."""
    with one_node() as (family, north, home):
        trio.run(attach_times_ms, address_of(north), home, "calm", _ATTACHES_IN_CALM)
        leavings = Leavings(north, family.directory / LAGS)
        before = most = north.memory_mebibytes()
        attackers = family.attackers(attack, at=north, home=home)
        while "finished" not in attackers.ask():
            trio.run(trio.sleep, 0.1)
            most = max(most or 0, north.memory_mebibytes() or 0)
        attackers.close()
        leavings.count()
        north.close()
        left = leavings.results(name)
    if before is None or most is None:
        return left
    return [
        Result(
            name=f"{name}: growth of the node",
            value=most - before,
            unit="MiB",
            bar=_GROWTH_BAR_MEBIBYTES,
            is_smaller_better=True,
        ),
        *left,
    ]


def bombs(_: Ceilings) -> list[Result]:
    """What a frame or signed text that is hard to parse costs, in CPU time; the best of some."""
    parsers: dict[str, Callable[[], object]] = {}
    parsers |= {name: partial(decode_frame, frame) for name, frame in BOMBS.items()}
    parsers |= {name: partial(read_text, text) for name, text in TEXT_BOMBS.items()}
    honest_ms = min(_seconds(partial(decode_frame, HONEST)) for _ in range(_BOMB_RUNS)) * 1_000
    return [
        Result(name="bomb: none, an honest frame of brackets", value=honest_ms, unit="ms"),
        *_exploded(parsers, honest_ms),
    ]


def _exploded(parsers: dict[str, Callable[[], object]], honest_ms: float) -> list[Result]:
    return [
        Result(
            name=f"bomb: {name}",
            value=min(_seconds(parse) for _ in range(_BOMB_RUNS)) * 1_000,
            unit="ms",
            ceiling=honest_ms,
            bar=_BOMB_BAR_MS,
            is_smaller_better=True,
        )
        for name, parse in parsers.items()
    ]


def _talked(rate: float, calm_ms: list[float], flood_ms: list[float]) -> list[Result]:
    return [
        Result(name="spam: others' texts offered", value=rate, unit="1/s"),
        Result(
            name="spam: others' texts until delivered, p99",
            value=percentile(flood_ms, 0.99),
            unit="ms",
            ceiling=percentile(calm_ms, 0.99),
        ),
        Result(
            name="spam: others' goodput",
            value=_in_time(flood_ms),
            unit="of offered",
            ceiling=_in_time(calm_ms),
            bar=_GOODPUT_BAR * _in_time(calm_ms),
        ),
    ]


def _in_time(taken_ms: list[float]) -> float:
    return sum(taken <= _IN_TIME_MS for taken in taken_ms) / len(taken_ms)


async def _round_trips_ms(endpoint: str, home: NodeId) -> list[float]:
    """How long the node takes to answer another client that only asks whether it lives."""
    times_ms: list[float] = []
    async with stranger_at(endpoint) as carol:
        await carol.attaches(a_client(f"carol {perf_counter()}"), home)
        for _ in range(_ECHOES):
            start = perf_counter()
            await carol.says(Heartbeat(wants_echo=True))
            await carol.hears(Heartbeat)
            times_ms.append((perf_counter() - start) * 1_000)
            await trio.sleep(_ECHO_PAUSE_S)
    return times_ms


def _seconds(parse: Callable[[], object]) -> float:
    start = process_time()
    with suppress(RemoteError):
        parse()
    return process_time() - start


ATTACKS: dict[str, Callable[[Ceilings], list[Result]]] = {
    "spam": spamming,
    "frames": bad_frames,
    "hoard": hoarding,
    "bombs": bombs,
}
