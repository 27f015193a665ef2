"""Cases 25 to 27, 31 and 32: files and names that are meant to do harm. They are kept, refused in words, and do nothing.

One door for all of them; the last tests look at what it wrote into its log and the audit meanwhile.
"""

import gzip
import io
import json
import socket
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from front import Door
from rough import FEED, HEADER, LIST, PERIOD, address, answered, head, line, rules, told

MARK = "Zzyzx9347"
"""Stands in cells of every file here, and nowhere else."""

SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


@pytest.fixture
def site(door: Door) -> Iterator[httpx.Client]:
    with door.client("PCH001") as client:
        yield client


def workbook(sheet: str | bytes) -> bytes:
    """A workbook of one sheet, whose XML is given."""
    office = "http://schemas.openxmlformats.org"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{office}/spreadsheetml/2006/main" '
        f'xmlns:r="{office}/officeDocument/2006/relationships"><sheets>'
        '<sheet name="List" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{office}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{office}/officeDocument/2006/relationships/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def table(*places: str) -> str:
    """A sheet with the header of a list and one line."""
    header = "".join(cell(f"{c}1", name) for c, name in zip("ABCD", HEADER.strip().split(","), strict=True))
    values = "".join(cell(f"{c}2", v) for c, v in zip("ABCD", ("A81001", "female", "0-4", "10"), strict=True))
    return f"<sheetData><row r='1'>{header}</row><row r='2'>{values}</row>{''.join(places)}</sheetData></worksheet>"


def test_a_workbook_of_these_is_read_where_nothing_is_wrong(site: httpx.Client) -> None:
    """So that the refusals below are for what they say."""
    said = told(site, address(), workbook(SHEET + table()))
    assert (said["rows_read"], rules(said)) == (1, [])


def peak_megabytes(door: Door) -> float:
    """The most memory that the process ever had; its readers are others."""
    status = Path(f"/proc/{door.process.pid}/status").read_text()
    return next(int(text.split()[1]) for text in status.splitlines() if text.startswith("VmHWM")) / 1024


def test_memory_does_not_follow_the_size_of_a_file(door: Door, site: httpx.Client) -> None:
    """A hundred megabytes get their receipt; what is in them, the pipeline says."""
    before = peak_megabytes(door)
    line = b"A81001,female,0-4,10\n"
    answer = site.put(address(), content=iter([HEADER.encode(), *[line * 50_000] * 100]))
    assert answer.status_code == 201
    assert answer.json()["receipt"]["bytes"] == len(HEADER) + len(line) * 5_000_000
    assert (answer.json()["basis"], answer.json()["verdict"]) == ("nothing_yet", "being_checked")
    assert peak_megabytes(door) - before < 20
    assert peak_megabytes(door) < 300


def test_a_gzip_bomb(door: Door, site: httpx.Client) -> None:
    """Half a gigabyte in half a megabyte: opened no further than the limit, and never by the door itself."""
    bomb = gzip.compress(bytes(8 << 20)) * 64
    before = peak_megabytes(door)
    said = told(site, address(), bomb)
    assert rules(said) == ["too_large"]
    assert said["verdict"] == "rejected"
    assert peak_megabytes(door) - before < 20
    assert kept(site, said) == bomb


def test_a_workbook_bomb(door: Door, site: httpx.Client) -> None:
    said = told(site, address(), workbook(bytes(160 << 20)))
    assert rules(said) == ["too_large"]
    assert "it was not opened any further" in said["findings"][0]["message"]


def test_entities_that_multiply(site: httpx.Client) -> None:
    entities = '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    said = told(site, address(), workbook(f"<!DOCTYPE worksheet [{entities}]>{SHEET}{table(cell('A3', '&a9;'))}"))
    assert rules(said) == ["unsafe_workbook"]


def test_entities_of_elsewhere(door: Door, site: httpx.Client, tmp_path: Path) -> None:
    """Neither a file of the machine is read nor another one called."""
    (tmp_path / "private").write_text(MARK)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(1)
        for place in ((tmp_path / "private").as_uri(), f"http://127.0.0.1:{listener.getsockname()[1]}/x"):
            text = f'<!DOCTYPE x [<!ENTITY out SYSTEM "{place}">]>{SHEET}{table(cell("A3", "&out;"))}'
            said = told(site, address(), workbook(text))
            assert rules(said) == ["unsafe_workbook"]
            assert MARK not in json.dumps(said)
            assert rules(told(site, address(), text)) == ["unsupported_format"]  # the bare XML
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize("places", ["", f"<row r='1048576'>{cell('XFD1048576', '1')}</row>"], ids=["claimed", "used"])
def test_absurd_dimensions(site: httpx.Client, places: str) -> None:
    said = told(site, address(), workbook(f"{SHEET}<dimension ref='A1:XFD1048576'/>{table(places)}"))
    assert (said["rows_read"], rules(said)) == ((0, ["too_large"]) if places else (1, []))


def test_readers_that_were_killed_are_replaced(door: Door, site: httpx.Client) -> None:
    """At work or at rest, all at once: receipts go on, and findings come back."""
    readers = [p for p in door.process.children(recursive=True) if not p.children() and p.parent() != door.process]
    assert len(readers) == door.settings.check_processes
    large = site.put(address(), content=HEADER + "A81001,female,0-4,10\n" * 400_000)
    for reader in readers:
        reader.kill()
    assert large.status_code == 201
    psutil.wait_procs(readers, timeout=10)
    deadline = time.monotonic() + 30
    answers = 0
    while time.monotonic() < deadline:
        answers += 1
        said = site.put(address(), content=f"{LIST}A81001,male,90+,{answers}\n")
        assert said.status_code == 201
        if said.json()["basis"] == "contract":
            return
        time.sleep(0.5)
    raise AssertionError(f"no findings after {answers} files: {door.log.read_text()}")


NAMES = {
    "../../../../etc/passwd": "../../../../etc/passwd",
    "C:\\Windows\\System32\\x.csv": "C:\\Windows\\System32\\x.csv",
    "'); drop table ops.submission; --": "'); drop table ops.submission; --",
    "{{ 7 * 191 }}${7*191}<%= 7*191 %>#{7*191}": "{{ 7 * 191 }}${7*191}<%= 7*191 %>#{7*191}",
    "<script>alert(1)</script>.csv": "<script>alert(1)</script>.csv",
    "a\tb\x7f.csv": "a?b?.csv",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_data(door: Door, site: httpx.Client, name: str) -> None:
    quoted = "".join(f"%{byte:02X}" for byte in name.encode())
    said = told(site, address(), LIST, **{"Content-Disposition": f"attachment; filename*=UTF-8''{quoted}"})
    said = told(site, address(), f"{LIST}A81001,male,5-9,{len(name)}\n",
                **{"Content-Disposition": f"attachment; filename*=UTF-8''{quoted}"})  # fmt: skip
    assert said["receipt"]["file_name"] == NAMES[name]
    stored = door.value(
        "select file_name from ops.submission where submission_id = %s", said["receipt"]["submission_id"]
    )
    assert stored == NAMES[name]
    assert "1337" not in json.dumps(said)
    file = site.get(f"/v1/submissions/{said['receipt']['submission_id']}/file")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "\n" not in file.headers["Content-Disposition"] and "etc/passwd" not in file.headers.get("Location", "")


PATHS = [
    "/v1/returns/PCH001/../PCH002/registered_list/2026-04",
    "/v1/returns/..%2f..%2f..%2fetc%2fpasswd/registered_list/2026-04",
    "/v1/returns/PCH001%2f..%2fPCH002/registered_list/2026-04",
    "/v1/returns/PCH001/registered_list/2026-04%2f..%2f..%2f..",
    "/v1/returns/PCH001/registered_list%00/2026-04",
    "/v1/returns/PCH001/..%5c..%5cregistered_list/2026-04",
    "/v1/returns/PCH001/registered_list;drop%20table%20ops.submission/2026-04",
    "/v1/returns/PCH001/registered_list/2026-04'%20or%20'1'='1",
    "/v1/returns/PCH001'--/registered_list/2026-04",
    "/v1/returns/%7B%7B7*191%7D%7D/registered_list/2026-04",
    "/v1/returns/PCH001/registered_list/%F0%9F%92%A3",
    "/v1/returns/PCH001/registered_list/2026-04/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_leads_nowhere_else(door: Door, path: str) -> None:
    before = door.value("select count(*) from ops.submission")
    with line(door) as wire:  # as it stands: clients would tidy it up
        wire.sendall(head(door, f"Content-Length: {len(LIST)}", path=path) + LIST.encode())
        status, said = answered(wire)
    assert status in (400, 404, 405, 422), said
    assert "1337" not in said and "root:" not in said
    assert door.value("select count(*) from ops.submission") == before


INJECTED = [
    "=cmd|' /C calc'!A0",
    f"'); drop table ops.submission; -- {MARK}",
    f"{{{{ 7 * 191 }}}} {MARK}",
    f"{MARK}\\copy (select 1) to '/tmp/x'",
    "\\.",
]


@pytest.mark.parametrize("text", INJECTED)
def test_a_cell_is_data(door: Door, site: httpx.Client, text: str) -> None:
    said = told(site, address(), f'{HEADER}A81001,female,0-4,10\nA81002,"{text}",0-4,12\n')
    assert rules(said) == ["unknown_category"]
    (place,) = said["findings"][0]["examples"]
    assert (place["row_number"], place["value"]) == (3, text)
    assert rules(told(site, address(), f'{HEADER[:-1]},"{text}"\nA81001,female,0-4,10,x\n'), "warning") == [
        "unknown_column"
    ]
    assert door.value("select count(*) from ops.submission where sha256 = %s", said["receipt"]["sha256"]) == 1


@pytest.mark.parametrize("header", ["Idempotency-Key", "Prefer", "Content-Digest", "X-Forwarded-For", "Accept"])
def test_a_header_is_data(door: Door, site: httpx.Client, header: str) -> None:
    for text in INJECTED[:3]:
        answer = site.put(address(), content=f"{LIST}{header}", headers={header: text.replace(MARK, "").strip()})
        assert answer.status_code in (200, 201, 400), answer.text
        assert "1337" not in answer.text
    assert door.value("select to_regclass('ops.submission') is not null") is True


def test_nothing_lies_outside_the_store(door: Door) -> None:
    landing = Path(door.settings.landing)
    files = [path.relative_to(landing) for path in landing.rglob("*") if path.is_file()]
    assert len(files) == door.value("select count(distinct sha256) from ops.submission")
    assert all(len(f.parts) == 2 and f.parts[0] == f.name[:2] and len(f.name) == 64 for f in files)


def test_an_error_of_ours_tells_nothing_of_the_inside(door: Door, site: httpx.Client) -> None:
    """A row that the database refuses, which its own message would quote."""
    door.owner.execute("alter table ops.submission add constraint odd check (file_name <> 'odd.csv') not valid")
    answer = site.put(address(), content=f"{LIST}A81001,male,5-9,{MARK}\n",
                      headers={"Content-Disposition": 'attachment; filename="odd.csv"'})  # fmt: skip
    door.owner.execute("alter table ops.submission drop constraint odd")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] == "Something went wrong at our end."
    assert not any(word in answer.text for word in ("odd", "ops.", "psycopg", "Traceback", "CheckViolation", ".py"))
    assert "PUT /v1/returns/{site}/{feed}/{period} ended in CheckViolation" in door.log.read_text()


def test_nothing_private_is_in_the_log_or_the_audit(door: Door) -> None:
    log = door.log.read_text()
    audit = str(door.owner.execute("select action, subject, detail::text from ops.audit").fetchall())
    secrets: dict[str, Any] = json.loads(door.settings.secrets_file.read_text())
    private = [MARK, "A81001", "odd.csv", "Failing row", *door.known.values(), *secrets.values()]
    private += [key.rsplit("_", 1)[-1] for key in door.known.values()]
    assert len(audit) > 10_000
    assert [text for text in private if text in log] == []
    assert [text for text in private if text in audit] == []
    assert "Traceback" not in log


def kept(site: httpx.Client, said: dict[str, Any]) -> bytes:
    return site.get(f"/v1/submissions/{said['receipt']['submission_id']}/file").raise_for_status().content


assert (FEED, PERIOD) == ("registered_list", "2026-04")  # as the paths above have it
