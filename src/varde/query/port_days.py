"""How many addresses wanted a port on each day of UTC, as the sensors of others count them too."""

from datetime import date, datetime, time, timedelta, timezone

from varde.query.engine import PORTED, Engine, Window, distinct_sources


def port_days(engine: Engine, port: int, first: date, last: date) -> dict[date, int]:
    """Sources of refused packets by day, TCP and UDP together; days of which nothing is stored are not in it, days without any are 0."""
    begin = datetime.combine(first, time(), timezone.utc)
    window = Window(begin, datetime.combine(last + timedelta(days=1), time(), timezone.utc), port_min=port, port_max=port)
    stored = {day for day in engine.store.days("probes") if first <= day <= last}
    rows = engine.ask(window, lambda t: engine.execute(
        t.filter(t.proto.isin(PORTED)).group_by("day").aggregate(sources=distinct_sources(t)).order_by("day")
    )) if stored else []  # fmt: skip
    return dict.fromkeys(sorted(stored), 0) | {row["day"]: int(row["sources"]) for row in rows}
