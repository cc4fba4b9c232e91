"""Medians and quantiles: to the last bit as NumPy gives them."""

import numpy as np
import pytest

from vision.ranks import median, quantile

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("count", [1, 2, 3, 8, 15, 90, 91])
def test_they_are_those_of_numpy(count: int) -> None:
    values = RNG.normal(0.0, 7.0, count)
    before = values.copy()
    assert median(values) == float(np.median(values))
    for share in (0.0, 0.3, 0.4, 0.5, 0.9, 0.97, 1.0):
        assert quantile(values, share) == float(np.quantile(values, share))
    assert (values == before).all()


def test_the_infinite_is_in_its_order() -> None:
    values = np.array([np.inf, 2.0, 1.0])
    assert median(values) == 2.0
    assert quantile(values, 0.25) == 1.5
