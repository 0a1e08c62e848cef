"""How inputs are altered beyond flipping bytes: JSON as trees, texts as lines.

What reads JSON here is compiled code of others, in which coverage sees nothing:
bytes alone would hardly ever come past it.
"""

import json
import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Final

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
Mutate = Callable[[bytes, int], bytes]
Place = tuple[list[Json] | dict[str, Json], int | str]
"""What holds a value, and where in it."""

_COUNTS: Final = (0, 1, 2, -1, 63, 64, 255, 2**31, 2**32, 2**53 - 1, 2**53, 2**63, 10**20)
_VALUES: Final[tuple[Json, ...]] = (
    *(*_COUNTS, 0.5),
    *(None, True, False, "", "\x00", "é\U0001f600", "\ud800", "x" * 65, "A" * 43, "@north", "#"),
)
_PLACES_MAX: Final = 2_000
_REPEATS: Final = (2, 3, 65, 257)


def mutated(data: bytes, max_size: int, seed: int, of_bytes: Mutate) -> bytes:
    """Another input, at most so long. `of_bytes` is the engine's own way to alter bytes."""
    random = Random(seed)
    kind = random.random()
    if kind < 0.15:
        return of_bytes(data, max_size)
    alter = _lines_altered if kind < 0.35 and b"\n" in data else _json_altered
    altered = data
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        altered = alter(altered, random)
    if altered == data or len(altered) > max_size:
        return of_bytes(data, max_size)
    return altered


def _lines_altered(data: bytes, random: Random) -> bytes:
    """Lines left out, twice, elsewhere, or cut off."""
    lines = data.split(b"\n")
    at, to = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(5):
        case 0 if len(lines) > 1:
            del lines[at]
        case 1:
            lines[to:to] = [lines[at]] * random.choice((1, 1, 1, *_REPEATS[:2]))
        case 2:
            lines[at], lines[to] = lines[to], lines[at]
        case 3:
            lines[at] = lines[at][: random.randrange(len(lines[at]) + 1)]
        case _:
            words = lines[at].split(b" ", 1)
            lines[at] = b" ".join([lines[to].split(b" ", 1)[0], *words[1:]])
    return b"\n".join(lines)


def _json_altered(data: bytes, random: Random) -> bytes:
    """One place of one tree of JSON altered: that of everything, or of one line behind a word."""
    whole = _tree(data)
    if whole is not None:
        return _written(_altered(whole, random))
    lines = data.split(b"\n")
    for at in random.sample(range(len(lines)), len(lines)):
        word, _, text = lines[at].partition(b" ")
        tree = _tree(text)
        if tree is not None:
            lines[at] = word + b" " + _written(_altered(tree, random))
            return b"\n".join(lines)
    return data


def _tree(data: bytes) -> list[Json] | dict[str, Json] | None:
    try:
        tree: Json = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, list | dict) else None


def _written(tree: Json) -> bytes:
    return json.dumps(tree, separators=(",", ":")).encode()


def _altered(tree: list[Json] | dict[str, Json], random: Random) -> Json:
    places = list(_places(tree))
    if not places:
        return random.choice(_VALUES)
    holder, at = random.choice(places)
    other, there = random.choice(places)
    value = _get(holder, at)
    if isinstance(value, int) and random.random() < 0.5:
        _put(holder, at, random.choice((*_COUNTS, value - 1, value + 1, value + 2**32)))
        return tree
    match random.randrange(7):
        case 0:
            _drop(holder, at)
        case 1 if isinstance(holder, list) and isinstance(at, int):
            holder[at:at] = [value] * random.choice(_REPEATS)
        case 2 if isinstance(holder, dict):
            holder[random.choice(("type", "kind", "number", "x", "é", "\ud800"))] = value
        case 3 | 4:
            # A copy: a tree that holds itself has no end.
            _put(holder, at, json.loads(json.dumps(_get(other, there))))
        case 5 if isinstance(value, str):
            _put(holder, at, _text_altered(value, random))
        case _:
            _put(holder, at, random.choice(_VALUES))
    return tree


def _text_altered(text: str, random: Random) -> Json:
    """What is signed is JSON again, as text; of other texts one character changes."""
    inner = _tree(text.encode(errors="replace"))
    if inner is not None:
        return _written(_altered(inner, random)).decode()
    if re.search("[0-9]", text) and random.random() < 0.3:
        return re.sub("[0-9]+", str(random.choice(_COUNTS)), text, count=1 + random.randrange(2))
    at = random.randrange(len(text) + 1)
    letter = random.choice(("", "A", "0", "-", " ", "\n", ":", "/", "é", text[:1]))
    return text[:at] + letter + text[at + random.randrange(2) :]


def _places(tree: Json) -> Iterator[Place]:
    """Every place in the tree, up to a number."""
    waiting, found = [tree], 0
    while waiting and found < _PLACES_MAX:
        holder = waiting.pop()
        if isinstance(holder, list):
            for at, value in enumerate(holder):
                yield holder, at
                waiting.append(value)
            found += len(holder)
        elif isinstance(holder, dict):
            for key, value in holder.items():
                yield holder, key
                waiting.append(value)
            found += len(holder)


def _get(holder: list[Json] | dict[str, Json], at: int | str) -> Json:
    if isinstance(holder, list):
        assert isinstance(at, int)
        return holder[at]
    assert isinstance(at, str)
    return holder[at]


def _put(holder: list[Json] | dict[str, Json], at: int | str, value: Json) -> None:
    if isinstance(holder, list):
        assert isinstance(at, int)
        holder[at] = value
    else:
        assert isinstance(at, str)
        holder[at] = value


def _drop(holder: list[Json] | dict[str, Json], at: int | str) -> None:
    if isinstance(holder, list):
        assert isinstance(at, int)
        del holder[at]
    else:
        assert isinstance(at, str)
        del holder[at]
