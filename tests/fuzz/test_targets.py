"""Every input that is kept holds, and every target would notice: an engine finds a defect in it."""

import importlib.util
from pathlib import Path
from typing import Final

import pytest

from overlay.wire.codec import write_signed
from tests.fuzz.runs import CORPUS, fuzz
from tests.fuzz.targets import NAMES, broken_target, target
from tests.fuzz.targets.signed import truly_signed
from tests.unit.transport.peers import get

INPUTS_MAX = 20_000
"""Where the planted defect is found after some hundreds or thousands."""

SEEDS = range(1, 9)
"""One search in three goes astray for good: it keeps what is smaller, and less like a file."""

HONEST: Final = {
    "frames": b'[{"type":"refusal","code":"busy","detail":"no credit","number":7}]',
    "signed": write_signed(truly_signed()[0]),
    "neighbours": b'{"name":"north","listen":"127.0.0.1:7701","extra_links":3}',
    "addresses": b"wss://north.example:7001/overlay",
    "http": get("/page"),
    "node": b'south [{"type":"ack","number":1}]',
    "client": b'home [{"type":"heartbeat","wants_echo":true}]\nwait 100',
}
"""With these alone a search begins, so that it takes as long whatever the corpus has become."""

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
def test_an_engine_finds_a_defect_that_an_honest_input_does_not_show(
    name: str, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "honest").write_bytes(HONEST[name])
    broken_target(name)(HONEST[name])

    finding = next(filter(None, (found(name, tmp_path, kept, seed) for seed in SEEDS)))

    with pytest.raises(DEFECTS):
        broken_target(name)(finding.read_bytes())
    target(name)(finding.read_bytes())


def found(name: str, tmp_path: Path, kept: Path, seed: int) -> Path | None:
    """For what input a broken target fails, if a search with this seed comes upon one."""
    options, work = (f"-runs={INPUTS_MAX}", f"-seed={seed}"), tmp_path / str(seed)
    return fuzz(name, *options, work=work, kept=kept, is_broken=True).finding
