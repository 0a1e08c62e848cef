"""Groups of commands that are loaded when one is used: to load all takes longer than most run."""

from importlib import import_module

import click


class Later(click.Command):
    """Stands for a command of `overlay.cli`: where it is, and what the list says of it."""

    def __init__(self, module: str, attribute: str, words: str) -> None:
        super().__init__(attribute, help=words)
        self.words = words
        self._module = module
        self._attribute = attribute

    def load(self) -> click.Command:
        command = getattr(import_module(f"overlay.cli.{self._module}"), self._attribute)
        assert isinstance(command, click.Command)
        return command


class LazyGroup(click.Group):
    """Has commands that are `Later`, and imports one only when it is used."""

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        command = self.commands.get(name)
        return command.load() if isinstance(command, Later) else command

    def list_commands(self, context: click.Context) -> list[str]:
        # In the order in which somebody needs them.
        return list(self.commands)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        # The usual way would import every one of them for its first line.
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, command.words)
                    for name, command in self.commands.items()
                    if isinstance(command, Later)
                ]
            )
