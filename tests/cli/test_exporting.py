"""Whole lists into files, from the command line."""

from __future__ import annotations

import csv
import io

import pyarrow.parquet as pq
import pytest

from chargehand.plant import exporting


def test_the_file_holds_every_row_of_the_list(cli, plant, tmp_path):
    file = tmp_path / "stock.parquet"
    ended = cli("export", "stock", "--as", "parquet", "-o", file, "--json", "--plant", plant)
    assert ended.json == {"file": str(file), "bytes": file.stat().st_size}
    rows = cli("stock", "--limit", 1000, "--json", "--plant", plant).json["rows"]
    found = [(r["location"], r["material"]) for r in pq.read_table(file).to_pylist()]
    assert found == [(row["location"], row["material"]) for row in rows]
    assert list(tmp_path.glob("*.part-*")) == []


def test_csv_goes_to_the_pipe_where_no_file_is_named(shell, plant):
    ended = shell("export", "movements", "--plant", plant)
    rows = list(csv.DictReader(io.StringIO(ended.out, newline="")))
    assert len(rows) > 100
    assert {row["leg"] for row in rows} >= {"0", "1"}


@pytest.mark.parametrize("name", ["nowhere/stock.csv", "taken"])
def test_nothing_is_left_of_a_file_that_cannot_be_written(cli, plant, tmp_path, name):
    (tmp_path / "taken").mkdir()
    ended = cli("export", "stock", "-o", tmp_path / name, "--plant", plant)
    assert ended.code == 1
    assert name in ended.err
    assert list(tmp_path.rglob("*.part-*")) == []


def test_a_missing_package_is_named_with_its_cure(cli, plant, monkeypatch):
    monkeypatch.setattr(exporting, "find_spec", lambda name: None)
    ended = cli("export", "stock", "--as", "arrow", "-o", "x.arrow", "--plant", plant)
    assert ended.code == 1
    assert "chargehand[tables]" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("stocks",), ("stock", "--as", "xlsx"), ("journal", "--site", "S1"),
        ("journal", "--as-of", "2026-01-01"), ("lots", "--known-at", "2026-01-01"),
        ("stock", "--site", "NOWHERE"),
    ],
)  # fmt: skip
def test_what_says_nothing_about_the_list_is_a_mistake(cli, plant, words):
    assert cli("export", *words, "--plant", plant).code == 2
