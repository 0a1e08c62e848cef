"""Who is reached over ties, searched for many holders of alike tables of them (`columns.py`)."""

from array import array
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from overlay.structures.columns import Column, Marked, Numbered, Vocabulary

K = TypeVar("K")


class Ties(NamedTuple, Generic[K]):
    """Whom somebody is tied with. A search enters only those whose ties do count."""

    mutual: tuple[K, ...]
    do_count: bool


class TiesVocabulary(Vocabulary[K, Ties[K]]):
    """Knows for each value the places of those whom it names, so that a search is of numbers."""

    __slots__ = ("steps",)

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[list[tuple[int, ...]]] = []

    def place_of(self, key: K) -> int:
        place = super().place_of(key)
        if place == len(self.steps):
            self.steps.append([()])
        return place

    def number_of(self, place: int, value: Ties[K]) -> int:
        number = super().number_of(place, value)
        if number == len(self.steps[place]):
            self.steps[place].append(tuple(map(self.place_of, value.mutual)))
        return number


class Reach(Generic[K]):
    """Searches one table of ties; `ties_of` tells, and notes there, those that it lacks."""

    def __init__(self, ties: Column[K, Ties[K]], ties_of: Callable[[K], Ties[K]]) -> None:
        assert isinstance(ties.vocabulary, TiesVocabulary)
        self._vocabulary: TiesVocabulary[K] = ties.vocabulary
        self._ties = ties
        self._ties_of = ties_of

    def reached_from(self, start: K) -> Marked[K]:
        """The start, and whoever is tied with somebody reached and has ties that count."""
        vocabulary, cells = self._vocabulary, self._ties.cells
        keys, values, steps = vocabulary.keys, vocabulary.values, vocabulary.steps
        place_of = vocabulary.place_of
        waiting = [place_of(other) for other in self._ties_of(start).mutual]
        marks = bytearray(len(keys))
        marks[place_of(start)] = 1
        for place in waiting:
            if marks[place]:
                continue
            number = cells[place] if place < len(cells) else 0
            if not number:
                self._ties_of(keys[place])
                cells = self._ties.cells
                number = cells[place]
                marks.extend(bytes(len(keys) - len(marks)))
            ties = values[place][number]
            if ties is not None and ties.do_count:
                marks[place] = 1
                waiting.extend(steps[place][number])
        return Marked(vocabulary, bytes(marks))

    def hops_to(self, home: K, within: Marked[K]) -> Numbered[K]:
        """How many steps it is to `home` over the ties of those in `within`, from each of them.

        `within` is what was last reached.
        """
        cells, steps = self._ties.cells, self._vocabulary.steps
        marks, hops = within.marks, 1
        found = array("I", bytes(4 * len(marks)))
        frontier = [self._vocabulary.place_of(home)]
        found[frontier[0]] = hops
        while frontier:
            hops += 1
            reached: list[int] = []
            for place in frontier:
                for other in steps[place][cells[place]]:
                    if marks[other] and not found[other]:
                        found[other] = hops
                        reached.append(other)
            frontier = reached
        return Numbered(self._vocabulary, found)
