"""Runs of targets: each in a process of its own, read from what libFuzzer says at its end."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
CORPUS: Final = Path(__file__).parent / "corpus"
"""What is kept: for each target a folder of the fewest inputs that reach all that was reached."""

WORK: Final = ROOT / "build" / "fuzz"
"""What runs on this machine have found: they go on from there."""

INPUT_BYTES_MAX: Final = 16_384
INPUT_S_MAX: Final = 10
"""An input that takes longer is a finding as well."""

MEMORY_MB_MAX: Final = 1_024

_LAST: Final = re.compile(r"^#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+) corp: (\d+)/", re.MULTILINE)
_UNIT: Final = re.compile(r"Test unit written to (\S+)")
_RATE: Final = re.compile(r"^stat::average_exec_per_sec:\s+(\d+)", re.MULTILINE)
_EXECUTED: Final = re.compile(r"^stat::number_of_executed_units:\s+(\d+)", re.MULTILINE)


class EngineFailedError(Exception):
    """The engine ended by itself: the text is the end of what it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one run came to. `finding` is the file with the input for which something fails."""

    executions: int
    executions_per_second: int
    coverage: int = 0
    """Branches of ours that were taken, and things noticed."""
    features: int = 0
    """The same, each as often as it is worth telling apart."""
    inputs: int = 0
    finding: Path | None = None
    said: str = ""


def fuzz(
    name: str,
    *options: str,
    work: Path = WORK,
    kept: Path | None = None,
    is_broken: bool = False,
) -> Run:
    """Run a target with options of libFuzzer, from what is in `work`, where it leaves more, and
    what is in `kept`: unless another folder is given, the corpus in the repository.

    Raises `EngineFailedError` where no fuzzing took place.
    """
    found, kept = work / name, kept or CORPUS / name
    found.mkdir(parents=True, exist_ok=True)
    limits = (
        f"-max_len={INPUT_BYTES_MAX}",
        # Whole messages are put in at once: small steps in length would forbid it for long.
        "-len_control=0",
        # Of five alterations in a row, as is usual, one breaks what the others have made.
        "-mutate_depth=2",
        f"-timeout={INPUT_S_MAX}",
        f"-rss_limit_mb={MEMORY_MB_MAX}",
        f"-artifact_prefix={work}/{name}-",
        "-print_final_stats=1",
        "-reload=0",
    )
    said = _engine(name, [*limits, *options, str(found), str(kept)], is_broken=is_broken)
    unit, executed, rate = _UNIT.search(said), _EXECUTED.search(said), _RATE.search(said)
    if executed is None or rate is None:
        raise EngineFailedError(said[-2_000:])
    last = _LAST.search(said)
    coverage, features, inputs = (int(each) for each in last.groups()[1:]) if last else (0, 0, 0)
    return Run(
        executions=int(executed[1]),
        executions_per_second=int(rate[1]),
        coverage=coverage,
        features=features,
        inputs=inputs,
        finding=Path(unit[1]) if unit else None,
        said=said,
    )


def keep(name: str, work: Path = WORK) -> int:
    """Write the corpus of a target anew: the fewest inputs for all that was reached.

    Returns how many these are. Raises `EngineFailedError`, and has changed nothing then.
    """
    kept, minimal = CORPUS / name, work / f"{name}-minimal"
    shutil.rmtree(minimal, ignore_errors=True)
    minimal.mkdir(parents=True)
    corpora = [str(minimal), str(work / name), str(kept)]
    options = [f"-max_len={INPUT_BYTES_MAX}", "-set_cover_merge=1"]
    said = _engine(name, [*options, *corpora])
    inputs = sorted(minimal.iterdir())
    if not inputs:
        raise EngineFailedError(said[-2_000:])
    shutil.rmtree(kept)
    kept.mkdir()
    for each in inputs:
        # Twelve digits tell them apart.
        shutil.copyfile(each, kept / each.name[:12])
    return len(inputs)


def _engine(name: str, options: Sequence[str], *, is_broken: bool = False) -> str:
    """All that an engine says to its end."""
    broken = ["--broken"] if is_broken else []
    command = [sys.executable, "-m", "tests.fuzz.engine", name, *broken, *options]
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        # The engine ends without cleaning up; and files on a disk would slow it down.
        env = os.environ | {"TMPDIR": folder, "PYTHONHASHSEED": "0"}
        ended = subprocess.run(
            command,
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return ended.stdout.decode(errors="replace")
