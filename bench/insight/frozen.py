"""Thresholds are frozen before the seeds of the final run are known: the seeds are made of a digest of the detectors.

`python -m bench.insight` writes the digest of the detectors as they are, to be committed. A run is final when the committed digest
is that of the code it runs with: then it takes FINAL seeds made of it. Who tunes anything afterwards has another digest, other seeds, and no
final run until it is frozen anew. Seeds below TUNING are for development; final ones are all above."""

import ast
import hashlib
import json
import subprocess
from pathlib import Path

import varde

ROOT = Path(__file__).parents[2]
SOURCE = Path(varde.__file__).parents[1]
DETECTORS, BENCHMARK = ("varde.detect.campaigns",), ("bench.insight.outcome", "varde.detect.campaigns")
"""Modules from which on all that they are made of is looked at."""

ROOMS = ("varde.detect.", "bench.insight.")
FILE = Path(__file__).with_name("frozen.json")
TUNING = 1_000
FINAL = 30


def digest(of: tuple[str, ...] = DETECTORS) -> str:
    """SHA-256 of what modules do: the syntax trees, without words for readers, of all that they are made of."""
    text = "\n".join(f"{name}\n{_without_words(_path(name).read_text(encoding='utf-8'))}" for name in modules(of))
    return hashlib.sha256(text.encode()).hexdigest()


def modules(of: tuple[str, ...] = DETECTORS) -> list[str]:
    """These, and all of their rooms that they import, by name."""
    found, left = set[str](), list(of)
    while left:
        name = left.pop()
        if name not in found and _path(name).exists():
            found.add(name)
            left += _imported(_path(name).read_text(encoding="utf-8"))
    return sorted(found)


def _path(name: str) -> Path:
    return (ROOT if name.startswith("bench.") else SOURCE) / Path(*name.split(".")).with_suffix(".py")


def _imported(source: str) -> list[str]:
    told = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) and node.module]
    names = [f"{node.module}.{alias.name}" for node in told for alias in node.names] + [str(node.module) for node in told]
    return [name for name in names if name.startswith(ROOMS)]


def _without_words(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [each for each in body if not _is_words(each)] or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_words(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)


def recorded() -> str:
    """The digest that was frozen; empty where none was."""
    return str(json.loads(FILE.read_text(encoding="utf-8"))["digest"]) if FILE.exists() else ""


def committed() -> bool:
    """Whether the record lies in a commit as it is here."""
    status = subprocess.run(["git", "status", "--porcelain", "--", str(FILE)], cwd=ROOT, capture_output=True, text=True, check=False)
    known = subprocess.run(["git", "ls-files", "--error-unmatch", str(FILE)], cwd=ROOT, capture_output=True, check=False)
    return status.returncode == 0 and known.returncode == 0 and not status.stdout.strip()


def is_final() -> bool:
    """Whether a run with this code may be called final."""
    return recorded() == digest() and committed()


def final_seeds(of: str) -> list[int]:
    """FINAL seeds that nobody knows before the digest is."""
    drawn = [int.from_bytes(hashlib.sha256(f"{of} {number}".encode()).digest()[:4], "big") for number in range(FINAL)]
    return [TUNING + number for number in drawn]


def freeze() -> str:
    """Record the detectors as they are, to be committed. What was written, in a line."""
    FILE.write_text(json.dumps({"digest": digest(), "modules": modules()}, indent=1) + "\n", encoding="utf-8")
    return f"{FILE.relative_to(ROOT)}: {digest()}"
