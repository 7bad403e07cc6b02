"""Other thresholds are other ones while they are asked for, and the detectors' own afterwards."""

import pytest
from bench.insight import roc


def test_all_thresholds_that_are_probabilities_become_as_strict_and_come_back() -> None:
    before = roc.thresholds()
    assert {name for _, name, _ in before} == set(roc.THRESHOLDS)
    assert all(value < 0 for _, _, value in before)
    with roc.as_strict(2.0):
        assert [value for _, _, value in roc.thresholds()] == pytest.approx([2 * value for _, _, value in before])
    assert roc.thresholds() == before


def test_an_error_within_leaves_them_as_they_were() -> None:
    before = roc.thresholds()
    with pytest.raises(ValueError, match="within"), roc.as_strict(0.5):
        raise ValueError("within")
    assert roc.thresholds() == before
