"""Run measurements by name, print them, and write docs/explanation/numbers.md with --write."""

import argparse
import datetime
import platform
import re
import sys
from pathlib import Path

from bench import (
    faces,
    feed,
    flows,
    honeypot,
    imports,
    insight,
    lines,
    links,
    matching,
    pictures,
    pipeline,
    publish,
    questions,
    scale,
    senders,
    surges,
)
from bench.measure import Result

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "numbers.md"
RULE = "|---|---|---|---|"
_DATED = re.compile(r"\d{4}-\d\d-\d\d, ")
PAGES = {"insight": insight.write}
"""Measurements that have a page of their own too, which `--write` makes anew."""

MEASUREMENTS = {"lines": lines.run, "honeypot": honeypot.run, "imports": imports.run, "pictures": pictures.run, "senders": senders.run, "links": links.run, "feed": feed.run, "flows": flows.run, "matching": matching.run, "publish": publish.run, "pipeline": pipeline.run, "questions": questions.run, "scale": scale.run, "faces": faces.run, "surges": surges.run, "insight": insight.run}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*MEASUREMENTS, []], help="which; all when none is named")
    parser.add_argument("--small", action="store_true", help="a tenth of the size, to see that it runs")
    parser.add_argument("--write", action="store_true", help="put the rows into the page of numbers")
    arguments = parser.parse_args()
    results: list[Result] = []
    for name in arguments.names or MEASUREMENTS:
        results += MEASUREMENTS[name](small=arguments.small)
        for result in results[-8:]:
            print(result.line(), file=sys.stderr)
    if arguments.write:
        PAGE.write_text(with_rows(PAGE.read_text(), results, machine()))
        for name in PAGES.keys() & set(arguments.names or MEASUREMENTS):
            PAGES[name](machine())
    print("\n".join(rows_of(results)))


def machine() -> str:
    """When and where it was measured."""
    cpu = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "")
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    return f"{today}, {cpu}, {platform.system()} {platform.release()}, Python {platform.python_version()}."


def rows_of(results: list[Result]) -> list[str]:
    return [f"| {r.job} | {r.what} | {r.figure} | {r.ratio} |" for r in results]


def with_rows(page: str, results: list[Result], where: str) -> str:
    """The page of numbers with the rows of these jobs in place of what it had of them; its words and other jobs stay."""
    lines = page.splitlines()
    rule = lines.index(RULE)
    head = [where if _DATED.match(line) else line for line in lines[:rule + 1]]
    jobs = {result.job for result in results}
    old = lines[rule + 1 :]
    places = [number for number, line in enumerate(old) if line.split(" | ")[0].removeprefix("| ") in jobs]
    before = old[: places[0] if places else len(old)]
    after = [line for number, line in enumerate(old[len(before) :], len(before)) if number not in places]
    return "\n".join([*head, *before, *rows_of(results), *after, ""])


main()
