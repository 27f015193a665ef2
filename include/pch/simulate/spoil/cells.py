"""Files with cells that are not what their column holds."""

from pch.registry import Feed
from pch.simulate.spoil.kinds import Scene, amount, category, fault, has
from pch.simulate.spoil.table import Table

#  What Excel makes of an age band in a cell that is not text.
BANDS_AS_DATES = {"5-9": "05-Sep", "10-14": "Oct-14"}


def _bad_amount(contract: Feed) -> str:
    return f"bad_{amount(contract).type}"


@fault("error", _bad_amount)
def not_a_number(content: bytes, scene: Scene) -> bytes:
    return (
        Table.of(content).with_cells(scene.rng, 3, amount(scene.contract).name, "1O4").bytes()
    )  # the letter, as in a retyped table


@fault("error", "unknown_category", befalls=lambda contract: category(contract) is not None)
def unknown_category(content: bytes, scene: Scene) -> bytes:
    column = category(scene.contract)
    assert column is not None
    return Table.of(content).with_cells(scene.rng, 3, column.name, "see attached note").bytes()


@fault("error", "empty_cell")
def empty_cell(content: bytes, scene: Scene) -> bytes:
    """Of a column that must be filled, other than the practice."""
    column = next(c for c in scene.contract.columns[1:] if c.required and not c.nullable)
    return Table.of(content).with_cells(scene.rng, 3, column.name, "").bytes()


@fault("error", "bad_date", befalls=has("date"))
def impossible_date(content: bytes, scene: Scene) -> bytes:
    column = next(c for c in scene.contract.columns if c.type == "date")
    return Table.of(content).with_cells(scene.rng, 3, column.name, "31/02/2026").bytes()


@fault("error", "age_band_as_date", befalls=has("age_band"))
def band_as_date(content: bytes, scene: Scene) -> bytes:
    bands = [c.name for c in scene.contract.columns if c.type == "age_band"]
    return Table.of(content).changed(bands, lambda cell: BANDS_AS_DATES.get(cell, cell)).bytes()


@fault("error", {"prescribing": "bad_code"})
def lost_noughts(content: bytes, scene: Scene) -> bytes:
    """A spreadsheet took codes for numbers and dropped the noughts they begin with."""
    return Table.of(content).changed(["bnf_code"], lambda cell: cell.lstrip("0")).bytes()
