"""dbt's own pages of the warehouse as one file, with the descriptions that stand elsewhere put in.

    target/index.html + manifest.json + catalog.json + opening comments of the SQL + comments of the database
      -> warehouse.html

dbt shows what its YAML files say. Models without an entry there say what they are in the comment that opens their SQL;
raw and reference tables say it in the database. Neither is said twice, so it is put in here.
"""

import json
from pathlib import Path
from typing import Any

_OF_THIS_MACHINE = ("compiled_path", "root_path")


def warehouse_page(target: Path) -> str:
    """``target``: the folder into which ``dbt docs generate`` wrote. Nothing in the page is loaded from elsewhere."""
    manifest, catalog = _read(target / "manifest.json"), _read(target / "catalog.json")
    for kind in ("nodes", "sources"):
        for name, node in manifest[kind].items():
            describe(node, catalog[kind].get(name))
    page = (target / "index.html").read_text(encoding="utf-8")
    for placeholder, content in (("MANIFEST", manifest), ("CATALOG", catalog)):
        page = page.replace(f'"{placeholder}.JSON INLINE DATA"', json.dumps(content).replace("<", "\\u003c"))
    return page


def describe(node: dict[str, Any], in_database: dict[str, Any] | None) -> None:
    """Puts in what ``node`` lacks: its description and those of its columns. ``in_database``: its entry in the
    catalog; an ephemeral model has none."""
    for key in _OF_THIS_MACHINE:
        node.pop(key, None)
    shown = in_database or {"metadata": {}, "columns": {}}
    node["description"] = (
        node["description"] or opening_comment(node.get("raw_code") or "") or shown["metadata"].get("comment") or ""
    )
    for name, column in shown["columns"].items():
        said = node["columns"].setdefault(name, {"name": name, "description": "", "tags": [], "meta": {}})
        said["description"] = said["description"] or column["comment"] or ""


def opening_comment(text: str) -> str:
    """The lines of comment with which a SQL file opens, as one text."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
