"""`overlay network`: what the nodes of a network have in common."""

from pathlib import Path
from typing import BinaryIO

import click
from cryptography.hazmat.primitives.hashes import SHA256

from overlay.cli.options import DIRECTORY
from overlay.nodes.certificates.authority import make_authority, read_authority
from overlay.runtime.clock import wall_time


@click.group("network")
def group() -> None:
    """Make what the nodes of a network have in common."""


@group.command("ca")
@DIRECTORY
@click.option("--name", default="overlay", show_default=True, help="What people see it called.")
@click.option(
    "--for",
    "permitted",
    multiple=True,
    required=True,
    metavar="NAME",
    help="What it may sign for: a name and all below it, or a network such as 192.168.0.0/16."
    " Repeat for more.",
)
def ca(directory: Path, name: str, permitted: tuple[str, ...]) -> None:
    """Make a certificate authority in DIRECTORY.

    Who takes its ca.pem into their browser once trusts every node that it has
    signed for. It can sign for nothing but what --for says, whoever has its key.
    """
    made = make_authority(directory, name, permitted, wall_time())
    click.echo(made.certificate.fingerprint(SHA256()).hex(":").upper())
    click.echo(
        f"Made {directory / 'ca.pem'}: give it to people, and that line to compare it with."
        f" Keep {directory / 'ca.key'} to yourself.",
        err=True,
    )


@group.command("sign")
@DIRECTORY
@click.argument("request", type=click.File("rb"), default="-")
def sign(directory: Path, request: BinaryIO) -> None:
    """Sign REQUEST, a file or standard input, by the authority in DIRECTORY; print the certificate.

    What `overlay node request` prints goes in, and what comes out is for
    `overlay node certificate`.
    """
    click.echo(read_authority(directory).sign(request.read(), wall_time()), nl=False)
