"""Every picture of docs/images drawn anew, from synthetic data: `python -m tests.peers.screenshots [NAME ...]`.

Needs Chromium, and for those of Munin its node and its master: `./test peers`. Give names (findings, page, ...) to draw these alone.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.app.cli_run import varde
from tests.boards import board_at
from tests.conftest import find_peer
from tests.peers.conftest import SWITCHES
from tests.peers.munin import munin, node
from tests.peers.running import ROOT, up
from tests.peers.test_munin import _samples as burst
from tests.peers.test_page_monitoring import past

IMAGES = ROOT / "docs" / "images"
COLOURS = 256
"""Of a palette: pictures of the documents are copied with every checkout."""

BADGES = (("probes", "dark"), ("logins", "dark"), ("probes", "light"), ("logins", "light"))
GAP = 4


def findings(folder: Path) -> None:
    """The day of `varde demo`, with what was found in it."""
    store, config = _demo(folder)
    _ran(folder, "fireplot", "--quiet", "--store", store, "--config", config, "--day", "yesterday", "-o", str(folder / "findings.png"))


def linkgraph(folder: Path) -> None:
    """The requests that the benchmark of link graphs makes up."""
    from bench.links import TWO_WEEKS, synthetic_requests

    rows = synthetic_requests(**TWO_WEEKS)
    repeated = rows.select("source", "port", "target", "count")
    lines = (f"{source},{port},{target}\n" * count for source, port, target, count in repeated.iter_rows())
    (folder / "requests.csv").write_text("".join(lines))
    (folder / "note.toml").write_text('[view]\nnote = "synthetic data"\n')
    _ran(folder, "linkgraph", "--quiet", "--config", str(folder / "note.toml"), str(folder / "requests.csv"), "--width", "1200", "--height", "760", "-o", str(folder / "linkgraph.png"))


def page(folder: Path) -> None:
    """The page of `varde demo`, as it opens."""
    _, config = _demo(folder)
    with up(folder, "--config", config, listen=("udp://127.0.0.1:0",)) as running:
        _photograph(f"{running.url}/?day={_yesterday()}", folder / "page.png", lambda shown: shown.wait_for_timeout(6000))


def monitoring(folder: Path) -> None:
    """The section Monitoring, with five hours of a station."""
    past(folder / "store")
    with up(folder, "--flows", "udp://127.0.0.1:0", listen=("udp://127.0.0.1:0",)) as running:
        _photograph(f"{running.url}/?view=monitoring", folder / "monitoring.png", lambda shown: shown.get_by_test_id("names").wait_for(), (1100, 720))


def badges(folder: Path) -> None:
    """Two values, dark and light, side by side."""
    board_at(folder / "store", time.time(), burst(int(time.time())))
    for name, scheme in BADGES:
        _ran(folder, "badge", name, "--scheme", scheme, "--store", str(folder / "store"), "-o", str(folder / f"{name}-{scheme}.png"))
    pictures = [Image.open(folder / f"{name}-{scheme}.png").convert("RGB") for name, scheme in BADGES]
    width, height = (max(picture.size[at] for picture in pictures) for at in (0, 1))
    sheet = Image.new("RGB", (2 * width + GAP, 2 * height + GAP), "#888888")
    for at, picture in enumerate(pictures):
        sheet.paste(picture, ((at % 2) * (width + GAP), (at // 2) * (height + GAP)))
    sheet.save(folder / "badges.png")


def munin_graphs(folder: Path) -> None:
    """What a real master draws of a quiet hour and a burst."""
    with munin() as one:
        board_at(folder / "store", time.time(), burst(int(time.time())))
        one.install(folder / "store")
        with node(one):
            assert one.update() == []
        one.draw()
        for name in ("probes", "tunnels"):
            (drawn,) = (one.folder / "html").rglob(f"varde_{name}-day.png")
            (folder / f"munin-{name}.png").write_bytes(drawn.read_bytes())


DRAWN: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "findings": (findings, ("findings",)), "linkgraph": (linkgraph, ("linkgraph",)), "page": (page, ("page",)), "monitoring": (monitoring, ("monitoring",)),
    "badges": (badges, ("badges",)), "munin": (munin_graphs, ("munin-probes", "munin-tunnels")),
}  # fmt: skip
"""Name: what draws it, and the pictures that it makes."""


def _demo(folder: Path) -> tuple[str, str]:
    """The store and the configuration of `varde demo`."""
    from varde.app.demo import prepare

    context = prepare(folder, quiet=True)
    return str(context.location), str(folder / "synthetic.toml")


def _yesterday() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86_400))


def _ran(folder: Path, *arguments: str) -> None:
    done = varde(folder, *arguments)
    assert done.status == 0, done.err


def _photograph(address: str, picture: Path, ready: Callable[[Page], None], size: tuple[int, int] = (1440, 900)) -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(find_peer("chromium")), args=SWITCHES)
        shown = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme="dark")
        shown.goto(address)
        ready(shown)
        shown.screenshot(path=picture)
        browser.close()


def _keep(picture: Path) -> None:
    """With a palette."""
    Image.open(picture).convert("RGB").quantize(COLOURS).save(IMAGES / picture.name, optimize=True)
    print(f"{(IMAGES / picture.name).relative_to(ROOT)}: {(IMAGES / picture.name).stat().st_size // 1024} KiB")


def main(names: list[str]) -> int:
    """Draw those that are named, or all."""
    os.environ["TZ"] = "UTC"
    for name in names or list(DRAWN):
        draw, pictures = DRAWN[name]
        with tempfile.TemporaryDirectory() as scratch:
            draw(Path(scratch))
            for picture in pictures:
                _keep(Path(scratch, f"{picture}.png"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
