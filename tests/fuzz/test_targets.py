"""Every input that is kept holds, and every target would notice: an engine finds a defect in it."""

import importlib.util
import shutil
from pathlib import Path

import pytest

from tests.fuzz.runs import CORPUS, fuzz
from tests.fuzz.targets import NAMES, broken_target, target

INPUTS_MAX = 100_000
"""Where the planted defect is found after a few thousand."""

STARTING_WITH_MAX = 60
"""So many inputs are enough to start with; reading all of them takes longer than the search."""

DEFECTS = (LookupError, AssertionError, ExceptionGroup)


@pytest.mark.parametrize("name", NAMES)
def test_every_input_that_is_kept_holds(name: str) -> None:
    judge = target(name)
    inputs = sorted((CORPUS / name).iterdir())

    for each in inputs:
        judge(each.read_bytes())

    assert inputs != []


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this machine"
)
@pytest.mark.parametrize("name", NAMES)
def test_an_engine_finds_a_defect_that_no_input_at_its_start_shows(
    name: str, tmp_path: Path
) -> None:
    kept = innocent_inputs(name, tmp_path / "kept")

    run = fuzz(
        name, f"-runs={INPUTS_MAX}", "-seed=7", work=tmp_path / "work", kept=kept, is_broken=True
    )

    assert run.finding is not None, run.said
    with pytest.raises(DEFECTS):
        broken_target(name)(run.finding.read_bytes())
    target(name)(run.finding.read_bytes())


def innocent_inputs(name: str, folder: Path) -> Path:
    """The smallest inputs of the corpus for which the broken target holds."""
    judge = broken_target(name)
    folder.mkdir()
    by_size = sorted((CORPUS / name).iterdir(), key=lambda path: (path.stat().st_size, path.name))
    for each in by_size:
        try:
            judge(each.read_bytes())
        except DEFECTS:
            continue
        shutil.copy(each, folder)
        if len(list(folder.iterdir())) == STARTING_WITH_MAX:
            break
    return folder
