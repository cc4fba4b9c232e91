"""Lines through values whose errors last: against least squares, and what lasting errors do to the sigma."""

import numpy as np
import pytest

from vision.fits import Prior, dearer, doubted, lasting, shares, straight

SINCE = np.arange(-9, 1) / 10.0
VALUES = 2.0 - 0.8 * SINCE + np.random.default_rng(5).normal(0, 0.1, SINCE.size)
NOTHING_KNOWN = Prior(0.0, 1e4, 0.0, 1e4)
SIGMAS = np.full(SINCE.size, 0.1)


def test_with_white_noise_and_nothing_known_before_it_is_plain_least_squares() -> None:
    line = straight(SINCE, VALUES, np.diag(SIGMAS**2), NOTHING_KNOWN)
    (rate, value), covariance = np.polyfit(SINCE, VALUES, 1, cov="unscaled")
    assert (line.value, line.rate) == pytest.approx((value, rate), rel=1e-6)
    assert line.var_value == pytest.approx(0.01 * covariance[1, 1], rel=1e-5)
    assert line.var_rate == pytest.approx(0.01 * covariance[0, 0], rel=1e-5)
    assert line.covar == pytest.approx(0.01 * covariance[0, 1], rel=1e-5)


def test_errors_that_last_leave_a_wider_sigma_and_at_most_that_of_one_look() -> None:
    found = [
        straight(SINCE, VALUES, lasting(SINCE, SIGMAS, lasts_s), NOTHING_KNOWN).var_value
        for lasts_s in (0.001, 0.1, 0.3, 1.0)
    ]
    assert found == sorted(found)
    assert found[0] < 0.6 * found[-1]
    assert found[-1] <= 0.01 + 1e-9
    assert found[0] == pytest.approx(straight(SINCE, VALUES, np.diag(SIGMAS**2), NOTHING_KNOWN).var_value)


def test_without_anything_seen_to_speak_of_the_prior_stays() -> None:
    prior = Prior(1.0, 0.2, -0.5, 0.3)
    line = straight(SINCE, VALUES, np.diag(np.full(SINCE.size, 1e8)), prior)
    assert (line.value, line.rate) == pytest.approx((1.0, -0.5), abs=1e-4)
    assert (line.var_value**0.5, line.var_rate**0.5) == pytest.approx((0.2, 0.3), abs=1e-4)


def test_mirrored_values_and_priors_give_the_mirrored_line_as_likely() -> None:
    noise = lasting(SINCE, SIGMAS, 0.3) + np.diag(SIGMAS**2)
    one = straight(SINCE, VALUES, noise, Prior(0.4, 2.0, -0.7, 0.5))
    other = straight(SINCE, -VALUES, noise, Prior(-0.4, 2.0, 0.7, 0.5))
    assert (other.value, other.rate) == pytest.approx((-one.value, -one.rate))
    assert (other.var_value, other.covar, other.var_rate) == pytest.approx(
        (one.var_value, one.covar, one.var_rate)
    )
    assert other.likely == pytest.approx(one.likely)


def test_the_prior_that_says_what_is_seen_is_the_likelier() -> None:
    coming, going, wide = Prior(0.0, 10.0, -0.8, 0.1), Prior(0.0, 10.0, 0.8, 0.1), Prior(0.0, 10.0, 0.0, 5.0)
    lines = [straight(SINCE, VALUES, np.diag(SIGMAS**2), prior) for prior in (coming, going, wide)]
    likely = [line.likely for line in lines]
    assert likely[0] > likely[2] > likely[1]  # to know it is worth more than to allow everything


def test_a_value_is_doubted_the_more_the_farther_off_it_is_and_never_trusted_more() -> None:
    wider = doubted(np.array([0.0, 0.5, 1.0, 3.0, 10.0]))
    assert wider[:3] == pytest.approx(1.0)
    assert 1.5 < wider[3] < wider[4]
    assert doubted(np.array([-3.0])) == pytest.approx(wider[3])
    # Student's t never lets one value pull without bound: what is ten times as far off pulls less.
    assert 10.0 / wider[4] ** 2 < 3.0 / wider[3] ** 2


def test_a_line_that_needs_its_values_doubted_is_less_likely_than_one_that_needs_none() -> None:
    """Which of two explains what was seen: by the covariance's determinant, doubt is not free."""
    flat, steep = Prior(2.0, 0.3, 0.0, 0.01), Prior(2.0, 0.3, -0.8, 0.01)
    found = []
    for prior in (flat, steep):
        wider = doubted((VALUES - prior.value - prior.rate * SINCE) / SIGMAS)
        found.append(dearer(straight(SINCE, VALUES, np.diag((SIGMAS * wider) ** 2), prior), wider))
    likely = [line.likely for line in found]
    assert shares((0.5, 0.5), likely)[1] > 0.9
    assert 0.5 < shares((0.5, 0.5), likely, 0.5)[1] < shares((0.5, 0.5), likely)[1]
    assert dearer(found[1], np.ones(3)) == found[1]
