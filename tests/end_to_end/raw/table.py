"""All rows of the table, by chapter."""

from tests.end_to_end.raw import (
    controls,
    fragments,
    framing,
    messages,
    openings,
    requests,
    texts,
    tls,
)
from tests.end_to_end.raw.cases import Case, Door

CHAPTERS = {
    "framing": framing.CASES,
    "texts": texts.CASES,
    "fragments": fragments.CASES,
    "controls": controls.CASES,
    "openings": openings.CASES,
    "requests": requests.CASES,
    "tls": tls.CASES,
    "messages": messages.CASES,
}
ROWS = {f"{chapter}: {case.name}": case for chapter, cases in CHAPTERS.items() for case in cases}


def played(*, slow: bool) -> list[tuple[str, Case, Door]]:
    """Every row at each of its doors, those whose answer takes the time for a handshake or not."""
    return [
        (f"{name}, {door.value}", case, door)
        for name, case in ROWS.items()
        for door in case.doors
        if case.is_slow is slow
    ]
