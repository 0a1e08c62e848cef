"""What waits between a client's machine and its program: messages, changes, the fate of texts."""

import gc

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from overlay import limits
from overlay.client.facts import LadderStepped, Step
from overlay.client.requests import HoldBack, MessageId, Request, Taken
from overlay.errors import UsageError
from overlay.messages.ids import AccountId, ChainId
from overlay.sdk.arrivals import Arrivals
from overlay.sdk.changes import Changes, ChangeStream
from overlay.sdk.errors import ClientClosed, NotDelivered
from overlay.sdk.ladder import Handle, Ladders
from overlay.sdk.values import Change, KeysChange, Message, Person, PersonChange, Status

CHAIN = ChainId("chain")
NAMED = MessageId("message")


def message(text: str) -> Message:
    return Message(
        id=text,
        person=AccountId("bob"),
        name="bob",
        text=text,
        sent_at=0,
        channel=None,
        is_own=False,
        follows_gap=False,
    )


class Told:
    """A machine's ear: requests are made when it listens."""

    def __init__(self) -> None:
        self._made = list[object]()

    def __call__(self, make: object) -> None:
        self._made.append(make)

    def requests(self) -> list[Request]:
        made, self._made = self._made, []
        return [make() for make in made if callable(make)]


# Messages.


async def test_messages_are_taken_in_their_order_and_the_machine_hears_of_them_together() -> None:
    told = Told()
    arrivals = Arrivals(told)
    for index, text in enumerate(("one", "two", "three"), start=1):
        arrivals.put(message(text), (CHAIN, index))

    taken = [await arrivals.take(), await arrivals.take()]

    assert taken == [message("one"), message("two")]
    assert told.requests() == [Taken(((CHAIN, 1), (CHAIN, 2)))]
    await arrivals.take()
    assert told.requests() == [Taken(((CHAIN, 3),))]


async def test_of_a_public_message_the_machine_need_not_hear() -> None:
    told = Told()
    arrivals = Arrivals(told)

    arrivals.put(message("hello, all"), None)

    assert await arrivals.take() == message("hello, all")
    assert told.requests() == []


async def test_whoever_waits_first_gets_the_next_message() -> None:
    arrivals = Arrivals(Told())
    got: list[tuple[str, Message | None]] = []

    async def take(name: str) -> None:
        got.append((name, await arrivals.take()))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take, "first")
        await wait_all_tasks_blocked()
        nursery.start_soon(take, "second")
        await wait_all_tasks_blocked()
        arrivals.put(message("one"), None)
        await wait_all_tasks_blocked()
        arrivals.put(message("two"), None)

    assert got == [("first", message("one")), ("second", message("two"))]


async def test_a_cancelled_wait_takes_nothing() -> None:
    arrivals = Arrivals(Told())
    with trio.CancelScope() as scope:
        arrivals.put(message("one"), None)
        scope.cancel()
        await arrivals.take()

    assert scope.cancelled_caught
    assert await arrivals.take() == message("one")


async def test_a_home_is_held_back_while_too_much_waits() -> None:
    told = Told()
    arrivals = Arrivals(told)
    for number in range(limits.UNTAKEN_MESSAGES_MAX - 1):
        arrivals.put(message(f"{number}"), None)
    assert told.requests() == []

    arrivals.put(message("one more"), None)
    arrivals.put(message("and another"), None)
    assert told.requests() == [HoldBack(True)]
    while len(arrivals) > limits.UNTAKEN_MESSAGES_MAX // 2 + 1:
        await arrivals.take()
    assert told.requests() == []
    await arrivals.take()

    assert told.requests() == [HoldBack(False)]


async def test_at_the_end_what_is_there_can_still_be_taken() -> None:
    arrivals = Arrivals(Told())
    arrivals.put(message("last"), None)

    arrivals.close()

    assert await arrivals.take() == message("last")
    assert await arrivals.take() is None


async def test_the_end_wakes_everybody_who_waits() -> None:
    arrivals = Arrivals(Told())
    ended: list[Message | None] = []

    async def take() -> None:
        ended.append(await arrivals.take())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(take)
        nursery.start_soon(take)
        await wait_all_tasks_blocked()
        arrivals.close()

    assert ended == [None, None]


# Changes.


def person(name: str, *nodes: str) -> Person:
    return Person(id=AccountId(name), name=name, is_online=bool(nodes), nodes=nodes, clients=())


async def taken(stream: ChangeStream, count: int) -> list[Change]:
    return [await anext(stream) for _ in range(count)]


async def test_every_stream_gets_every_change_since_it_was_made() -> None:
    changes = Changes()
    early = changes.stream()
    first = PersonChange(person("bob", "north"), None)
    second = KeysChange(id=AccountId("bob"), name="bob", added=(), removed=())
    third = Status(trouble="reset")

    changes.put(first)
    late = changes.stream()
    changes.put(second)
    changes.put(third)

    assert await taken(early, 3) == [first, second, third]
    assert await taken(late, 2) == [second, third]


async def test_a_slow_listener_gets_the_outcome_and_what_was_before_it_all() -> None:
    changes = Changes()
    stream = changes.stream()
    away, north, south = person("bob"), person("bob", "north"), person("bob", "south")

    changes.put(PersonChange(north, away))
    changes.put(Status(trouble="reset"))
    changes.put(PersonChange(south, north))
    changes.put(Status(trouble=None))

    assert await taken(stream, 2) == [PersonChange(south, away), Status(trouble=None)]


async def test_a_stream_ends_with_the_client_once_it_is_empty() -> None:
    changes = Changes()
    stream = changes.stream()
    changes.put(Status())

    changes.close()

    assert [change async for change in stream] == [Status()]
    assert [change async for change in changes.stream()] == []


async def test_a_waiting_listener_is_told_the_end() -> None:
    changes = Changes()
    seen: list[Change] = []

    async def listen() -> None:
        seen.extend([change async for change in changes.stream()])

    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        await wait_all_tasks_blocked()
        changes.put(Status())
        await wait_all_tasks_blocked()
        changes.close()

    assert seen == [Status()]


def test_a_stream_that_nobody_holds_any_more_holds_nothing() -> None:
    changes = Changes()
    changes.stream()
    gc.collect()

    changes.put(Status())

    assert len(changes) == 0


# The ladder.


def stepped(step: Step, reason: str | None = None) -> LadderStepped:
    return LadderStepped(message=NAMED, step=step, reason=reason)


def followed(*, has_receipts: bool = True) -> tuple[Ladders, Handle]:
    ladders = Ladders()
    return ladders, ladders.follow(NAMED, "bob", has_receipts=has_receipts)


async def test_a_message_climbs_to_delivered_and_is_then_forgotten() -> None:
    ladders, handle = followed()
    assert handle.state == "queued"

    ladders.on_step(stepped("accepted"))
    await handle.accepted()
    assert (handle.state, handle.is_over, len(ladders)) == ("accepted", False, 1)
    ladders.on_step(stepped("delivered"))

    await handle.accepted()
    await handle.delivered()
    assert (handle.state, handle.is_over, len(ladders)) == ("delivered", True, 0)


async def test_a_step_that_comes_late_leads_nowhere_back() -> None:
    ladders, handle = followed()

    ladders.on_step(stepped("delivered"))
    ladders.on_step(stepped("accepted"))

    assert handle.state == "delivered"


async def test_a_stall_is_told_until_the_message_is_delivered() -> None:
    ladders, handle = followed()

    ladders.on_step(stepped("stalled", "away"))
    assert (handle.state, handle.stalled_because) == ("queued", "away")
    ladders.on_step(stepped("accepted"))
    assert (handle.state, handle.stalled_because) == ("accepted", "away")
    ladders.on_step(stepped("delivered"))

    assert (handle.state, handle.stalled_because) == ("delivered", None)


async def test_a_message_that_is_given_up_is_told_to_everybody_who_waits() -> None:
    ladders, handle = followed()
    codes: list[str] = []

    async def wait() -> None:
        with pytest.raises(NotDelivered) as refused:
            await handle.delivered()
        codes.append(refused.value.code)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        nursery.start_soon(wait)
        await wait_all_tasks_blocked()
        ladders.on_step(stepped("failed", "expired"))

    assert codes == ["expired", "expired"]
    assert handle.state == "failed"
    with pytest.raises(NotDelivered):
        await handle.accepted()


async def test_in_a_channel_a_message_is_accepted_and_that_is_all() -> None:
    ladders, handle = followed(has_receipts=False)

    ladders.on_step(stepped("accepted"))

    await handle.accepted()
    assert handle.is_over
    with pytest.raises(UsageError, match="never receipted"):
        await handle.delivered()


async def test_a_wait_can_be_cancelled_and_taken_up_again() -> None:
    ladders, handle = followed()
    with trio.CancelScope() as scope:
        scope.cancel()
        await handle.delivered()
    assert scope.cancelled_caught

    ladders.on_step(stepped("delivered"))

    await handle.delivered()


async def test_nobody_waits_for_a_client_that_was_left() -> None:
    ladders, handle = followed()

    async def wait() -> None:
        with pytest.raises(ClientClosed):
            await handle.changed()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        await wait_all_tasks_blocked()
        ladders.close(lambda: ClientClosed("left"))

    with pytest.raises(ClientClosed):
        await handle.accepted()
    with pytest.raises(ClientClosed):
        await handle.changed()
    assert handle.state == "queued"


async def test_every_change_of_a_handle_can_be_waited_for() -> None:
    ladders, handle = followed()
    seen: list[tuple[str, str | None]] = []

    async def watch() -> None:
        while not handle.is_over:
            await handle.changed()
            seen.append((handle.state, handle.stalled_because))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(watch)
        for step in (stepped("stalled", "away"), stepped("accepted"), stepped("delivered")):
            await wait_all_tasks_blocked()
            ladders.on_step(step)

    assert seen == [("queued", "away"), ("accepted", "away"), ("delivered", None)]


def test_a_message_of_an_earlier_run_has_no_handle() -> None:
    ladders = Ladders()

    ladders.on_step(stepped("delivered"))

    assert len(ladders) == 0
