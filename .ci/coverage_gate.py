"""Fails when a pure package has fewer than 95 % of its branches covered.

Usage: coverage_gate.py coverage.json PACKAGE...

The gate of the coverage tool mixes lines with branches and packages with each
other; this one counts branches alone, in each package by itself.
"""

import json
import sys
from pathlib import Path

BRANCHES_PERCENT_MIN = 95.0


def branches_percent(files: dict[str, dict[str, dict[str, int]]], package: str) -> float:
    """Covered branches of all files below one folder; 0 if coverage saw none of them."""
    summaries = [
        entry["summary"] for name, entry in files.items() if name.startswith(f"{package}/")
    ]
    if not summaries:
        return 0.0
    branches = sum(summary["num_branches"] for summary in summaries)
    covered = sum(summary["covered_branches"] for summary in summaries)
    return 100.0 * covered / branches if branches else 100.0


def main(report: str, *packages: str) -> int:
    """Print a line per package; return 1 if one of them is below the bar."""
    files = json.loads(Path(report).read_text(encoding="utf-8"))["files"]
    percents = {package: branches_percent(files, package) for package in packages}
    for package, percent in percents.items():
        verdict = "" if percent >= BRANCHES_PERCENT_MIN else f"  below {BRANCHES_PERCENT_MIN} %"
        print(f"{package:<20} {percent:6.2f} % of branches{verdict}")
    return int(any(percent < BRANCHES_PERCENT_MIN for percent in percents.values()))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
