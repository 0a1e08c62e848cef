"""A report is one file that opens from the disk, asks nobody for more, and says how it was made."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import pytest

from simulations.__main__ import main
from simulations.large import LargeLedger
from simulations.pictures.gathering import filmed
from simulations.pictures.names import OF_MANY_RUNS, OF_ONE_RUN
from simulations.pictures.page import Page, save, written
from simulations.pictures.standard import OF_A_FILM, TIMELINE, Gathered, Sizes, steps
from simulations.recording import load
from simulations.report import HOLDS, UNMET, UNSAFE, USAGE, Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS
from tests.simulations.small import a_run

PAGE_BYTES_MAX = 5_000_000
TINY = Sizes(
    film=4,
    copies=(6, 8),
    reliability=10,
    shares=(50,),
    shapes=("line", "star"),
    convergence=(4,),
    seeds=1,
)
LOADS = {"src", "srcset", "data", "poster", "action", "background", "xlink:href"}
"""Attributes by which a browser fetches something, or a form sends it."""


class Reader(HTMLParser):
    """What a page has in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.codes: list[str] = []
        self.headings: list[str] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in LOADS or (tag == "link" and name == "href"):
                self.loads.append(value or "")
            elif name == "href":
                self.links.append(value or "")

    def handle_data(self, data: str) -> None:
        if self._open == "code":
            self.codes.append(data)
        if self._open in ("h1", "h2"):
            self.headings.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._open = ""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The standard set, of small worlds; where its page is."""
    directory = tmp_path_factory.mktemp("report")
    gathered = Gathered()
    ledger = LargeLedger(directory / "none.jsonl")
    for _, do in steps((*OF_A_FILM, TIMELINE, *OF_MANY_RUNS), 1, ledger, TINY):
        do(gathered)
    assert gathered.exit_code == HOLDS, gathered.broken
    return save(a_page(gathered), directory)


def a_page(gathered: Gathered) -> Page:
    return Page(
        title="What there is to see",
        introduction="The run: `pictured`.",
        command="python -m simulations report DIR --seed 1",
        commit="abc",
        broken=tuple(gathered.broken),
        pictures=gathered.pictures,
        timeline=gathered.timeline,
    )


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of a short talk."""
    path = tmp_path_factory.mktemp("recorded") / "talk.json"
    assert main(["run", "talk", "--nodes", "3", "--minutes", "0.05", "--record", str(path)]) == 0
    return path


# The page.


def test_a_report_has_every_figure_and_fetches_nothing(tiny: Path) -> None:
    text = tiny.read_text("utf-8")

    page = Reader(text)

    assert len(text.encode()) < PAGE_BYTES_MAX
    assert [load for load in page.loads if not load.startswith(("#", "data:"))] == []
    assert [link for link in page.links if "//" in link] == []
    assert "default-src 'none'" in text
    assert re.findall(r"url\((?!#)[^)]*\)|@import", text) == []
    assert {*OF_A_FILM, TIMELINE, *OF_MANY_RUNS} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_each_figure_names_the_command_that_makes_it_and_is_there_as_a_file(tiny: Path) -> None:
    page = Reader(tiny.read_text("utf-8"))

    for name in (*OF_A_FILM, *OF_MANY_RUNS):
        assert f"python -m simulations report DIR --seed 1 --only {name}" in page.codes
        assert {f"{name}.png", f"{name}.svg"} <= set(page.links)
        assert (tiny.parent / f"{name}.png").stat().st_size > 5_000
        assert (tiny.parent / f"{name}.svg").read_bytes().startswith(b"<?xml")
    assert "python -m simulations run pictured --seed 1 --nodes 4 --shape random" in page.codes


def test_figures_on_the_page_take_its_colours_so_that_they_can_be_read_in_the_dark(
    tiny: Path,
) -> None:
    text = tiny.read_text("utf-8")
    figures = text[text.index("<main>") :]

    assert "fill: var(--paper)" in figures
    assert "#ffffff" not in figures
    assert "prefers-color-scheme: dark" in text


def test_what_did_not_hold_stands_on_the_page_and_counts() -> None:
    unmet, unsafe = a_run(), a_run()
    unmet.expect("everybody is glad", holds=False)
    unsafe.world.defects += [replace(unmet.unmet[0], checker="defect", detail="<script>")]
    gathered = Gathered()

    gathered.note(Result(unmet, 0))
    assert gathered.exit_code == UNMET
    gathered.note(Result(unsafe, 0))
    gathered.note(Result(unmet, 0))

    assert gathered.exit_code == UNSAFE
    text = written(a_page(gathered))
    assert "Not everything held" in text
    assert "not met: everybody is glad" in text
    assert "&lt;script&gt;" in text


# The command.


def test_the_command_knows_every_figure_without_importing_any() -> None:
    assert (*OF_A_FILM, TIMELINE) == OF_ONE_RUN


def test_a_recorded_run_is_shown_and_told_to_be_the_same(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "new" / "folder"

    code = main(["report", str(directory), "--trace", str(recorded)])

    said = capsys.readouterr()
    text = (directory / "index.html").read_text("utf-8")
    page = Reader(text)
    assert (code, said.err) == (HOLDS, "")
    assert said.out.splitlines()[-1] == (
        f"python -m simulations report {directory} --trace {recorded}"
    )
    assert f"python -m simulations report DIR --trace {recorded}" in page.codes
    assert "What becomes of a recorded run of talk" in page.headings
    match = re.search(r'id="timeline-data">(.*?)</script>', text, re.DOTALL)
    assert match is not None
    assert json.loads(match[1])["nodes"] == 3
    assert sorted(path.name for path in directory.iterdir()) == sorted(
        ["index.html", *(f"{name}.{kind}" for name in OF_A_FILM for kind in ("png", "svg"))]
    )


def test_a_recording_of_another_run_is_shown_and_told_to_be_none_of_it(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = tmp_path / "changed.json"
    content = json.loads(recorded.read_text("utf-8"))
    content["run"]["digest"] = "0" * 64
    changed.write_text(json.dumps(content), encoding="utf-8")

    code = main(["report", str(tmp_path), "--trace", str(changed), "--only", "timeline"])

    assert code == 1
    assert "NOT the run that was recorded" in capsys.readouterr().out
    assert "NOT the run that was recorded" in (tmp_path / "index.html").read_text("utf-8")
    assert list(tmp_path.glob("*.png")) == []


def test_what_cannot_be_done_is_said_before_anything_is_played(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("{}", encoding="utf-8")
    here, file = str(tmp_path), str(tmp_path / "file")
    report = partial(told_by, capsys)

    assert "cannot write there" in report(["report", file])
    assert "not a recording" in report(["report", here, "--trace", file])
    assert "cannot read it" in report(["report", here, "--trace", f"{here}/nothing"])
    assert "line 1" in report(["report", here, "--ledger", file])
    mixed = ["report", here, "--trace", str(recorded), "--only", "copies"]
    assert "graph, delivery, agreement, timeline only" in report(mixed)
    assert "'heap'" in report(["report", here, "--only", "heap"])
    assert list(tmp_path.glob("*.html")) == []


def told_by(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> str:
    """What is said on stderr about wrong usage."""
    assert main(arguments) == USAGE
    return capsys.readouterr().err


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_without_the_extra_a_report_says_how_to_install_it(tmp_path: Path) -> None:
    """None in place of a module is how Python notes that there is none."""
    absent = python(
        "import sys; sys.modules['matplotlib'] = None\n"
        "from simulations.__main__ import main\n"
        f"sys.exit(main(['report', {str(tmp_path)!r}]))"
    )

    assert absent.returncode == USAGE
    assert "figures need matplotlib" in absent.stderr
    assert "pip install -e '.[simulations]'" in absent.stderr


def test_no_other_command_imports_what_figures_need() -> None:
    listed = python(
        "import sys\n"
        "from simulations.__main__ import main\n"
        "main(['list'])\n"
        "sys.exit(' '.join({'matplotlib', 'networkx', 'numpy'} & sys.modules.keys()))"
    )

    assert listed.stderr.strip() == ""


def test_a_film_of_a_recording_is_that_of_the_run(recorded: Path) -> None:
    recording = load(recorded)
    options = Options(seed=recording.seed, length_ms=recording.length_ms)

    film, _ = filmed(Run(SCENARIOS["talk"], options, None, recording))

    assert film.digest == recording.digest
