"""A file looked at as the centre will look at it, as far as that needs neither history nor the warehouse.

bytes -> decode -> findings of the contract
     [-> register of sites -> whose practices they are]
     [-> suite of the feed -> findings of the rows]          and which rules could not be asked, and why

Great Expectations takes seconds to import and need not be there: it is looked for when rows are to be judged.
"""

from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa

from pch import registry
from pch.decode import Limits, Payload, decode
from pch.desk.looked import Looked, NotRun, Register
from pch.findings import Finding
from pch.registry.rules import rules_of

CLOSES = {"return_locked", "after_primary_close"}

NO_REGISTER = "needs the register of sites"
NO_SITE = "needs to know which site the file is of"
NO_SUITES = "needs Great Expectations, which is not installed here"
NOT_DEEP = "is asked when the pipeline reads the file"
ARRIVAL = "depends on when the file is received"
HISTORY = "needs what the site sent before"
OTHER_FEEDS = "needs the site's other feeds of the month"


def look(
    path: Path, file_name: str, feed: str, period: date, site_code: str | None, limits: Limits | None = None, *,
    deep: bool = False, register: Register | None = None,
) -> Looked:  # fmt: skip
    """The contract's findings; with the ``register`` those on whose practices they are; ``deep``: those on the rows.
    ``site_code`` None: it is not known, so nothing is compared with it."""
    payload = Payload(0, site_code, period, file_name, path.read_bytes())
    decoded = decode(registry.feed(feed, period), [payload], limits or Limits())
    findings = list(decoded.findings)
    if register is not None and site_code is not None:
        findings += _of_register(decoded.table, site_code, period, register)
    judges_rows = deep and find_spec("great_expectations") is not None
    if judges_rows:
        from pch.quality.rows import row_findings

        findings += row_findings(feed, decoded.table, period)[0]
    why_rows = None if judges_rows else NO_SUITES if deep else NOT_DEEP
    why_register = NO_SITE if site_code is None else NO_REGISTER if register is None else None
    not_run = list(_not_run(feed, period, why_rows, why_register, has_site=site_code is not None))
    return Looked(decoded.rows_read[0], findings, not_run)


def _of_register(rows: pa.Table, site_code: str, period: date, register: Register) -> Iterator[Finding]:
    """As ``pch.quality.register.set_aside`` says it of what is staged."""
    from pch.quality.register import Strangers, of_strangers, of_unknown_site

    grouped = rows.group_by("practice_code").aggregate([("row_number", "count"), ("row_number", "min")])
    strangers = [
        each for each in grouped.sort_by("practice_code").to_pylist()
        if each["practice_code"] is not None and register.members.get(each["practice_code"]) != site_code
    ]  # fmt: skip
    if strangers:
        count = sum(each["row_number_count"] for each in strangers)
        found = Strangers(
            count,
            min(each["row_number_min"] for each in strangers),
            rows.num_rows - count,
            [(each["practice_code"], register.members.get(each["practice_code"])) for each in strangers],
        )
        finding = of_strangers(0, site_code, period, found)
        yield finding
        if finding.severity == "error":
            return
    if site_code not in register.sites:
        yield of_unknown_site(0, site_code, rows.num_rows)


def _not_run(
    feed: str, period: date, why_rows: str | None, why_register: str | None, *, has_site: bool
) -> Iterator[NotRun]:
    """The declared rules of the feed that were not asked here, in the order in which a file meets them."""
    for rule in rules_of(feed, period).values():
        why = {
            "contract": NO_SITE if rule.rule == "other_site" and not has_site else None,
            "register": ARRIVAL if rule.rule in CLOSES else why_register,
            "row": why_rows,
            "submission": HISTORY,
            "cross_feed": OTHER_FEEDS,
        }[rule.layer]
        if why:
            yield NotRun(rule.rule, rule.sentence, why)
