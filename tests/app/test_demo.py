"""The demo's days are long enough before the day that is looked at for everything that can be told of it."""

from datetime import date, timedelta

from varde.app.demo import DAYS_BEFORE, MONTH, PROBES, _probes
from varde.detect import newports


def test_days_follow_each_other_without_a_gap() -> None:
    ages = [*range(1, DAYS_BEFORE + 2), *MONTH]
    assert ages == list(range(1, MONTH.stop))


def test_a_port_may_be_new_on_the_day_with_campaigns_in_every_zone() -> None:
    assert MONTH[-1] - 1 >= newports.DAYS + 2, "a day of UTC begins up to a day before a local one"


def test_days_differ_and_are_alike_each_time() -> None:
    days = [date(2026, 11, 1) + timedelta(days=number) for number in range(33)]
    counts = [_probes(day) for day in days]
    assert counts == [_probes(day) for day in days]
    assert len(set(counts)) > 30 and all(count in PROBES for count in counts)
