"""``pch target list``, ``priority list``, ``characteristic list`` and ``baseline list`` for people."""

from collections.abc import Sequence
from datetime import date, datetime

from rich.console import Console

from pch.reports.declared import Baselines, Characteristic, Priority, Target
from pch.reports.screen import moment, month, plain, table
from pch.warehouse.calendar import add_months

PROGRAMME = "all sites"


def print_targets(console: Console, found: Sequence[Target]) -> None:
    if not found:
        console.print("No target is in force.")
        return
    made = table("Metric", "Site", "From", "Until", "Target", "Because", "Set by")
    for t in found:
        until = add_months(t.effective_to, -1) if t.effective_to else None
        aim = figure(t.value)
        if t.to_period and t.to_value is not None:
            aim += f" to {figure(t.to_value)} in {month(t.to_period)}"
        made.add_row(
            t.metric_code, t.site_code or PROGRAMME, month(t.from_period), _until(until), aim, plain(t.because),
            _by(t.set_by, t.set_at),
        )  # fmt: skip
    console.print(made)


def print_priorities(console: Console, found: Sequence[Priority]) -> None:
    if not found:
        console.print("No site has chosen a priority.")
        return
    made = table("Site", "Rank", "Metric", "From", "Until", "Because", "Set by", right=("Rank",))
    for p in found:
        made.add_row(
            p.site_code, str(p.rank), p.metric_code, month(p.from_period), _until(p.to_period), plain(p.because),
            _by(p.set_by, p.set_at),
        )  # fmt: skip
    console.print(made)


def print_characteristics(console: Console, found: Sequence[Characteristic]) -> None:
    if not found:
        console.print("Nothing is recorded of how far the model is in place.")
        return
    made = table("Site", "Characteristic", "As of", "Level", "Evidence", "Recorded by")
    for c in found:
        made.add_row(
            c.site_code, c.characteristic, c.as_of.isoformat(), c.level.replace("_", " "), plain(c.evidence),
            _by(c.recorded_by, c.recorded_at),
        )  # fmt: skip
    console.print(made)


def print_baselines(console: Console, found: Baselines) -> None:
    if not found.baselines:
        console.print("No baseline is frozen yet: that happens when a site's first complete months are built.")
    else:
        made = table(
            "Metric", "Site", "Months", "Baseline", "95% interval", "Because", "Frozen by", right=("Baseline",)
        )
        for b in found.baselines:
            span = month(b.last_period)
            span = span if b.first_period == b.last_period else f"{month(b.first_period)} to {span}"
            interval = "" if b.lower_95 is None else f"{figure(b.lower_95)} to {figure(b.upper_95)}"
            made.add_row(
                b.metric_code, b.site_code, span, figure(b.value), interval, plain(b.because),
                _by(b.frozen_by, b.frozen_at),
            )  # fmt: skip
        console.print(made)
    for r in found.rebases:
        where = f"of {r.site_code}" if r.site_code else "of every site"
        console.print(
            plain(
                f"The chart of {r.metric_code} {where} begins anew with {month(r.from_period)}: {r.because} "
                f"({_by(r.signed_by, r.signed_at)})"
            )
        )


def figure(value: float | None) -> str:
    """Four digits, more before the point."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _until(last: date | None) -> str:
    return month(last) if last else ""


def _by(who: str, at: datetime) -> str:
    return f"{plain(who)}, {moment(at)[:10]}"
