"""A chat overlay that no one can switch off.

`connect` attaches a client to any node, `running_node` runs a node; the
errors are in `overlay.errors`. Names are loaded when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overlay.nodes.running import running_node as running_node

_PLACES = {
    "running_node": "overlay.nodes.running",
}


def __getattr__(name: str) -> object:
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
