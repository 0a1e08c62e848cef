"""What a program does with its client: send, receive, see who is there."""

import time
from functools import partial
from typing import Self, TypeVar

from overlay.client.requests import (
    Carried,
    Declined,
    FindPeople,
    JoinChannel,
    LeaveChannel,
    PeopleFound,
    Queued,
    Reply,
    Request,
    Say,
    SayInChannel,
)
from overlay.errors import OverlayError, Refused, UsageError
from overlay.messages.ids import AccountId
from overlay.sdk.addresses import read_account, readings
from overlay.sdk.changes import ChangeStream
from overlay.sdk.driver import Driver
from overlay.sdk.errors import ClientClosed
from overlay.sdk.identity import Identity
from overlay.sdk.ladder import Handle
from overlay.sdk.told import Told
from overlay.sdk.values import Message, Person, Status, person_of

ReplyT = TypeVar("ReplyT", bound=Reply)


class Client:
    """One client at work; `connect` makes it. All methods belong to its trio task tree.

    When its home goes away it resumes at another by itself; what was asked or
    sent meanwhile follows. Every method that waits can be cancelled. Once the
    block of `connect` is left, all of them raise `ClientClosed`.

    Iterating gives messages as they arrive, each to one task only. When
    `limits.UNTAKEN_MESSAGES_MAX` of them have not been taken, the client's
    home is asked for no more until half of them are.
    """

    def __init__(self, identity: Identity, driver: Driver, told: Told) -> None:
        """Made by `connect`."""
        self.identity = identity
        self._driver = driver
        self._told = told

    # Sending.

    async def send(self, to: str | Person, text: str) -> Handle:
        """Put a sealed message into the outbox, from where it leaves by itself.

        `to` is a name, `name@node`, or an account id. It returns once the
        message is durable here; it survives the end of this program. Cancelled
        before that, the message may be sent or not.

        Raises: `UnknownName`, `AmbiguousName`; `UsageError` for an empty text, one
        that is no text or too long, and for ourselves; `Refused` while too much waits.
        """
        _check_text(text)
        account = to.id if isinstance(to, Person) else await self.resolve(to)
        request = Say(to=account, text=text, sent_at=_now_ms())
        return await self._queue(request, account, has_receipts=True)

    async def say(self, channel: str, text: str) -> Handle:
        """Say something in a channel: public, signed, not sealed. Raises: as `send`.

        It waits in memory until a home has it, and is gone with the program.
        """
        _check_text(text)
        channel = _channel(channel)
        request = SayInChannel(channel=channel, text=text, sent_at=_now_ms())
        return await self._queue(request, channel, has_receipts=False)

    async def join(self, channel: str) -> None:
        """Listen to a channel from now on, in later runs of this identity too.

        Raises: `UsageError` for a name that cannot be, `Refused`.
        """
        _expect(Carried, await self._driver.ask(JoinChannel(_channel(channel))))

    async def leave(self, channel: str) -> None:
        """Listen no more. Raises: as `join`."""
        _expect(Carried, await self._driver.ask(LeaveChannel(_channel(channel))))

    # Receiving.

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        message = await self._told.arrivals.take()
        if message is None:
            raise StopAsyncIteration
        return message

    # People.

    def people(self) -> list[Person]:
        """Everybody known, by name, ourselves left out: online, and those who were."""
        return self._told.people.all()

    def person(self, account: AccountId) -> Person | None:
        """Somebody known."""
        return self._told.people.get(account)

    def changes(self) -> ChangeStream:
        """People who come and go, changed keys, our own moves: everything from this call on."""
        return self._told.changes.stream()

    async def find(self, name: str) -> list[Person]:
        """All whom a name, `name@node` or id may mean: the directory is asked. Maybe nobody.

        Raises: `UsageError` for a name that cannot be, `Refused`.
        """
        account = read_account(name)
        if account is not None:
            return await self._look_up(FindPeople(id=account))
        for called in readings(name):
            found = await self._look_up(FindPeople(name=called.name, node=called.node))
            # Who is away is not in the directory, and is meant all the same.
            known = self._told.people.called(called.name) if called.node is None else []
            if found or known:
                people = {person.id: person for person in [*known, *found]}
                return [person for person in people.values() if person.id != self.identity.account]
        return []

    async def resolve(self, to: str) -> AccountId:
        """The one account that `to` means, as in `send`.

        Raises: `UnknownName`, `AmbiguousName`, `UsageError`, `Refused`. An id is taken as it is.
        """
        account = read_account(to)
        if account is not None:
            return account
        return self._told.people.choose(to, await self.find(to)).id

    # Standing.

    @property
    def status(self) -> Status:
        """Where this client is attached now."""
        return self._told.attachment.status

    async def attached(self) -> None:
        """Wait until a home serves this client; at once while one does."""
        await self._told.attachment.wait()

    # Requests.

    async def _look_up(self, find: FindPeople) -> list[Person]:
        reply = await self._driver.ask(find)
        return [person_of(view) for view in _expect(PeopleFound, reply).people]

    async def _queue(self, request: Request, to: str, *, has_receipts: bool) -> Handle:
        handles: list[Handle] = []
        then = partial(self._follow, handles, to, has_receipts)
        _expect(Queued, await self._driver.ask(request, then))
        return handles[0]

    def _follow(self, handles: list[Handle], to: str, has_receipts: bool, reply: Reply) -> None:
        if isinstance(reply, Queued):
            ladders = self._told.ladders
            handles.append(ladders.follow(reply.message, to, has_receipts=has_receipts))


def _expect(wanted: type[ReplyT], reply: Reply) -> ReplyT:
    if isinstance(reply, Declined):
        raise _error(reply)
    assert isinstance(reply, wanted), "a machine answers what was asked"
    return reply


def _error(declined: Declined) -> OverlayError:
    if declined.code == "too_large":
        return UsageError(f"the text is too long: {declined.detail}")
    if declined.code == "malformed":
        return UsageError(declined.detail)
    if declined.code == "stopping":
        return ClientClosed("this client was left")
    return Refused(declined.code, declined.detail, declined.retry_after_ms)


def _check_text(text: str) -> None:
    if not text:
        raise UsageError("there is nothing to send: the text is empty")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError("the text is not UTF-8") from None


def _channel(name: str) -> str:
    return name.removeprefix("#")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
