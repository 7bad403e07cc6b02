"""Licences and the bill of materials: each pinned package is in both, in the version that is pinned."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import bill_of_materials as materials

ROOT = Path(__file__).resolve().parents[2]
REFUSED = re.compile(r"\b(A?GPL|SSPL|BUSL|Commons Clause|proprietary|not declared)", re.IGNORECASE)
"""Licences that a package beside Varde may not have; the LGPL is none of them, and none has it."""


def rows() -> list[tuple[str, str, str]]:
    return re.findall(r"^\| (\S+) \| (\S+) \| (.+) \|$", materials.LICENCES.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_page_of_licences_has_each_pinned_package() -> None:
    told = {(name, version) for name, version, _ in rows()}
    wanted = set(materials.pins("runtime").items()) | {(name, package["version"]) for name, package in materials.page_packages().items()}
    assert wanted <= told, "run: python setup/bill_of_materials.py --licences"


def test_what_is_installed_says_the_licence_that_the_page_tells() -> None:
    told = {name: licence for name, _, licence in rows()}
    here = {name: licence for name in materials.pins("runtime") if (licence := materials.licence_of(name))}
    assert len(here) > 50
    assert {name: told[name] for name in here} == here, "run: python setup/bill_of_materials.py --licences"


def test_no_package_has_a_licence_that_would_bind_varde() -> None:
    assert [(name, licence) for name, _, licence in rows() if REFUSED.search(licence)] == []


@pytest.mark.peer("cyclonedx")
def test_the_bill_is_a_cyclonedx_document_of_all_pins(peer: Callable[[str], Path], tmp_path: Path) -> None:
    document = materials.bill(peer("cyclonedx"))
    path = tmp_path / "bill.json"
    path.write_text(json.dumps(document))
    checked = subprocess.run([peer("cyclonedx").with_name("python"), "-c", materials.VALIDATE, path], capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 0, checked.stderr
    purls = {component["purl"] for component in document["components"]}
    assert {f"pkg:pypi/{name}@{version}" for name, version in materials.pins("runtime").items()} <= purls
    assert any(purl.startswith("pkg:npm/vite@") for purl in purls)
    assert document["metadata"]["component"]["name"] == "varde"


def test_a_document_that_is_none_is_told(peer: Callable[[str], Path], tmp_path: Path) -> None:
    path = tmp_path / "wrong.json"
    path.write_text('{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"name": "no type"}]}')
    checked = subprocess.run([peer("cyclonedx").with_name("python"), "-c", materials.VALIDATE, path], capture_output=True, text=True, timeout=60, check=False)
    assert checked.returncode == 1 and "type" in checked.stderr


def test_usage_is_told() -> None:
    done = subprocess.run([sys.executable, ROOT / "setup" / "bill_of_materials.py"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2 and "pip-audit" in done.stderr
