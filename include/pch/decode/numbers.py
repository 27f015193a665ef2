"""Numbers as sites write them, and what is refused: nothing here rounds a count or guesses a decimal mark.

count   1,234   12.0   -3          not 12.5, 1e3
number  7.25    1,234.5            not nan, inf, 1e300 or 1e-300
money   £1,234.50   (12.00)   12.00-   more decimals than pence are rounded half to even
"""

import re
from decimal import ROUND_HALF_EVEN, Decimal

LARGEST_COUNT = 10**15
#  Sums and products of numbers beyond these leave what a double can hold, and stop a whole load or build.
LARGEST_NUMBER, SMALLEST_NUMBER = 1e15, 1e-15
LARGEST_MONEY = Decimal(10) ** 12  # what numeric(14,2) holds

#  What Arrow may cast as it stands, without asking Python.
PLAIN_COUNT = r"^-?[0-9]{1,15}$"
PLAIN_NUMBER = r"^-?[0-9]{1,15}(\.[0-9]{1,15})?$"
PLAIN_MONEY = r"^-?[0-9]{1,12}(\.[0-9]{1,2})?$"

_DIGITS = r"(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)"
_COUNT = re.compile(rf"[+-]?{_DIGITS}(?:\.0*)?")
_NUMBER = re.compile(rf"[+-]?(?:{_DIGITS}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{{1,3}})?")
_MONEY = re.compile(rf"(?:{_DIGITS}(?:\.[0-9]*)?|\.[0-9]+)")
_LONGEST = 60  # characters; anything longer is no number anybody typed


def read_count(text: str) -> int | None:
    text = text.replace("−", "-")
    if len(text) > _LONGEST or not _COUNT.fullmatch(text):
        return None
    value = int(text.replace(",", "").partition(".")[0])
    return value if abs(value) < LARGEST_COUNT else None


def read_number(text: str) -> float | None:
    text = text.replace("−", "-")
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text):
        return None
    value = float(text.replace(",", ""))
    return value if value == 0 or SMALLEST_NUMBER <= abs(value) < LARGEST_NUMBER else None


def read_money(text: str) -> Decimal | None:
    """Pounds and pence. Brackets, a minus before or after the pound sign or at the end mean less than nothing."""
    if len(text) > _LONGEST:
        return None
    rest, negative = re.sub(r"\s+", "", text.replace("−", "-")), False
    if rest.startswith("(") and rest.endswith(")"):
        rest, negative = rest[1:-1], True
    elif rest.endswith("-"):
        rest, negative = rest[:-1], True
    elif rest.startswith(("-", "£-")):
        rest, negative = rest.replace("-", "", 1), True
    rest = rest.removeprefix("£")
    if not _MONEY.fullmatch(rest):
        return None
    value = Decimal(rest.replace(",", "")).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    if value >= LARGEST_MONEY:
        return None
    return -value if negative else value
