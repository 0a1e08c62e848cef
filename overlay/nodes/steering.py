"""What may be done to a local overlay from its map: kill, pause, revive; cut and mend links."""

from collections.abc import Awaitable, Callable
from typing import Final

import trio

from overlay.errors import LinkError
from overlay.nodes.control import ask_node
from overlay.nodes.local import LocalNode, LocalOverlay

CUT_SECONDS: Final = 30
"""How long a cut lasts: long enough to see it healed, and what the healing leaves behind."""

ASK_SECONDS: Final = 3.0
"""A node answers its operator from memory; one that takes longer does not run just now."""


class NotNow(Exception):
    """What was ordered cannot be done in the state that things are in; says why."""


class Steering:
    """Does one thing at a time to each node."""

    def __init__(self, local: LocalOverlay) -> None:
        self._local = local
        self._busy: dict[str, None] = {}

    async def kill(self, node: LocalNode) -> str:
        """SIGKILL. Raises `NotNow`, as all of these do."""
        if not node.is_running:
            raise NotNow(f"{node.name} does not run")
        await self._alone(node, lambda: self._local.kill(node))
        return f"{node.name} was killed"

    async def pause(self, node: LocalNode) -> str:
        """SIGSTOP: its sockets stay open, and nobody reads them."""
        self._check_runs(node)
        self._check_free(node)
        self._local.freeze(node)
        return f"{node.name} stands still"

    async def revive(self, node: LocalNode) -> str:
        """Have it run on if it stands still, start it if it is dead."""
        if node.is_running and not node.is_frozen:
            raise NotNow(f"{node.name} runs already")
        self._check_free(node)
        if node.is_running:
            self._local.thaw(node)
            return f"{node.name} runs on"
        try:
            await self._alone(node, lambda: self._local.start(node))
        except LinkError as error:
            raise NotNow(str(error)) from None
        return f"{node.name} runs again"

    async def cut(self, one: LocalNode, other: LocalNode) -> str:
        """Have two nodes keep apart for `CUT_SECONDS`: what runs between them here is no cable."""
        for node in (one, other):
            self._check_runs(node)
        await self._keep_apart(one, other, CUT_SECONDS)
        await self._keep_apart(other, one, CUT_SECONDS)
        return f"{one.name} and {other.name} are cut apart for {CUT_SECONDS} s"

    async def mend(self, one: LocalNode, other: LocalNode) -> str:
        """End that now, at each of them that runs: one that does not has forgotten it."""
        for node, its in ((one, other), (other, one)):
            if node.is_running and not node.is_frozen:
                await self._keep_apart(node, its, 0)
        return f"{one.name} and {other.name} may be linked again"

    async def _keep_apart(self, node: LocalNode, other: LocalNode, seconds: int) -> None:
        answer: dict[str, object] = {"ok": False, "detail": f"{node.name} does not answer"}
        with trio.move_on_after(ASK_SECONDS):
            try:
                answer = await ask_node(
                    node.directory.control_path,
                    command="keep-apart",
                    node=other.id,
                    seconds=seconds,
                )
            except LinkError as error:
                raise NotNow(str(error)) from None
        if not answer["ok"]:
            raise NotNow(str(answer["detail"]))

    async def _alone(self, node: LocalNode, do: Callable[[], Awaitable[None]]) -> None:
        self._check_free(node)
        self._busy[node.name] = None
        try:
            await do()
        finally:
            del self._busy[node.name]

    def _check_free(self, node: LocalNode) -> None:
        if node.name in self._busy:
            raise NotNow(f"something is being done to {node.name} already")

    def _check_runs(self, node: LocalNode) -> None:
        if not node.is_running:
            raise NotNow(f"{node.name} does not run")
        if node.is_frozen:
            raise NotNow(f"{node.name} stands still")
