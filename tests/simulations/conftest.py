"""How long a world may take to be played on a busy machine: it computes, and waits for nothing."""

from pathlib import Path

import pytest

TEST_SECONDS_MAX = 180


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        is_ours = Path(__file__).parent in item.path.parents
        if is_ours and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(TEST_SECONDS_MAX))
