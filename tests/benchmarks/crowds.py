"""Many clients in a process of their own, who attach at once and then stay.

    python -m tests.benchmarks.crowds KIND ADDRESS HOME COUNT NAME

KIND is `light`, clients that say no more than they must and whose statements are signed
beforehand, or `sdk`, those of people, who watch everybody. HOME is the node's id. Each line of
input is an order, each line of output an answer:

    {"attach": 500}       {"seconds": 1.5, "times_ms": [20.1, …], "refused": {}}
    {"count": 0}          {"attached": 500}
"""

import json
import sys
from collections import Counter
from contextlib import AsyncExitStack
from time import perf_counter

import trio

from overlay.errors import LinkError, OverlayError
from overlay.messages.clients import Attach, Done
from overlay.messages.ids import NodeId
from overlay.messages.links import Proof, Refusal, Welcome
from overlay.sdk import Identity, connect
from overlay.transport.link import Link
from overlay.transport.websocket import dial
from overlay.wire.codec import decode_frame, encode_frame
from tests.support.farend import FarEnd
from tests.support.people import ClientKeys, a_client


class Crowd:
    """Carries out orders until its input ends; whoever is served stays as long."""

    def __init__(self, kind: str, address: str, home: NodeId, count: int, name: str) -> None:
        self._kind = kind
        self._address = address
        self._waiting = [self._prepared(f"{name} {number}", home) for number in range(count)]
        self._attached = 0

    def _prepared(self, name: str, home: NodeId) -> tuple[ClientKeys, bytes]:
        who = a_client(name)
        attach: Attach = who.attach_at(home)
        return who, encode_frame(attach)

    async def serve(self, nursery: trio.Nursery) -> None:
        while line := await trio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True):
            order = json.loads(line)
            if "attach" in order:
                _say(**await self._attach(nursery, order["attach"]))
            else:
                _say(attached=self._attached)

    async def _attach(self, nursery: trio.Nursery, count: int) -> dict[str, object]:
        """So many come at once; returns when each of them is served, or was refused."""
        some, self._waiting = self._waiting[:count], self._waiting[count:]
        enter = self._enter_light if self._kind == "light" else self._enter_sdk
        times_ms: list[float] = []
        refused: Counter[str] = Counter()
        start = perf_counter()

        async def come(who: ClientKeys, attach: bytes) -> None:
            begin = perf_counter()
            why = await nursery.start(enter, who, attach)
            if why:
                refused[why] += 1
            else:
                times_ms.append((perf_counter() - begin) * 1_000)

        async with trio.open_nursery() as coming:
            for who, attach in some:
                coming.start_soon(come, who, attach)
        return {"seconds": perf_counter() - start, "times_ms": times_ms, "refused": refused}

    async def _enter_light(
        self, who: ClientKeys, attach: bytes, *, task_status: trio.TaskStatus[str]
    ) -> None:
        is_served = False
        try:
            async with dial(self._address) as link:
                why = await served(link, who, attach)
                if why:
                    task_status.started(why)
                    return
                is_served = True
                self._attached += 1
                task_status.started("")
                while True:
                    await link.receive()
        except LinkError as error:
            self._attached -= is_served
            if not is_served:
                task_status.started(type(error).__name__)

    async def _enter_sdk(
        self, who: ClientKeys, _: bytes, *, task_status: trio.TaskStatus[str]
    ) -> None:
        async with AsyncExitStack() as stack:
            identity = stack.enter_context(Identity.temporary(who.name))
            try:
                await stack.enter_async_context(connect(self._address, identity))
            except OverlayError as error:
                task_status.started(str(error)[:60])
                return
            self._attached += 1
            task_status.started("")
            await trio.sleep_forever()


async def served(link: Link, who: ClientKeys, attach: bytes) -> str:
    """Be served; returns why not, or nothing."""
    far_end = FarEnd(who, dials=True, certificate=link.certificate_fingerprint)
    while True:
        for message in decode_frame(await link.receive()):
            match message:
                case Done():
                    return ""
                case Refusal(code=code):
                    return code
                case Welcome():
                    await link.send(attach)
                case _:
                    answer = far_end.on_message(message)
                    if answer:
                        await link.send(encode_frame(*answer))
                    assert far_end.is_proved or not isinstance(message, Proof)


def _say(**answer: object) -> None:
    print(json.dumps(answer), flush=True)


async def _run(kind: str, address: str, home: str, count: str, name: str) -> None:
    crowd = Crowd(kind, address, NodeId(home), int(count), name)
    _say()
    async with trio.open_nursery() as nursery:
        await crowd.serve(nursery)
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    _, _kind, _address, _home, _count, _name = sys.argv
    trio.run(_run, _kind, _address, _home, _count, _name)
