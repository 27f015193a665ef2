"""A folder as a sealed bundle: a manifest with a checksum of every file and one of all, and a zip always the same.

folder -> manifest.json -> <name>.zip -> verify: whole and untouched?
"""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from pch.errors import Refused

MANIFEST = "manifest.json"
WHEN = (1980, 1, 1, 0, 0, 0)  # the first moment a zip knows: of every file
PART = 1 << 20


@dataclass(frozen=True)
class Sealed:
    """``files``: by path, without the manifest."""

    sha256: str
    files: list[str]


@dataclass(frozen=True)
class Verified:
    """``problems``: a sentence each; none where the bundle is whole and untouched."""

    sha256: str
    files_count: int
    problems: list[str]


def seal(folder: Path, about: Mapping[str, Any]) -> Sealed:
    """Writes the manifest: ``about`` it, its files, and the checksum of both."""
    files = [
        {"path": name, "bytes": path.stat().st_size, "sha256": _sha256(path)}
        for name, path in sorted((p.relative_to(folder).as_posix(), p) for p in folder.rglob("*") if p.is_file())
    ]
    manifest = {**about, "files": files}
    sha256 = _of_manifest(manifest)
    text = json.dumps({**manifest, "sha256": sha256}, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return Sealed(sha256, [str(f["path"]) for f in files])


def zipped(folder: Path, sealed: Sealed, path: Path) -> None:
    """Replaced whole; the manifest comes first."""
    aside = path.with_suffix(".part")
    with zipfile.ZipFile(aside, "w") as into:
        for name in (MANIFEST, *sealed.files):
            entry = zipfile.ZipInfo(name, WHEN)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".parquet") else zipfile.ZIP_DEFLATED
            with (folder / name).open("rb") as source, into.open(entry, "w", force_zip64=True) as target:
                while part := source.read(PART):
                    target.write(part)
    aside.replace(path)


def verify(path: Path) -> Verified:
    """Whether a bundle is what was exported. Raises Refused where the file is no bundle at all."""
    try:
        with zipfile.ZipFile(path) as opened:
            manifest = json.loads(opened.read(MANIFEST))
            told = str(manifest.pop("sha256"))
            files = {str(f["path"]): f for f in manifest["files"]}
            problems = _differences(opened, files)
    except FileNotFoundError:
        raise Refused(f"There is no file {path}.") from None
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError) as e:
        raise Refused(
            f"{path.name} is no evaluator pack, or is damaged: {e}. Ask for it again, or export it anew."
        ) from None
    if _of_manifest(manifest) != told:
        problems.insert(0, "The manifest does not agree with its own checksum: it was changed.")
    if not path.stem.endswith(told[:12]):
        problems.append(f"The name of the file does not end with its checksum, {told[:12]}: it may be another bundle.")
    return Verified(told, len(files), problems)


def _differences(opened: zipfile.ZipFile, files: Mapping[str, Mapping[str, Any]]) -> list[str]:
    there = [name for name in opened.namelist() if name != MANIFEST]
    problems = [f"{name} is missing." for name in files if name not in there]
    problems += [f"{name} is not in the manifest: it was added." for name in there if name not in files]
    if len(set(there)) < len(there):
        problems.append("A file is in it twice.")
    for name in sorted(set(there) & set(files)):
        try:
            with opened.open(name) as source:
                is_same = _digest(source) == files[name]["sha256"]
        except (zipfile.BadZipFile, OSError):
            is_same = False
        if not is_same:
            problems.append(f"{PurePosixPath(name)} is not as it was exported.")
    return problems


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return _digest(source)


def _digest(source: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while part := source.read(PART):
        digest.update(part)
    return digest.hexdigest()


def _of_manifest(manifest: Mapping[str, Any]) -> str:
    """Of the manifest without its own checksum, written in the one way."""
    plain = json.dumps(manifest, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
