"""What may be typed for the value on a card."""

import pytest

from bot.policy.typed import is_same


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("40", "40.00"), ("40,00", "40.00"), (" 40.0 € ", "40.00"), ("1 250,50 €", "1250.50"), ("1\u202f250", 1250),
        ("-3", -3), ("1,250.50", "1250.50"), ("1,250,000", 1250000), ("1 250 000,5 €", "1250000.5"), ("INV-7", "INV-7"),
        ("0012345", "0012345"), ("True", True),
    ],
)  # fmt: skip
def test_the_value_as_people_write_it(typed: str, value: object) -> None:
    assert is_same(typed, value)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("", "40.00"), ("4", "40.00"), ("400", "40.00"), ("4e1", "40.00"), ("４０", "40.00"), ("4_0", "40.00"),
        ("40 . 00", "40.00"), ("4,0,", "40.00"), ("1,234", 1234), ("1,25.50", "125.50"), ("1,250.5", "1.2505"), ("€ 40", "40.00"),
        ("12 50", "1250"), ("12345", "0012345"),
        ("inf", "Infinity"), ("nan", "NaN"), ("", None), ("inv-7", "INV-7"), ("", ""),
    ],
)  # fmt: skip
def test_anything_else_is_not_the_value(typed: str, value: object) -> None:
    assert not is_same(typed, value)
