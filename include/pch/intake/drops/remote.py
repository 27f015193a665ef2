"""Sources on other machines: a bucket of an S3-compatible store, an account of an SFTP server.

Secrets come from fsspec's own configuration (``FSSPEC_S3_KEY``, ``FSSPEC_SFTP_KEY_FILENAME`` ...), never from a URL. An
SFTP server is known by its key, as OpenSSH has it in ``known_hosts``; one that is not known is not spoken to.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import Any, BinaryIO

import paramiko  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, NoCredentialsError  # type: ignore[import-untyped]
from fsspec import filesystem
from fsspec.implementations.sftp import SFTPFileSystem
from paramiko.ssh_exception import NoValidConnectionsError  # type: ignore[import-untyped]

from pch.errors import Temporary
from pch.intake.drops.sources import Found, Source, as_state, reason

WHERE_SECRETS_ARE = "Secrets belong into FSSPEC_SFTP_PASSWORD, FSSPEC_SFTP_KEY_FILENAME, FSSPEC_S3_SECRET and the like."
PATIENCE_SECONDS = 20.0
SILENCE_SECONDS = 60.0
KNOWN_HOSTS = Path("/etc/ssh/ssh_known_hosts")
BLOCK = 5 << 20  # of an object, at a time
REQUESTS = 64  # under way at a time to an SFTP server, 32 kB each


class Bucket(Source):
    """Objects beneath a prefix. They appear whole or not at all; their tag says what is in them."""

    errors = (OSError, BotoCoreError)

    def __init__(self, url: str) -> None:
        fs = filesystem("s3", use_listings_cache=False, skip_instance_cache=True)
        super().__init__(url, fs, url.removeprefix("s3://"))

    def told(self, error: Exception) -> str:
        return _told(error)

    def _list(self) -> Iterator[dict[str, Any]]:
        """All keys in one listing, a thousand a request."""
        yield from self.fs.find(self.root, detail=True, refresh=True).values()

    def _found(self, info: dict[str, Any]) -> Found:
        modified = info["LastModified"].timestamp()
        return Found(self._beneath(info["name"]), info["size"], modified, as_state(info["size"], info["ETag"]))

    def _open(self, found: Found) -> Any:
        """The object's tag goes with every request for a part of it."""
        return self.fs.open(f"{self.root}/{found.path}", "rb", block_size=BLOCK)

    def _state_of(self, found: Found, stream: Any) -> str:
        info = self.fs.info(f"{self.root}/{found.path}", refresh=True)
        return as_state(info["size"], info["ETag"])


class CheckedSFTP(SFTPFileSystem):  # type: ignore[misc]
    """fsspec's SFTP, speaking only to servers whose key is known, and with an end to its patience. ``known_hosts``: a
    file beside those of the machine and of the user."""

    def _connect(self) -> None:
        known_hosts = self.ssh_kwargs.pop("known_hosts", None)
        self.client = paramiko.SSHClient()
        self.client.load_system_host_keys()
        for file in (KNOWN_HOSTS if KNOWN_HOSTS.exists() else None, known_hosts):
            if file is not None:
                self.client.load_system_host_keys(str(file))
        self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        patience = dict.fromkeys(("timeout", "banner_timeout", "auth_timeout"), PATIENCE_SECONDS)
        self.client.connect(self.host, **patience | self.ssh_kwargs)
        self.ftp = self.client.open_sftp()
        self.ftp.get_channel().settimeout(SILENCE_SECONDS)

    @staticmethod
    def _decode_stat(attributes: Any, parent_path: str | None = None) -> dict[str, Any]:
        info: dict[str, Any] = SFTPFileSystem._decode_stat(attributes, parent_path)
        if info["type"] == "file" and not S_ISREG(attributes.st_mode):
            info["type"] = "device"
        return info


class Account(Source):
    """What an account of an SFTP server sees beneath a path."""

    errors = (OSError, EOFError, UnicodeError, paramiko.SSHException)

    def __init__(self, url: str) -> None:
        try:
            fs = CheckedSFTP(**CheckedSFTP._get_kwargs_from_urls(url), skip_instance_cache=True)
            super().__init__(url, fs, fs.ftp.normalize(CheckedSFTP._strip_protocol(url) or "/"))
        except self.errors as e:
            raise Temporary(f"The drop folder {url} {_told(e)}") from e

    def close(self) -> None:
        self.fs.client.close()

    def told(self, error: Exception) -> str:
        return _told(error)

    @contextmanager
    def _open(self, found: Found) -> Iterator[BinaryIO]:
        path = f"{self.root}/{found.path}"
        if self.fs.ftp.normalize(path) != path:
            raise Temporary("The file lies behind a link, and links are not followed.")
        with self.fs.ftp.open(path, "rb") as stream:
            stream.prefetch(found.bytes, REQUESTS)
            yield stream

    def _state_of(self, found: Found, stream: Any) -> str:
        info = CheckedSFTP._decode_stat(stream.stat())
        return as_state(info["size"], info["mtime"].timestamp())


def _told(error: Exception) -> str:
    if isinstance(error, paramiko.BadHostKeyException):
        return "is another server than it was: its key does not match the known one. Find out why before anything else."
    if "known_hosts" in str(error):
        return "is a server whose key is not known. Check the key with its owner, then add it to known_hosts."
    if isinstance(error, paramiko.AuthenticationException | NoCredentialsError | PermissionError):
        return f"does not let us in. {WHERE_SECRETS_ARE}"
    if isinstance(error, NoValidConnectionsError):
        error = next(iter(error.errors.values()))
    return f"cannot be reached ({'no answer' if isinstance(error, BotoCoreError) else reason(error)})."
