"""Files made with a spreadsheet program: what is read of them, and what is refused."""

from dataclasses import replace

from pch.registry import NUMERIC
from pch.simulate.spoil.kinds import Scene, amount, fault
from pch.simulate.spoil.table import Table
from pch.simulate.xlsx import Kind, Sheet, workbook

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # how a workbook begins that Excel encrypted, or kept as .xls


@fault(suffix=".xlsx")
def xlsx(content: bytes, scene: Scene) -> bytes:
    """Numbers are numbers and days are Excel's days."""
    return workbook(_sheet(content, scene))


@fault(suffix=".xlsx")
def formulas(content: bytes, scene: Scene) -> bytes:
    """With the value that Excel computed beside each."""
    return workbook(_with_amounts(_sheet(content, scene), scene, "formula"))


@fault("error", "formula_without_value", suffix=".xlsx")
def bare_formulas(content: bytes, scene: Scene) -> bytes:
    """Written by a program that does not compute."""
    return workbook(_with_amounts(_sheet(content, scene), scene, "bare_formula"))


@fault("error", "excel_error", suffix=".xlsx")
def excel_error(content: bytes, scene: Scene) -> bytes:
    table, column = Table.of(content), amount(scene.contract).name
    for row in table.some(scene.rng, 2, holding=column):
        row[table.place(column)] = "#REF!"
    return workbook(_sheet(table.bytes(), scene))


@fault("warning", "macros", suffix=".xlsm")
def macros(content: bytes, scene: Scene) -> bytes:
    return workbook(_sheet(content, scene), macros=OLE + scene.rng.bytes(600))


@fault("error", "unsupported_format", suffix=".xlsx")
def password(content: bytes, scene: Scene) -> bytes:
    """Encrypted, so noise but for its first bytes."""
    return OLE + scene.rng.bytes(4_000)


@fault("information", "sheet_chosen", suffix=".xlsx")
def second_sheet(content: bytes, scene: Scene) -> bytes:
    """The table is on the second sheet, behind a page of notes."""
    notes = [[scene.contract.title], [f"{scene.period:%B %Y}"], ["Prepared by the data team"]]
    return workbook(Sheet("Notes", notes, header_lines=len(notes)), _sheet(content, scene))


@fault("error", "ambiguous_sheet", suffix=".xlsx")
def two_tables(content: bytes, scene: Scene) -> bytes:
    sheet = _sheet(content, scene)
    return workbook(sheet, replace(sheet, name="Data (2)"))


@fault("information", "header_below_title", suffix=".xlsx")
def merged_title(content: bytes, scene: Scene) -> bytes:
    sheet = _sheet(content, scene)
    rest = [""] * (len(sheet.kinds) - 1)
    lines = [[scene.contract.title, *rest], ["", *rest], *sheet.lines]
    return workbook(replace(sheet, lines=lines, header_lines=3, merged=["A1:C1"]))


@fault("error", "merged_cells", suffix=".xlsx")
def merged_cells(content: bytes, scene: Scene) -> bytes:
    """The practice is written once for several rows."""
    table = Table.of(content)
    table.rows[1][0] = ""
    return workbook(replace(_sheet(table.bytes(), scene), merged=["A2:A3"]))


def _sheet(content: bytes, scene: Scene) -> Sheet:
    table, types = Table.of(content), {c.name: c.type for c in scene.contract.columns}
    kinds: list[Kind] = [
        "number" if types[name] in NUMERIC else "date" if types[name] == "date" else "text" for name in table.header
    ]
    return Sheet("Data", [table.header, *table.rows], kinds)


def _with_amounts(sheet: Sheet, scene: Scene, kind: Kind) -> Sheet:
    """The column of amounts as another kind of cell."""
    column = amount(scene.contract).name
    kinds = [kind if name == column else was for name, was in zip(sheet.lines[0], sheet.kinds, strict=True)]
    return replace(sheet, kinds=kinds)
