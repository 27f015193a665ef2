"""Which version of the code decided something."""

from functools import cache
from importlib.metadata import version


@cache
def code_version() -> str:
    return version("pch-progress")
