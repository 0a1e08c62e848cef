"""What commands say to a node that runs in a directory."""

from pathlib import Path

import trio

from overlay.errors import Refused
from overlay.nodes.control import ask_node
from overlay.nodes.directory import NodeDirectory


def ask(directory: Path, **request: object) -> dict[str, object]:
    """The node's answer. Raises `Refused` where it says no, and as `ask_node`."""
    path = NodeDirectory(directory).control_path

    async def asked() -> dict[str, object]:
        return await ask_node(path, **request)

    answer = trio.run(asked)
    if not answer["ok"]:
        raise Refused("declined", str(answer.get("detail", "")))
    return answer
