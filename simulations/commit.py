"""Which code this is."""

import subprocess
from pathlib import Path


def commit() -> str:
    """Which commit this is, with a + if files differ from it; nothing where git does not tell."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "--short=12", "HEAD"]
    changed = ["git", "-C", str(Path(__file__).parents[1]), "diff", "--quiet", "HEAD", "--"]
    code = ["overlay", "simulations", ":!simulations/ledgers", ":!simulations/baselines"]
    try:
        name = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        is_changed = subprocess.run([*changed, *code], capture_output=True, check=False).returncode
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{name}{'+' if is_changed else ''}"
