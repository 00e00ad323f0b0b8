"""Conversions are exact or refused: there and back is the same, and nothing is ever rounded."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargehand.vocabulary.conversion import (
    PHYSICAL,
    TERM_MAX,
    UnitConversion,
    contradiction,
    convert,
    factor,
    nearest_exact,
)
from chargehand.vocabulary.quantity import AMOUNT_MAX, SCALE, Quantity, Unit, amount
from chargehand.vocabulary.refusal import Refusal, RefusalCode

OWN = (Unit.PIECE, Unit.CARTON, Unit.PALLET, Unit.BOX, Unit.KILOGRAM, Unit.METRE)


def q(text):
    return Quantity.parse(text)


def packs(*texts):
    return tuple(UnitConversion.parse(text) for text in texts)


def exact(text, unit, *conversions):
    found = convert(q(text), unit, packs(*conversions))
    assert isinstance(found, Quantity), found
    return str(found)


@pytest.mark.parametrize(
    ("told", "unit", "same"),
    [
        ("250 GRM", Unit.KILOGRAM, "0.25 KGM"),
        ("1.5 TNE", Unit.KILOGRAM, "1500 KGM"),
        ("0.000001 KGM", Unit.MILLIGRAM, "1 MGM"),
        ("1 LBR", Unit.GRAM, "453.59237 GRM"),
        ("16 ONZ", Unit.POUND, "1 LBR"),
        ("1 INH", Unit.MILLIMETRE, "25.4 MMT"),
        ("12 INH", Unit.FOOT, "1 FOT"),
        ("1 FTK", Unit.SQUARE_CENTIMETRE, "929.0304 CMK"),
        ("1 MTQ", Unit.LITRE, "1000 LTR"),
        ("250 MLT", Unit.LITRE, "0.25 LTR"),
        ("1000 GLL", Unit.LITRE, "3785.411784 LTR"),
        ("90 MIN", Unit.HOUR, "1.5 HUR"),
        ("-2 KGM", Unit.GRAM, "-2000 GRM"),
        ("0.0000005 TNE", Unit.GRAM, "0.5 GRM"),
    ],
)
def test_physical_units_are_what_their_definitions_say(told, unit, same):
    assert exact(told, unit) == same


def test_packs_are_chained_and_weights_join_counting_with_weighing():
    glue = ("1 XPX = 40 XCT", "1 XCT = 24 H87", "1 H87 = 0.137 KGM")
    assert exact("2 XPX", Unit.PIECE, *glue) == "1920 H87"
    assert exact("1 XPX", Unit.GRAM, *glue) == "131520 GRM"
    assert exact("274 GRM", Unit.PIECE, *glue) == "2 H87"
    assert exact("36 H87", Unit.CARTON, *glue) == "1.5 XCT"


def test_an_amount_without_exact_counterpart_is_refused_with_its_neighbors():
    refusal = convert(q("10 KGM"), Unit.PIECE, packs("1 H87 = 0.137 KGM"))
    assert refusal.code is RefusalCode.CONVERSION_INEXACT
    assert refusal.because == (
        "10 KGM is no exact amount of H87: 9.999904 KGM = 72.992 H87 or 10.000041 KGM = 72.993 H87"
    )


def test_neighbors_of_what_is_taken_away_lie_below_and_above_too():
    assert [str(told) for told, _ in nearest_exact(q("-1 SEC"), Unit.HOUR)] == [
        "-1.0008 SEC",
        "-0.9972 SEC",
    ]


def test_a_missing_conversion_is_named():
    refusal = convert(q("3 XPX"), Unit.PIECE, packs("1 XPX = 40 XCT"))
    assert refusal.code is RefusalCode.UNIT_MISMATCH
    assert refusal.because == (
        "no conversion leads from XPX to H87: say how many H87 make 1 XCT or 1 XPX"
    )
    assert "how many KGM make 1 LTR" in convert(q("3 LTR"), Unit.KILOGRAM).because


def test_two_ways_that_disagree_are_refused_and_named():
    torn = packs("1 XPX = 40 XCT", "1 XCT = 24 H87", "1 XPX = 950 H87")
    refusal = convert(q("1 XPX"), Unit.PIECE, torn)
    assert refusal.code is RefusalCode.CONVERSION_AMBIGUOUS
    assert refusal.because == "1 XPX is 950 H87 one way and 960 H87 another"
    assert contradiction(torn) is not None
    assert contradiction(packs("1 XPX = 40 XCT", "1 XCT = 24 H87", "1 XPX = 960 H87")) is None


def test_nobody_can_redefine_the_kilogram():
    assert contradiction(packs("1 KGM = 2 LBR")) is not None
    assert contradiction(packs("1 KGM = 1000 GRM")) is None
    assert contradiction(packs("1 LTR = 0.8 KGM", "1 MTQ = 900 KGM")) is not None


@pytest.mark.parametrize("unit", [Unit.PAIR, Unit.DOZEN, Unit.SET, Unit.CARTON])
def test_what_a_pair_or_a_carton_holds_is_for_the_material_to_say(unit):
    assert convert(q("12 H87"), unit).code is RefusalCode.UNIT_MISMATCH


def test_more_than_can_be_kept_is_refused():
    refusal = convert(Quantity(AMOUNT_MAX, Unit.TONNE), Unit.GRAM)
    assert refusal.code is RefusalCode.QUANTITY_INVALID
    tiny = Quantity(Decimal("1E-999999"), Unit.TONNE)
    assert convert(tiny, Unit.GRAM).code is RefusalCode.QUANTITY_INVALID
    assert nearest_exact(tiny, Unit.GRAM).code is RefusalCode.QUANTITY_INVALID
    assert len(nearest_exact(Quantity(AMOUNT_MAX, Unit.HOUR), Unit.MINUTE)) == 0


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("1 XCT", "write one such as"),
        ("1 XCT = 2 H87 = 3 H87", "write one such as"),
        ("1 XCT = many H87", "write one such as"),
        ("1 XCT = 24 parsec", "parsec"),
        ("1 XCT = 0 H87", "above 0"),
        ("1 XCT = -1 H87", "above 0"),
        ("1 H87 = 1 H87", "two units"),
        (f"1 XCT = {TERM_MAX + 1} H87", "typing mistake"),
    ],
)
def test_a_text_that_is_no_conversion_says_what_to_write(text, fault):
    with pytest.raises(ValueError, match=fault):
        UnitConversion.parse(text)


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 1), (1, 0), (-2, -1)])
def test_a_conversion_is_made_of_whole_numbers_above_zero(numerator, denominator):
    with pytest.raises(ValueError, match="above 0"):
        UnitConversion(
            from_unit=Unit.CARTON, to_unit=Unit.PIECE, numerator=numerator, denominator=denominator
        )


rates = st.builds(
    lambda pair, top, bottom: UnitConversion(
        from_unit=pair[0], to_unit=pair[1], numerator=top, denominator=bottom
    ),
    st.permutations(OWN).map(lambda order: order[:2]),
    st.integers(1, 60),
    st.integers(1, 60),
)
amounts = st.integers(-(10**9), 10**9).map(amount)
any_unit = st.sampled_from(Unit)


@st.composite
def coherent(draw):
    """Conversions that agree: each unit has a size, and every conversion tells two of them."""
    size = {unit: Fraction(draw(st.integers(1, 50)), draw(st.integers(1, 50))) for unit in OWN}
    pairs = draw(st.lists(st.permutations(OWN).map(lambda order: order[:2]), max_size=8))
    return tuple(
        UnitConversion(
            from_unit=one,
            to_unit=other,
            numerator=(rate := size[one] / size[other]).numerator,
            denominator=rate.denominator,
        )
        for one, other in pairs
    )


@given(rates)
def test_a_conversion_is_read_back_as_it_was_written(conversion):
    assert UnitConversion.parse(str(conversion)) == conversion


@given(amounts, any_unit, any_unit, coherent())
def test_there_and_back_is_the_same(told, unit, other, conversions):
    quantity = Quantity(told, unit)
    there = convert(quantity, other, conversions)
    if isinstance(there, Quantity):
        assert there.unit is other
        assert convert(there, unit, conversions) == quantity


@given(amounts, any_unit, any_unit, coherent())
def test_an_answer_is_exact_and_a_refusal_had_none(told, unit, other, conversions):
    """Against the definition: the amount times the rate, kept whole millionths or refused."""
    rate = factor(unit, other, conversions)
    found = convert(Quantity(told, unit), other, conversions)
    if isinstance(rate, Refusal):
        assert found == rate or unit is other
    else:
        product = Fraction(told) * rate
        whole = (product * SCALE).denominator == 1 and abs(product) <= AMOUNT_MAX
        assert isinstance(found, Quantity) is whole
        if whole:
            assert Fraction(found.amount) == product


@given(amounts, any_unit, any_unit, st.lists(rates, max_size=5), st.randoms())
def test_the_order_of_conversions_does_not_matter(told, unit, other, conversions, chance):
    shuffled = [*conversions]
    chance.shuffle(shuffled)
    quantity = Quantity(told, unit)
    assert convert(quantity, other, shuffled) == convert(quantity, other, conversions)
    assert contradiction(shuffled) == contradiction(conversions)


@given(amounts, st.permutations(OWN).map(lambda order: order[:3]), coherent())
def test_a_stop_on_the_way_changes_nothing(told, units, conversions):
    start, between, end = units
    quantity = Quantity(told, start)
    stop = convert(quantity, between, conversions)
    if isinstance(stop, Quantity) and isinstance(
        direct := convert(quantity, end, conversions), Quantity
    ):
        assert convert(stop, end, conversions) == direct


@given(coherent())
def test_what_agrees_is_never_called_a_contradiction(conversions):
    assert contradiction(conversions) is None


@given(amounts, any_unit, any_unit, coherent())
def test_neighbors_are_exact_and_nothing_exact_lies_between(told, unit, other, conversions):
    quantity = Quantity(told, unit)
    pairs = nearest_exact(quantity, other, conversions)
    if isinstance(pairs, Refusal):
        return
    for near, same in pairs:
        assert convert(near, other, conversions) == same
    if len(pairs) == 2:
        (below, _), (above, _) = pairs
        assert below < quantity < above
        assert isinstance(convert(quantity, other, conversions), Refusal)
        rate = factor(unit, other, conversions)
        assert above.scaled() - below.scaled() == rate.denominator


@pytest.mark.parametrize("dimension", PHYSICAL)
def test_units_of_a_dimension_convert_among_themselves_and_into_no_other(dimension):
    for unit in PHYSICAL[dimension]:
        for other in Unit:
            reached = isinstance(factor(unit, other), Fraction)
            assert reached is (other in PHYSICAL[dimension])
