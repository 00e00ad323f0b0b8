"""A file that is torn, or changed behind the plant's back: found, named, and with what to do."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from chargehand.cli.context import FOUND_PROBLEMS
from chargehand.plant.plant import Plant
from chargehand.signals import kinds
from chargehand.signals.signal import Signal
from chargehand.storage.store import FILE
from chargehand.vocabulary.quantity import Quantity, Unit

CURES = (
    "compare with the last backup",
    "bring the last backup back",
    "put the last backup in its place",
)
COMMANDS = [("db", "verify"), ("audit", "verify"), ("doctor", "--full", "--json")]
TABLES = ["balance", "journal", "history", "tile", "inbox", "segment", "slot", "reservation"]
SEED = 20261120


@pytest.fixture(scope="module")
def whole(heard_once, tmp_path_factory, cli_once) -> Path:
    """A plant with history, tiles and a signed checkpoint."""
    folder = Path(shutil.copytree(heard_once, tmp_path_factory.mktemp("torn") / "plant"))
    with closing(Plant.open(folder)) as plant:
        plant.work(until_idle=True)
        plant.history.catch_up()
    assert cli_once("audit", "checkpoint", "--plant", folder) == 0
    for command in COMMANDS[:2]:
        assert cli_once(*command, "--plant", folder) == 0
    return folder


@pytest.fixture(scope="module")
def cli_once() -> Callable[..., int]:
    from chargehand.cli.main import run

    return lambda *words: run([str(word) for word in words])


@pytest.fixture
def torn(whole, tmp_path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(whole, tmp_path / "torn"))


def pages(file: Path, name: str) -> list[int]:
    """The leaf pages of a table or index."""
    database = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    found = [
        row[0] for row in database.execute(
            "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' AND ncell > 0"
            " ORDER BY pageno", (name,),
        )
    ]  # fmt: skip
    database.close()
    return found


def page_size(file: Path) -> int:
    return int.from_bytes(file.read_bytes()[16:18]) or 65536


def change(file: Path, at: int, by: Callable[[bytes], bytes], length: int) -> None:
    content = bytearray(file.read_bytes())
    content[at : at + length] = by(bytes(content[at : at + length]))
    file.write_bytes(content)


def zero_page(file: Path, page: int) -> None:
    size = page_size(file)
    change(file, (page - 1) * size, lambda old: bytes(len(old)), size)


def flip(file: Path, page: int, rng: random.Random) -> None:
    """One bit of what stands at the end of a page: the first row that came into it."""
    at = page * page_size(file) - rng.randint(2, 24)
    bit = 1 << rng.randrange(7)
    change(file, at, lambda old: bytes([old[0] ^ bit]), 1)


def found(cli, folder: Path, name: str = "") -> None:
    """One command at least must say that something is wrong, and each that does, what to do."""
    codes, said = [], ""
    for command in COMMANDS:
        ended = cli(*command, "--plant", folder)
        words = " ".join((ended.out + ended.err).split())
        codes.append(ended.code)
        said += words
        if ended.code:
            assert any(cure in words for cure in CURES), words
    assert set(codes[:2]) - {0}, said
    assert name in said


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.7, 0.999])
def test_a_truncated_file_is_named(torn, cli, share):
    file = torn / FILE
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    found(cli, torn)


@pytest.mark.parametrize("name", ["sqlite_schema", *TABLES[:5]])
def test_a_page_of_nothing_is_named(torn, cli, name):
    file = torn / FILE
    pages_of = [1] if name == "sqlite_schema" else pages(file, name)
    zero_page(file, pages_of[len(pages_of) // 2])
    found(cli, torn, "" if name == "sqlite_schema" else f"of {name})")


@pytest.mark.parametrize("name", TABLES[:5])
@pytest.mark.parametrize("time", range(4))
def test_a_flipped_bit_is_named(torn, cli, name, time):
    rng = random.Random(f"{SEED}/{name}/{time}")
    file = torn / FILE
    flip(file, rng.choice(pages(file, name)), rng)
    found(cli, torn)


def test_what_was_only_in_a_log_that_is_gone_is_missed_by_its_checkpoint(whole, tmp_path, cli):
    """As if a machine had stopped and its write-ahead log were not brought back with the file."""
    folder = Path(shutil.copytree(whole, tmp_path / "whole"))
    left = tmp_path / "left"
    with closing(Plant.open(folder)) as plant:
        row = plant.stock(limit=1).rows[0]
        body = kinds.StockCounted(
            site=row.site, location=row.location, material=row.material,
            counted=Quantity(row.on_hand + 1, Unit(row.unit)), lot=row.lot,
        )  # fmt: skip
        assert plant.take([Signal(source="wms", key="last", body=body)])[0].status == "accepted"
        assert cli("audit", "checkpoint", "--plant", folder).code == 0
        shutil.copytree(folder, left)
    for rest in ("-wal", "-shm"):
        (left / f"{FILE}{rest}").unlink()
    ended = cli("audit", "verify", "--plant", left)
    assert ended.code == FOUND_PROBLEMS
    assert "checkpoint" in ended.err
    assert CURES[0] in ended.err
