"""Where nothing may be skipped, a skip is a failure, unless another system would be needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"
SKIPS = {
    "a mark": "@pytest.mark.skip(reason='no browser')\ndef test(): ...",
    "a call": "def test():\n    pytest.skip('no browser')",
    "a fixture": "def test(shared): ...",
    "a file": "pytest.skip('no browser', allow_module_level=True)\ndef test(): ...",
}
ALLOWED = {
    "another system": "def test():\n    pytest.skip('impossible here: needs Windows')",
    "an expected failure": "@pytest.mark.xfail(strict=True)\ndef test():\n    assert False",
    "no skip": "def test(): ...",
}


def run(folder: Path, text: str, no_skips: str) -> int:
    shutil.copy(CONFTEST, folder)
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_sample.py").write_text(f"import pytest\n{text}\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    settings = {"CHARGEHAND_NO_SKIPS": no_skips, "CHARGEHAND_SHARED": str(folder / "absent")}
    quiet = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment = os.environ | settings | quiet
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, check=False
    ).returncode


@pytest.mark.parametrize("text", SKIPS.values(), ids=SKIPS)
def test_a_skip_fails(text, tmp_path):
    assert run(tmp_path, text, no_skips="1") in {pytest.ExitCode.TESTS_FAILED, 2}


@pytest.mark.parametrize("text", ALLOWED.values(), ids=ALLOWED)
def test_an_excused_skip_passes(text, tmp_path):
    assert run(tmp_path, text, no_skips="1") == pytest.ExitCode.OK


def test_a_skip_passes_elsewhere(tmp_path):
    assert run(tmp_path, SKIPS["a mark"], no_skips="") == pytest.ExitCode.OK
