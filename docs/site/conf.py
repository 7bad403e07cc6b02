"""How Sphinx makes the site of the documents: the Markdown files as they are, from the project's folder.

    sphinx-build -c docs/site . OUT        or: python setup/site_of_documents.py OUT
"""

from pathlib import Path
from typing import Any

from docutils import nodes

ROOT = Path(__file__).resolve().parents[2]
PARTS = {"First steps": "tutorials", "How to": "how-to", "Reference": "reference", "How it works": "explanation"}
"""Title in the rail, and the folder of docs."""
BESIDE = ("trust", "../README", "../CHANGELOG", "../CONTRIBUTING", "../SECURITY")

project = "Varde"
copyright = "the Varde contributors"  # noqa: A001 - Sphinx's name
extensions = ["myst_parser"]
root_doc = "docs/index"
include_patterns = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/*.md", "docs/**/*.md"]
html_theme = "furo"
html_title = "Varde"
html_show_sphinx = False
html_copy_source = False
# headings get the anchors that the files have where they are read on the web
myst_heading_anchors = 4
# the pages of single files are Markdown: a log line in a block is no language
highlight_language = "none"
suppress_warnings = [
    "misc.highlighting_failure",  # blocks of `log` and `routeros`, which no highlighter knows
    "myst.header",  # a page may begin with a heading of the second level after its picture
    "toc.not_included",
]

_external: dict[str, set[str]] = {}


def _with_contents(_app: Any, name: str, text: list[str]) -> None:
    """The rail: each folder's pages, without a list of them in the Markdown."""
    if name != root_doc:
        return
    for title, folder in PARTS.items():
        text[0] += _contents(title, [f"{folder}/{path.stem}" for path in sorted((ROOT / "docs" / folder).glob("*.md"))])
    text[0] += _contents("Project", list(BESIDE))


def _contents(title: str, pages: list[str]) -> str:
    return "\n".join(["", "```{toctree}", ":hidden:", f":caption: {title}", *pages, "```", ""])


def _note_external(_app: Any, doctree: nodes.document, name: str) -> None:
    """Addresses elsewhere are listed, never fetched: other people's machines are no part of a build."""
    for node in doctree.findall(nodes.reference):
        if "://" in (address := node.get("refuri", "")):
            _external.setdefault(address, set()).add(name)


def _list_external(app: Any, error: Exception | None) -> None:
    if error is None:
        lines = [f"{address}\t{' '.join(sorted(pages))}" for address, pages in sorted(_external.items())]
        (Path(app.outdir) / "external-links.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (Path(app.outdir) / "index.html").write_text('<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=docs/index.html"><a href="docs/index.html">Varde</a>\n')


def setup(app: Any) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("source-read", _with_contents)
    app.connect("doctree-resolved", _note_external)
    app.connect("build-finished", _list_external)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
