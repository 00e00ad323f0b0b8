"""The doctor's checks of the computer and the installed package."""

from __future__ import annotations

import platform
import sys
from importlib.resources import files

from chargehand import __version__
from chargehand.cli.findings import Finding, Patient, note, ok, problem

PYTHON_MIN = (3, 11)
SQLITE_MIN = (3, 41)
"""First with ``unhex``, which brings older plants forward."""
ASSETS = ("htmx.js", "fonts.css", "icons.svg")
FONTS_MIN = 4


def python(_patient: Patient) -> Finding:
    """Python is new enough, and its assertions are on."""
    version = platform.python_version()
    if sys.version_info < PYTHON_MIN:
        return problem(
            "Python", version, f"Install Python {PYTHON_MIN[0]}.{PYTHON_MIN[1]} or newer."
        )
    if sys.flags.optimize:
        return problem("Python", f"{version} with -O", "Run without -O and PYTHONOPTIMIZE.")
    return ok("Python", f"{version}, chargehand {__version__}")


def sqlite(_patient: Patient) -> Finding:
    """SQLite is new enough."""
    import apsw

    version = apsw.sqlite_lib_version()
    if tuple(map(int, version.split("."))) < SQLITE_MIN:
        least = ".".join(map(str, SQLITE_MIN))
        return problem("SQLite", version, f"Install an apsw with SQLite {least} or newer.")
    return ok("SQLite", version)


def packages(_patient: Patient) -> Finding:
    """Everything that the server needs can be found."""
    from importlib.util import find_spec

    wanted = (
        "fastapi", "uvicorn", "pydantic", "apsw", "sqlalchemy", "alembic", "numpy", "jinja2",
    )  # fmt: skip
    missing = [name for name in wanted if find_spec(name) is None]
    if missing:
        return problem(
            "packages", f"missing: {', '.join(missing)}", "Install chargehand again in this Python."
        )
    return ok("packages", f"{len(wanted)} looked for, all there")


def assets(_patient: Patient) -> Finding:
    """The console's scripts and fonts came with the package."""
    vendor = files("chargehand") / "web" / "static" / "vendor"
    missing = [name for name in ASSETS if not (vendor / name).is_file()]
    fonts = vendor / "fonts"
    count = sum(f.name.endswith(".woff2") for f in fonts.iterdir()) if fonts.is_dir() else 0
    if missing or count < FONTS_MIN:
        what = ", ".join(missing) or "fonts"
        return problem(
            "console files",
            f"missing: {what}",
            "Install the wheel, or run `make assets` in a clone.",
        )
    return ok("console files", f"htmx, icons and {count} fonts")


def plant_folder(patient: Patient) -> Finding:
    """There is a plant to look at."""
    if patient.folder is None:
        told = problem if patient.named else note
        return told("plant", patient.because, patient.cure)
    return ok("plant", str(patient.folder))


INSTALLATION = (python, sqlite, packages, assets, plant_folder)
