"""Who is reached over ties, searched for many holders of alike tables of them."""

from hypothesis import given
from hypothesis import strategies as some

from overlay.structures.columns import Column
from overlay.structures.graph import distances
from overlay.structures.reach import Reach, Ties, TiesVocabulary

NAMES = "abcdefgh"
EDGES = some.sets(some.tuples(some.sampled_from(NAMES), some.sampled_from(NAMES)))


def ties_in(edges: set[tuple[str, str]], dead: set[str], name: str) -> Ties[str]:
    others = [
        one if other == name else other for one, other in sorted(edges) if name in (one, other)
    ]
    return Ties(tuple(dict.fromkeys(each for each in others if each != name)), name not in dead)


def a_table(
    known: str, edges: set[tuple[str, str]], dead: set[str]
) -> tuple[Column[str, Ties[str]], Reach[str]]:
    """A table that knows the ties of some, and finds out about the others."""
    table = Column(TiesVocabulary[str]())
    for name in known:
        table[name] = ties_in(edges, dead, name)

    def ties_of(name: str) -> Ties[str]:
        if name not in table:
            table[name] = ties_in(edges, dead, name)
        return table[name]

    return table, Reach(table, ties_of)


@given(some.text(alphabet=NAMES), EDGES, some.sets(some.sampled_from(NAMES)))
def test_whoever_is_reached_is_as_far_as_in_any_search(
    known: str, edges: set[tuple[str, str]], dead: set[str]
) -> None:
    _, reach = a_table(known, edges, dead)

    reached = reach.reached_from("a")

    def neighbours(name: str) -> list[str]:
        others = ties_in(edges, dead, name).mutual
        return [other for other in others if other == "a" or other not in dead]

    expected = distances("a", neighbours)
    assert dict(reached) == dict.fromkeys(expected)
    assert dict(reach.hops_to("a", reached)) == expected


def test_what_one_holder_learns_leads_nobody_else_astray() -> None:
    before = {("a", "b"), ("b", "c")}
    table, _ = a_table(NAMES, before, set())
    mine, others = table.like(), table.like()

    mine["b"] = Ties(("a",), do_count=True)

    assert list(Reach(mine, mine.__getitem__).reached_from("a")) == ["a", "b"]
    assert list(Reach(others, others.__getitem__).reached_from("a")) == ["a", "b", "c"]
