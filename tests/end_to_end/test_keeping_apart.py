"""`overlay node keep-apart`: a cut cable, for a while."""

from overlay.cli.failing import REFUSED
from tests.end_to_end.commands import command
from tests.end_to_end.overlays import converged_overlay, neighbours_of
from tests.end_to_end.waiting import wait_until


async def test_two_nodes_are_kept_apart_until_the_operator_ends_that() -> None:
    async with converged_overlay(2, "line") as overlay:
        north, south = overlay.nodes

        async def state_is(state: str) -> bool:
            return [entry["state"] for entry in await neighbours_of(north)] == [state]

        apart = await command("node", "keep-apart", north.directory.path, south.id)
        assert await state_is("kept_apart")
        nobody = await command("node", "keep-apart", north.directory.path, "nobody")
        ended = await command("node", "keep-apart", north.directory.path, south.id, "--seconds", 0)
        await wait_until("they are linked again", lambda: state_is("linked"))

    assert (apart.code, nobody.code, ended.code) == (0, REFUSED, 0)
    assert "kept apart for 30000 ms" in apart.err
    assert "no member has this id" in nobody.error
