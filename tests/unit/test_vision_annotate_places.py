"""Labels stand beside their box, within the picture, and never one on another while there is room."""

from itertools import combinations

import pytest

from vision.annotate_places import Area, Places

SIZE, LABEL = (200, 100), (40, 10)
NO_STATE = (0, 0)


def test_a_label_stands_above_its_box_where_nothing_is() -> None:
    assert Places(SIZE, [(80, 40, 30, 30)], NO_STATE).find((80, 40, 30, 30), LABEL) == (80, 30)


def test_it_goes_elsewhere_where_another_thing_is_above() -> None:
    box, above = (80, 40, 30, 30), (70, 10, 60, 30)
    assert Places(SIZE, [box, above], NO_STATE).find(box, LABEL) == (110, 40)


@pytest.mark.parametrize("box", [(0, 0, 20, 20), (190, 0, 10, 10), (190, 90, 10, 10), (0, 90, 300, 300)])
def test_it_is_pushed_into_the_picture(box: Area) -> None:
    found = Places(SIZE, [box], NO_STATE).find(box, LABEL)
    assert found is not None
    assert 0 <= found[0] <= SIZE[0] - LABEL[0]
    assert 0 <= found[1] <= SIZE[1] - LABEL[1]


def test_labels_of_one_box_do_not_cover_each_other_nor_the_state_and_one_too_many_is_left_out() -> None:
    box = (0, 0, 40, 20)
    places = Places(SIZE, [box], (40, 10))
    found = [place for _ in range(8) if (place := places.find(box, LABEL, must=False)) is not None]
    assert 1 < len(found) < 8
    areas = [*found, (0, 0)]
    assert all(
        abs(x1 - x2) >= LABEL[0] or abs(y1 - y2) >= LABEL[1] for (x1, y1), (x2, y2) in combinations(areas, 2)
    )
    assert places.find(box, LABEL) is not None  # a hazard's has to be there
