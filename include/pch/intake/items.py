"""A file, or a folder of files, and the site each is pushed for."""

from dataclasses import dataclass
from pathlib import Path

from pch.errors import Refused


@dataclass(frozen=True)
class Item:
    """A file, the site it is pushed for, and what it is called there."""

    site_code: str
    path: Path
    file_name: str


def items(path: Path, site: str | None) -> list[Item]:
    """What is to be pushed. A file in a folder belongs to the site it is named after (up to the first dot);
    hidden files and folders inside are left out. Raises Refused for a path that holds nothing."""
    if path.is_dir():
        if site:
            raise Refused(f"{path} is a folder: its files name their sites, so leave --site out (or push one file).")
        files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
        if not files:
            raise Refused(f"There is no file in the folder {path}.")
        return [Item(p.name.split(".")[0].upper(), p, p.name) for p in files]
    if not path.exists():
        raise Refused(f"There is no file or folder {path}.")
    return [Item(site or path.name.split(".")[0].upper(), path, path.name)]
