"""What the operating system and SQLite refuse, in words, each with what to do about it."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chargehand.plant.fault import StorageFault

_WORDS = {
    errno.ENOENT: ("is not there", "Check the path."),
    errno.ENOTDIR: ("goes through something that is no folder", "Check the path."),
    errno.EISDIR: ("is a folder, and not a file", "Name a file in it."),
    errno.EACCES: ("may not be used by this account", "Give this account the right to it."),
    errno.EPERM: ("may not be used by this account", "Give this account the right to it."),
    errno.EROFS: ("is on a read-only file system", "Choose another place, or mount it writable."),
    errno.ENOSPC: ("cannot be written: the disk is full", "Make room, then try again."),
    errno.EEXIST: ("is there already, and is no folder", "Choose another name."),
}


def of_file(error: OSError, name: object = None) -> tuple[str, str]:
    """What is wrong with a file or folder, and the cure.

    >>> of_file(FileNotFoundError(errno.ENOENT, "No such file", "a.csv"))
    ('a.csv is not there', 'Check the path.')
    """
    words, cure = _WORDS.get(
        error.errno or 0, (f"cannot be used: {error.strerror or error}", "Choose another place.")
    )
    subject = str(name or error.filename or "it")
    return f"{subject} {words}", cure


def of_record(error: StorageFault) -> tuple[str, str]:
    """Why the record cannot be used, and the cure."""
    from chargehand.plant.fault import RESTORE, DatabaseBroken

    said = str(error)
    if is_closed_to_us(error):
        cure = "Let this account write to the plant's folder and every file in it."
        return f"the record cannot be opened for writing ({said})", cure
    if "disk is full" in said:
        return f"the record cannot be written: {said}", "Make room, then try again."
    if is_out_of_reach(error):
        return (
            f"the database server of the record does not answer ({said.splitlines()[0]})",
            "Is the server running, and does [database] url in chargehand.toml name it?",
        )
    if isinstance(error, DatabaseBroken):
        return f"the record is torn ({said})", f"{RESTORE[0].upper()}{RESTORE[1:]}."
    if "locked" in said:
        return (
            f"the record is held by another program ({said})",
            "Try again; end what copies or reads the database by other means.",
        )
    return said, "`chargehand doctor` says more."


def is_out_of_reach(error: StorageFault) -> bool:
    """Whether the database is on a server that does not answer, which says nothing about it."""
    return "connection" in str(error)


def is_closed_to_us(error: StorageFault) -> bool:
    """Whether it is a matter of rights, and says nothing about the record itself."""
    said = str(error)
    return "unable to open" in said or "readonly" in said
