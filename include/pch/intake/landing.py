"""The landing store: submitted bytes, kept for ever under their own checksum.

``put`` makes bytes durable before anybody gets a receipt for them; ``put_file`` those of a file too large to hold.
The store is a local folder by default and any fsspec URL by setting; an object's address is
``<first two of sha256>/<sha256>``.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import fsspec
from fsspec.implementations.local import LocalFileSystem

from pch.errors import PchError, Temporary


class BytesLost(PchError):
    """The store no longer holds what it gave a receipt for."""


@dataclass(frozen=True)
class Stored:
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Spooled(Stored):
    """Bytes that wait in a file of ours, counted and summed as they came in."""

    path: Path

    @classmethod
    def of(cls, path: Path) -> "Spooled":
        """Counts and sums a file."""
        with path.open("rb") as file:
            return cls(hashlib.file_digest(file, "sha256").hexdigest(), file.tell(), path)


class Landing:
    """A landing store at ``url``. Raises Temporary when the store cannot be written or read now."""

    def __init__(self, url: str) -> None:
        self.fs, self.root = fsspec.core.url_to_fs(url)

    def _address(self, sha256: str) -> str:
        return f"{self.root}/{sha256[:2]}/{sha256}"

    def put(self, content: bytes) -> Stored:
        """Stores ``content`` once; when this returns, the bytes survive a crash."""
        sha256 = hashlib.sha256(content).hexdigest()
        return self._store(
            Stored(sha256, len(content)), BytesIO(content), lambda address: self.fs.pipe_file(address, content)
        )

    def put_file(self, spooled: Spooled) -> Stored:
        """As ``put``, for the bytes of a file, which are never held all at once."""
        with spooled.path.open("rb") as file:
            stored = Stored(spooled.sha256, spooled.bytes)
            return self._store(stored, file, lambda address: self.fs.put_file(str(spooled.path), address))

    def _store(self, stored: Stored, content: BinaryIO, upload: Callable[[str], None]) -> Stored:
        """``upload`` is one put: an object store shows it whole or not at all."""
        address = self._address(stored.sha256)
        try:
            if not self._holds(address, stored.bytes):
                if isinstance(self.fs, LocalFileSystem):
                    _write_durably(Path(address), content)
                else:
                    upload(address)
        except OSError as e:
            raise Temporary(
                f"The landing store could not keep the file ({e.strerror or type(e).__name__}). "
                "Nothing was received; try again, and tell the central team if it happens again."
            ) from e
        return stored

    def get(self, sha256: str) -> bytes:
        """The bytes of that checksum, verified; BytesLost when they are gone or damaged."""
        try:
            content: bytes = self.fs.cat_file(self._address(sha256))
        except FileNotFoundError:
            raise BytesLost(f"The landing store has no object {sha256}. Restore it from the backup.") from None
        except OSError as e:
            raise Temporary(f"The landing store does not answer ({e.strerror or type(e).__name__}).") from e
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BytesLost(f"The landing store's object {sha256} is damaged. Restore it from the backup.")
        return content

    def open(self, sha256: str) -> BinaryIO:
        """The bytes of that checksum, to be read piece by piece and not verified; BytesLost when they are gone."""
        try:
            file: BinaryIO = self.fs.open(self._address(sha256), "rb")
        except FileNotFoundError:
            raise BytesLost(f"The landing store has no object {sha256}. Restore it from the backup.") from None
        except OSError as e:
            raise Temporary(f"The landing store does not answer ({e.strerror or type(e).__name__}).") from e
        return file

    def _holds(self, address: str, size: int) -> bool:
        try:
            return int(self.fs.info(address)["size"]) == size
        except FileNotFoundError:
            return False


def _write_durably(path: Path, content: BinaryIO) -> None:
    """Written aside, flushed to the disk, then renamed: a reader sees all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(content, file)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
