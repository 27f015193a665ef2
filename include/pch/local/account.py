"""Whom Postgres runs as.

Postgres refuses to run as root. Ordinary users run it as themselves; root runs it as an unprivileged system
user, and once the data exist as their owner.
"""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pch.errors import StackError

NAMES = ("pgserver", "postgres")
"""System users that are fit for it, if there are any; the first is created if there is none."""


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int

    def run(
        self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command as this user, from ``/`` (the caller's folder may be closed to them)."""
        switch = self.uid != os.geteuid()
        return subprocess.run(
            command,
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            user=self.uid if switch else None,
            group=self.gid if switch else None,
            extra_groups=() if switch else None,
        )

    def may_enter(self, path: Path) -> bool:
        """Whether this user reaches ``path``, every folder above it included: asked by trying."""
        return self.run(["test", "-x", path]).returncode == 0

    def own(self, path: Path) -> None:
        """Gives ``path`` and all below it to this user."""
        if self.uid != os.geteuid():
            for each in (path, *path.rglob("*")):
                os.chown(each, self.uid, self.gid, follow_symlinks=False)


def account_for(folder: Path) -> Account:
    """Who runs Postgres on ``folder``: its owner, or whoever is to own it when it does not exist yet."""
    me = pwd.getpwuid(os.geteuid())
    if folder.exists():
        owner = pwd.getpwuid(folder.stat().st_uid)
        if me.pw_uid not in (0, owner.pw_uid):
            raise StackError(
                f"The database in {folder} belongs to the user '{owner.pw_name}'. "
                "Run this as that user, or set PCH_HOME to a folder of your own."
            )
        return _account(owner)
    return _account(me) if me.pw_uid != 0 else _system_user()


def _system_user() -> Account:
    for name in NAMES:
        try:
            return _account(pwd.getpwnam(name))
        except KeyError:
            continue
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    try:
        subprocess.run([*command, NAMES[0]], check=True, capture_output=True, text=True)
        return _account(pwd.getpwnam(NAMES[0]))
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        reason = getattr(error, "stderr", None) or error
        raise StackError(
            f"Postgres does not run as root, and no system user could be created for it ({reason}). "
            f"Create one ('useradd --system {NAMES[0]}'), or run this as an ordinary user."
        ) from None


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
