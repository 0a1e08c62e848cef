"""How full tables are."""

from overlay.structures.sizes import Size, fullest


def test_the_fullest_of_several_tables_counts() -> None:
    assert fullest([{1: "one"}, {}, [1, 2, 3]]) == 3
    assert fullest([]) == 0


def test_a_size_stands_beside_its_bound() -> None:
    table, size, size_max = Size("units", 3, 8)

    assert (table, size, size_max) == ("units", 3, 8)
