"""The verifiers answer as the vectors of transparency-dev/merkle say, wrong proofs included."""

from __future__ import annotations

import json
from base64 import b64decode

import pytest

from chargehand.record.proof import includes, is_consistent


def says_inclusion(case):
    return includes(
        b64decode(case["leafHash"] or ""),
        case["leafIdx"],
        case["treeSize"],
        [b64decode(one) for one in case["proof"] or []],
        b64decode(case["root"] or ""),
    )


def says_consistency(case):
    return is_consistent(
        case["size1"],
        case["size2"],
        b64decode(case["root1"] or ""),
        b64decode(case["root2"] or ""),
        [b64decode(one) for one in case["proof"] or []],
    )


@pytest.mark.parametrize(
    ("kind", "says"), [("inclusion", says_inclusion), ("consistency", says_consistency)]
)
def test_all_vectors(kind, says, shared):
    files = sorted((shared / "data/merkle/testdata" / kind).rglob("*.json"))
    cases = {str(file): json.loads(file.read_text("utf-8")) for file in files}
    assert len(cases) == 98
    assert sum(case["wantErr"] for case in cases.values()) == 92
    wrong = [name for name, case in cases.items() if says(case) is case["wantErr"]]
    assert not wrong
