"""Drop folders, in a bucket: a real S3-compatible server in a process of its own, over real HTTP."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import fsspec.config
import httpx
import pytest
from botocore.config import Config
from desk import Desk
from drop_folder import LIST, PLACE, Drops, a_port, expected, figures, sha256

BUCKET = "pch-drops"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of a server that holds one bucket."""
    port = a_port()
    log = (tmp_path_factory.mktemp("store") / "log").open("wb")
    process = subprocess.Popen(
        [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(address, timeout=5, trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        client = boto3.client(
            "s3", endpoint_url=address, region_name="eu-west-2", aws_access_key_id="key", aws_secret_access_key="secret",
            config=Config(proxies={}),
        )  # fmt: skip
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
        yield client
    finally:
        process.terminate()
        process.wait(20)
        log.close()


@pytest.fixture
def drops(desk: Desk, store: Any, monkeypatch: pytest.MonkeyPatch) -> Drops:
    """Looks at an empty prefix of the bucket; its secrets are in fsspec's configuration."""
    secrets = {"key": "key", "secret": "secret", "endpoint_url": store.meta.endpoint_url}
    monkeypatch.setitem(fsspec.config.conf, "s3", secrets)
    for each in store.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        store.delete_object(Bucket=BUCKET, Key=each["Key"])
    return Drops.at(desk, f"s3://{BUCKET}/in/")


def put(store: Any, key: str, content: bytes = LIST) -> None:
    store.put_object(Bucket=BUCKET, Key=f"in/{key}", Body=content)


def test_an_object_gets_a_receipt_and_a_new_one_in_its_place_the_next(drops: Drops, store: Any) -> None:
    put(store, f"{PLACE}/a.csv")
    put(store, f"{PLACE}/a.csv.sha256", sha256(LIST).encode())
    put(store, "PCH002.registered_list.2026-04.csv")
    put(store, "PCH003/lists/2026-04/b.csv")
    put(store, "PCH003/", b"")  # what a console makes of a new folder
    store.put_object(Bucket=BUCKET, Key=f"in-other/{PLACE}/c.csv", Body=b"not for us")
    assert figures(drops.look()) == (3, 0, 0, 3)
    assert figures(drops.look()) == (3, 2, 1, 0)
    put(store, "PCH002.registered_list.2026-04.csv")  # the same bytes have the same tag
    assert figures(drops.look_twice()) == (3, 0, 0, 0)
    corrected = LIST + b"A81001,male,0-4,1\n"
    put(store, f"{PLACE}/a.csv", corrected)
    put(store, f"{PLACE}/a.csv.sha256", sha256(corrected).encode())
    assert figures(drops.look_twice()) == (3, 1, 0, 0)
    assert drops.submissions() == [
        expected(f"{PLACE}/a.csv"),
        expected(f"{PLACE}/a.csv", corrected, 2),
        ("PCH002", "registered_list", "2026-04", "PCH002.registered_list.2026-04.csv", 1, sha256(LIST)),
    ]
    assert drops.desk.rows("select distinct submitted_by from ops.submission") == [(f"s3://{BUCKET}/in",)]
    assert store.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 6


def test_keys_are_data_and_paths_in_them_lead_nowhere(drops: Drops, store: Any) -> None:
    names = ["'; drop table ops.submission; --.csv", "a b+c%20d?e#f.csv", "café.csv", "50%.csv"]
    for name in names:
        put(store, f"{PLACE}/{name}", name.encode())
    put(store, "PCH001/../PCH002/registered_list/2026-04/a.csv")
    put(store, "PCH001/registered_list/2026-04/../../../../PCH002/registered_list/2026-04/a.csv")
    put(store, "PCH001//registered_list/2026-04/a.csv")
    assert figures(drops.look_twice()) == (5, 4, 1, 0)
    assert {row[5] for row in drops.submissions()} == {sha256(name.encode()) for name in names}
    assert {row[0] for row in drops.submissions()} == {"PCH001"}
    assert list(drops.refusals()) == ["PCH001//registered_list/2026-04/a.csv"]


def test_a_large_object_arrives_whole(drops: Drops, store: Any) -> None:
    content = b"".join(b"%015d\n" % n for n in range(900_000))  # 14.4 MB: several requests
    put(store, f"{PLACE}/large.csv", content)
    assert figures(drops.look_twice()) == (1, 1, 0, 0)
    assert drops.submissions() == [expected(f"{PLACE}/large.csv", content)]


def test_a_bucket_that_is_not_there_and_a_server_that_is_down_are_said(
    desk: Desk, store: Any, drops: Drops, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = Drops.at(desk, "s3://no-such-bucket/in").look()
    assert (missing.is_down, missing.problems) == (
        True, ["The drop folder s3://no-such-bucket/in cannot be reached (it is not there)."]
    )  # fmt: skip
    down = {"key": "key", "secret": "secret", "endpoint_url": f"http://127.0.0.1:{a_port()}",
            "config_kwargs": {"retries": {"max_attempts": 0}}}  # fmt: skip
    monkeypatch.setitem(fsspec.config.conf, "s3", down)
    looked = drops.look()
    assert (looked.is_down, looked.problems) == (
        True, [f"The drop folder s3://{BUCKET}/in cannot be reached (no answer)."]
    )  # fmt: skip
