"""``/v1/submissions``: what became of a file, what was found in it, and its bytes."""

from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

import http_sf
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from pch.door import exports, reading
from pch.door.access import OfHouse, OfKey
from pch.door.api.models import Findings, Submission
from pch.door.api.parameters import SubmissionId
from pch.door.problems import Documented, documented

router = APIRouter(prefix="/submissions", tags=["submissions"], responses=documented("not-yours"))

CHUNK_BYTES = 256 << 10


class Bytes(StreamingResponse):
    """Of no type that a browser would open."""

    media_type = "application/octet-stream"


_TABLE = {"schema": {"type": "string"}, "example": ",".join(exports.FINDING_COLUMNS)}
_CSV: Documented = {200: {"description": "What was found", "content": {"text/csv": _TABLE}}}
_FILE: Documented = {
    200: {
        "description": "The bytes that arrived",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        "headers": {
            "Content-Digest": {"description": "Their checksum (RFC 9530)", "schema": {"type": "string"}},
            "Content-Disposition": {"description": "Their name", "schema": {"type": "string"}},
        },
    }
}


@router.get("/{submission_id}", summary="A submission")
def get_submission(submission_id: SubmissionId, asking: OfKey, house: OfHouse) -> Submission:
    """Its receipt, and what was decided of it."""
    told = reading.told_to(house, asking, submission_id)
    return Submission.filed(told.address, told.filed)


@router.get(
    "/{submission_id}/findings", summary="What was found in a submission", response_model=Findings, responses=_CSV
)
def get_findings(request: Request, submission_id: SubmissionId, asking: OfKey, house: OfHouse) -> Findings | Response:
    """Gravest first. Before the verdict, those of the contract; `basis` says which. With `Accept: text/csv`, a table
    to open in a spreadsheet: a line a place."""
    told = reading.told_to(house, asking, submission_id)
    if "text/csv" not in request.headers.get("accept", ""):
        return Findings.of(told)
    lines = exports.findings_lines(told.findings)
    name = f"findings-{submission_id}.csv"
    table = exports.written("csv", name, exports.FINDING_COLUMNS, lines)
    return Response(table, media_type=exports.MEDIA_TYPE["csv"], headers=_attached(name))


@router.get("/{submission_id}/file", summary="The file of a submission", responses=_FILE, response_class=Bytes)
def get_file(submission_id: SubmissionId, asking: OfKey, house: OfHouse) -> Response:
    """The very bytes that arrived, to be saved, not shown."""
    attempt = reading.told_to(house, asking, submission_id).filed.attempt
    headers = _attached(attempt.file_name) | {
        "Content-Length": str(attempt.bytes),
        "Content-Digest": http_sf.ser({"sha-256": (bytes.fromhex(attempt.sha256), {})}),
    }
    file = house.landing.open(attempt.sha256)
    return Bytes(_chunks(file), headers=headers)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _attached(name: str) -> dict[str, str]:
    """For saving under ``name``, which is data: no quote or line of it ends up in the header."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
