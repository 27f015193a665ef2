"""Drop folders, on an SFTP server: OpenSSH's own server and client, its keys, and a connection that stalls half-way.

Needs OpenSSH's server (``apt-get install openssh-server``); without it the tests are skipped, but for CI, where they
fail. As root each account is locked into its folder, as in real life; as anybody else there is one account, our own.
"""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import fsspec.config
import paramiko
import pytest
from desk import Desk
from drop_folder import LIST, PLACE, Drops, a_port, expected, figures, sha256
from terminal import Terminal

from pch.errors import Temporary
from pch.intake.drops import sweep
from pch.intake.drops.sources import open_source

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/user_key.pub
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
Subsystem sftp internal-sftp
ForceCommand internal-sftp
"""


@dataclass
class Account:
    """``base``: the account's folder, as this machine has it; ``url``: as the account sees it."""

    folder: Path
    base: Path
    port: int
    url: str

    @property
    def secrets(self) -> dict[str, str]:
        return {"key_filename": str(self.folder / "user_key"), "known_hosts": str(self.folder / "known_hosts")}

    def sftp(self, *commands: str) -> None:
        """What a site does: OpenSSH's client with a batch of commands."""
        options = [f"UserKnownHostsFile={self.folder}/known_hosts", "BatchMode=yes", "StrictHostKeyChecking=yes"]
        subprocess.run(
            ["sftp", "-q", "-b", "-", "-P", str(self.port), "-i", self.folder / "user_key", "-F", "none",
             *(part for option in options for part in ("-o", option)), f"{getpass.getuser()}@127.0.0.1"],
            input="\n".join(commands), text=True, check=True, capture_output=True, timeout=60,
        )  # fmt: skip

    @contextmanager
    def running(self) -> Iterator[None]:
        assert SSHD
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen([SSHD, "-D", "-e", "-f", self.folder / "config"], stderr=log)
        try:
            self._wait()
            yield
        finally:
            process.terminate()
            process.wait(20)

    def _wait(self) -> None:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())


def a_key(path: Path) -> str:
    """A new key pair at ``path``; the public part."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path.with_suffix(".pub").read_text()


@pytest.fixture(scope="module")
def machine() -> Iterator[Account]:
    """A server that is configured and does not run yet."""
    if SSHD is None:
        missing = "OpenSSH's server is not here: no drop folder was looked at over SFTP"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    is_root = os.geteuid() == 0
    if is_root:
        Path("/run/sshd").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="pch-sftp-", dir="/srv" if is_root else None))
    folder.chmod(0o755)
    base = folder / "account"
    base.mkdir()
    try:
        port, user = a_port(), getpass.getuser()
        config = CONFIG.format(port=port, folder=folder) + (f"ChrootDirectory {base}\n" if is_root else "")
        (folder / "config").write_text(config)
        a_key(folder / "user_key")
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {a_key(folder / 'host_key')}")
        yield Account(folder, base, port, f"sftp://{user}@127.0.0.1:{port}{'/drops' if is_root else base / 'drops'}")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def running(machine: Account) -> Iterator[Account]:
    with machine.running():
        yield machine


@pytest.fixture
def account(running: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """With an empty folder; the way in is in fsspec's configuration."""
    shutil.rmtree(running.base / "drops", ignore_errors=True)
    (running.base / "drops" / PLACE).mkdir(parents=True)
    monkeypatch.setitem(fsspec.config.conf, "sftp", running.secrets)
    return running


@pytest.fixture
def drops(desk: Desk, account: Account) -> Drops:
    return Drops.at(desk, account.url)


@pytest.fixture
def client(account: Account) -> Iterator[paramiko.SFTPClient]:
    with paramiko.SSHClient() as ssh:
        ssh.load_host_keys(account.secrets["known_hosts"])
        ssh.connect("127.0.0.1", account.port, getpass.getuser(), key_filename=account.secrets["key_filename"])
        with ssh.open_sftp() as sftp:
            sftp.chdir(account.url.split(str(account.port))[1])
            yield sftp


def test_a_file_sent_by_sftp_gets_a_receipt(drops: Drops, account: Account, tmp_path: Path) -> None:
    (tmp_path / "my list.csv").write_bytes(LIST)
    here = account.url.split(str(account.port))[1]
    account.sftp(f"cd {here}", f'put "{tmp_path}/my list.csv" {PLACE}', f'put "{tmp_path}/my list.csv" stray.csv')
    assert figures(drops.look()) == (2, 0, 0, 2)
    assert figures(drops.look()) == (2, 1, 1, 0)
    assert figures(drops.look()) == (2, 0, 0, 0)
    assert drops.submissions() == [expected(f"{PLACE}/my list.csv")]
    assert drops.desk.rows("select door, submitted_by from ops.submission") == [("drop folder", account.url)]
    assert sorted(f.name for f in (account.base / "drops").rglob("*.csv")) == ["my list.csv", "stray.csv"]


def test_an_upload_that_pauses_half_way_is_received_whole_and_once(drops: Drops, client: paramiko.SFTPClient) -> None:
    with client.open(f"{PLACE}/a.csv", "wb") as upload:
        upload.write(LIST[: len(LIST) // 2])
        upload.flush()
        assert figures(drops.look()) == (1, 0, 0, 1)
        upload.write(LIST[len(LIST) // 2 : -1])
        upload.flush()
        assert figures(drops.look()) == (1, 0, 0, 1)
        upload.write(LIST[-1:])
    assert figures(drops.look()) == (1, 0, 0, 1)
    assert figures(drops.look()) == (1, 1, 0, 0)
    assert drops.submissions() == [expected(f"{PLACE}/a.csv")]


def test_an_upload_under_another_name_is_taken_once_it_is_renamed(drops: Drops, client: paramiko.SFTPClient) -> None:
    with client.open(f"{PLACE}/a.csv.filepart", "wb") as upload:
        upload.write(LIST)
    assert figures(drops.look_twice()) == (0, 0, 0, 0)
    client.rename(f"{PLACE}/a.csv.filepart", f"{PLACE}/a.csv")
    assert figures(drops.look_twice()) == (1, 1, 0, 0)


def test_links_are_not_followed(drops: Drops, account: Account, client: paramiko.SFTPClient) -> None:
    outside = account.base / "outside" / "2026-04"
    outside.mkdir(parents=True, exist_ok=True)
    (outside / "secret.csv").write_bytes(b"not for you")
    seen_as = "/outside" if os.geteuid() == 0 else str(outside.parent)
    client.symlink(f"{seen_as}/2026-04/secret.csv", f"{PLACE}/link.csv")
    client.mkdir("PCH002")
    client.symlink(seen_as, "PCH002/registered_list")
    with client.open(f"{PLACE}/good.csv", "wb") as upload:
        upload.write(LIST)
    assert figures(drops.look_twice()) == (1, 1, 0, 0)
    assert drops.submissions() == [expected(f"{PLACE}/good.csv")]

    source = open_source(account.url)
    found = next(f for f in source.list_files() if f.path.endswith("good.csv"))
    (outside / "good.csv").write_bytes(LIST)
    os.utime(outside / "good.csv", (found.modified, found.modified))
    shutil.rmtree(account.base / "drops/PCH001/registered_list")
    client.symlink(seen_as, "PCH001/registered_list")  # between the listing and the reading
    with pytest.raises(Temporary, match="behind a link"), closing(source), source.reading(found):
        pass


def test_names_are_data_and_one_that_cannot_be_read_holds_up_only_its_folder(drops: Drops, account: Account) -> None:
    names = ["two\nlines.csv", "'; drop table ops.submission; --.csv", "a#b?c%20d.csv", "café.csv"]
    for name in names:
        (account.base / "drops" / PLACE / name).write_bytes(name.encode())
    other = account.base / "drops" / "PCH002" / "registered_list" / "2026-04"
    other.mkdir(parents=True)
    (other / os.fsdecode(b"caf\xe9.csv")).write_bytes(LIST)
    drops.look()
    looked = drops.look()
    assert figures(looked) == (4, 4, 0, 0)
    assert looked.problems == ["The folder PCH002/registered_list/2026-04 cannot be listed (a name in it is no UTF-8)."]
    assert {row[5] for row in drops.submissions()} == {sha256(name.encode()) for name in names}


def test_only_a_server_whose_key_is_known_is_spoken_to(
    desk: Desk, drops: Drops, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none").touch()
    (tmp_path / "other").write_text(f"[127.0.0.1]:{account.port} {a_key(tmp_path / 'another_key')}")
    (account.base / "drops" / PLACE / "a.csv").write_bytes(LIST)
    for known_hosts, sentence in (
        ("none", "is a server whose key is not known. Check the key with its owner, then add it to known_hosts."),
        ("other", "is another server than it was: its key does not match the known one. Find out why before"),
    ):
        secrets = account.secrets | {"known_hosts": str(tmp_path / known_hosts)}
        monkeypatch.setitem(fsspec.config.conf, "sftp", secrets)
        looked = drops.look()
        assert looked.is_down
        assert sentence in looked.problems[0]
    monkeypatch.setitem(fsspec.config.conf, "sftp", account.secrets | {"key_filename": str(tmp_path / "another_key")})
    assert "does not let us in." in drops.look().problems[0]
    monkeypatch.setitem(fsspec.config.conf, "sftp", account.secrets)
    assert figures(drops.look_twice()) == (1, 1, 0, 0)


def test_a_server_that_is_down_does_not_hold_up_the_others(desk: Desk, account: Account, tmp_path: Path) -> None:
    down = f"sftp://{getpass.getuser()}@127.0.0.1:{a_port()}/drops"
    drops = Drops.at(desk, down, account.url)
    (account.base / "drops" / PLACE / "a.csv").write_bytes(LIST)
    sweep(drops.desk.settings)
    first, second = sweep(drops.desk.settings)
    assert (first.is_down, first.problems) == (
        True,
        [f"The drop folder {down} cannot be reached (connection refused)."],
    )
    assert figures(second) == (1, 1, 0, 0)


def test_the_way_in_comes_from_the_environment(drops: Drops, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    (account.base / "drops" / PLACE / "a.csv").write_bytes(LIST)
    for name, value in account.secrets.items():
        monkeypatch.setenv(f"FSSPEC_SFTP_{name.upper()}", value)
    pch = Terminal(drops.desk.settings)
    assert "1 file, 0 received, 0 refused, 1 waiting" in pch.says("drops", "sweep")
    assert "1 file, 1 received, 0 refused, 0 waiting" in pch.says("drops", "sweep")
