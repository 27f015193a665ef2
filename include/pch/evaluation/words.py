"""Figures as sentences show them: rounded as schema bi rounds them, so that no sentence tells more than a table."""

from datetime import date
from math import floor, log10


def significant(x: float, digits: int = 3) -> float:
    return round(x, digits - 1 - floor(log10(abs(x)))) if x else 0.0


def pounds(x: float) -> str:
    x = significant(x)
    return f"{'-' if x < 0 else ''}\N{POUND SIGN}{abs(x):,.{0 if abs(x) >= 100 else 2}f}"


def admissions(x: float) -> str:
    """To the nearest 5."""
    return f"{5 * floor(x / 5 + 0.5):,} admissions"


def amount(x: float, quantity: str) -> str:
    return admissions(x) if quantity == "admissions_avoided" else pounds(x)


def month(period: date) -> str:
    return f"{period:%B %Y}"
