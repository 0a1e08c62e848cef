"""`overlay node request` and `overlay node certificate`: what a node presents over TLS."""

from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import click
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from overlay.cli.asking import ask
from overlay.cli.options import DIRECTORY
from overlay.errors import ConfigError, LinkError
from overlay.nodes.certificates.keeping import check_certificate
from overlay.nodes.certificates.keys import kept_key
from overlay.nodes.certificates.making import hosts_of, is_self_made, last_day, request_for
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.door import Door, door_of
from overlay.runtime.clock import wall_time
from overlay.storage.private import replace_file
from overlay.transport.tls import read_certificate


@click.command("request")
@DIRECTORY
def request(directory: Path) -> None:
    """Print what the authority of the network has to sign for the node of DIRECTORY."""
    node = NodeDirectory(directory)
    door = _door(node)
    made = request_for(kept_key(node.certificate_key_path), node.read_file().name, door.hosts())
    click.echo(made.public_bytes(Encoding.PEM), nl=False)


@click.command("certificate")
@DIRECTORY
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
    taken = check_certificate(pem, file.name, key, door.hosts(), wall_time())
    replace_file(node.certificate_path, pem)
    _show(taken)
    with suppress(LinkError):  # None runs there: it reads what there is when it starts.
        ask(directory, command="reload")


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
