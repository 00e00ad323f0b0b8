"""Check an exported record, or one entry of it, by RFC 9162 and C2SP: nothing of Chargehand's.

    python verify_offline.py LINES CHECKPOINT KEY  (or, for one entry: LINE PROOF KEY)

KEY: the plant's public key, from someone you trust. Says OK, or the first fault (exit code 1).
"""  # noqa: INP001 - one file, to carry away

import base64
import json
import sys
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def plain(text: str) -> bytes:
    """Bytes of Base 64 that is written in the one way there is."""
    if base64.b64encode(raw := base64.b64decode(text, validate=True)).decode() != text:
        raise ValueError(f"{text!r} is not Base 64")
    return raw


def leaves(file: str, first: int) -> list[bytes]:
    """Leaf hashes of the lines of a file; stops at the first that is not as it was written."""
    found: list[bytes] = []
    with Path(file).open("rb") as lines:
        for index, line in enumerate(lines, first):
            try:
                entry = json.loads(line)["entry"]
                text = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()
            except (ValueError, TypeError, KeyError, RecursionError):
                text = b""
            found.append(sha256(b"\x00" + text).digest())
            leaf = found[-1].hex().encode()
            if line != b'{"entry":%b,"index":%d,"leaf":"%b"}\n' % (text, index, leaf):
                raise ValueError(f"line {len(found)} of {file} is not entry {index} as written")
    return found


def node(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def root_over(hashes: list[bytes]) -> bytes:
    """Root over leaf hashes: neighbors joined, level by level; an odd last one moves up."""
    while len(hashes) > 1:
        hashes = [*map(node, hashes[::2], hashes[1::2]), *hashes[len(hashes) & ~1 :]]
    return hashes[0] if hashes else sha256().digest()


def led_to(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Root that an inclusion proof leads to; the last hash of its path is right below the root."""
    if size <= 1 or not path:
        return leaf if (index, size, path) == (0, 1, []) else b""
    half = 1 << (size - 1).bit_length() - 1
    if index < half:
        return node(led_to(leaf, index, half, path[:-1]), path[-1])
    return node(path[-1], led_to(leaf, index - half, size - half, path[:-1]))


def signed(note: str, key: str) -> list[str]:
    """Lines of a checkpoint that the key signed: origin, size, root."""
    name, key_id, code = key.split("+", 2)
    if sha256(name.encode() + b"\n" + plain(code)).hexdigest()[:8] != key_id:
        raise ValueError(f"the key {key} is misspelt: its id does not fit")
    body, _, tail = note.rpartition("\n\n")
    for dash, signer, text in (line.split(" ") for line in tail.split("\n")[:-1]):
        if (dash, signer, plain(text)[:4].hex()) == ("\u2014", name, key_id):
            public = Ed25519PublicKey.from_public_bytes(plain(code)[1:])
            public.verify(plain(text)[4:], f"{body}\n".encode())
            return body.split("\n")
    raise ValueError(f"the checkpoint is not signed by {name}")


def main(lines: str, checkpoint: str, key: str) -> str:
    """Check; the answer is what to say where all holds."""
    head, note = "index 0", Path(checkpoint).read_bytes().decode()
    if is_proof := note.startswith("c2sp.org/tlog-proof@v1\n"):
        head, _, note = note.partition("\n")[2].partition("\n\n")
    place, *path = head.split("\n")[head.startswith("extra ") :]
    origin, size, root = signed(note, key)[:3]
    index, due = int(place.removeprefix("index ")), 1 if is_proof else int(size)
    hashes, steps = leaves(lines, index), list(map(plain, path))
    if len(hashes) != due:
        raise ValueError(f"{lines} has {len(hashes)} lines; {checkpoint} is about {due}")
    top = led_to(hashes[0], index, int(size), steps) if is_proof else root_over(hashes)
    if top != plain(root) or place != f"index {index}":
        raise ValueError(f"{lines} does not lead to the root in {checkpoint}: one was rewritten")
    return f"OK: {due} of the first {size} entries of {origin}\n"


if __name__ == "__main__":
    try:
        sys.stdout.write(main(*sys.argv[1:]))
    except (ValueError, TypeError, IndexError, OSError, InvalidSignature) as error:
        sys.exit(f"NOT OK: {str(error) or 'the signature is not of this checkpoint'}")
