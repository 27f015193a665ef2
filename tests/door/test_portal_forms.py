"""The portal's forms over HTTP: a file, a nil return, and forms that are not ours; what became of each."""

import csv
import hashlib
import io
import re

import openpyxl
import pytest
from front import Door
from person import BAD, HEADER, LIST, RETURN, due_in_five_days, person, submission_of
from rough import answered, line


@pytest.fixture(scope="module", autouse=True)
def calendar(door: Door) -> None:
    due_in_five_days(door.owner)


def submissions(door: Door) -> object:
    return door.value("select count(*) from ops.submission")


def test_a_file_is_received_checked_and_can_be_had_back(door: Door) -> None:
    visitor = person(door, "PCH001")
    answer = visitor.upload(RETURN, BAD, "März '26\".csv")
    assert answer.history[0].status_code == 303
    number = submission_of(visitor)
    assert hashlib.sha256(BAD.encode()).hexdigest() in visitor.text
    assert "Manager of PCH001 (portal)" in visitor.text and "In time for the primary edition" in visitor.text
    stored = door.owner.execute("select file_name, door, bytes from ops.submission where submission_id = %s", (number,))
    assert stored.fetchone() == ("März '26\".csv".replace('"', "%22"), "portal", len(BAD))
    awaited = visitor.client.get(f"/submissions/{number}/state").json()
    for _ in range(200):
        if (awaited := visitor.client.get(f"/submissions/{number}/state").json())["basis"] == "contract":
            break
    assert awaited == {
        "basis": "contract", "is_checked": False,
        "sentence": "The file cannot be used as it is: 1 error. The rest is still being checked.",
    }  # fmt: skip
    visitor.go(f"/submissions/{number}")
    assert "Line Value 2 ten 3 =1+1 What to do: Write whole numbers in digits." in visitor.text
    as_csv = visitor.client.get(f"/submissions/{number}/findings.csv")
    assert as_csv.headers["content-disposition"] == f'attachment; filename="findings-of-submission-{number}.csv"'
    lines = list(csv.DictReader(io.StringIO(as_csv.content.decode("utf-8-sig"))))
    assert [(line["line"], line["column"], line["value"]) for line in lines] == [
        ("2", "registered_count", "ten"), ("3", "registered_count", "'=1+1"),
    ]  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(visitor.client.get(f"/submissions/{number}/findings.xlsx").content))
    assert [cell.value for cell in book.worksheets[0]["D"]] == ["value", "ten", "'=1+1"]
    file = visitor.client.get(f"/submissions/{number}/file")
    assert file.content == BAD.encode() and file.headers["content-type"] == "application/octet-stream"


def test_the_same_file_again_has_the_same_receipt(door: Door) -> None:
    visitor = person(door, "PCH001")
    visitor.upload(RETURN, LIST)
    first, count = submission_of(visitor), submissions(door)
    visitor.upload(RETURN, LIST)
    assert submission_of(visitor) == first and submissions(door) == count
    assert "These very bytes were received before" in visitor.text


def test_a_correction_beside_what_it_replaces(door: Door) -> None:
    visitor = person(door, "PCH002")
    path = RETURN.replace("PCH001", "PCH002")
    rows = "".join(f"B81001,female,{age}-{age + 4},{age + 1}\n" for age in range(0, 90, 5))
    visitor.upload(path, HEADER + rows)
    visitor.upload(
        path, HEADER + rows.replace("0-4,1\n", "0-4,9\n").replace("B81001,female,5-9,6\n", "") + "B81001,male,0-4,2\n"
    )
    visitor.go(f"/submissions/{submission_of(visitor)}/compare")
    assert "rows 18 18 0" in visitor.text and "registered_count 783 787 +4" in visitor.text
    assert re.search(
        r"Added: 1 row All of them, by line Line practice_code sex age_band imd_quintile 19 B81001 male 0-4",
        visitor.text,
    )
    assert "Gone (lines of the file before): 1 row" in visitor.text and "3 B81001 female 5-9" in visitor.text
    assert "Changed: 1 row" in visitor.text and "registered_count: 1 to 9" in visitor.text


def test_a_file_that_cannot_be_read_is_not_compared(door: Door) -> None:
    visitor = person(door, "PCH003")
    path = RETURN.replace("PCH001", "PCH003")
    visitor.upload(path, "not,a,list\n1,2,3\n")
    visitor.upload(path, HEADER + "C81001,female,0-4,10\n")
    visitor.go(f"/submissions/{submission_of(visitor)}/compare")
    assert "The file before could not be read as it stands, so there is nothing to compare: " in visitor.text


def test_a_nil_return_needs_a_reason(door: Door) -> None:
    visitor = person(door, "PCH003")
    path = RETURN.replace("PCH001", "PCH003").replace("registered_list", "workforce")
    visitor.go(path)
    assert visitor.send(f"{path}/nil", reason="  ").status_code == 400
    assert "Say why there is nothing to report." in visitor.text
    assert visitor.send(f"{path}/nil", reason="No team was in post yet.").status_code == 200
    assert "Nil return, because No team was in post yet." in visitor.text
    assert door.value("select nil_reason from ops.submission where feed = 'workforce'") == "No team was in post yet."


def test_a_form_that_is_not_ours_stores_nothing(door: Door) -> None:
    visitor = person(door, "PCH001")
    visitor.go(RETURN)
    before, new = submissions(door), LIST.replace("12", "13")
    for sent in ({"data": {"form_token": "0" * 64}}, {"data": {}}, {"data": {"form_token": visitor.form_token},
                 "headers": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}}):  # fmt: skip
        answer = visitor.client.post(RETURN, files={"file": ("a.csv", new)}, **sent)
        assert answer.status_code == 403 and "did not come from a page of ours" in answer.text
    after_the_file = visitor.client.post(
        RETURN, files=[("file", ("a.csv", new)), ("form_token", (None, visitor.form_token))]
    )
    assert after_the_file.status_code == 403
    assert visitor.client.post(f"{RETURN}/nil", data={"reason": "nothing"}).status_code == 403
    assert submissions(door) == before


@pytest.mark.parametrize(
    ("cut", "status", "said"),
    [
        (lambda body: body[:-20], 400, "The connection ended before the file did."),
        (lambda body: body[:40], 400, "The connection ended before the file did."),
        (lambda body: b"no form", 400, "This is not the form of a page."),
        (lambda body: body.replace(b"list.csv", b""), 400, "Choose a file."),
        (lambda body: body.replace(b"A81001", b"A81001" * 100), 200, "Submission"),
    ],
)
def test_a_broken_form_stores_nothing(door: Door, cut: object, status: int, said: str) -> None:
    visitor = person(door, "PCH001")
    visitor.go(RETURN)
    before = submissions(door)
    request = visitor.client.build_request(
        "POST", RETURN, data={"form_token": visitor.form_token}, files={"file": ("list.csv", LIST.replace("12", "77"))}
    )
    content = cut(request.read())  # type: ignore[operator]
    answer = visitor.client.post(RETURN, content=content, headers={"Content-Type": request.headers["content-type"]})
    assert answer.status_code == status and said in answer.text
    assert submissions(door) == (before if status != 200 else before + 1)  # type: ignore[operator]


def test_a_form_too_large_is_refused_before_it_comes(door: Door) -> None:
    visitor = person(door, "PCH001")
    visitor.go(RETURN)
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.client.cookies.items())
    with line(door) as wire:
        wire.sendall(
            f"POST {RETURN} HTTP/1.1\r\nHost: door\r\nCookie: {cookies}\r\nContent-Length: {600 << 20}\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode()
        )
        status, page = answered(wire)
    assert status == 413 and "The file is larger than 512 MB." in page
    fields = {"form_token": visitor.form_token, "more": "x" * 20_000}
    assert visitor.client.post(RETURN, data=fields, files={"file": ("a", b"b")}).status_code == 413
