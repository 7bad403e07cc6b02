#!/usr/bin/env python3
"""What Varde is made of, from the locks: `python setup/bill_of_materials.py FILE.json` writes a CycloneDX 1.6 document,
`python setup/bill_of_materials.py --licences` docs/reference/licences.md.

CycloneDX comes with `./test peers`; the libraries' licences are read from what is installed beside this interpreter. Known flaws of the same pins:

    .varde-build/peers/pip-audit/bin/pip-audit --disable-pip --require-hashes -r locks/runtime.txt
    cd web && npm audit --package-lock-only
"""

import importlib.metadata
import json
import re
import subprocess
import sys
import tempfile
from base64 import b64decode
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / ".varde-build" / "peers" / "cyclonedx" / "bin"
LICENCES = ROOT / "docs" / "reference" / "licences.md"
PIN = re.compile(r"^([a-z0-9-]+)==([^\s;]+)", re.MULTILINE)
LONGEST_NAME = 60
"""Characters of a licence's name; some packages put the whole text where its name belongs."""

VALIDATE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
sys.exit(str(wrong) if wrong else 0)
"""


def pins(lock: str) -> dict[str, str]:
    """Version by name, of a lock of Python packages."""
    return dict(PIN.findall((ROOT / "locks" / f"{lock}.txt").read_text(encoding="utf-8")))


def page_packages() -> dict[str, dict[str, Any]]:
    """Those that build and test the page, by name. None of them is part of what is shipped."""
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return {path.rpartition("node_modules/")[2]: package for path, package in packages.items() if path}


READ = {"pysnmp": "BSD-2-Clause"}
"""Licences of packages that name none: read in the file that comes with them."""


def licence_of(name: str) -> str:
    """As the installed package declares it, or as we read it; empty where it is not installed here, or says nothing."""
    if name in READ:
        return READ[name]
    try:
        facts = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
    if expression := facts.get("License-Expression"):
        return expression
    classes = [line.rpartition(" :: ")[2] for line in facts.get_all("Classifier") or [] if line.startswith("License :: ")]
    named = [text for text in classes if text != "OSI Approved"]
    text = (facts.get("License") or "").strip()
    return ", ".join(named) or (text if 0 < len(text) <= LONGEST_NAME else "")


def licences_page() -> str:
    """Markdown: a row for each pinned package."""
    lines = ["# Licences", "", "This page is made by `python setup/bill_of_materials.py --licences`.", "", "Varde is Apache-2.0; what data it carries is in [NOTICE](../../NOTICE). Below is what it imports, each package in the",
             "version of `locks/runtime.txt` and under the licence that it declares itself. They are installed beside Varde and are no part of it.", "", "| package | version | licence |", "|---|---|---|"]  # fmt: skip
    lines += [f"| {name} | {version} | {licence_of(name) or 'needed on another platform alone'} |" for name, version in sorted(pins("runtime").items())]
    lines += ["", "## The page", "", "Packages of npm that build and check the page, or whose data Varde's tables are made from. None of their code is shipped.", "", "| package | version | licence |", "|---|---|---|"]
    lines += [f"| {name} | {package['version']} | {package.get('license', 'not declared')} |" for name, package in sorted(page_packages().items())]
    return "\n".join(lines) + "\n"


def bill(cyclonedx: Path) -> dict[str, Any]:
    """The document: Varde, its libraries with hashes and licences, the page's packages. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch, "made.json")
        command = [cyclonedx, "requirements", ROOT / "locks" / "runtime.txt", "--pyproject", ROOT / "pyproject.toml", "--spec-version", "1.6", "--output-reproducible", "-o", made]
        subprocess.run(command, check=True, capture_output=True)
        document: dict[str, Any] = json.loads(made.read_text(encoding="utf-8"))
    for component in document["components"]:
        if licence := licence_of(component["name"]):
            component["licenses"] = [{"license": {"name": licence}}]
    document["components"] += [_page_component(name, package) for name, package in sorted(page_packages().items())]
    return document


def _page_component(name: str, package: dict[str, Any]) -> dict[str, Any]:
    version = package["version"]
    digest = b64decode(package["integrity"].removeprefix("sha512-")).hex()
    purl = f"pkg:npm/{name.replace('@', '%40')}@{version}"
    component = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "scope": "excluded", "hashes": [{"alg": "SHA-512", "content": digest}]}
    return component | ({"licenses": [{"license": {"name": package["license"]}}]} if "license" in package else {})


def main(arguments: list[str]) -> int:
    if arguments == ["--licences"]:
        LICENCES.write_text(licences_page(), encoding="utf-8")
        return 0
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    if not (PEER / "cyclonedx-py").exists():
        print("bill of materials: CycloneDX is not here: ./test peers", file=sys.stderr)
        return 2
    Path(arguments[0]).write_text(json.dumps(bill(PEER / "cyclonedx-py"), indent=1) + "\n", encoding="utf-8")
    return subprocess.run([PEER / "python", "-c", VALIDATE, arguments[0]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
