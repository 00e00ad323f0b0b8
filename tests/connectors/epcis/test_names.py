"""NAMES.toml is read whole, or every mistake in it is named."""

from __future__ import annotations

from chargehand.connectors.epcis.names import Names, Thing
from chargehand.connectors.epcis.names_file import read_names

GOOD = """
enterprise = "acme"

[materials]
"SEAL-40" = "9521234543213"

[places]
"hall1/DOCK" = "urn:epc:id:sgln:0614141.00777.0"
"""


def test_names_are_read():
    names = read_names(GOOD)
    assert isinstance(names, Names)
    assert names.thing("urn:epc:class:lgtin:9521234.054321.L7") == Thing(
        material="SEAL-40", lot="L7"
    )
    assert names.place("https://id.gs1.org/414/0614141007776") == ("hall1", "DOCK")
    assert names.place_uri("hall1", "DOCK") == "urn:epc:id:sgln:0614141.00777.0"


def test_every_mistake_is_named():
    text = """
        enterprise = ""
        site = "hall1"
        [materials]
        A = "9521234543214"
        B = "9521234543213"
        C = "09521234543213"
        D = 9521234543213
        [places]
        DOCK = "urn:x:1"
        "hall1/GATE" = "the gate"
    """
    found = "\n".join(str(one) for one in read_names(text, where="n.toml"))
    for part in (
        "n.toml: enterprise",
        "n.toml: site: there is no such key",
        "materials.A: GTIN 9521234543214 ends in 4 where 3 would fit",
        "materials.C: another material has GTIN 09521234543213",
        "materials.D: 9521234543213 is no text",
        "places.DOCK: it is no place",
        "places.hall1/GATE: 'the gate' is no URI",
    ):
        assert part in found


def test_a_text_that_is_no_toml_is_one_mistake():
    (mistake,) = read_names("enterprise = ")
    assert mistake.cure == "correct the TOML"
    (mistake, _) = sorted(read_names("materials = 3"), key=lambda one: one.where, reverse=True)
    assert "no table" in mistake.because
