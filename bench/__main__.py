"""Run measurements by name, print them, and write docs/explanation/numbers.md with --write."""

import argparse
import datetime
import platform
import sys
from pathlib import Path

from bench import (
    feed,
    flows,
    honeypot,
    imports,
    lines,
    links,
    matching,
    pictures,
    pipeline,
    publish,
    questions,
    scale,
    senders,
)
from bench.measure import Result

ROOT = Path(__file__).parents[1]
MEASUREMENTS = {"lines": lines.run, "honeypot": honeypot.run, "imports": imports.run, "pictures": pictures.run, "senders": senders.run, "links": links.run, "feed": feed.run, "flows": flows.run, "matching": matching.run, "publish": publish.run, "pipeline": pipeline.run, "questions": questions.run, "scale": scale.run}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*MEASUREMENTS, []], help="which; all when none is named")
    parser.add_argument("--small", action="store_true", help="a tenth of the size, to see that it runs")
    parser.add_argument("--write", action="store_true", help="write the page of numbers")
    arguments = parser.parse_args()
    results: list[Result] = []
    for name in arguments.names or MEASUREMENTS:
        results += MEASUREMENTS[name](small=arguments.small)
        for result in results[-8:]:
            print(result.line(), file=sys.stderr)
    page = render(results)
    if arguments.write:
        (ROOT / "docs" / "explanation" / "numbers.md").write_text(page)
    print(page)


def render(results: list[Result]) -> str:
    """The page of numbers as Markdown."""
    cpu = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "")
    head = [
        "# Numbers",
        "",
        "Made by `python -m bench --write` on synthetic data; peers ran on the same files in the same run. Seconds are CPU time",
        "of the process (user and system) unless a row says wall clock. What carries over to another machine is the ratio.",
        "",
        f"{datetime.datetime.now(datetime.timezone.utc).date().isoformat()}, {cpu}, {platform.system()} {platform.release()}, Python {platform.python_version()}.",
        "",
        "| job | what | figure | beside the peer |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *(f"| {r.job} | {r.what} | {r.figure} | {r.ratio} |" for r in results), ""])


main()
