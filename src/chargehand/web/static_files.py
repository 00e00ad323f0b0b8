"""Static files from memory, under one fingerprint of them all: browsers may keep them forever.

The fingerprint is a folder of the address, so relative links between the files (fonts, modules)
carry it too.
"""

from __future__ import annotations

import gzip
import mimetypes
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request, Response

FOLDER = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
COMPRESSIBLE = (".css", ".js", ".svg", ".txt")
TYPES = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """One file, ready to send."""

    content: bytes
    compressed: bytes | None
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFiles:
    """Every file below ``static/``, by its path, and their common fingerprint."""

    mark: str
    files: dict[str, StaticFile]

    def has(self, path: str) -> bool:
        """Whether a file is there: those under ``vendor/`` are made by ``make assets``."""
        return path in self.files


@cache
def static_files() -> StaticFiles:
    """Read all files once per process."""
    contents = {
        path.relative_to(FOLDER).as_posix(): path.read_bytes()
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    digest = sha256()
    for name, content in contents.items():
        digest.update(name.encode() + b"\0" + sha256(content).digest())
    files = {name: _ready(name, content) for name, content in contents.items()}
    return StaticFiles(mark=digest.hexdigest()[:16], files=files)


def _ready(name: str, content: bytes) -> StaticFile:
    suffix = Path(name).suffix
    guessed = TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    compressed = gzip.compress(content, mtime=0) if suffix in COMPRESSIBLE else None
    return StaticFile(content=content, compressed=compressed, media_type=guessed)


router = APIRouter(include_in_schema=False)


@router.get("/static/{mark}/{path:path}")
def static_file(mark: str, path: str, request: Request) -> Response:
    """Send a file; an address with an old fingerprint still works, but is not kept."""
    known = static_files()
    file = known.files.get(path)
    if file is None:
        return Response("no such file", status_code=404, media_type="text/plain")
    headers = {
        "Cache-Control": FOREVER if mark == known.mark else "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept-Encoding",
    }
    content = file.content
    if file.compressed and "gzip" in request.headers.get("accept-encoding", ""):
        content = file.compressed
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=file.media_type, headers=headers)
