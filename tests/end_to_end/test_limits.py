"""`overlay node limits`, `ban` and `unban`: an operator keeps a running node fair."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from overlay.client.facts import AttachRefused
from overlay.nodes.local import LocalNode, local_overlay
from tests.end_to_end.commands import Ended, command, running
from tests.end_to_end.conftest import CommandHere
from tests.end_to_end.overlays import converged_overlay, made_node, neighbours_of, short_directory
from tests.end_to_end.people import attached
from tests.end_to_end.waiting import failsafe, wait_until

OK, USAGE, REFUSED, UNREACHABLE = 0, 2, 3, 4
NOBODY = "A" * 43
BEGINS_WITH_A_HYPHEN = "-" + "A" * 42


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[LocalNode]:
    """A node that does not run."""
    with short_directory() as directory:
        yield made_node(directory, "idle")


async def limits_of(node: LocalNode) -> dict[str, dict[str, object]]:
    """Each limit by its name, as programs are told."""
    told = await command("node", "limits", node.directory.path, "--json")
    assert told.code == OK, told.err
    return {share["limit"]: share for share in json.loads(told.out)["shares"]}


async def test_a_client_at_its_limit_loses_nothing_and_is_shown_to_the_operator() -> None:
    async with converged_overlay(2, "line") as overlay:
        north, south = overlay.nodes
        async with attached("alice", north) as alice, attached("bob", south) as bob:
            await alice.tells(bob, "before")
            changed = await command(
                "node", "limits", north.directory.path, "messages=20/s:20", "attaches=5/m"
            )
            texts = [f"message {number}" for number in range(60)]
            handles = [await alice.sends(bob, text) for text in texts]
            with failsafe("everything is delivered"):
                for handle in handles:
                    await handle.delivered()
            limits = await limits_of(north)
            shown = await command("node", "limits", north.directory.path)

            assert bob.texts == ["before", *texts]
            assert (alice.troubles, alice.statuses) == ([], [])
            uses = {use["who"]: use for use in limits["messages"]["top"]}  # type: ignore[attr-defined]
            assert uses[alice.client.identity.account]["name"] == "alice"
            assert sum(use["refused"] for use in uses.values()) > 0

    assert changed.code == shown.code == OK
    assert limits["messages"]["rate"] == "20/s:20"
    assert (limits["attaches"]["rate"], limits["attaches"]["is_usual"]) == ("5/m:8", False)
    assert (limits["records"]["rate"], limits["records"]["is_usual"]) == ("2000/s:100000", True)
    assert "alice" in shown.out
    assert "refused" in shown.out
    assert "Nobody is banned." in shown.out


async def test_limits_outlive_a_restart_and_a_hangup_and_can_be_usual_again() -> None:
    with short_directory() as place:
        async with local_overlay(1, "line", place) as overlay:
            (north,) = overlay.nodes
            directory = north.directory.path
            await command("node", "limits", directory, "messages=20/s:20")
            await overlay.stop(north)
            await overlay.start(north)
            after_restart = (await limits_of(north))["messages"]["rate"]

            content = json.loads(north.directory.file_path.read_text("utf-8"))
            content["limits"] = {"lookups": "3/s:4"}
            north.directory.file_path.write_text(json.dumps(content), encoding="utf-8")
            await command("node", "reload", directory)
            after_reload = await limits_of(north)
            usual = await command("node", "limits", directory, "lookups=usual")
            at_last = await limits_of(north)

    assert after_restart == "20/s:20"
    assert (after_reload["messages"]["rate"], after_reload["lookups"]["rate"]) == (
        "500/s:20000",
        "3/s:4",
    )
    assert usual.code == OK
    assert all(share["is_usual"] for share in at_last.values())


async def test_a_banned_account_is_told_why_goes_elsewhere_and_comes_back_when_it_may() -> None:
    async with converged_overlay(2, "line") as overlay:
        north, south = overlay.nodes
        directory = north.directory.path
        async with attached("alice", north) as alice, attached("bob", south) as bob:
            await alice.tells(bob, "before")
            ban = await command(
                "node", "ban", directory, alice.account, "--for", "2h", "--reason", "spam"
            )
            await bob.sees(alice, south.name)
            await alice.tells(bob, "from elsewhere")
            refusals = [each for each in alice.troubles if isinstance(each, AttachRefused)]
            assert [(each.code, each.detail) for each in refusals] == [("banned", "spam")]
            assert 7_100_000 < (refusals[0].retry_after_ms or 0) <= 7_200_000

            await overlay.stop(north)
            await overlay.start(north)
            listed = await command("node", "ban", directory, "--json")
            away = await command("send", "--node", north.endpoint, "--to", NOBODY, "hello")
            unban = await command("node", "unban", directory, alice.account)
            async with attached("alice's other client", north):
                pass
            twice = await command("node", "unban", directory, alice.account)

    assert (ban.code, ban.err.count("the account of alice")) == (OK, 1)
    assert "1 link closed, for 2h" in ban.err
    (kept,) = json.loads(listed.out)
    assert kept["who"] == alice.account
    assert kept["reason"] == "spam"
    assert 0 < kept["left_ms"] < 7_200_000
    assert away.code != OK
    assert (unban.code, twice.code) == (OK, REFUSED)
    assert "is not banned" in twice.error


async def test_a_terminal_says_why_its_person_is_banned(tmp_path: Path) -> None:
    async with converged_overlay(1, "line") as overlay:
        (north,) = overlay.nodes
        chat = ("chat", "--node", north.endpoint, "--name", "alice")
        async with attached("bob", north), running(*chat, home=tmp_path) as alice:
            await alice.says("bob is online", where="err")
            who = await command("who", "--node", north.endpoint, "--json", home=tmp_path / "other")
            (account,) = [each["id"] for each in json.loads(who.out) if each["name"] == "alice"]
            await command("node", "ban", north.directory.path, account, "--reason", "no spam here")
            await alice.says("lost the node", "banned: no spam here", where="err")
        refused = await command(
            *("send", "--node", north.endpoint, "--name", "alice", "--to", "bob", "hello"),
            home=tmp_path,
        )

    assert refused.code == REFUSED
    assert "no spam here (banned)" in refused.error


async def test_a_banned_node_is_not_linked_until_its_ban_is_over() -> None:
    async with converged_overlay(2, "line") as overlay:
        north, south = overlay.nodes

        async def state_is(state: str) -> bool:
            return [entry["state"] for entry in await neighbours_of(north)] == [state]

        ban = await command("node", "ban", north.directory.path, south.id, "--for", "1h")
        assert ban.code == OK, ban.err
        assert await state_is("banned")
        await command("node", "ban", north.directory.path, south.id, "--for", "1s")
        await wait_until("they are linked again", lambda: state_is("linked"))

    assert f"the node {south.name}" in ban.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ban", "DIR", "alice"], "expected an id of 43 characters"),
        (["ban", "DIR", "192.0.2.0/40"], "expected an id of 43 characters"),
        (["ban", "DIR", NOBODY, "--for", "soon"], "expected a while such as 90s"),
        (["ban", "DIR", NOBODY, "--for", "0s"], "expected a while such as 90s"),
        (["ban", "DIR", NOBODY, "--for", "999999d"], "up to ten years"),
        (["ban", "DIR", NOBODY, "--reason", "x" * 201], "at most 200 characters"),
        (["ban", "DIR", "--for", "2h"], "say who is to be banned"),
        (["unban", "DIR", "alice"], "expected an id of 43 characters"),
        (["limits", "DIR", "messages"], "expected NAME=RATE"),
        (["limits", "DIR", "tea=5"], "NAME being one of messages, bytes"),
        (["limits", "DIR", "messages=lots"], "expected RATE[:BURST]"),
    ],
)
def test_nonsense_is_refused_before_any_node_is_asked(
    command_here: CommandHere, idle: LocalNode, arguments: list[str], words: str
) -> None:
    given = [str(idle.directory.path) if each == "DIR" else each for each in arguments]

    ended = command_here("node", *given)

    assert ended.code == USAGE
    assert words in ended.error


@pytest.mark.parametrize(
    "arguments",
    [
        ["limits"],
        ["limits", "messages=5"],
        ["ban"],
        ["ban", NOBODY],
        ["unban", NOBODY],
        ["ban", BEGINS_WITH_A_HYPHEN],
        ["ban", BEGINS_WITH_A_HYPHEN, "--for", "2h"],
        ["unban", BEGINS_WITH_A_HYPHEN],
        ["unban", "--", BEGINS_WITH_A_HYPHEN],
        ["keep-apart", BEGINS_WITH_A_HYPHEN, "--seconds", "5"],
    ],
)
def test_without_a_node_that_runs_that_is_said(
    command_here: CommandHere, idle: LocalNode, arguments: list[str]
) -> None:
    ended = command_here("node", arguments[0], str(idle.directory.path), *arguments[1:])

    assert ended.code == UNREACHABLE
    assert "no node runs in this directory" in ended.error


async def test_a_node_declines_what_makes_no_sense_to_it() -> None:
    async with converged_overlay(1, "line") as overlay:
        (north,) = overlay.nodes
        directory = north.directory.path

        itself = await command("node", "ban", directory, north.id)
        everybody = await command("node", "ban", directory, "127.0.0.0/8")
        network = await command("node", "ban", directory, "192.0.2.77/24")
        shown = await command("node", "ban", directory)
        nobody = await command("node", "unban", directory, "192.0.2.0/24")
        listed = await command("node", "ban", directory)

    assert (itself.code, everybody.code) == (REFUSED, REFUSED)
    assert "this node itself" in itself.error
    assert "holds loopback" in everybody.error
    assert (network.code, nobody.code) == (OK, OK)
    assert "192.0.2.0/24: banned, 0 links closed, until" in network.err
    assert "192.0.2.0/24  good" in shown.out
    assert listed == Ended(OK, "Nobody is banned.\n", "")
