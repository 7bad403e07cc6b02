"""Places at equal distances are told where few strangers come, and are nothing where many do."""

import numpy as np
import pytest

from varde.detect.progressions import progressions

PORTS = 65_536


def few(seed: int, number: int) -> np.ndarray:
    return np.random.default_rng(seed).choice(PORTS - 1, number, replace=False)


@pytest.mark.parametrize("step", [1, 5, 100])
def test_eight_ports_at_equal_distances_among_a_day_of_strangers_are_told(step: int) -> None:
    own = 30_011 + step * np.arange(8)
    best = next(progressions(np.unique(np.concatenate([own, few(step, 300)])), np.full(PORTS, 0.004), 8_192))
    assert (best.first, best.step, best.length) == (30_011, step, 8)
    assert best.log_p < np.log(1e-7)


def test_strangers_alone_make_none() -> None:
    found = [one.log_p for seed in range(40) for one in progressions(np.unique(few(seed, 400)), np.full(PORTS, 0.006), 8_192)]
    assert min(found, default=0.0) > np.log(1e-6)


def test_where_many_go_neighbours_say_nothing() -> None:
    rates = np.full(PORTS, 0.004)
    rates[8_000:8_010] = 0.9
    (best,) = progressions(np.arange(8_000, 8_010), rates, 8_192)
    assert best.log_p > -1


def test_wider_steps_than_one_looks_for_are_not_told() -> None:
    own = 100 + 12 * np.arange(9)
    assert next(progressions(own, np.full(512, 0.01), 12)).step == 12
    assert not list(progressions(own, np.full(512, 0.01), 4))


def test_too_many_places_are_not_looked_through() -> None:
    assert not list(progressions(np.arange(0, PORTS, 2), np.zeros(PORTS), 8_192))
