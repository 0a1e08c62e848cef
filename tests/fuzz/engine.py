"""One target under atheris, in a process of its own: `python -m tests.fuzz.engine TARGET …`.

What follows the target's name are options and corpora of libFuzzer. With
`--broken` behind the name it is the target whose subject has a defect.
"""

import sys
from collections.abc import Callable
from typing import Final
from zlib import crc32

import atheris

from tests.fuzz.mutating import mutated

INSTRUMENTED: Final = ["overlay", "h11", "wsproto"]
NOTICED: Final = 8_192


def main(arguments: list[str]) -> None:
    """Fuzz until an option says that it is enough, or something does not hold. Never returns."""
    _, name, *options = arguments
    is_broken = options[:1] == ["--broken"]
    # To minimise a corpus libFuzzer starts this anew, through a shell.
    program = f"{sys.executable} -m {__spec__.name} {name}"
    with atheris.instrument_imports(include=INSTRUMENTED):
        from tests.fuzz.targets import broken_target, target

        made = broken_target if is_broken else target
        judge = made(name, _noticing())
    atheris.Setup(
        [program, *options[is_broken:]],
        judge,
        custom_mutator=lambda data, max_size, seed: mutated(data, max_size, seed, atheris.Mutate),
    )
    atheris.Fuzz()


def _noticing() -> Callable[[str], None]:
    """Each thing noticed counts like a branch that was taken; a few share one."""
    counters = [atheris._reserve_counter() for _ in range(NOTICED)]

    def notice(what: str) -> None:
        atheris._trace_branch(counters[crc32(what.encode(errors="replace")) % NOTICED])

    return notice


if __name__ == "__main__":
    main(sys.argv)
