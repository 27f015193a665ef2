"""``pch explain`` for people: the figure first, then what it was made of, down to the files."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from pch.reports.explain import Explanation, Stratum, Sum
from pch.reports.screen import moment, month, number, plain, quantity, table, word
from pch.reports.screen.findings import finding_text
from pch.reports.sources import Month, Practice, Source

DECIMALS = 4


def print_explanation(console: Console, told: Explanation) -> None:
    _print_figure(console, told)
    _print_definition(console, told)
    _print_strata(console, told)
    _print_practices(console, told.practices)
    _print_months(console, told.months)
    _print_findings(console, told.months)


def _print_figure(console: Console, told: Explanation) -> None:
    f, d = told.figure, told.definition
    unit = d["unit"].replace("_", " ")
    when = month(f.period) if f.first_period == f.period else f"{month(f.first_period)} to {month(f.period)}"
    title = f"{f.metric_code} {d['metric_name']}: {f.site_code} {f.site_name}, {f.period_window} {when}"
    console.print(plain(title, "bold"))
    if f.value is None:
        reason = f" ({f.state_reason})" if f.state_reason else ""
        console.print(Text.assemble("  No figure: ", word(f.state), plain(reason)))
    else:
        console.print(Text.assemble("  ", (number(f.value, DECIMALS), "bold"), f" {unit}, ", word(f.state)))
    if f.lower_95 is not None:
        for share, low, high in (("95%", f.lower_95, f.upper_95), ("99.8%", f.lower_998, f.upper_998)):
            console.print(f"  {share:>5} interval {number(low, DECIMALS)} to {number(high, DECIMALS)}")
    if f.value is not None:
        console.print(f"  numerator {quantity(f.numerator)}, denominator {quantity(f.denominator)}")
    _print_quality(console, told)
    if told.build:
        version = f", code version {told.build.code_version}" if told.build.code_version else ""
        outcome = "" if told.build.succeeded else ", which then failed"
        console.print(f"  made {moment(f.built_at)} by build {told.build.build_id}{version}{outcome}")
    else:
        console.print(f"  made {moment(f.built_at)} by a build that was stopped before it was recorded")
    if told.awaiting:
        months = ", ".join(month(p) for p in told.awaiting)
        console.print(f"  It may change: {months} changed since and wait to be built.", style="yellow")
    console.print()


def _print_quality(console: Console, told: Explanation) -> None:
    f = told.figure
    console.print(f"  accepted data cover {number(f.coverage_pct, 1)}% of registered patients")
    if f.sensitivity_lower is not None:
        band = f"{number(f.sensitivity_lower, DECIMALS)} to {number(f.sensitivity_upper, DECIMALS)}"
        console.print(f"  {band} if what is absent or in question were like the rest")
    elif _is_in_doubt(told):
        console.print(
            "  how far it rests on what is absent or in question cannot be told: there is nothing to judge it by"
        )
    edition = {
        "provisional": "more may still arrive before the primary close",
        "primary": "nothing behind it came after the primary close",
        "refresh": "something behind it came after the primary close",
    }[f.edition]
    console.print(f"  {f.edition}: {edition}")
    if f.worst_finding_severity:
        said = plain(f"{f.worst_finding_message} [{f.worst_finding}]")
        console.print(Text.assemble("  worst open finding: ", word(f.worst_finding_severity), " ", said))
    if f.open_questions_count:
        console.print(f"  {f.open_questions_count} question(s) about it wait for a reason", style="yellow")
    for explanation in f.explanations or []:
        console.print(Text.assemble("  explained: ", plain(explanation)))


def _is_in_doubt(told: Explanation) -> bool:
    """A count of returns is not: it is complete whatever the files say."""
    f = told.figure
    rests = f.coverage_pct < 100 or f.open_questions_count > 0
    return f.value is not None and rests and told.definition["method"] != "count_share"


def _print_definition(console: Console, told: Explanation) -> None:
    d = told.definition
    formula = {
        "dsr": "directly standardised by age and sex (European Standard Population 2013, Dobson's limits)",
        "dsr_repeat": "directly standardised by age and sex (European Standard Population 2013, Dobson's limits, "
        "widened since events come several to a stay)",
        "indirect_rate": "indirectly standardised (exact Poisson limits below 10 events, Byar's from 10)",
        "crude_rate": "crude rate (exact Poisson limits below 10 events, Byar's from 10)",
        "proportion": "proportion (Wilson's limits)",
        "mean": "mean (Student's limits)",
        "ratio": "quotient of sums (linearised limits, the practices varying)",
        "quotient": "quotient of complete records, no sampling interval",
        "count_share": "share of a complete count, no sampling interval",
    }.get(d["method"], d["method"])
    lines = [
        f"Definition, version {d['definition_version']}: {number(d['multiplier'])} x {d['numerator_measure']} / "
        f"{d['denominator_measure']}, {formula}",
        f"Unit: {d['unit'].replace('_', ' ')}. Cohort: {d['cohort']}. Needs: {', '.join(d['feeds'])}.",
        f"Leaves out: {d['exclusions']}",
        f"Source: {d['source']}",
    ]
    if d["definition_version"] != told.figure.definition_version:
        lines.append(f"The figure was made by version {told.figure.definition_version} of the definition.")
    console.print(plain("\n".join(lines)))
    console.print()


def _print_strata(console: Console, told: Explanation) -> None:
    if not told.strata or told.sum is None:
        console.print("Nothing was counted: there is no numerator and no denominator to show.\n")
        return
    d, standard = told.definition, told.sum.standard_population is not None
    names = [d["numerator_measure"], d["denominator_measure"], "Rate"]
    names += ["Standard", "Rate x standard"] if standard else []
    names += ["Expected"] if told.sum.expected is not None else []
    strata = table("Sex", "Age", *names, right=tuple(names))
    for s in told.strata:
        strata.add_row(*_stratum(s, standard))
    strata.add_section()
    weighted = _weighted(told.strata) if standard else None
    last = [number(told.sum.standard_population), number(weighted, DECIMALS)] if standard else []
    if told.sum.expected is not None:
        last.append(number(told.sum.expected, DECIMALS))
    rate = "" if last else number(told.sum.value, DECIMALS)
    strata.add_row("Sum", "", quantity(told.sum.numerator), quantity(told.sum.denominator), rate, *last, style="bold")
    console.print(strata)
    console.print(plain(_check(told.sum, weighted, told)))
    for s in told.outside:
        console.print(
            f"In no stratum: sex {s.sex}, age {s.age_band}: {quantity(s.numerator)} {d['numerator_measure']}, "
            f"{quantity(s.denominator)} {d['denominator_measure']}"
        )
    if suppressed := sum(s.suppressed_count for s in (*told.strata, *told.outside)):
        console.print(f"{suppressed:,} cell(s) were suppressed by the site.")
    console.print()


def _stratum(s: Stratum, standard: bool) -> list[str]:
    cells = [s.sex, s.age_band, quantity(s.numerator), quantity(s.denominator), number(s.rate, DECIMALS)]
    if standard:
        product = None if s.rate is None else s.rate * (s.standard_population or 0)
        cells += [number(s.standard_population), number(product, DECIMALS)]
    return [*cells, number(s.expected, DECIMALS)] if s.expected is not None else cells


def _weighted(strata: list[Stratum]) -> float | None:
    products = [s.rate * s.standard_population for s in strata if s.rate is not None and s.standard_population]
    return sum(products) if len(products) == len(strata) else None


def _check(total: Sum, weighted: float | None, told: Explanation) -> str:
    multiplier = number(told.definition["multiplier"])
    if told.figure.value is None:
        return f"Rate = {multiplier} x numerator / denominator. No value is published from these (see above why)."
    value = number(total.value, DECIMALS)
    if total.expected is not None:
        return (
            f"Rate = {multiplier} x {told.definition['numerator_measure']} / {told.definition['denominator_measure']}. "
            f"Value = the programme's {number(total.programme_rate, DECIMALS)} x {quantity(total.numerator)} / "
            f"{number(total.expected, DECIMALS)} expected = {value}"
        )
    if total.standard_population is None:
        return f"{multiplier} x {quantity(total.numerator)} / {quantity(total.denominator)} = {value}"
    return (
        f"Rate = {multiplier} x {told.definition['numerator_measure']} / {told.definition['denominator_measure']}. "
        f"Value = {number(weighted, DECIMALS)} / {number(total.standard_population)} = {value}"
    )


def _print_practices(console: Console, practices: list[Practice]) -> None:
    if not practices:
        return
    numbers = ("Months in", "Person-months")
    shown = table("Practice", *numbers, "Left out, and why", right=numbers)
    for p in practices:
        why = "\n".join(f"{month(x.period)}: {x.why}" for x in p.left_out) or "-"
        shown.add_row(p.practice_code, number(p.months_included_count), number(p.person_months), plain(why))
    console.print(shown)


def _print_months(console: Console, months: list[Month]) -> None:
    numbers = ("Numerator", "Denominator", "Submission", "Attempt", "Rows")
    shown = table("Period", *numbers[:2], "Feed", "State", *numbers[2:], "sha256", "File", "Received", right=numbers)
    for m in months:
        for i, s in enumerate(m.sources):
            lead = (month(m.period), quantity(m.numerator), quantity(m.denominator)) if i == 0 else ("", "", "")
            shown.add_row(*lead, *_source(s))
    console.print(shown)


def _source(s: Source) -> list[Text]:
    state = word(s.verdict if s.is_in_figure and s.state == "received" else s.state)
    if s.in_use_now is not None:
        state.append(f" (now: {s.in_use_now})", "yellow")
    cells = (s.submission_id, s.attempt, number(s.rows_published), s.sha256 and s.sha256[:12], s.file_name)
    return [plain(s.feed), state, *(plain("" if c is None else c) for c in (*cells, moment(s.received_at)))]


def _print_findings(console: Console, months: list[Month]) -> None:
    found = [(m, s, f) for m in months for s in m.sources for f in s.findings]
    grave = [x for x in found if x[2].severity != "information"]
    let_pass = [x for x in found if x[2].exemption]
    for m, s, finding in grave + let_pass:
        source = f"{s.feed} {month(m.period)}, submission {s.submission_id}\n"
        console.print(Padding(Text.assemble((source, "dim"), finding_text(finding)), (0, 0, 0, 2)))
    submissions = sum(s.submission_id is not None for m in months for s in m.sources)
    console.print(
        f"{len(grave)} error(s) and warning(s) and {len(found) - len(grave)} piece(s) of information in the "
        f"{submissions} submission(s) above ('pch findings' and --json have all)."
    )
