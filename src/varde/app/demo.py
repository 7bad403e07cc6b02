"""The demo's store: a week of synthetic background and one synthetic day with campaigns."""

from datetime import timedelta
from pathlib import Path

from varde.app.commands.simulate import write_config
from varde.app.context import Context
from varde.app.output import say
from varde.simulate import HONEYPOT_FILE, HONEYPOT_SENSOR, honeypot_day, synthetic_day

DAYS_BEFORE = 3
"""Days of background before the day with campaigns, so that it has something to differ from."""



def prepare(folder: Path, *, quiet: bool) -> Context:
    """Write and import the synthetic logs. The day with campaigns is yesterday, because it is whole."""
    context = Context(folder / "store", write_config(folder), quiet=True)
    today = context.now().date()
    for age in range(DAYS_BEFORE + 1, 0, -1):
        day = today - timedelta(days=age)
        last = age == 1
        if not quiet:
            say(f"making the synthetic day {day}" + (", with scans, a surge and a drawing" if last else ""))
        logs = synthetic_day(day, zone=context.zone, seed=age, campaigns=last)
        for log in logs:
            path = folder / f"synthetic-{day}-{log.name}"
            path.write_bytes(log.text)
            context.sensor = log.sensor
            context.importer(str(path), context.store).read(str(path))
        path = folder / f"synthetic-{day}-{HONEYPOT_FILE}"
        path.write_bytes(honeypot_day(day, zone=context.zone, seed=age)[0])
        context.sensor = HONEYPOT_SENSOR
        context.importer(str(path), context.store).read(str(path))
    context.sensor = None
    return context
