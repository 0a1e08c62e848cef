"""What all tests share: how Hypothesis runs, and where Chromium is."""

import os
import shutil

import pytest
from hypothesis import settings

# No deadline: a test never depends on how fast the machine is. In CI the same examples every time.
settings.register_profile("overlay", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("overlay")

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


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
