"""What the interactive timeline of a run is told, as compact JSON; `timeline.js` reads it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from simulations.pictures.film import Film, Link
from simulations.pictures.layout import Place
from simulations.pictures.telling import FAMILIES, family, hosts_of, lasts_ms, seconds, told
from simulations.sayings import Saying

EventKind = Literal["fault", "machine", "link", "message", "broken"]
Event = tuple[int, EventKind, str, tuple[str, ...]]
"""When, of which kind, in words, and whom it concerns."""

EVENTS_MAX = 15_000
"""Some hundred bytes each: with everything else of a long run the page stays below 5 MB."""

_RANKS: dict[EventKind, int] = {"broken": 0, "fault": 1, "machine": 2, "link": 3, "message": 4}
"""Of one moment those with the lower come first; of too many those with the higher are left out."""

MOVE_KINDS = ("direct", "channel", "receipt", "keys")


def timeline_json(film: Film, where: Mapping[str, Place]) -> str:
    """One object, in which hosts stand by their number. Its text can stand in a script element."""
    hosts = (*film.nodes, *film.people)
    number = {name: place for place, name in enumerate(hosts)}
    told_of, left_out = bounded(events(film))
    content = {
        "nodes": len(film.nodes),
        "hosts": hosts,
        "places": [where[name] for name in hosts],
        "edges": [(number[one], number[other]) for one, other in film.edges],
        "begun": film.begun_ms,
        "end": film.end_ms,
        "up": [film.up.get(name, ()) for name in hosts],
        "paused": [film.paused.get(name, ()) for name in hosts],
        "links": [_link(link, number) for link in film.links],
        "moves": [
            (
                move.at_ms,
                number[move.sender],
                number[move.receiver],
                move.latency_ms,
                MOVE_KINDS.index(move.kind),
            )
            for move in film.moves
        ],
        "looks": [(look.at_ms, look.nodes, look.alike, look.islands) for look in film.looks],
        "strip": [
            (each.at_ms, lasts_ms(each.fault), FAMILIES.index(family(each.fault)))
            for each in film.faults
        ],
        "events": [
            (at_ms, kind, text, [number[name] for name in concerned if name in number])
            for at_ms, kind, text, concerned in told_of
        ],
        "leftOut": {"events": left_out, "moves": film.moves_left_out},
    }
    return json.dumps(content, separators=(",", ":")).replace("</", "<\\/")


def events(film: Film) -> list[Event]:
    """Everything that one can step to, in order of time."""
    found = [
        *_machines(film),
        *(event for link in film.links for event in _link_events(film, link)),
        *(event for saying in film.sayings for event in _message_events(saying)),
    ]
    for befallen in film.faults:
        found.append((befallen.at_ms, "fault", told(befallen.fault), hosts_of(befallen.fault)))
    for violation in film.violations:
        found.append((violation.at_ms, "broken", str(violation)[:300], ()))
    found.append((film.begun_ms, "machine", "everybody knows everybody", ()))
    return sorted(found, key=lambda event: (event[0], _RANKS[event[1]]))


def bounded(found: Sequence[Event]) -> tuple[list[Event], int]:
    """As many as a page has room for, in their order, and how many are left out.

    Those of the least kinds go first, and of these the last.
    """
    places = sorted(range(len(found)), key=lambda place: (_RANKS[found[place][1]], place))
    kept = sorted(places[:EVENTS_MAX])
    return [found[place] for place in kept], len(found) - len(kept)


def _link(link: Link, number: Mapping[str, int]) -> tuple[int, int, int, int, list[int]]:
    cut = [at_ms for span in link.cut for at_ms in span]
    return number[link.one], number[link.other], link.begins_ms, link.ends_ms, cut


def _machines(film: Film) -> Iterator[Event]:
    for name, spans in film.up.items():
        for count, (from_ms, until_ms) in enumerate(spans):
            yield from_ms, "machine", f"{name} {'starts' if count == 0 else 'is back'}", (name,)
            if until_ms <= film.end_ms:
                yield until_ms, "machine", f"{name} does not run any more", (name,)
    for name, spans in film.paused.items():
        for _, until_ms in spans:
            if until_ms <= film.end_ms:
                yield until_ms, "machine", f"{name} goes on", (name,)


def _link_events(film: Film, link: Link) -> Iterator[Event]:
    ends = (link.one, link.other)
    between = f"between {link.one} and {link.other}"
    yield link.begins_ms, "link", f"a link {between} opens", ends
    for from_ms, until_ms in link.cut:
        if from_ms > link.begins_ms:
            yield from_ms, "link", f"nothing gets through {between}", ends
        if until_ms < link.ends_ms:
            yield until_ms, "link", f"the link {between} lets everything through again", ends
    if link.ends_ms <= film.end_ms:
        yield link.ends_ms, "link", f"the link {between} is gone", ends


def _message_events(saying: Saying) -> Iterator[Event]:
    speaker = saying.speaker
    if saying.declined is not None:
        yield saying.said_ms, "message", f"{speaker} cannot say anything", (speaker,)
        return
    if saying.channel is not None:
        yield saying.said_ms, "message", f"{speaker} speaks on the channel", (speaker,)
        if saying.shown:
            last_ms = max(saying.shown.values())
            text = f"the last of {len(saying.shown)} is shown what {speaker} said on the channel"
            yield last_ms, "message", f"{text} {_ago(last_ms, saying)}", (speaker, *saying.shown)
        return
    listener = saying.wanted[0] if saying.wanted else "nobody"
    concerned = (speaker, *saying.wanted)
    yield saying.said_ms, "message", f"{speaker} writes to {listener}", concerned
    shown_ms = saying.delivered_ms
    if shown_ms is not None:
        text = f"{listener} is shown what {speaker} wrote {_ago(shown_ms, saying)}"
        yield shown_ms, "message", text, concerned


def _ago(now_ms: int, saying: Saying) -> str:
    return f"{seconds(now_ms - saying.said_ms)} before"
