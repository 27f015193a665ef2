"""A push over HTTP: receipts, findings, idempotency."""

from front import Door

LIST = "practice_code,sex,age_band,registered_count\nA81001,female,0-4,10\nA81001,male,0-4,12\n"


def test_a_file_gets_a_receipt(door: Door) -> None:
    with door.client("PCH001") as site:
        first = site.put("/v1/returns/PCH001/registered_list/2026-04", content=LIST)
        assert first.status_code == 201, first.text
        again = site.put("/v1/returns/PCH001/registered_list/2026-04", content=LIST)
    assert again.status_code == 200
    assert first.json()["receipt"]["submission_id"] == again.json()["receipt"]["submission_id"]
    assert first.json()["looked"]["rows_read"] == 2
