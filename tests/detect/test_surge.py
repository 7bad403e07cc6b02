"""Surges in synthetic counts: both articles' are caught in their first hour, and neither a packet, a flood nor a gap accuses anybody."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from varde.detect.crowds import BUFFER_ROWS, HOURS, ROWS_MAX, SAMPLE_MAX, SAMPLE_MIN, SCHEMA, Counts, Crowds
from varde.detect.likelihood import log_chi_square_tail, log_tail, mixes_differ
from varde.detect.surge import ALARM, ALARM_FLOOR, FLOOR, HOURS_MIN, NOTICE, Surge, Surges, key_of, open_keys
from varde.detect.usual import DAYS, DISPERSION, WEEKS, Usual

BEGIN = 480_000
"""An hour of 2024, in UTC a midnight."""

# how unlikely


@given(mean=st.floats(0.01, 60), k=st.floats(0.3, 50), above=st.integers(1, 40))
def test_the_tail_is_the_sum_of_the_distribution(mean: float, k: float, above: int) -> None:
    count = math.floor(mean) + above
    share = mean / (mean + k)

    def term(x: int) -> float:
        return math.exp(math.lgamma(x + k) - math.lgamma(k) - math.lgamma(x + 1) + k * math.log1p(-share) + x * math.log(share))

    expected = math.fsum(term(x) for x in range(count, count + 6000))
    (found,) = log_tail(np.array([float(count)]), np.array([mean]), np.array([k]))
    assert found == pytest.approx(min(0.0, math.log(expected)), abs=1e-4)


def test_a_count_that_is_usual_is_not_unlikely_and_a_huge_one_has_a_number() -> None:
    found = log_tail(np.array([3.0, 1e6]), np.array([4.0, 0.1]), np.array([2.0, 2.0]))
    assert found[0] == 0
    assert -math.inf < found[1] < -1e6


@pytest.mark.parametrize(("value", "freedom", "p"), [(3.841, 1, 0.05), (6.635, 1, 0.01), (18.307, 10, 0.05), (29.588, 10, 0.001), (124.342, 100, 0.05)])
def test_chi_square_against_printed_tables(value: float, freedom: int, p: float) -> None:
    assert log_chi_square_tail(value, freedom) == pytest.approx(math.log(p), rel=0.02)


def test_mixes_of_countries() -> None:
    same = mixes_differ([50, 30, 20], [500, 300, 200])
    assert same.g == pytest.approx(0) and same.log_p == pytest.approx(0, abs=1e-6)
    article = mixes_differ([552, 186, 50, 42, 34, 10], [60, 40, 5, 60, 20, 400])
    assert article.freedom == 5 and article.log_p < math.log(1e-100)
    assert mixes_differ([], []).log_p == mixes_differ([0, 0], [5, 5]).log_p == 0


def test_one_source_of_a_rare_country_makes_no_difference() -> None:
    assert mixes_differ([40, 60, 1], [400, 600, 0]).log_p > math.log(0.01)


# how many


def rows(hour: int, key: int, sources: range | list[int]) -> pl.DataFrame:
    """Hashes of sources, as the store gives them."""
    mixed = [(number * 0x9E3779B97F4A7C15 ^ number << 31) * 0xBF58476D1CE4E5B9 % 2**64 for number in sources]
    return pl.DataFrame({"hour": [hour] * len(mixed), "key": [key] * len(mixed), "source": mixed}, schema=SCHEMA)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3), st.integers(0, 9)), min_size=1, max_size=120))
def test_few_sources_are_counted_one_by_one(seen: list[tuple[int, int, int]]) -> None:
    crowds = Crowds(seed=7)
    done = []
    for hour, key, source in sorted(seen):
        done += crowds.add(rows(BEGIN + hour, key, [source]))
    done.append(crowds.close())
    for counts in done:
        at = counts.hour - BEGIN
        exact = {key: {s for h, k, s in seen if k == key and h == at} for key in range(4)}
        longer = {key: {s for h, k, s in seen if k == key and at - HOURS < h <= at} for key in range(4)}
        assert dict(zip(counts.keys.tolist(), counts.sources.tolist(), strict=True)) == {key: len(found) for key, found in exact.items() if found}
        assert dict(zip(counts.keys.tolist(), counts.longer.tolist(), strict=True)) == {key: len(longer[key]) for key, found in exact.items() if found}


@pytest.mark.parametrize("many", [SAMPLE_MAX, 5_000, 100_000])
def test_many_sources_are_told_nearly(many: int) -> None:
    crowds = Crowds(seed=11)
    for begin in range(0, many, 20_000):
        crowds.add(rows(BEGIN, 7547, range(begin, min(begin + 20_000, many))))
    counts = crowds.close()
    assert counts.sources[0] == pytest.approx(many, rel=0.0 if many <= SAMPLE_MAX else 0.15)
    assert len(crowds) <= SAMPLE_MAX


def test_a_flood_over_all_ports_is_bounded_and_forgotten() -> None:
    crowds = Crowds(seed=3, rows_max=40_000)
    rng = np.random.default_rng(1)
    size = BUFFER_ROWS
    for _ in range(5):
        flood = pl.DataFrame({"hour": np.full(size, BEGIN), "key": rng.integers(0, 1000, size), "source": rng.integers(0, 2**63, size, dtype=np.uint64) * 2}, schema=SCHEMA)
        crowds.add(flood)
        assert len(crowds) <= 40_000
    counts = crowds.close()
    assert np.median(counts.sources) == pytest.approx(1000, rel=0.35)
    crowds.add(rows(BEGIN + 20, 22, range(40)))
    assert crowds.close().sources.tolist() == [40.0], "exact again"
    assert SAMPLE_MIN * 1000 < 40_000 < ROWS_MAX


def test_what_comes_late_is_counted_as_late() -> None:
    crowds = Crowds()
    crowds.add(rows(BEGIN + 1, 22, range(3)))
    assert crowds.add(rows(BEGIN, 22, range(9))) == []
    assert (crowds.late, crowds.close().sources.tolist()) == (9, [3.0])


# what is a surge

PORTS = 3_000
K = 3.0


class Site:
    """A synthetic edge: so many ports, some busy, with a day's curve and negative binomial counts. No two hours share a source."""

    def __init__(self, seed: int = 1, open_ports: tuple[str, ...] = ()) -> None:
        self.rng = np.random.default_rng(seed)
        self.level = np.minimum(0.02 * self.rng.pareto(1.0, PORTS) + 0.02, 200)
        self.level[:12] = 30
        self.level[100], self.level[101] = 1.5, 0.15
        self.surges = Surges(open_keys(open_ports))
        self.hour = 0
        self.before: list[np.ndarray] = []  # type: ignore[type-arg]
        self.told: list[Surge] = []

    def run(self, hours: int, more: dict[int, float] | None = None, *, seen: bool = True) -> list[Surge]:
        """Hours with so many more sources on some ports; answers what was told meanwhile. `seen`: whether anything was recorded."""
        told = []
        for _ in range(hours):
            season = 1 + 0.3 * math.sin(2 * math.pi * self.hour / 24)
            counts = self.rng.poisson(self.rng.gamma(K, self.level * season / K))
            for port, extra in (more or {}).items():
                counts[port] += self.rng.poisson(extra)
            self.before = [*self.before, counts][-HOURS:] if seen else []
            keys = np.flatnonzero(counts)
            if seen:
                longer = np.sum(self.before, axis=0)[keys].astype(float)
                told += self.surges.hour(Counts(BEGIN + self.hour, keys.astype(np.int64), counts[keys].astype(float), longer))
            self.hour += 1
        self.told += told
        return told


@pytest.fixture(scope="module")
def settled() -> Site:
    """Three weeks."""
    site = Site()
    site.run(21 * 24)
    return site


@pytest.fixture
def site(settled: Site) -> Site:
    import copy

    return copy.deepcopy(settled)


def test_three_quiet_weeks_have_no_alarm_and_hardly_a_notice(settled: Site) -> None:
    assert [surge.port for surge in settled.told if surge.level == ALARM] == []
    assert len({surge.begin for surge in settled.told}) <= 3
    known = settled.surges.known
    assert known.estimated and 2 < known.dispersion < 4.5, known


@pytest.mark.parametrize(("port", "a_hour"), [(100, 1000 / 12), (101, 200 / 24)], ids=["7547", "37777"])
def test_the_surges_of_the_articles_are_told_in_their_first_hour(site: Site, port: int, a_hour: float) -> None:
    (surge,) = site.run(1, {port: a_hour})
    assert (surge.port, surge.plane, surge.proto, surge.begin, surge.over) == (port, "tcp4", 6, BEGIN + site.hour - 1, False)
    assert surge.sources >= FLOOR and surge.expected < 12
    assert surge.level == (ALARM if surge.sources >= ALARM_FLOOR else NOTICE)
    again = [told for told in site.run(5, {port: a_hour}) if told.port == port]
    assert len(again) <= 1 and not (again and port == 100), "told once, and again where a notice became an alarm"
    assert (surge.level, surge.confidence) == ((ALARM, "high") if surge.sources >= ALARM_FLOOR else (NOTICE, "medium"))
    assert len(surge.curve) == 6 and surge in site.surges.in_force
    (over,) = (told for told in site.run(12) if told.port == port)
    assert over is surge and over.over and over not in site.surges.in_force


def test_one_packet_accuses_nobody(site: Site) -> None:
    never = key_of("udp6", 61_234)
    for sources in range(1, FLOOR):
        counts = Counts(BEGIN + site.hour, np.array([never]), np.array([float(sources)]), np.array([float(sources)]))
        assert site.surges.hour(counts) == []
        site.hour += 1


def test_a_port_that_nobody_ever_wanted_is_told_when_many_do(site: Site) -> None:
    never = key_of("tcp6", 2)
    (surge,) = site.surges.hour(Counts(BEGIN + site.hour, np.array([never]), np.array([12.0]), np.array([12.0])))
    assert (surge.plane, surge.port) == ("tcp6", 2) and surge.expected < 1


def test_ports_that_are_declared_open_never_count(site: Site) -> None:
    site.surges = Surges(open_keys(["tcp/100"]))
    site.run(24)
    assert not [surge for surge in site.run(3, {100: 500.0}) if surge.port == 100]


def test_a_flood_today_does_not_hide_the_surge_of_next_week(site: Site) -> None:
    """Somebody who sends to port 101 for a day from a thousand networks, so that it becomes usual."""
    assert [surge.port for surge in site.run(24, {101: 1000.0})][:1] == [101]
    site.run(6 * 24)
    (surge,) = site.run(1, {101: 20.0})
    assert surge.port == 101 and surge.expected < 2


def test_a_surge_that_stays_becomes_what_is_usual(site: Site) -> None:
    site.run(24 * (DAYS - 8), {101: 60.0})
    rows = site.surges._usual.rows(np.array([101]))
    assert site.surges._usual._level[rows[0]] > 30


def test_what_comes_to_all_ports_alike_is_news_of_none(site: Site) -> None:
    assert not [surge for surge in site.run(1, dict.fromkeys(range(12), 120.0)) if surge.port < 12]


def test_hours_without_a_record_are_unknown_and_not_empty(site: Site) -> None:
    site.run(48, seen=False)
    assert not [surge for surge in site.run(6) if not surge.over]
    assert site.surges.known.hours == 21 * 24 + 6


def test_after_five_weeks_of_silence_nothing_is_known(site: Site) -> None:
    site.run(DAYS * 24 + 1, seen=False)
    site.run(1)
    assert site.surges.known.hours == 1


def test_with_a_day_alone_the_other_ports_say_what_is_usual() -> None:
    site = Site(seed=5)
    assert site.run(HOURS_MIN, {100: 90.0}) == [], "nothing is judged before six hours"
    site = Site(seed=5)
    assert not [surge for surge in site.run(14) if surge.level == ALARM]
    (surge,) = site.run(1, {100: 1000 / 12})
    assert surge.known.hours == 14 and not surge.known.estimated and surge.known.dispersion == DISPERSION and surge.confidence == "medium"


def test_a_surge_that_grows_slowly_is_told_by_six_hours(site: Site) -> None:
    first, *again = (surge for surge in site.run(6, {101: 2.5}) if surge.port == 101)
    assert first.window == HOURS and first.begin > BEGIN + 21 * 24
    assert all(surge is first and surge.level == ALARM for surge in again), "told again where a notice becomes an alarm"


def test_busy_ports_know_their_hour_of_the_week() -> None:
    """A port with a burst each Monday at noon."""
    usual = Usual()
    rows = usual.rows(np.array([5]))
    for hour in range(BEGIN, BEGIN + WEEKS * 168 - 168):
        usual.expect(hour, rows, np.array([4.0]))
        usual.learn(hour, rows, np.array([80.0 if (hour - BEGIN) % 168 == 100 else 4.0]))
    again = BEGIN + WEEKS * 168 - 168 + 100
    with_burst, without = (float(usual.expect(hour, rows, np.array([4.0])).mean[0]) for hour in (again, again + 1))
    assert with_burst > 5 * without


def test_a_busy_port_is_expected_as_it_was() -> None:
    """Also where a thousand others had nearly nobody."""
    usual, rng = Usual(), np.random.default_rng(1)
    rows = usual.rows(np.arange(1000))
    for hour in range(BEGIN, BEGIN + 6 * 24):
        usual.learn(hour, rows, np.concatenate([[45.0], (rng.random(999) < 0.002).astype(float)]))
    expected = usual.expect(BEGIN + 6 * 24, rows[:2], np.array([45.0, 0.0]))
    assert expected.mean[0] == pytest.approx(45, rel=0.1)
    assert 0 < expected.mean[1] < 0.05
