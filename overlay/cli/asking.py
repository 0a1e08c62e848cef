"""Asks the node that runs in a directory."""

from pathlib import Path

import trio

from overlay.errors import Refused
from overlay.nodes.control import ask_node
from overlay.nodes.directory import NodeDirectory


def ask(directory: Path, **request: object) -> str:
    """What the node has to say to a request. Raises `Refused`, `LinkError` if none runs there."""

    async def answered() -> dict[str, object]:
        return await ask_node(NodeDirectory(directory).control_path, **request)

    answer = trio.run(answered)
    detail = str(answer.get("detail", ""))
    if not answer["ok"]:
        raise Refused("declined", detail)
    return detail
