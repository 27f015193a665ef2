"""Grants: what a site was given from a source of money, to spend from a month to a month.

Award -> ops.grant_award (appended, signed) -> ops.current_grant_award -> mart.fct_grant, beside what was spent of it
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from pch.errors import Refused
from pch.warehouse.db import Connection
from pch.warehouse.programme.rows import (
    Declared,
    Row,
    declare,
    in_force,
    no_site,
    one_at_a_time,
    refuse_any,
    sites_of,
    wrong_with_sentence,
)

SOURCES = ("start_up_grant", "per_patient_grant", "commissioner", "own")
PER_PATIENT = "per_patient_grant"


@dataclass(frozen=True)
class Award:
    """Nominal pounds, to spend from ``first_period`` up to and including ``last_period``."""

    site_code: str
    funding_source: str
    awarded_on: date
    amount_gbp: Decimal
    first_period: date
    last_period: date
    because: str

    @property
    def key(self) -> tuple[object, ...]:
        return self.site_code, self.funding_source, self.awarded_on


def award_grants(conn: Connection, awards: Sequence[Award], by: str) -> Declared:
    """Records each; Refused, with the first sentence that is wrong, where one cannot be. One of the same site, source
    and day stands for the earlier one."""
    one_at_a_time(conn)
    sites = sites_of(conn)
    for award in awards:
        refuse_any(wrong_with_award(award, sites))
    rows = [
        asdict(award) | {"amount_gbp": round(award.amount_gbp, 2), "because": award.because.strip()} for award in awards
    ]
    return declare(conn, "grant_award", rows, by, date.max)  # the mart holds them whole: one month makes it again


def wrong_with_award(award: Award, sites: Collection[str]) -> Iterator[str]:
    """Sentences, each a reason why it cannot be recorded."""
    if award.site_code not in sites:
        yield no_site(award.site_code)
    if award.funding_source not in SOURCES:
        yield f"There is no source '{award.funding_source}' of grants. There are: {', '.join(SOURCES)}."
    if not 0 < award.amount_gbp < 10**9:
        yield f"{award.amount_gbp:,} pounds are no grant: an amount above 0 is needed, like 40000."
    if award.awarded_on > date.today():
        yield f"{award.awarded_on} is still to come: record a grant once it is awarded."
    if award.last_period < award.first_period:
        yield (
            f"It would have to be spent by {award.last_period:%Y-%m}, before it may be from {award.first_period:%Y-%m}."
        )
    yield from wrong_with_sentence(award.because, "A grant")


def amount_for_patients(conn: Connection, site: str, source: str, period: date, gbp_per_patient: Decimal) -> Decimal:
    """What so much a patient comes to: times the registered patients of the site's practices in ``period``. Refused
    of another source than PER_PATIENT, and where no complete list of that month is in use."""
    if source != PER_PATIENT:
        raise Refused(f"Money for each patient goes with a {PER_PATIENT} only: give the amount itself.")
    row = conn.execute(
        """select sum(r.registered_count), bool_or(r.registered_count is null) from raw.registered_list as r
           where (r.site_code, r.period) = (%(site)s, %(period)s) and exists (
             select from ref.membership as m
             where (m.site_code, m.practice_code) = (r.site_code, r.practice_code) and m.valid_from <= r.period
             and (m.valid_to is null or r.period < m.valid_to))""",
        {"site": site, "period": period},
    ).fetchone()
    patients, is_withheld = row or (None, None)
    if patients is None or is_withheld:
        what = "withholds cells" if is_withheld else "is not in use"
        raise Refused(f"The list of registered patients of {site} for {period:%Y-%m} {what}: give the amount itself.")
    return round(gbp_per_patient * Decimal(patients), 2)


def pounds(text: str) -> Decimal:
    """An amount as it is written, like 40000 or 40000.00; Refused where it is none."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite():
        raise Refused(f"'{text}' is no amount of money. One is written like 40000.00.")
    return amount


def current_awards(conn: Connection, site: str | None) -> list[Row]:
    """Those in force, by site, source and day; ``site`` given, its own."""
    found = in_force(conn, "grant_award", {"site_code": site} if site else {})
    return sorted(found, key=lambda row: (row["site_code"], row["funding_source"], row["awarded_on"]))
