"""The command as a whole: what it loads, what it completes, how it fails."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from overlay.cli import group, node, run

LOADED = "import sys, overlay.cli; overlay.cli.run({!r}); print(*sys.modules, file=sys.stderr)"
HEAVY = {"trio", "cryptography", "pydantic", "nacl", "rich", "overlay.sdk", "overlay.core"}


def loaded_by(*arguments: str) -> set[str]:
    """The modules that are loaded once a command has run."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "arguments",
    [("--help",), ("--version",), ("completion", "zsh"), ("send", "--help"), ("node", "--help")],
)
def test_what_needs_no_node_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert loaded_by(*arguments) & HEAVY == set()


def test_an_order_to_a_node_loads_no_node(tmp_path: Path) -> None:
    assert "overlay.core.node" not in loaded_by("node", "stop", str(tmp_path))


@pytest.mark.parametrize("whole", [group, node.group])
def test_every_command_of_a_list_is_there_and_says_what_it_does(whole: click.Group) -> None:
    context = click.Context(whole)

    commands = {name: whole.get_command(context, name) for name in whole.list_commands(context)}

    assert len(commands) > 0
    for name, command in commands.items():
        assert command is not None
        assert command.help
        assert command.name == name


@pytest.mark.parametrize(("names", "whole"), [((), group), (("node",), node.group)])
def test_help_lists_every_command(
    names: tuple[str, ...], whole: click.Group, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run([*names, "--help"])

    out = capsys.readouterr().out
    assert code == 0
    assert all(f"\n  {name} " in out for name in whole.list_commands(click.Context(whole)))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_of_its_own(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["completion", shell]) == 0

    assert f"{shell}_complete" in capsys.readouterr().out


def failure(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The exit code of a command that fails, and the last line that it says."""
    code = run(arguments)
    out, err = capsys.readouterr()
    assert out == ""
    return code, err.splitlines()[-1]


def test_without_a_node_a_command_asks_for_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert failure(capsys, "who") == (2, "Error: which node? Say --node HOST:PORT")


def test_without_a_name_a_command_asks_for_one(capsys: pytest.CaptureFixture[str]) -> None:
    code, line = failure(capsys, "listen", "--node", "127.0.0.1:1")

    assert (code, line) == (2, "Error: who are you? Say --name NAME")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("who", "--node", "ws://10.0.0.1:7701/overlay"), "write wss://, or say --insecure"),
        (("who", "--node", "127.0.0.1:1", "--setup", "x"), "one or the other"),
        (("chat", "--host", "127.0.0.1", "--node", "127.0.0.1:1"), "one or the other"),
        (("send", "--node", "127.0.0.1:1", "text"), "Missing option '--to'"),
        (("demo", "--json"), "--json is for --check"),
        (("dance",), "No such command 'dance'"),
        (("stat",), "No such command 'stat'. Did you mean 'status'?"),
        (("chatt",), "No such command 'chatt'. Did you mean 'chat'?"),
        (("completion", "tcsh"), "'tcsh' is not one of"),
    ],
)
def test_a_command_that_makes_no_sense_says_why(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = failure(capsys, *arguments)

    assert code == 2
    assert line.startswith("Error: ")
    assert words in line


def test_a_node_that_is_not_there_is_unreachable(capsys: pytest.CaptureFixture[str]) -> None:
    code, line = failure(capsys, "who", "--node", "127.0.0.1:1")

    assert code == 4
    assert line == (
        "Error: ws://127.0.0.1:1/overlay: nothing listens there. Is a node running there?"
    )


def test_a_setup_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    code, line = failure(capsys, "who", "--setup", "/nowhere/setup.json")

    assert code == 1
    assert "/nowhere/setup.json: found no such file" in line


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "overlay", "dance"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert done.stderr.startswith("Usage: overlay ")
