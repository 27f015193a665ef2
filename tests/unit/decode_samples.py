"""What the tests of decode share: the address of the samples, and one file read as on a site's own desk."""

from datetime import date
from pathlib import Path

from pch.decode import Decoded, Limits, Payload, decode
from pch.findings import Finding
from pch.registry import feed

PROJECT = Path(__file__).resolve().parents[2]
SAMPLES = PROJECT / "tests" / "samples"
REAL = PROJECT.parent / "shared" / "realdata"
SITE, PERIOD = "U00001", date(2022, 4, 1)

HEADER = "practice_code,sex,age_band,registered_count\n"


def payload(content: bytes | str, number: int = 1, site: str = SITE, period: date = PERIOD) -> Payload:
    as_bytes = content.encode() if isinstance(content, str) else content
    return Payload(number, site, period, "sample", as_bytes)


def read(content: bytes | str, name: str = "registered_list", limits: Limits | None = None) -> Decoded:
    """One file, sent for site U00001 and April 2022."""
    return decode(feed(name), [payload(content)], limits or Limits())


def errors(decoded: Decoded) -> list[str]:
    return [f.rule for f in decoded.findings if f.severity == "error"]


def found(decoded: Decoded, rule: str) -> Finding:
    """The one finding of this rule."""
    (finding,) = [f for f in decoded.findings if f.rule == rule]
    return finding


def rejected(content: bytes | str, rule: str, name: str = "registered_list", limits: Limits | None = None) -> str:
    """The message of the one error, which must be of ``rule`` and leave no row."""
    decoded = read(content, name, limits)
    assert errors(decoded) == [rule], decoded.findings
    assert decoded.table.num_rows == 0
    finding = found(decoded, rule)
    assert finding.next_step and finding.layer == "contract"
    return finding.message
