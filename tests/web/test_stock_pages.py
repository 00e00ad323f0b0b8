"""Stock and what it hangs on: as of any moment, lots with their trace, holds, other systems."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.web.fake_stock import GLUE, GLUE_LOT, NOW, PALLET
from tests.web.test_pages import signed_in

LOT = {"material": GLUE, "lot": GLUE_LOT}
HOLD = "QN/1 a"


def hold_page(browser):
    return browser.get("/holds/one", params={"key": HOLD})


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"material": GLUE}, GLUE),
        ({"lot": GLUE_LOT}, GLUE),
        ({"handling_unit": PALLET}, GLUE),
        ({"held": "yes"}, GLUE),
        ({"location": "BULK-A01", "site": "KENT"}, "SK-19"),
    ],
)
def test_stock_is_chosen_by_each_dimension(browser, asked, shown):
    page = browser.get("/stock", params=asked).text
    assert re.findall(r'<th scope="row"><a[^>]*><code>([^<]+)', page) == [shown]


def test_a_moment_in_the_address_asks_for_stock_as_it_was(browser, plant):
    page = browser.get("/stock", params={"as_of": "2026-11-19T15:00+01:00", "lot": GLUE_LOT}).text
    chosen, as_of, known_at = plant.asked
    assert (chosen.lot, as_of, known_at) == (
        GLUE_LOT, datetime(2026, 11, 19, 14, tzinfo=UTC), None,
    )  # fmt: skip
    assert "Not now: stock as it stood" in page
    assert "Reserved" not in page
    assert f'href="/stock?lot={GLUE_LOT}">Back to now' in page


def test_what_the_record_said_then_is_another_question(browser, plant):
    browser.get("/stock", params={"as_of": "2026-11-19T14:00", "by": "recorded"})
    assert plant.asked[1:] == (None, datetime(2026, 11, 19, 14, tzinfo=UTC))


@pytest.mark.parametrize(
    ("moment", "told"),
    [("yesterday", "is no moment"), ("0001-01-01T00:00", "is no moment"),
     ("2026-11-21T00:00", "has not come yet")],
)  # fmt: skip
def test_a_moment_that_is_none_is_said_and_stock_is_that_of_now(browser, plant, moment, told):
    page = browser.get("/stock", params={"as_of": moment}).text
    assert told in page
    assert plant.asked[1:] == (None, None)
    assert "Not now" not in page


def test_a_file_holds_what_the_page_shows(browser, plant):
    address = "/stock?as_of=2026-11-19T14%3A00Z&zone=MRO&text=seal"
    page = browser.get(address).text
    link = re.search(r'href="(/stock\.csv[^"]*)"', page)[1].replace("&amp;", "&")
    answer = browser.get(link)
    assert answer.headers["content-disposition"] == 'attachment; filename="stock.csv"'
    assert answer.text == "material\n"
    chosen, as_of, _ = plant.asked
    assert (chosen.zone, as_of) == ("MRO", datetime(2026, 11, 19, 14, tzinfo=UTC))
    assert browser.get("/stock.xlsx").status_code == 404


def test_a_balance_leads_to_its_movements_and_they_to_the_proof(browser):
    stock = browser.get("/stock", params={"lot": GLUE_LOT}).text
    link = re.search(r'href="(/movements[^"]*)"[^>]*>Movements<span', stock)[1]
    moved = browser.get(link.replace("&amp;", "&")).text
    assert 'href="/movements/6"' in moved
    page = browser.get("/movements/6").text
    assert "Taken back, whole or in part" in page
    assert "Supplier" in page
    assert "+6" in page
    assert "−6" in page
    assert 'href="/audit/5"' in page
    proof = browser.get("/audit/6/proof")
    assert proof.text.startswith("c2sp.org/tlog-proof@v1")
    assert "entry-6.tlog-proof" in proof.headers["content-disposition"]
    assert browser.get("/audit/99/proof").status_code == 404
    assert browser.get("/audit/6/line").text == "{}\n"


def test_a_correction_names_what_it_takes_back(browser):
    page = browser.get("/movements/7").text
    assert "Correction" in page
    assert "Takes back" in page
    assert browser.get("/movements/99").status_code == 404
    assert browser.get("/movements/%C2%B2").status_code == 404


def test_the_trace_is_a_nested_list_both_ways(browser):
    page = browser.get("/lot", params=LOT).text
    tree = page[page.index('class="tree"') : page.index("</section>", page.index('class="tree"'))]
    assert tree.count("<ul") == 3
    assert re.findall(r"<code>([^<]+)", tree) == [GLUE_LOT, "PU-4401", "PU-4409", "ST-7001"]
    assert "0.48 kg" in tree
    assert "shown elsewhere in the tree" in tree
    assert "&lt;i&gt;" in tree
    back = browser.get("/lot", params={**LOT, "direction": "backward"}).text
    assert "/recall?number=E577-0907&amp;supplier=SUP-EMDEN" in back


def test_a_single_thing_without_a_lot_has_its_trace_too(browser):
    page = browser.get("/lot", params={"material": "PUMP-P40", "serial": "SN-1"}).text
    assert "Serial <code>SN-1</code>" in page
    assert "PU-4401" in page
    assert 'href="/recall?material=PUMP-P40&amp;serial=SN-1"' in page


def test_an_expired_lot_and_held_stock_are_marked(browser):
    page = browser.get("/lot", params=LOT).text
    assert re.search(r'class="tag warning">.*?01 Nov 2026', page)
    assert re.search(r'class="tag warning">.*?5\.52', page)


@pytest.mark.parametrize("path", ["/lot", "/recall", "/recall.csv"])
def test_a_lot_that_nobody_knows_is_said(browser, path):
    answer = browser.get(path, params={"material": GLUE, "lot": "<b>"})
    assert answer.status_code == 404
    assert "Nothing is known of lot &lt;b&gt;" in answer.text


def test_a_recall_puts_what_is_still_here_first_and_offers_to_hold_it(browser):
    page = browser.get("/recall", params=LOT).text
    heads = re.findall(r'id="g-(\w+)"', page)
    assert heads == ["stands", "shipped", "used"]
    offered = re.findall(r'href="(/holds\?new=1[^"]+)"', page)
    assert [link for link in offered if "PU-4401" in link] == offered
    assert "LS-90211" in page
    form = browser.get(offered[0].replace("&amp;", "&")).text
    assert 'name="lot" value="PU-4401"' in form
    assert f"Recall of lot {GLUE_LOT}" in form


def test_a_recall_is_found_by_the_suppliers_number_and_saved_as_a_file(browser):
    assert "LS-90211" in browser.get("/recall", params={"number": "E577-0907"}).text
    file = browser.get("/recall.csv", params=LOT)
    assert file.headers["content-type"].startswith("text/csv")
    assert file.text.count("\n") == 5
    assert "Which lot is recalled?" in browser.get("/recall").text


def test_a_hold_says_what_it_froze(browser):
    page = hold_page(browser).text
    assert "May not cure in the cold" in page
    assert f"{GLUE}, lot {GLUE_LOT}, at BULK-A03" in page
    assert 'href="/inbox/P-2?state=all"' in page
    assert "Should have been looked at" in page
    assert browser.get("/holds/one", params={"key": "nothing"}).status_code == 404


def test_holds_are_listed_by_state(browser):
    assert "QN/1 a" in browser.get("/holds").text
    assert "QN-2" not in browser.get("/holds").text
    assert "QN-2" in browser.get("/holds?state=released").text


def test_a_hold_is_placed_by_the_form(send, plant):
    answer = send(
        "/holds", hold=" QN-3 ", site="KENT", material=GLUE, lot="", reason="Cold",
        review_by="2026-11-21T10:00Z", key="k1",
    )  # fmt: skip
    assert answer.headers["location"] == "/holds/one?key=QN-3"
    ((_, body, by),) = plant.acts
    assert (body.hold, body.material, body.lot, by) == ("QN-3", GLUE, None, "m.weber")
    assert body.review_by == datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"hold": "QN-3", "reason": "Cold"}, "Say what is held"),
        ({"hold": "QN-3", "material": GLUE, "reason": " "}, "Say why"),
        ({"hold": HOLD, "material": GLUE, "reason": "Cold"}, "There is a hold QN/1 a already"),
        ({"hold": "", "material": GLUE, "reason": "Cold"}, "Hold is empty"),
        ({"hold": "Q", "material": GLUE, "reason": "Cold", "review_by": "soon"}, "is no moment"),
    ],
)
def test_a_hold_that_cannot_be_placed_keeps_what_was_typed(send, plant, fields, told):
    answer = send("/holds", site="KENT", **fields)
    assert answer.status_code in {409, 422}
    assert f"Nothing was done. {told}" in answer.text or told in answer.text
    assert 'data-act="place" open' in answer.text
    assert f'value="{fields.get("material", "")}"' in answer.text
    assert not plant.acts


def test_a_hold_is_released_whole_with_a_signature(send, plant):
    send("/holds/release", hold=HOLD, reason="Tested", signature="I tested ten of them")
    ((_, body, by),) = plant.acts
    assert (body.person, body.signature, body.quantity, by) == (
        "m.weber", "I tested ten of them", None, "m.weber",
    )  # fmt: skip


def test_a_part_is_let_go_from_where_it_stands(send, plant):
    part = f"BULK-A03|{GLUE}|{GLUE_LOT}"
    send(
        "/holds/release", hold=HOLD, reason="Tested", signature="I tested ten of them",
        part=part, quantity="1,5",
    )  # fmt: skip
    ((_, body, _),) = plant.acts
    assert (body.location, body.lot, str(body.quantity)) == ("BULK-A03", GLUE_LOT, "1.5 KGM")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"signature": "ok"}, "say what you sign"),
        ({"signature": "I tested ten", "part": "gone|x|y", "quantity": "1"}, "not frozen by"),
        ({"signature": "I tested ten", "part": f"BULK-A03|{GLUE}|{GLUE_LOT}", "quantity": "x"},
         "is not an amount"),
    ],
)  # fmt: skip
def test_a_release_that_is_refused_is_said_and_keeps_what_was_typed(send, plant, fields, told):
    answer = send("/holds/release", hold=HOLD, reason="Tested in the lab", **fields)
    assert answer.status_code == 422
    assert told.lower() in answer.text.lower()
    assert "Tested in the lab" in answer.text
    assert not plant.acts


def test_a_form_of_another_session_freezes_nothing(browser, plant):
    answer = browser.post("/holds", data={"hold": "Q", "site": "KENT", "material": GLUE})
    assert answer.status_code == 403
    assert not plant.acts


def test_reconciliation_shows_agreement_history_and_open_differences(browser):
    page = browser.get("/reconciliation").text
    assert "95.5\xa0%" in page
    assert 'class="chart drifts"' in page
    assert "of which nobody can explain 2" in page
    assert 'href="/reconciliation/D-120.3"' in page
    assert "No difference fits" in browser.get("/reconciliation?state=closed").text


def test_a_difference_says_where_to_look(browser):
    page = browser.get("/reconciliation/D-120.3").text
    assert "They may have booked it twice" in page
    assert 'href="/audit?key=cmms%2F1"' in page
    assert "as_of=2026-11-20T09%3A30" in page
    assert browser.get("/reconciliation/D-1.1").status_code == 404


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/stock", "The record holds no stock."),
        ("/stock?held=yes", "Nothing is on hold here."),
        ("/stock?as_of=2026-11-19T14:00Z", "Nothing of it stood there then."),
        ("/movements", "Nothing has moved yet."),
        ("/movements?lot=L1", "Nothing has moved of this."),
        ("/holds", "Nothing is on hold."),
        ("/reconciliation", "No system has sent its stock list yet."),
    ],
)
def test_an_empty_page_says_why(browser, plant, path, why):
    plant.stockless = True
    assert why in browser.get(path).text


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("D-120.3", "/reconciliation/D-120.3"),
        ("qn-2", "/stock?text=qn-2"),
        ("QN-2", "/holds/one?key=QN-2"),
        (GLUE_LOT, f"/lot?material={GLUE}&lot={GLUE_LOT}"),
        (PALLET, f"/stock?handling_unit={PALLET}"),
    ],
)
def test_a_scan_of_stock_opens_what_it_means(browser, typed, place):
    assert browser.get("/find", params={"q": typed}).headers["location"] == place


def test_stock_pages_keep_the_prefix_of_a_proxy(plant):
    browser = signed_in(plant, "/plant/3")
    page = browser.get("/plant/3/holds/one", params={"key": HOLD}).text
    assert 'action="/plant/3/holds/release"' in page
    assert f"{NOW:%d %b %Y}" in page
