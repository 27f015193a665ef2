"""The smallest workbook a spreadsheet program writes: text, numbers, days and formulas in sheets.

Written by hand because spreadsheet libraries stamp the time into the file, and ours must not differ from run
to run.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from xml.sax.saxutils import escape

Kind = Literal["text", "number", "date", "formula", "bare_formula"]

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PLAIN, _MACROS = f"{_TYPE}.sheet.main+xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_BEFORE_EXCEL = date(1899, 12, 30).toordinal()  # Excel's day 0
_STYLES = (  # style 0: general; style 1: a day
    f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill><patternFill/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf xfId="0"/><xf xfId="0" numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass(frozen=True)
class Sheet:
    """Lines of cells, at most 26 columns (A to Z); an empty cell is left out. The first ``header_lines`` are
    text, what lies below is of ``kinds``, by column: a formula has its value stored beside it, a bare one has
    not. A value that begins with # is an Excel error. ``merged``: ranges such as A1:C1."""

    name: str
    lines: Sequence[Sequence[str]]
    kinds: Sequence[Kind] = ()
    header_lines: int = 1
    merged: Sequence[str] = ()


def workbook(*sheets: Sheet, macros: bytes = b"") -> bytes:
    """``macros``: the project of a macro-enabled workbook."""
    numbered = list(enumerate(sheets, start=1))
    parts = {
        "[Content_Types].xml": _content_types(len(sheets), bool(macros)),
        "_rels/.rels": _relationships({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>'
        + "".join(f'<sheet name="{escape(s.name)}" sheetId="{n}" r:id="rId{n}"/>' for n, s in numbered)
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relationships(
            {f"rId{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n, _ in numbered}
            | {f"rId{len(sheets) + 1}": ("styles", "styles.xml")}
        ),
        "xl/styles.xml": _STYLES,
    } | {f"xl/worksheets/sheet{n}.xml": _sheet(s) for n, s in numbered}
    members = {name: (_HEAD + part).encode() for name, part in parts.items()}
    if macros:
        members["xl/vbaProject.bin"] = macros
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return out.getvalue()


def _content_types(sheets: int, has_macros: bool) -> str:
    types = {"workbook": _MACROS if has_macros else _PLAIN, "styles": f"{_TYPE}.styles+xml"}
    types |= {f"worksheets/sheet{n}": f"{_TYPE}.worksheet+xml" for n in range(1, sheets + 1)}
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
        + "".join(f'<Override PartName="/xl/{part}.xml" ContentType="{what}"/>' for part, what in types.items())
        + "</Types>"
    )


def _relationships(targets: dict[str, tuple[str, str]]) -> str:
    return (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="{name}" Type="{_DOCUMENT}/{what}" Target="{target}"/>'
            for name, (what, target) in targets.items()
        )
        + "</Relationships>"
    )


def _sheet(sheet: Sheet) -> str:
    lines = []
    for number, cells in enumerate(sheet.lines, start=1):
        kinds: Sequence[Kind] = sheet.kinds if number > sheet.header_lines else ["text"] * len(cells)
        written = (_cell(f"{chr(65 + i)}{number}", *cell) for i, cell in enumerate(zip(cells, kinds, strict=True)))
        lines.append(f'<row r="{number}">{"".join(written)}</row>')
    merged = "".join(f'<mergeCell ref="{place}"/>' for place in sheet.merged)
    tail = f'<mergeCells count="{len(sheet.merged)}">{merged}</mergeCells>' if merged else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData>{tail}</worksheet>'


def _cell(place: str, text: str, kind: Kind) -> str:
    if not text:
        return ""
    if text.startswith("#"):
        return f'<c r="{place}" t="e"><v>{text}</v></c>'
    if kind == "text":
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'
    if kind == "date":
        return f'<c r="{place}" s="1"><v>{date.fromisoformat(text).toordinal() - _BEFORE_EXCEL}</v></c>'
    formula = "" if kind == "number" else f"<f>{text}+0</f>"
    value = "" if kind == "bare_formula" else f"<v>{text}</v>"
    return f'<c r="{place}">{formula}{value}</c>'
