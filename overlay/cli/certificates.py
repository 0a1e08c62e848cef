"""`overlay node request` and `overlay node certificate`: what a node presents over TLS."""

from pathlib import Path
from typing import BinaryIO

import click
import trio
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from overlay.errors import ConfigError, LinkError, Refused
from overlay.nodes.certificates.keeping import check_certificate
from overlay.nodes.certificates.keys import kept_key
from overlay.nodes.certificates.making import hosts_of, is_self_made, last_day, request_for
from overlay.nodes.control import ask_node
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.door import Door, door_of
from overlay.nodes.private import replace_file
from overlay.transport.tls import read_certificate

_DIRECTORY = click.argument("directory", type=click.Path(path_type=Path))


@click.command("request")
@_DIRECTORY
def request(directory: Path) -> None:
    """Print what the authority of the network has to sign for the node of DIRECTORY."""
    node = NodeDirectory(directory)
    door = _door(node)
    made = request_for(kept_key(node.certificate_key_path), node.read_file().name, door.hosts())
    click.echo(made.public_bytes(Encoding.PEM), nl=False)


@click.command("certificate")
@_DIRECTORY
@click.argument("file", type=click.File("rb"), required=False)
def certificate(directory: Path, file: BinaryIO | None) -> None:
    """Have the node of DIRECTORY present the certificate in FILE; without one, show its own.

    A lone dash is standard input. A node that runs presents it to the next
    link; those that are open stay.
    """
    node = NodeDirectory(directory)
    door = _door(node)
    if file is None:
        _show(read_certificate(node.certificate_path))
        return
    pem = file.read()
    key = kept_key(node.certificate_key_path)
    taken = check_certificate(pem, file.name, key, door.hosts())
    replace_file(node.certificate_path, pem)
    _show(taken)
    _have_read(node)


def _door(node: NodeDirectory) -> Door:
    """Raises `ConfigError` for a node that needs no certificate, or is brought one."""
    file = node.read_file()
    door = door_of(node.file_path, file, allows_plain=True)
    if file.tls is not None:
        where = f"{node.file_path}: tls"
        raise ConfigError(where, file.tls.certificate, "no tls: then the node keeps its own")
    if not door.is_secured:
        where = f"{node.file_path}: address"
        found = f"{file.address or 'nothing'}, so that links go without TLS"
        raise ConfigError(where, found, "an address that begins with wss://")
    return door


def _show(certificate: x509.Certificate) -> None:
    signer = "itself" if is_self_made(certificate) else certificate.issuer.rfc4514_string()
    click.echo(f"for       {', '.join(hosts_of(certificate.extensions))}")
    click.echo(f"until     {last_day(certificate)}")
    click.echo(f"signed by {signer}")
    click.echo(f"SHA-256   {certificate.fingerprint(SHA256()).hex(':').upper()}")


def _have_read(node: NodeDirectory) -> None:
    """Tell the node, if it runs."""

    async def ask() -> dict[str, object]:
        return await ask_node(node.control_path, command="reload")

    try:
        answer = trio.run(ask)
    except LinkError:
        return
    if not answer["ok"]:
        raise Refused("declined", str(answer.get("detail", "")))
