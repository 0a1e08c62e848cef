"""`overlay doctor`: what stands between here and a node."""

from pathlib import Path
from random import SystemRandom

import click
import trio

from overlay.cli.failing import REFUSED, UNREACHABLE
from overlay.cli.output import put_json, shown
from overlay.errors import UsageError
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.examining import LINK_STEPS, Step, examine
from overlay.transport.addresses import parse_written, whole_address
from overlay.transport.link import BadAddress

_MARKS = {"ok": "ok", "warning": "warning", "failed": "FAILED", "left out": "-"}


@click.command("doctor")
@click.argument("address")
@click.option(
    "--as",
    "directory",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Ask as the operator of the node of DIR, which may run meanwhile.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a step.")
@click.option("--insecure", "is_insecure", is_flag=True, help="Take ws:// to another machine, too.")
def command(address: str, directory: Path | None, as_json: bool, is_insecure: bool) -> int:
    """Look, step by step, for what keeps the node at ADDRESS from being reached.

    Name, TCP, TLS, WebSocket, version, proof of its key, network; and with --as
    whether our node names it, and has a link with it. The first step that fails
    is the last, and says how to mend it. Ends with 4 if there is no link, 3 if
    there is one and something else is wrong.
    """
    try:
        parse_written(address, allows_plain=is_insecure)
    except BadAddress as error:
        raise UsageError(str(error)) from None
    steps: list[Step] = []

    def tell(step: Step) -> None:
        steps.append(step)
        _show(step, as_json)

    async def look() -> None:
        ours = NodeDirectory(directory) if directory is not None else None
        whole = whole_address(address)
        await examine(whole, ours, tell, SystemRandom(), allows_plain=is_insecure)

    trio.run(look)
    if steps[-1].outcome != "failed":
        return REFUSED if any(step.outcome == "warning" for step in steps) else 0
    return UNREACHABLE if steps[-1].name in LINK_STEPS else REFUSED


def _show(step: Step, as_json: bool) -> None:
    """Details come from other nodes: none of them may steer a terminal."""
    if as_json:
        put_json(
            {"step": step.name, "outcome": step.outcome, "found": step.found, "mend": step.mend}
        )
        return
    click.echo(f"{_MARKS[step.outcome]:<7} {step.name:<10} {shown(step.found)}")
    if step.mend:
        click.echo(f"{'':<18} {shown(step.mend)}")
