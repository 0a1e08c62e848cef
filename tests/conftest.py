"""What all tests share: how Hypothesis runs, and where Chromium is."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# No deadline: a test never depends on how fast the machine is. In CI the same examples every time.
settings.register_profile("overlay", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("overlay")

LONG_SECONDS_MAX = 180
"""Above the failsafe of a single wait, so that a test can say itself what did not come; and for
worlds, which wait for nothing and are computed for as long as it takes."""
LONG = [Path(__file__).parent / folder for folder in ("end_to_end", "simulations")]

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        is_long = any(folder in item.path.parents for folder in LONG)
        if is_long and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LONG_SECONDS_MAX))


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of a Chromium; without one the test is skipped, or fails under REQUIRE_BROWSER."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    reason = "no Chromium found; on Debian: apt-get install chromium, or make browser as root"
    if "REQUIRE_BROWSER" in os.environ:
        pytest.fail(reason)
    pytest.skip(reason)
