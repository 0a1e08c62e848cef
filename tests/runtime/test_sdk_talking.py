"""People who talk through real nodes: by name and by id, in public, away and back again."""

from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest
import trio

from overlay import limits
from overlay.client.facts import MessageArrived, PersonChanged
from overlay.errors import Refused, UsageError
from overlay.sdk import AmbiguousName, Client, Identity, Message, UnknownName, connect
from overlay.sdk.driver import ClientFact
from tests.support.people import key_of
from tests.support.running import a_node, two_nodes

NOBODY = key_of("nobody").id


class Party:
    """Some people at one node."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = AsyncExitStack()
        self._address = ""

    async def __aenter__(self) -> "Party":
        node = await self._stack.enter_async_context(a_node(self._path))
        self._address = node.address
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def comes(self, who: str | Identity) -> Client:
        """Somebody is there for the rest of the party."""
        return await self._stack.enter_async_context(self.visit(who))

    def visit(self, who: str | Identity) -> AbstractAsyncContextManager[Client]:
        """Somebody is there for as long as a block lasts."""
        identity = Identity.temporary(who) if isinstance(who, str) else who
        return connect(self._address, identity)


async def texts(client: Client, count: int) -> list[str]:
    return [(await anext(client)).text for _ in range(count)]


# Direct messages.


async def test_a_message_to_a_name_arrives_and_is_known_to_have(tmp_path: Path) -> None:
    async with Party(tmp_path) as party:
        alice, bob = await party.comes("alice"), await party.comes("bob")

        handle = await alice.send("bob", "hello")
        await handle.accepted()
        message = await anext(bob)
        await handle.delivered()

    assert message == Message(
        id=message.id,
        person=alice.identity.account,
        name="alice",
        text="hello",
        sent_at=message.sent_at,
        channel=None,
        is_own=False,
        follows_gap=False,
    )
    assert (handle.state, handle.to) == ("delivered", bob.identity.account)


async def test_whoever_wrote_can_be_answered(tmp_path: Path) -> None:
    async with Party(tmp_path) as party:
        alice, bob = await party.comes("alice"), await party.comes("bob")
        await alice.send("bob", "who are you?")

        question = await anext(bob)
        await bob.send(question.person, "bob")

        assert await texts(alice, 1) == ["bob"]


async def test_a_person_from_the_list_can_be_written_to(tmp_path: Path) -> None:
    async with Party(tmp_path) as party:
        bob, alice = await party.comes("bob"), await party.comes("alice")
        (listed,) = alice.people()

        await alice.send(listed, "hello")

        assert await texts(bob, 1) == ["hello"]


async def test_messages_arrive_in_the_order_in_which_they_were_sent(tmp_path: Path) -> None:
    async with Party(tmp_path) as party:
        alice, bob = await party.comes("alice"), await party.comes("bob")
        for number in range(10):
            await alice.send("bob", f"{number}")

        assert await texts(bob, 10) == [f"{number}" for number in range(10)]


async def test_many_texts_at_once_all_arrive(tmp_path: Path) -> None:
    async with Party(tmp_path) as party:
        alice, bob = await party.comes("alice"), await party.comes("bob")
        account = bob.identity.account
        async with trio.open_nursery() as nursery:
            for number in range(50):
                nursery.start_soon(alice.send, account, f"{number}")

        assert sorted(await texts(bob, 50)) == sorted(f"{number}" for number in range(50))


@pytest.mark.parametrize("text", ["", "\udc80", "a" * (limits.TEXT_BYTES_MAX + 1)])
async def test_a_text_that_cannot_be_sent_is_refused_at_once(tmp_path: Path, text: str) -> None:
    async with Party(tmp_path) as party:
        alice = await party.comes("alice")
        await party.comes("bob")

        with pytest.raises(UsageError, match="text"):
            await alice.send("bob", text)


async def test_nobody_writes_to_themselves(tmp_path: Path) -> None:
    async with Party(tmp_path) as party:
        alice = await party.comes("alice")

        with pytest.raises(UnknownName):
            await alice.send("alice", "hello")
        with pytest.raises(Refused, match="your own account"):
            await alice.send(alice.identity.account, "hello")


async def test_a_message_to_an_id_that_nobody_has_is_given_up(tmp_path: Path) -> None:
    async with Party(tmp_path) as party:
        alice = await party.comes("alice")

        handle = await alice.send(NOBODY, "hello")

        with pytest.raises(Refused, match="unknown_recipient"):
            await handle.delivered()


# Names.


async def test_a_name_that_nobody_bears_is_unknown(tmp_path: Path) -> None:
    async with Party(tmp_path) as party:
        alice = await party.comes("alice")

        assert await alice.find("carol") == []
        with pytest.raises(UnknownName):
            await alice.send("carol", "hello")


async def test_of_two_people_of_one_name_one_has_to_be_chosen(tmp_path: Path) -> None:
    async with Party(tmp_path) as party:
        alice, one, other = [await party.comes(name) for name in ("alice", "bob", "bob")]

        with pytest.raises(AmbiguousName) as refused:
            await alice.send("bob", "hello")

        choice = {person.id for person in refused.value.candidates}
        assert choice == {one.identity.account, other.identity.account}
        await alice.send(other.identity.account, "hello")
        assert await texts(other, 1) == ["hello"]


async def test_the_node_tells_two_people_of_one_name_apart(tmp_path: Path) -> None:
    async with (
        two_nodes(tmp_path) as (north, south, _),
        connect(north.address, Identity.temporary("bob")),
        connect(south.address, Identity.temporary("bob")) as southern,
        connect(north.address, Identity.temporary("alice")) as alice,
    ):
        changes = alice.changes()
        while sum(person.is_online for person in alice.people()) < 2:
            await anext(changes)

        await alice.send("bob@south", "hello")

        assert await texts(southern, 1) == ["hello"]
        assert len(await alice.find("bob")) == 2


async def test_an_at_may_be_part_of_a_name(tmp_path: Path) -> None:
    async with Party(tmp_path) as party:
        alice, bob = await party.comes("alice"), await party.comes("bob@home")

        await alice.send("bob@home", "hello")
        await alice.send("bob@home@north", "hello again")

        assert await texts(bob, 2) == ["hello", "hello again"]


async def test_an_id_finds_whoever_it_is(tmp_path: Path) -> None:
    async with Party(tmp_path) as party:
        alice, bob = await party.comes("alice"), await party.comes("bob")

        (found,) = await alice.find(bob.identity.account)

        assert (found.name, found.is_online) == ("bob", True)
        assert await alice.find(NOBODY) == []


async def test_somebody_met_before_is_found_though_nobody_here_knows_them(tmp_path: Path) -> None:
    with Identity.create(tmp_path / "alice", name="alice") as identity:
        async with Party(tmp_path / "one") as party:
            bob = await party.comes("bob")
            async with party.visit(identity) as alice:
                await (await alice.send("bob", "hello")).delivered()

        async with Party(tmp_path / "other") as party:
            alice = await party.comes(identity)
            (found,) = await alice.find("bob")

    assert (found.id, found.is_online) == (bob.identity.account, False)


# Channels.


async def test_in_a_channel_everybody_who_listens_hears(tmp_path: Path) -> None:
    async with Party(tmp_path) as party:
        alice, bob, carol = [await party.comes(name) for name in ("alice", "bob", "carol")]
        for listener in (alice, bob, carol):
            await listener.join("#general")

        handle = await alice.say("general", "hello, all")
        await handle.accepted()

        heard = [await anext(bob), await anext(carol)]
    assert [(message.text, message.channel, message.name) for message in heard] == [
        ("hello, all", "general", "alice")
    ] * 2
    assert handle.is_over


async def test_whoever_left_a_channel_hears_no_more(tmp_path: Path) -> None:
    async with Party(tmp_path) as party:
        alice, bob = await party.comes("alice"), await party.comes("bob")
        await bob.join("general")
        await bob.leave("general")

        await (await alice.say("general", "anybody?")).accepted()
        await alice.send("bob", "only you")

        assert await texts(bob, 1) == ["only you"]


@pytest.mark.parametrize("channel", ["", "two words", "a#b", "a" * 65])
async def test_a_channel_that_cannot_be_is_refused(tmp_path: Path, channel: str) -> None:
    async with Party(tmp_path) as party:
        alice = await party.comes("alice")

        with pytest.raises(UsageError):
            await alice.join(channel)
        with pytest.raises(UsageError):
            await alice.say(channel, "hello")


# Away and back.


async def test_what_was_not_taken_is_there_in_the_next_run_and_what_was_taken_is_not(
    tmp_path: Path,
) -> None:
    with Identity.create(tmp_path / "bob", name="bob") as identity:
        async with Party(tmp_path) as party:
            alice = await party.comes("alice")
            async with party.visit(identity) as bob:
                handles = [
                    await alice.send(identity.account, text) for text in ("one", "two", "three")
                ]
                await handles[-1].delivered()
                first = await texts(bob, 1)

            async with party.visit(identity) as bob:
                second = await texts(bob, 2)

            async with party.visit(identity) as bob:
                await alice.send(identity.account, "four")
                third = await texts(bob, 1)

    assert (first, second, third) == (["one"], ["two", "three"], ["four"])


async def test_a_message_to_somebody_away_arrives_when_they_are_back(tmp_path: Path) -> None:
    with Identity.create(tmp_path / "bob", name="bob") as identity:
        async with Party(tmp_path) as party:
            alice = await party.comes("alice")
            async with party.visit(identity) as bob:
                await (await alice.send("bob", "hello")).delivered()
                await texts(bob, 1)
            handle = await alice.send("bob", "are you there?")
            while handle.stalled_because is None:
                await handle.changed()
            assert handle.stalled_because == "away"

            async with party.visit(identity) as bob:
                assert await texts(bob, 1) == ["are you there?"]
                await handle.delivered()


async def test_a_message_survives_the_end_of_the_program_that_wrote_it(tmp_path: Path) -> None:
    with (
        Identity.create(tmp_path / "alice", name="alice") as writer,
        Identity.create(tmp_path / "bob", name="bob") as reader,
    ):
        async with Party(tmp_path / "one") as party:
            async with party.visit(writer) as alice, party.visit(reader):
                await (await alice.send("bob", "hello")).delivered()
            async with party.visit(writer) as alice:
                await alice.send("bob", "written while you were away")

        # Another node, which has never seen either of them, nor their messages.
        async with Party(tmp_path / "other") as party:
            bob, _ = await party.comes(reader), await party.comes(writer)

            assert await texts(bob, 2) == ["hello", "written while you were away"]


# Accounts.


async def test_all_clients_of_an_account_receive_and_know_what_their_own_sent(
    tmp_path: Path,
) -> None:
    with (
        Identity.create(tmp_path / "laptop", name="bob") as laptop,
        Identity.create(tmp_path / "phone", account=laptop) as phone,
    ):
        async with Party(tmp_path) as party:
            alice = await party.comes("alice")
            one, other = await party.comes(laptop), await party.comes(phone)
            changes = alice.changes()
            while (seen := alice.person(laptop.account)) is None or len(seen.clients) < 2:
                await anext(changes)

            await alice.send("bob", "hello to both")
            assert await texts(one, 1) == await texts(other, 1) == ["hello to both"]
            await one.send(alice.identity.account, "from the laptop")

            own = await anext(other)
    assert (own.text, own.is_own, own.name) == ("from the laptop", True, "alice")
    assert own.person == alice.identity.account


# Reports.


async def test_a_log_gets_every_fact_but_the_messages(tmp_path: Path) -> None:
    facts: list[ClientFact] = []
    async with (
        a_node(tmp_path) as north,
        connect(north.address, Identity.temporary("alice")) as alice,
        connect(north.address, Identity.temporary("bob"), report=facts.append) as bob,
    ):
        await alice.send("bob", "a secret")
        await texts(bob, 1)

    assert any(isinstance(fact, PersonChanged) for fact in facts)
    assert not any(isinstance(fact, MessageArrived) for fact in facts)
    assert "a secret" not in repr(facts)
