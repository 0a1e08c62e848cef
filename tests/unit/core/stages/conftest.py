"""What the tests of the tree begin with: north, linked with south and west, who vouch for it."""

import pytest

from overlay.core.assembly import Assembly
from overlay.core.state.links import Link
from tests.unit.core.stages.parts import NORTH, SOUTH, WEST, a_link, assembled, vouch_for_all


@pytest.fixture
def parts() -> Assembly:
    parts = assembled(SOUTH, WEST)
    vouch_for_all(parts, (NORTH, SOUTH), (NORTH, WEST))
    return parts


@pytest.fixture
def south(parts: Assembly) -> Link:
    return a_link(parts, SOUTH, 1)


@pytest.fixture
def west(parts: Assembly) -> Link:
    return a_link(parts, WEST, 2)
