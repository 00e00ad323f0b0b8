"""The chart, the static files and the pulse, each alone."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from chargehand.web import static_files as module
from chargehand.web.chart import curves_of, stock_chart
from chargehand.web.live.pulse import FRAMES_MAX, Frames
from chargehand.web.static_files import static_files
from tests.web.fake_plant import series


def test_the_chart_marks_the_day_on_which_stock_runs_out():
    drawn = ET.fromstring(stock_chart(series(start=11, use=1), "pcs"))
    words = [text.text for text in drawn.iter("text")]
    assert "empty in 11 d" in words
    assert drawn.get("aria-label").startswith("Expected stock: 11 pcs today, none from day 11")


def test_a_chart_that_only_may_run_out_says_may():
    drawn = stock_chart(((5, 4, 3), (5, 2, 0), (5, 5, 5)), "pcs")
    assert "may be empty in 2 d" in drawn
    assert 'class="mark warning"' in drawn


def test_the_unit_of_a_chart_is_text():
    assert "<b>" not in stock_chart(((1, 0), (1, 0), (1, 0)), "<b>")


@pytest.mark.parametrize(
    "curves", [(), ((),), ((1,),), ((float("nan"), 1), (0, 1), (1, 1)), ((float("inf"), 1),)]
)
def test_nothing_is_drawn_from_nothing(curves):
    assert stock_chart(curves, "pcs") == ""


@pytest.mark.parametrize("stock", [0, 1e-9])
def test_no_stock_at_all_is_drawn_on_a_scale_of_one(stock):
    drawn = stock_chart(((stock,) * 30,) * 3, "pcs")
    scale = [
        text.text for text in ET.fromstring(drawn).iter("text") if text.get("class") == "scale"
    ]
    assert scale == ["0", "0.5", "1"]
    assert "e-" not in drawn


def test_a_long_forecast_stays_a_small_drawing():
    assert len(stock_chart(series(days=5000, use=0.001), "pcs")) < 30_000


def test_missing_bounds_mean_the_expected_curve():
    curves = curves_of(((3, 2, 1),))
    assert curves is not None
    assert curves.low == curves.high == (3, 2, 1)


def test_a_static_file_is_kept_forever_under_its_fingerprint(stranger):
    mark = static_files().mark
    answer = stranger.get(f"/static/{mark}/parts.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    old = stranger.get("/static/0123/parts.css")
    assert old.content == answer.content
    assert old.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["%2e%2e/console.py", "..%2fconsole.py", "nothing.css", ".made-from"]
)
def test_only_static_files_are_sent(stranger, path):
    assert stranger.get(f"/static/x/{path}").status_code == 404


def test_pages_work_without_the_third_party_files(browser, monkeypatch):
    whole = static_files()
    ours = {name: file for name, file in whole.files.items() if not name.startswith("vendor/")}
    bare = module.StaticFiles(mark="bare", files=ours)
    monkeypatch.setattr("chargehand.web.render.static_files", lambda: bare)
    page = browser.get("/inbox").text
    assert "vendor" not in page
    assert "Approve" in page


def test_a_frame_is_made_once_a_second_for_all(plant):
    now, made = [10.0], []
    frames = Frames(clock=lambda: now[0])

    def make():
        made.append(1)
        return b"frame"

    assert [frames.latest("inbox", make) for _ in range(300)] == [b"frame"] * 300
    assert len(made) == 1
    now[0] += 1.5
    frames.latest("inbox", make)
    assert len(made) == 2


def test_frames_do_not_pile_up():
    frames = Frames(clock=lambda: 0.0)
    for topic in range(3 * FRAMES_MAX):
        frames.latest(str(topic), lambda: b"")
    assert len(frames._frames) <= FRAMES_MAX


def test_the_pulse_names_what_the_list_holds(browser):
    answer = browser.get("/live?zone=RAW")
    assert answer.json()["waiting"] == 12
    assert "P-1.1" in answer.json()["listed"]
    assert "P-2.1" not in answer.json()["listed"]
    again = browser.get("/live?zone=RAW", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
