"""What a chat shows to people, and to programs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from overlay.cli.chat_screen import JsonScreen, Sent, WordsScreen
from overlay.client.facts import LadderStepped, Step
from overlay.client.requests import MessageId
from overlay.messages.ids import AccountId, Address, ClientId, NodeId
from overlay.sdk.ladder import Ladders
from overlay.sdk.values import Change, KeysChange, Message, Person, PersonChange, Status

HELLO = Message(
    id="chain/1",
    person=AccountId("bobs-id"),
    name="bob",
    text="hello\x1b",
    sent_at=1,
    channel=None,
    is_own=False,
    follows_gap=False,
)
AWAY = Person(id=AccountId("bobs-id"), name="bob", is_online=False, nodes=(), clients=())
NORTH = replace(AWAY, is_online=True, nodes=("north",))
SOUTH = replace(AWAY, is_online=True, nodes=("south",))


def words() -> WordsScreen:
    return WordsScreen(None, has_marks=True)


def sent(*steps: tuple[Step, str | None], to: str = "bob") -> Sent:
    """A message of ours after some steps."""
    ladders = Ladders()
    handle = ladders.follow(MessageId("x"), to, has_receipts=not to.startswith("#"))
    for step, reason in steps:
        ladders.on_step(LadderStepped(message=handle.message, step=step, reason=reason))
    return Sent(number=7, to=to, text="hello", handle=handle)


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (HELLO, "bob: hello\ufffd"),
        (replace(HELLO, text="a\nb"), "bob: a ⏎ b"),
        (replace(HELLO, channel="general"), "#general bob: hello\ufffd"),
        (replace(HELLO, is_own=True), "you → bob: hello\ufffd"),
        (
            replace(HELLO, follows_gap=True),
            "bob: (something before this has not arrived) hello\ufffd",
        ),
    ],
)
def test_what_others_say_is_data(
    message: Message, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words().message(message)

    assert capsys.readouterr() == (f"{line}\n", "")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (PersonChange(NORTH, None), "● bob is online at north"),
        (PersonChange(NORTH, AWAY), "● bob is online at north"),
        (PersonChange(SOUTH, NORTH), "● bob has moved to south"),
        (PersonChange(AWAY, NORTH), "○ bob has gone"),
        (
            KeysChange(id=AccountId("bobs-id"), name="bob", added=(ClientId("new"),), removed=()),
            "! The keys of bob have changed (1 new, 0 gone): ask them in another way",
        ),
        (Status(trouble="reset"), "… lost the node (reset); looking for another"),
        (Status(home=NodeId("id"), address=Address("ws://n")), "… attached at ws://n"),
    ],
)
def test_what_happens_is_told_in_words(
    change: Change, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words().change(change)

    assert capsys.readouterr() == ("", f"{line}\n")


@pytest.mark.parametrize("change", [PersonChange(AWAY, None), PersonChange(NORTH, NORTH)])
def test_what_makes_no_difference_to_people_is_not_told(
    change: Change, capsys: pytest.CaptureFixture[str]
) -> None:
    words().change(change)

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("of", "line"),
    [
        (sent(), "  [7] waits"),
        (sent(("stalled", "quota")), "  [7] waits: too much waits for them already"),
        (sent(("stalled", "news")), "  [7] waits: news"),
        (sent(("accepted", None)), "✓ [7] accepted"),
        (
            sent(("accepted", None), ("stalled", "away")),
            "✓ [7] accepted: they are away, and get it when they are back",
        ),
        (sent(("delivered", None)), "✓✓ [7] delivered to bob"),
        (sent(("failed", "expired")), "! [7] was given up: expired"),
    ],
)
def test_the_fate_of_a_message_is_told_with_its_number(
    of: Sent, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words().step(of)

    assert capsys.readouterr().err == f"{line}\n"


def test_marks_that_a_terminal_lacks_have_stand_ins(capsys: pytest.CaptureFixture[str]) -> None:
    screen = WordsScreen(None, has_marks=False)

    screen.step(sent(("accepted", None)))
    screen.step(sent(("delivered", None)))

    assert capsys.readouterr().err == "* [7] accepted\n** [7] delivered to bob\n"


def test_people_are_listed_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    words().people([NORTH, AWAY])
    words().people([])

    assert capsys.readouterr() == (
        "bob  north  bobs-id\nbob  away   bobs-id\n",
        "Nobody else is online.\n",
    )


def test_a_script_is_not_told_what_it_has_just_said(capsys: pytest.CaptureFixture[str]) -> None:
    words().sent(sent())

    assert capsys.readouterr() == ("", "")


def test_at_a_terminal_the_prompt_is_put_away_for_everything(
    capsys: pytest.CaptureFixture[str],
) -> None:
    @contextmanager
    def aside() -> Iterator[None]:
        print("<")
        yield
        print(">")

    screen = WordsScreen(aside, has_marks=True)

    screen.sent(sent())
    screen.message(HELLO)
    screen.people([NORTH])
    screen.trouble(["Error: no"])

    assert capsys.readouterr() == (
        "<\n→ bob: hello  [7]\n>\n"
        "<\nbob: hello\ufffd\n>\n"
        "<\nbob  north  bobs-id\n>\n"
        "<\nError: no\n>\n",
        "",
    )


def test_help_has_a_line_for_everything_that_can_be_typed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words().help()

    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == [
        "/to",
        "/join",
        "/msg",
        "/leave",
        "/people",
        "TEXT",
        "/help",
        "/quit",
    ]


def test_a_program_gets_an_object_for_everything(capsys: pytest.CaptureFixture[str]) -> None:
    screen = JsonScreen()

    screen.message(HELLO)
    screen.change(PersonChange(NORTH, None))
    screen.change(Status(trouble="reset"))
    screen.change(KeysChange(id=AccountId("bobs-id"), name="bob", added=(), removed=()))
    screen.sent(sent())
    screen.step(sent(("stalled", "away")))
    screen.people([NORTH])
    screen.help()
    screen.trouble(["Error: no"])
    screen.note("words")

    out, err = capsys.readouterr()
    objects = [json.loads(line) for line in out.splitlines()]
    assert [found["type"] for found in objects] == [
        "message",
        "person",
        "status",
        "keys_changed",
        "sent",
        "step",
        "people",
        "help",
        "error",
    ]
    assert objects[0]["text"] == "hello\x1b"
    assert objects[5] == {
        "type": "step",
        "number": 7,
        "state": "queued",
        "stalled_because": "away",
    }
    assert err == "words\n"
