"""A source of dropped files: what lies in it, and one file's bytes. Here the folder of a disk; see ``remote``.

    list_files() -> Found (path beneath the source, its state) ... reading(found) -> stream; Changed unless it is
    afterwards what was listed

Links are never followed: what is read lies inside the source, whoever swaps a folder for a link in the meantime.
"""

import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from fsspec.implementations.local import LocalFileSystem

from pch.errors import Refused, Temporary
from pch.intake.drops.names import DEPTH, as_text


class Changed(Temporary):
    """A file was not the same before and after it was read: somebody is still writing it."""


@dataclass(frozen=True)
class Found:
    """A file in a source. ``path`` is beneath it, as it spells it; ``state`` differs once the content does."""

    path: str
    bytes: int
    modified: float
    state: str

    @property
    def key(self) -> str:
        """Its path as the tables have it."""
        return as_text(self.path)


class Source(ABC):
    """``name``: what it is called in the ledger, without secrets. ``problems``: what of it could not be listed."""

    errors: tuple[type[Exception], ...] = (OSError,)

    def __init__(self, name: str, fs: Any, root: str) -> None:
        self.name, self.fs, self.root = name, fs, root.rstrip("/")
        self.problems: list[str] = []

    def list_files(self) -> list[Found]:
        """Every file, however it is named; links and devices are none. Raises Temporary when it is not there."""
        try:
            listing = list(self._list())
        except self.errors as e:
            raise Temporary(f"The drop folder {self.name} {self.told(e)}") from e
        return [self._found(info) for info in listing if info["type"] == "file" and not info["name"].endswith("/")]

    @contextmanager
    def reading(self, found: Found) -> Iterator[BinaryIO]:
        """Its bytes. Raises Changed at the end of the block if it became another file, Temporary if it cannot be
        read now."""
        try:
            with self._open(found) as stream:
                yield stream
                now = self._state_of(found, stream)
        except self.errors as e:
            raise Temporary(f"The file cannot be read at the moment ({reason(e)}).") from e
        if now != found.state:
            raise Changed("The file was still being written.")

    def told(self, error: Exception) -> str:
        """What is the matter with the source as a whole."""
        return f"cannot be looked at ({reason(error)})."

    def close(self) -> None:
        """Ends its connection, where it has one."""
        return

    def _list(self) -> Iterator[dict[str, Any]]:
        """Folder by folder; one that cannot be listed does not hide the others."""
        folders = [(self.root or "/", 1)]
        while folders:
            folder, depth = folders.pop()
            try:
                listing = self.fs.ls(folder, detail=True)
            except self.errors as e:
                if depth == 1:
                    raise
                self.problems.append(f"The folder {as_text(self._beneath(folder))} cannot be listed ({reason(e)}).")
                continue
            for info in listing:
                if info["type"] == "directory" and depth < DEPTH:
                    folders.append((info["name"], depth + 1))
                yield info

    def _beneath(self, path: str) -> str:
        return path[len(self.root) + 1 :]

    def _found(self, info: dict[str, Any]) -> Found:
        modified = info["mtime"]
        seconds = modified if isinstance(modified, float) else modified.timestamp()
        return Found(self._beneath(info["name"]), info["size"], seconds, as_state(info["size"], seconds))

    @abstractmethod
    def _open(self, found: Found) -> Any:
        """A context manager that gives a stream."""

    @abstractmethod
    def _state_of(self, found: Found, stream: Any) -> str:
        """The state of what was read, asked of the source after it was read."""


class Folder(Source):
    """A folder of this machine, or one that it has mounted."""

    def __init__(self, path: str) -> None:
        super().__init__(path, LocalFileSystem(), os.path.realpath(path))

    @contextmanager
    def _open(self, found: Found) -> Iterator[BinaryIO]:
        """Step by step from the root, so that no part of the path can be a link out of it."""
        *folders, name = found.path.split("/")
        at = os.open(self.root or "/", os.O_RDONLY | os.O_DIRECTORY)
        try:
            for part in folders:
                above, at = at, os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
                os.close(above)
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
        finally:
            os.close(at)
        with os.fdopen(file, "rb") as stream:
            yield stream

    def _state_of(self, found: Found, stream: BinaryIO) -> str:
        now = os.fstat(stream.fileno())
        return as_state(now.st_size, now.st_mtime) if stat.S_ISREG(now.st_mode) else "no file"


def as_state(size: int, mark: object) -> str:
    return f"{size} bytes, {mark}"


def reason(error: Exception) -> str:
    """Why something did not work, in a few words that hold no path and no secret."""
    if isinstance(error, FileNotFoundError):
        return "it is not there"
    if isinstance(error, PermissionError):
        return "we have no permission"
    if isinstance(error, UnicodeError):
        return "a name in it is no UTF-8"
    number = getattr(error, "errno", None)
    return os.strerror(number).lower() if isinstance(number, int) else type(error).__name__


def name_of(url: str) -> str:
    """What a source is called: its URL, or its path on this machine, without a password."""
    kind, _, rest = url.rpartition("://")
    if kind in ("", "file"):
        return str(Path(rest).expanduser().absolute())
    before, at, after = rest.rstrip("/").rpartition("@")
    return f"{kind}://{before.split(':')[0]}{at}{after}"


def open_source(url: str) -> Source:
    """The source at a URL. Raises Refused for one that cannot be, Temporary when it is not there now."""
    from pch.intake.drops import remote  # loads what speaks to servers

    name = name_of(url)
    kind, _, rest = url.rpartition("://")
    if kind in ("", "file"):
        return Folder(name)
    if ":" in rest.rpartition("@")[0]:
        raise Refused(f"The setting PCH_DROP_URLS holds a password for {name}. {remote.WHERE_SECRETS_ARE}")
    if kind == "s3":
        return remote.Bucket(name)
    if kind == "sftp":
        return remote.Account(name)
    raise Refused(f"A drop folder is a path, s3://bucket/prefix or sftp://user@host/path, not {kind}://.")
