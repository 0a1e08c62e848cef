"""A whole client: whatever its home and those who write to it say, it rests and can start again."""

from functools import lru_cache
from typing import Final

from overlay.client.durable.reading import from_rows
from overlay.client.requests import FindPeople, JoinChannel, Request, Say, WatchPeople
from overlay.messages.records import Bundle
from overlay.messages.union import Message
from overlay.peering.events import FrameReceived
from overlay.wire.codec import Decode, decode_frame, write_json, write_signed
from tests.fuzz.scripts import Line, frame, lines, wait_ms
from tests.fuzz.targets import Notice, Target
from tests.unit.client.friends import Friend, Speech, a_friend
from tests.unit.client.harness import ClientUnderTest
from tests.unit.client.homes import ScriptedHome

DEADLINE_MAX_MS: Final = 3_600_000
"""Nothing that a client has to do is later than the end of a chain."""

_ENDS_MS: Final = 3_000


def target(notice: Notice) -> Target:
    return Clients(decode_frame, notice)


def broken(notice: Notice) -> Target:
    """It takes it that nothing is said twice in one frame."""
    return Clients(_decode_each_once, notice)


class Clients:
    """Judges a client that reads frames with `decode`."""

    def __init__(self, decode: Decode, notice: Notice) -> None:
        self._notice = notice
        self._decode = decode

    def __call__(self, data: bytes) -> None:
        story = Story(self._decode)
        for line in lines(data):
            story.play(line)
            judge(story.alice, self._notice)
        story.alice.passes(_ENDS_MS)
        story.alice.restarts()
        judge(story.alice, self._notice)


class Story:
    """Alice at a home that lies; bob writes to her truly, and she to him."""

    def __init__(self, decode: Decode) -> None:
        self.alice = ClientUnderTest("alice", decode=decode)
        self.bob = a_friend("bob")
        self.home = ScriptedHome()
        self.home.knows(self.bob)
        self.alice.reaches(self.home)
        self._number = 0
        self._speeches = speeches(self.home.bundle)

    def play(self, line: Line) -> None:
        """One line of the input."""
        match line:
            case Line("wait", rest):
                self.alice.passes(wait_ms(rest))
            case Line("end", _):
                if self.home.close_code is None:
                    self.alice.loses(self.home)
            case Line("ask", rest):
                self.alice.asks(self._request(rest))
            case Line(_, rest):
                self._says(rest)

    def _says(self, rest: bytes) -> None:
        """A frame of the home, which is reached anew if need be."""
        if self.home.close_code is not None:
            self._reach()
        if self.home.close_code is None:
            for place, signed in enumerate(self._speeches):
                rest = rest.replace(b'"$%d"' % place, signed)
            data = frame(rest, self._next_number)
            self.alice.happens(FrameReceived(self.home.link, data))

    def _reach(self) -> None:
        if not self.alice.dialled:
            self.alice.passes(_ENDS_MS)
        if self.alice.dialled:
            self.home = ScriptedHome()
            self.home.knows(self.bob)
            self._number = 0
            self.alice.reaches(self.home, self.alice.dialled[0])

    def _next_number(self) -> int:
        self._number += 1
        return self._number

    def _request(self, rest: bytes) -> Request:
        match rest:
            case b"find":
                return FindPeople(name="bob")
            case b"watch":
                return WatchPeople(accounts=None)
            case b"join":
                return JoinChannel("garden")
            case _:
                return Say(to=self.bob.account_id, text="hello", sent_at=1_700_000_000_000)


@lru_cache(4)
def speeches(bundle: Bundle) -> tuple[bytes, ...]:
    """In a frame `"$0"` and so on: bob's chain start for this client, and messages in the chain."""
    bob: Friend = a_friend("bob")
    speech = Speech(bob, a_friend("alice").account_id)
    start = speech.start(bundle.signer, bundle)
    said = [speech.says(text) for text in ("one", "two", "three")]
    unreadable = speech.says("", content=b"{")
    return tuple(write_signed(each.signed) for each in (start, *said, unreadable))


def judge(client: ClientUnderTest, notice: Notice) -> None:
    """What holds for a client at rest. That it rests, and what it sends, its harness judges."""
    deadline_ms = client.machine.next_deadline_ms()
    assert deadline_ms is None or client.now_ms < deadline_ms <= client.now_ms + DEADLINE_MAX_MS
    durable = from_rows(client.disk.values())
    assert not durable.unreadable, durable.unreadable
    for fact in client.facts:
        write_json(fact)
        notice(f"{type(fact).__name__} {getattr(fact, 'code', '')}")
    client.facts.clear()


def _decode_each_once(data: bytes) -> list[Message]:
    messages = decode_frame(data)
    named = {messages.index(message): message for message in messages}
    return [named[place] for place in range(len(messages))]
