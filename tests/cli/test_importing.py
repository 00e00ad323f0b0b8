"""The import and readiness commands: what goes to stdout, what to stderr, and how they end."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from chargehand.cli.main import run
from chargehand.plant.folder import create_plant
from chargehand.plant.plant import Plant


@pytest.fixture
def folder(tmp_path, monkeypatch):
    create_plant(tmp_path / "plant", enterprise="Test")
    monkeypatch.setenv("CHARGEHAND_PLANT", str(tmp_path / "plant"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def materials(folder):
    file = folder / "materials.csv"
    file.write_text("part,description,criticality\nM1,[bold]valve[/bold],0.5\nM2,=1+1,high\n")
    return file


def test_import_tells_what_became_of_the_rows_and_names_the_bad_ones(materials, capsys):
    assert run(["import", "materials", str(materials)]) == 3
    said = capsys.readouterr()
    assert "2 rows; 1 new or changed, 1 unreadable" in said.out
    assert "criticality" in said.out
    assert "'high' is not a number" in said.out
    assert not said.err


def test_running_it_again_changes_nothing(materials, capsys):
    run(["import", "materials", str(materials)])
    capsys.readouterr()
    assert run(["import", "materials", str(materials), "--json"]) == 3
    report = json.loads(capsys.readouterr().out)
    assert (report["accepted"], report["unchanged"], report["unreadable"]) == (0, 1, 1)
    assert report["faults"][0]["row"] == 3


def test_a_dry_run_leaves_the_plant_as_it_was(materials, folder, capsys):
    assert run(["import", "materials", str(materials), "--dry-run"]) == 3
    assert "1 would go in" in capsys.readouterr().out
    with closing(Plant.open(folder / "plant")) as plant:
        assert not plant.source_counts()


def test_a_wrong_map_is_a_usage_fault_with_every_mistake(materials, folder, capsys):
    (folder / "map.toml").write_text('sauce = "x"\n[columns]\nmaterial = "Parts"\n')
    assert run(["import", "materials", str(materials), "--map", "map.toml"]) == 2
    said = capsys.readouterr()
    assert not said.out
    assert "map.toml: sauce, line 1" in said.err
    assert "did you mean 'source'?" in said.err
    (folder / "map.toml").write_text('[columns]\nmaterial = "Parts"\n')
    assert run(["import", "materials", str(materials), "--map", "map.toml", "--json"]) == 2
    (mistake,) = json.loads(capsys.readouterr().out)["mistakes"]
    assert (mistake["line"], mistake["where"]) == (2, "map.toml: columns.material")
    assert "'part'" in mistake["cure"]


def test_a_file_that_only_fails_is_a_failure(folder, capsys):
    (folder / "stock.csv").write_text("location,part,qty\nA,M1,-1\n")
    assert run(["import", "stock", "stock.csv", "--site", "S"]) == 1
    assert "negative" in capsys.readouterr().out


def test_readiness_names_gaps_figures_and_where_to_begin(materials, capsys):
    run(["import", "materials", str(materials)])
    capsys.readouterr()
    assert run(["readiness", "--as-of", "2026-01-01"]) == 0
    said = capsys.readouterr().out
    for heading in ("WHAT CAME", "WHAT IS WRONG", "HOW IT STANDS NOW", "WHERE TO BEGIN"):
        assert heading in said
    assert run(["readiness", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["use_cases"]


@pytest.mark.parametrize(("option", "value"), [("--as-of", "soon"), ("--site", "NOWHERE")])
def test_readiness_of_nowhere_or_never_is_a_usage_fault(folder, capsys, option, value):
    assert run(["readiness", option, value]) == 2
    assert value in capsys.readouterr().err


def test_a_list_that_equals_an_older_one_is_a_warning_with_its_cure(materials, folder, capsys):
    run(["import", "materials", str(materials)])
    (folder / "locations.csv").write_text("location\nBULK-7\n")
    run(["import", "locations", "locations.csv", "--site", "S"])
    for quantity in (30, 25, 30):
        capsys.readouterr()
        (folder / "stock.csv").write_text(f"location,part,qty\nBULK-7,M1,{quantity}\n")
        code = run(["import", "stock", "stock.csv", "--site", "S"])
    said = capsys.readouterr()
    assert code == 3
    assert "M1 at BULK-7: file 30, record 25" in said.err
    assert "--counted-at" in said.err
    again = [
        "import",
        "stock",
        "stock.csv",
        "--site",
        "S",
        "--counted-at",
        "2026-06-01T06:00+01:00",
    ]
    assert run(again) == 0
    assert "1 new or changed" in capsys.readouterr().out
    assert run([*again[:-1], "2199-01-01"]) == 2
    assert "it is not 2199-01-01 yet" in capsys.readouterr().err
