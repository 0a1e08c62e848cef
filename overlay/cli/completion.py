"""`overlay completion`: what makes a shell complete the command."""

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

_SHELLS: dict[str, type[ShellComplete]] = {
    "bash": BashComplete,
    "zsh": ZshComplete,
    "fish": FishComplete,
}


@click.command("completion")
@click.argument("shell", type=click.Choice(sorted(_SHELLS)))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the completion script for a SHELL.

    \b
    bash: eval "$(overlay completion bash)"          in ~/.bashrc
    zsh:  eval "$(overlay completion zsh)"           in ~/.zshrc
    fish: overlay completion fish | source           in ~/.config/fish/config.fish
    """
    root = context.find_root().command
    click.echo(_SHELLS[shell](root, {}, "overlay", "_OVERLAY_COMPLETE").source())
