"""EPC URIs and Digital Links of one thing read as one name (EPC Tag Data Standard 2.0)."""

from __future__ import annotations

import pytest

from chargehand.connectors.epcis.epc_uri import read_epc

ID = "https://id.gs1.org"


@pytest.mark.parametrize(
    ("uri", "link"),
    [
        ("urn:epc:id:sgtin:4012345.011111.9876", "/01/04012345111118/21/9876"),
        ("urn:epc:class:lgtin:4012345.012345.998877", "/01/04012345123456/10/998877"),
        ("urn:epc:idpat:sgtin:4012345.098765.*", "/01/04012345987652"),
        ("urn:epc:id:sscc:4012345.0000000333", "/00/040123450000003338"),
        ("urn:epc:id:sgln:4012345.00011.987", "/414/4012345000115/254/987"),
        ("urn:epc:id:sgln:4012345.00011.0", "/414/4012345000115"),
        ("urn:epc:id:pgln:4012345.00000", "/417/4012345000009"),
        ("urn:epc:id:grai:4012345.55555.987", "/8003/04012345555554987"),
        ("urn:epc:id:giai:4000001.111", "/8004/4000001111"),
        ("urn:epc:id:gdti:4012345.11111.123", "/253/4012345111118123"),
        ("urn:epc:id:gsrn:0614141.0000010253", "/8018/061414100000102534"),
        ("urn:epc:id:cpi:0614141.5PQ7%2FZ43.12345", "/8010/06141415PQ7%2FZ43/8011/12345"),
        ("urn:epc:id:itip:4012345.012345.01.02.987", "/8006/040123451234560102/21/987"),
        ("urn:epc:id:sgtin:0614141.112345.A%2FB", "/01/10614141123459/21/A%2FB"),
        (
            "https://shop.example/p/01/04012345111118/10/L1/21/9876?17=1",
            "/01/04012345111118/21/9876",
        ),
        ("https://shop.example/gtin/614141123452/lot/X", "/01/00614141123452/10/X"),
        ("https://id.gs1.org/01/04012345111118/22/2A", "/01/04012345111118"),
    ],
)
def test_every_form_reads_as_one_canonical_link(uri, link):
    assert read_epc(uri).link() == ID + link
    assert read_epc(ID + link).link() == ID + link


def test_a_link_keeps_the_lot_beside_the_serial():
    found = read_epc("https://id.gs1.org/01/04012345111118/10/L%2F1/21/9876")
    assert (found.finer("10"), found.finer("21"), found.finer("235")) == ("L/1", "9876", "")


@pytest.mark.parametrize(
    "uri",
    [
        "urn:epc:id:sgtin:4012345.011111",
        "urn:epc:id:sgtin:4012345.0111112.1",
        "urn:epc:id:sgtin:40123X5.011111.1",
        "urn:epc:id:sscc:4012345.33",
        "urn:epc:id:unknown:4012345.1.1",
        "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "http://transaction.acme.com/po/12345678",
        "https://id.gs1.org/01/04012345111",
        "https://id.gs1.org/01/04012345111118/10",
        "https://id.gs1.org/01/04012345111118/99/7",
        "receiving",
        "",
    ],
)
def test_what_is_no_key_of_gs1_is_left_alone(uri):
    assert read_epc(uri) is None
