"""`numbers`: every bound and number to beat, what was measured, and by how much it falls short."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from simulations.commands.files import check_page, write_page
from simulations.commands.sweeps import LEDGERS
from simulations.commit import commit
from simulations.encoding import Unreadable
from simulations.numbers import published as literature
from simulations.numbers.judging import Judged
from simulations.numbers.measuring import Measuring, Noted
from simulations.numbers.registry import ROWS
from simulations.numbers.rows import Row
from simulations.numbers.table import WHAT, as_json, as_markdown, as_text
from simulations.playing import play
from simulations.report import HOLDS, UNMET


@click.command("numbers")
@click.option(
    "--only",
    multiple=True,
    metavar="NAME",
    help="Rows whose name begins so; may be said again.",
)
@click.option("--published", is_flag=True, help="Only rows that the literature has a figure for.")
@click.option("--large", is_flag=True, help="Also play what takes minutes, and write that down.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--ledgers", type=click.Path(path_type=Path), default=LEDGERS, help=f"Usually {LEDGERS}."
)
@click.option("--write", type=click.Path(path_type=Path), help="Write the table into this page.")
def print_numbers(
    only: tuple[str, ...],
    ledgers: Path,
    write: Path | None,
    *,
    published: bool,
    large: bool,
    is_json: bool,
) -> int:
    """Measure every bound and every number to beat, and hold it against its goal.

    Exit code 0 where all hold, 2 where some fall short. What is large is told
    from the ledger of the last time that --large measured it. With --published
    the table that --write writes is the one beside what others have published.
    """
    rows = _chosen(only or (literature.rows() if published else ()))
    what, in_markdown = (
        (literature.WHAT, literature.as_markdown) if published else (WHAT, as_markdown)
    )
    check_page(write, what)
    try:
        judged = _judged(rows, ledgers, with_large=large)
    except Unreadable as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise click.UsageError(f"{error.filename}: cannot write it: {error.strerror}") from error
    write_page(write, what, in_markdown(judged))
    click.echo(as_json(judged) if is_json else as_text(judged))
    names = "".join(f" --only {name}" for name in only) + " --published" * published
    click.echo(f"python -m simulations numbers{names}{' --large' * large}", err=is_json)
    return UNMET if any(each.verdict == "falls short" for each in judged) else HOLDS


def _chosen(only: tuple[str, ...]) -> list[Row]:
    for name in only:
        if not any(id_.startswith(name) for id_ in ROWS):
            raise click.UsageError(f"no row is called {name!r}; there are {', '.join(ROWS)}")
    return [row for row in ROWS.values() if not only or row.id.startswith(only)]


def _judged(rows: list[Row], ledgers: Path, *, with_large: bool) -> list[Judged]:
    """What is large is written down as soon as it is measured."""
    name = commit()
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("rows", total=len(rows))

        def tell(line: str) -> None:
            progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

        measuring = Measuring(play, ledgers, with_large=with_large, tell=tell, commit=name)
        judged: list[Judged] = []
        for row in rows:
            judged.append(measuring.judge(row))
            if with_large:
                Noted(ledgers).note(judged[-1:], name)
            progress.advance(task)
    return judged
