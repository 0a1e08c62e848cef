"""`overlay node check`."""

from pathlib import Path

import click

from overlay.cli.failing import FAILED
from overlay.cli.options import DIRECTORY
from overlay.nodes.checking import check


@click.command("check")
@DIRECTORY
@click.option("--insecure", "is_insecure", is_flag=True, help="As it would be run.")
def check_directory(directory: Path, is_insecure: bool) -> int:
    """Look at DIRECTORY before its node is run: file, key, certificate, database, port.

    Ends with 1 if something keeps the node from starting; it starts in spite of warnings.
    """
    findings = check(directory, allows_plain=is_insecure)
    for finding in findings:
        verdict = finding.verdict.upper() if finding.verdict == "wrong" else finding.verdict
        click.echo(f"{verdict:<8} {finding.what:<16} {finding.found}")
    return FAILED if any(finding.verdict == "wrong" for finding in findings) else 0
