"""Age bands as sites write them: 0-4, 0_4, 00-04, 0-4 years, 5 to 9, 95+, 90 and over, 0, 37.

The band of the source is kept apart from the five-year band it folds into, because 90-94 and 95+ are two
rows of one file and one band of every figure.
"""

import re

from pch.registry import band_of

OLDEST = 130

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−_", "-"))
_WORDS = re.compile(r"(?<![a-z])(aged|ages|age|years|year|yrs|yr|old|of)(?![a-z])|\s+")
_RANGE = re.compile(r"([0-9]{1,4})(?:-|to)([0-9]{1,4})")
_OPEN = re.compile(r"([0-9]{1,4})(?:-?\+|plus|and ?over|&over|andabove|orover|ormore|orolder|andolder)")
_SINGLE = re.compile(r"[0-9]{1,4}")


def read_ages(text: str) -> tuple[int, int | None] | None:
    """The lowest and highest age (None: open-ended) that ``text`` names, or None if it names no ages."""
    tight = _WORDS.sub("", text.lower().translate(_DASHES))
    low: int
    high: int | None
    if m := _RANGE.fullmatch(tight):
        low, high = int(m[1]), int(m[2])
    elif m := _OPEN.fullmatch(tight):
        low, high = int(m[1]), None
    elif _SINGLE.fullmatch(tight):
        low = high = int(tight)
    else:
        return None
    return (low, high) if low <= (low if high is None else high) <= OLDEST else None


def source_band(text: str) -> str | None:
    """The ages in one spelling (``0-4``, ``90-94``, ``95+``, ``37``), or None where ``text`` names none or
    they lie in no one five-year band."""
    ages = read_ages(text)
    if ages is None or band_of(*ages) is None:
        return None
    low, high = ages
    return f"{low}+" if high is None else f"{low}-{high}" if high > low else str(low)


def five_year_band(source: str) -> str | None:
    """The five-year band that a ``source_band`` folds into."""
    ages = read_ages(source)
    return band_of(*ages) if ages else None
