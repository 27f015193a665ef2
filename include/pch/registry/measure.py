"""What each measure counts, in words, for whoever reads a definition (``measures.yml``)."""

from functools import cache
from pathlib import Path

from pch.registry.feed import Identifier
from pch.registry.strict import Declared, read


class Measures(Declared):
    measures: dict[Identifier, str]


@cache
def measures() -> dict[str, str]:
    """The sentence that describes it, by the code of the measure."""
    return read(Path(__file__).with_name("measures.yml"), Measures).measures
