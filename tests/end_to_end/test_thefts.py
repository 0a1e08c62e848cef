"""Who takes a disk, or listens on a wire, learns no text that was meant for one person."""

from pathlib import Path

from overlay.sdk import Identity
from tests.end_to_end.people import attached, everybody_attached
from tests.end_to_end.test_restarting import tapped_pair

SECRET = "the key is under the flower pot"
PUBLIC = "the garden is open to everybody"


def files_with(text: str, directory: Path) -> list[str]:
    """The names of the files that hold it."""
    found = [path for path in directory.rglob("*") if path.is_file()]
    return [path.name for path in found if text.encode() in path.read_bytes()]


async def test_neither_wires_nor_disks_of_nodes_show_what_people_tell_each_other() -> None:
    """docs/threat_model.md: but what is said on channels is public."""
    async with tapped_pair() as (overlay, tap):
        north, south = overlay.nodes
        async with everybody_attached(("alice", north), ("bob", south)) as (alice, bob):
            await bob.client.join("garden")
            await alice.client.say("garden", PUBLIC)
            await bob.hears(PUBLIC)
            await alice.tells(bob, SECRET)

        wire = b"".join(each.from_dialler + each.from_listener for each in tap.connections)
        assert PUBLIC.encode() in wire
        assert SECRET.encode() not in wire
        assert [files_with(SECRET, node.directory.path) for node in overlay.nodes] == [[], []]


async def test_the_disk_of_a_client_does_not_hold_what_was_sent_and_read(tmp_path: Path) -> None:
    """docs/threat_model.md: what was not delivered yet is there, for it must survive."""
    async with tapped_pair() as (overlay, _):
        north, south = overlay.nodes
        homes = {name: tmp_path / name for name in ("alice", "bob")}
        whose = {name: Identity.create(home, name=name) for name, home in homes.items()}
        async with attached("alice", north, identity=whose["alice"]) as alice:
            async with attached("bob", south, identity=whose["bob"]) as bob:
                await alice.sees(bob, south.name)
            await alice.sees(bob)
            handle = await alice.sends(bob, SECRET)
            before = files_with(SECRET, tmp_path)
            async with attached("bob", south, identity=Identity.open(homes["bob"])) as bob:
                await handle.delivered()
                await bob.hears(SECRET)

        assert before != []
        assert files_with(SECRET, tmp_path) == []
