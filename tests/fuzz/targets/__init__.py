"""The targets by name. Each is told bytes, and raises where something does not hold for them."""

from collections.abc import Callable
from importlib import import_module
from typing import Final, cast

Target = Callable[[bytes], None]
Notice = Callable[[str], None]
"""Is told what came of an input, so that an engine keeps one from which something new came.
Most of what reads JSON is compiled: there coverage sees nothing."""

NAMES: Final = ("frames", "signed", "neighbours", "addresses", "http", "node", "client")
"""The modules here, in the order in which they run."""


def unnoticed(_: str) -> None:
    """For whoever only wants to be told what does not hold."""


def target(name: str, notice: Notice = unnoticed) -> Target:
    """The target as it judges what ships. Imports late: an engine instruments what it imports."""
    return _of(name, "target", notice)


def broken_target(name: str, notice: Notice = unnoticed) -> Target:
    """The same around something with a defect, which an engine has to find."""
    return _of(name, "broken", notice)


def _of(name: str, maker: str, notice: Notice) -> Target:
    module = import_module(f"tests.fuzz.targets.{name}")
    return cast(Target, getattr(module, maker)(notice))  # every module here has both
