"""The bot of the guide does what the guide says, as it stands on the page."""

import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import trio

from overlay.nodes.local import local_overlay
from overlay.sdk.connecting import connect
from overlay.sdk.identity import Identity

GUIDE = Path(__file__).parents[2] / "docs" / "guide.md"
LINES_MAX = 30


def bot() -> str:
    code: str
    (code,) = re.findall(r"^```python\n(.+?)^```", GUIDE.read_text("utf-8"), re.M | re.S)
    return code


def test_a_bot_is_under_thirty_lines() -> None:
    assert len(bot().splitlines()) < LINES_MAX


async def test_the_bot_answers_who_writes_to_it(tmp_path: Path) -> None:
    script = tmp_path / "echo.py"
    script.write_text(bot(), encoding="utf-8")
    async with (
        local_overlay(2, "line", tmp_path / "nodes") as local,
        trio.open_nursery() as nursery,
    ):
        north, south = local.nodes
        process = await nursery.start(
            partial(
                trio.run_process,
                [sys.executable, str(script), north.endpoint],
                env=os.environ | {"OVERLAY_HOME": str(tmp_path / "home")},
                stdout=subprocess.PIPE,
            )
        )
        account = (await process.stdout.receive_some(1_024)).decode().split()[-1]
        with Identity.temporary("alice") as alice:
            async with connect(south.address, alice) as client:
                await client.send(account, "hello")

                answer = await anext(client)
        nursery.cancel_scope.cancel()

    assert (answer.name, answer.text) == ("echo", "You said: hello")
