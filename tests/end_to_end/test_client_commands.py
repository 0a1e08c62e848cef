"""`overlay chat`, `send`, `listen` and `who`, as scripts use them: pipes, JSON, exit codes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from overlay.nodes.local import LocalOverlay
from tests.end_to_end.commands import Ended, Running, command, running
from tests.end_to_end.conftest import CommandHere
from tests.end_to_end.overlays import free_port, lasting_overlay
from tests.end_to_end.people import attached
from tests.support.people import key_of

OK, FAILED, USAGE, REFUSED, UNREACHABLE, PARTLY = 0, 1, 2, 3, 4, 5


@pytest.fixture(scope="module")
def overlay() -> Iterator[LocalOverlay]:
    with lasting_overlay(3, "line") as overlay:
        yield overlay


@pytest.fixture
def ends(overlay: LocalOverlay) -> tuple[str, str]:
    """The addresses of two nodes two hops from each other."""
    return overlay.nodes[0].endpoint, overlay.nodes[-1].endpoint


async def listening(listen: Running) -> None:
    await listen.says("Listening as", where="err")


async def test_what_one_sends_the_other_prints_as_json(
    ends: tuple[str, str], tmp_path: Path
) -> None:
    north, south = ends

    async with running(
        *("listen", "--node", south, "--name", "bob", "--json", "--count", 2), home=tmp_path
    ) as listen:
        await listening(listen)
        sent = await command(
            *("send", "--node", north, "--name", "alice", "--to", "bob", "hello"), home=tmp_path
        )
        piped = await command(
            *("send", "--node", north, "--name", "alice", "--to", "bob", "-"),
            text="two\nlines\n",
            home=tmp_path,
        )
        heard = [json.loads(await listen.says("message")) for _ in range(2)]
        code = await listen.ends()

    assert [sent, piped] == [Ended(OK, "", "bob: delivered\n")] * 2
    assert [(said["name"], said["text"], said["channel"]) for said in heard] == [
        ("alice", "hello", None),
        ("alice", "two\nlines", None),
    ]
    assert code == OK


async def test_listening_that_ends_too_early_says_how_many_messages_came(
    ends: tuple[str, str], tmp_path: Path
) -> None:
    listen = ("listen", "--node", ends[0], "--name", "ivy", "--timeout", 0.2)

    waiting = await command(*listen, "--count", 2, home=tmp_path)
    endless = await command(*listen, home=tmp_path)

    assert (waiting.code, waiting.out) == (FAILED, "")
    assert waiting.err.splitlines()[-1] == "Error: 0 of 2 messages came within 0.2 s"
    assert (endless.code, len(endless.err.splitlines())) == (OK, 1)


async def test_who_lists_people_with_their_nodes_and_ids(
    overlay: LocalOverlay, ends: tuple[str, str]
) -> None:
    north, _ = ends

    async with attached("carol of who", overlay.nodes[-1]) as carol:
        shown = await command("who", "--node", north)
        listed = await command("who", "--node", north, "--json")

    (person,) = [one for one in json.loads(listed.out) if one["id"] == carol.account]
    assert (person["name"], person["is_online"], person["nodes"]) == ("carol of who", True, ["n3"])
    assert f"carol of who  n3  {carol.account}" in shown.out
    assert (shown.code, listed.code) == (OK, OK)


async def test_two_chats_through_pipes_talk_directly_and_in_a_channel(
    ends: tuple[str, str], tmp_path: Path
) -> None:
    north, south = ends
    host, _, port = south.rpartition(":")

    async with (
        running("chat", "--node", north, "--name", "ann", "--json", home=tmp_path) as ann,
        running("chat", "--host", host, "--port", port, "--nick", "ben", home=tmp_path) as ben,
    ):
        await ann.says('"person"', '"ben"', '"is_online": true')
        await ben.says("ann is online at n1", where="err")
        await ann.types("/join town")
        await ben.types("/join town")
        await ann.says("Joined #town.", where="err")
        await ben.says("Joined #town.", where="err")
        await ann.types("/to ben how are you?")
        asked = await ben.says("how are you?")
        await ben.types("/to ann fine, and you?")
        answered = json.loads(await ann.says("fine, and you?"))
        await ann.types("/msg hello, town")
        said = await ben.says("hello, town")
        await ben.types("/leave")
        await ben.says("Left #town.", where="err")
        await ann.types("/people")
        people = json.loads(await ann.says('"people"'))
        await ann.types("/quit")
        await ben.ends_input()
        codes = [await ann.ends(), await ben.ends()]

    assert (asked, said) == ("ann: how are you?", "#town ann: hello, town")
    assert (answered["type"], answered["name"]) == ("message", "ben")
    assert "ben" in [person["name"] for person in people["people"]]
    assert codes == [OK, OK]


async def test_a_script_that_writes_to_nobody_ends_as_refused(
    ends: tuple[str, str], tmp_path: Path
) -> None:
    north, _ = ends

    sent = await command(
        "send", "--node", north, "--name", "eve", "--to", "nobody", "hello", home=tmp_path
    )
    chatted = await command(
        "chat", "--node", north, "--name", "eve", text="/to nobody hello\n", home=tmp_path
    )

    assert (sent.code, sent.out) == (REFUSED, "")
    assert sent.err.splitlines() == [
        "Error: nobody known here is called 'nobody'",
        "  `overlay who` lists who is known",
    ]
    assert chatted.code == REFUSED
    assert sent.err.splitlines()[0] in chatted.err.splitlines()


async def test_whoever_may_have_been_meant_is_named(
    overlay: LocalOverlay, ends: tuple[str, str], tmp_path: Path
) -> None:
    sending = ("send", "--node", ends[0], "--name", "kim", "--to")

    async with attached("lena", overlay.nodes[-1]) as lena:
        others = [
            await command(*sending, written, "hello", home=tmp_path)
            for written in ("Lena", "lena@n1")
        ]

    for ended in others:
        assert ended.code == REFUSED
        assert f"  did you mean lena@n3? {lena.account}" in ended.err.splitlines()
    assert lena.texts == []


async def test_an_id_that_nobody_has_is_told_in_words(
    ends: tuple[str, str], tmp_path: Path
) -> None:
    nobody = key_of("nobody").id

    sent = await command(
        "send", "--node", ends[0], "--name", "mia", "--to", nobody, "hello", home=tmp_path
    )

    assert (sent.code, sent.out) == (REFUSED, "")
    assert sent.error == (
        f"{nobody}: it was given up: nobody known here has that id;"
        " `overlay who` lists who is known"
    )


async def test_an_ambiguous_name_is_refused_with_the_candidates(
    overlay: LocalOverlay, ends: tuple[str, str], tmp_path: Path
) -> None:
    north, _ = ends
    sending = ("send", "--node", north, "--name", "dora", "--to")

    async with (
        attached("twin", overlay.nodes[0]) as one,
        attached("twin", overlay.nodes[-1]) as other,
    ):
        ambiguous = await command(*sending, "twin", "hello", home=tmp_path)
        narrowed = await command(*sending, "twin@n3", "to the far one", home=tmp_path)
        by_id = await command(*sending, one.account, "to the near one", home=tmp_path)
        await other.hears("to the far one")
        await one.hears("to the near one")

    assert ambiguous.code == REFUSED
    first, *candidates = ambiguous.err.splitlines()
    assert first == "Error: 2 people are called 'twin': choose one by id"
    assert sorted(line.split()[0] for line in candidates) == sorted([one.account, other.account])
    assert (narrowed.code, by_id.code) == (OK, OK)
    assert (one.texts, other.texts) == (["to the near one"], ["to the far one"])


async def test_a_message_that_reaches_some_only_ends_as_partly_delivered(
    overlay: LocalOverlay, ends: tuple[str, str], tmp_path: Path
) -> None:
    north, _ = ends

    async with attached("fred", overlay.nodes[-1]) as fred:
        async with attached("gone", overlay.nodes[-1]) as gone:
            pass
        sent = await command(
            *("send", "--node", north, "--name", "gina", "--timeout", 3),
            *("--to", fred.account, "--to", gone.account, "hello"),
            home=tmp_path,
        )
        await fred.hears("hello")

    assert (sent.code, sent.out) == (PARTLY, "")
    assert f"{fred.account}: delivered" in sent.err
    assert f"Error: {gone.account}: not delivered within 3 s" in sent.err
    assert "so far: they are away; it stays in the outbox" in sent.err


UNREACHED = {
    "send": ("--name", "hal", "--to", "bob", "hello"),
    "listen": ("--name", "hal"),
    "chat": ("--name", "hal"),
    "who": (),
}


@pytest.mark.parametrize("name", UNREACHED)
def test_a_node_that_is_not_there_ends_every_command_as_unreachable(
    command_here: CommandHere, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv("OVERLAY_HOME", str(tmp_path))
    address = f"127.0.0.1:{free_port()}"

    ended = command_here(name, "--node", address, *UNREACHED[name])

    assert (ended.code, ended.out) == (UNREACHABLE, "")
    assert ended.error == (
        f"ws://{address}/overlay: nothing listens there. Is a node running there?"
    )


async def test_a_second_process_on_one_identity_is_refused_and_names_the_first(
    ends: tuple[str, str], tmp_path: Path
) -> None:
    north, south = ends

    async with running("listen", "--node", north, "--name", "ida", home=tmp_path) as first:
        await listening(first)
        second = await command("listen", "--node", south, "--name", "ida", home=tmp_path)
        process = first.process.pid

    assert (second.code, second.out) == (REFUSED, "")
    assert second.error == (
        f"{tmp_path / 'identities' / 'ida'}: process {process} uses this identity;"
        " stop it, or use another one"
    )


async def test_the_setup_file_of_other_programs_names_the_node(
    ends: tuple[str, str], tmp_path: Path
) -> None:
    host, _, port = ends[0].rpartition(":")
    setup = tmp_path / "client_setup.json"
    setup.write_text(json.dumps({"server_ip": host, "server_port": int(port)}))

    found = await command("who", "--json", cwd=tmp_path)
    setup.write_text("{")
    broken = await command("who", "--json", cwd=tmp_path)

    assert (found.code, found.err) == (OK, "")
    assert (broken.code, broken.out) == (FAILED, "")
    assert "client_setup.json, line 1, column 2" in broken.error


async def test_listening_ends_in_order_on_ctrl_c(ends: tuple[str, str], tmp_path: Path) -> None:
    async with running("listen", "--node", ends[0], "--name", "jo", home=tmp_path) as listen:
        await listening(listen)
        listen.process.send_signal(2)
        code = await listen.ends()

    assert code == 130
