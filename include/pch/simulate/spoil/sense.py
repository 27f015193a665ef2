"""Files with rows that cannot be, or that nobody believes: well formed, and against the suite of their feed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from pch.simulate.months import shift
from pch.simulate.spoil.kinds import Scene, amount, fault
from pch.simulate.spoil.table import Table


@fault(
    "error",
    {
        "clinical_indicators": "negative_numerator",
        "gp_appointments": "negative_appointments",
        "hospital_activity": "negative_events",
        "interventions": "negative_contacts",
        "patient_experience": "negative_responses",
        "registered_list": "negative_patients",
        "staff_survey": "negative_respondents",
    },
    layer="row",
)
def negative_count(content: bytes, scene: Scene) -> bytes:
    return Table.of(content).with_cells(scene.rng, 1, amount(scene.contract).name, "-5").bytes()


@fault(
    "warning",
    {
        "gp_appointments": "implausible_appointments",
        "hospital_activity": "implausible_events",
        "interventions": "implausible_contacts",
        "patient_experience": "implausible_responses",
        "prescribing": "implausible_items",
        "programme_inputs": "implausible_amount",
        "registered_list": "implausible_patients",
        "staff_survey": "implausible_respondents",
        "workforce": "implausible_fte",
    },
    layer="row",
)
def beyond_belief(content: bytes, scene: Scene) -> bytes:
    return Table.of(content).with_cells(scene.rng, 1, amount(scene.contract).name, "999999").bytes()


@dataclass(frozen=True)
class Beside:
    """``column`` becomes ``factor`` x ``other`` + ``plus``, where ``other`` is at least ``least``."""

    rule: str
    column: str
    factor: int
    other: str
    plus: int = 0
    least: int = 1


CONTRADICTIONS = {
    "clinical_indicators": Beside("numerator_over_denominator", "numerator_count", 1, "denominator_count", plus=1),
    "gp_appointments": Beside("wait_sums_disagree", "wait_days_sumsq", 0, "wait_days_sum"),
    "patient_experience": Beside("score_sums_disagree", "score_sumsq", 0, "score_sum"),
    "workforce": Beside("filled_over_advertised", "filled_90d", 1, "advertised", plus=1, least=0),
}
ODDITIES = {
    "clinical_indicators": Beside("more_excluded_than_left", "exclusions_count", 1, "denominator_count", plus=21),
    "gp_appointments": Beside("implausible_minutes", "minutes_sum", 300, "appointments_count"),
    "hospital_activity": Beside("more_discharges_than_events", "live_discharges_count", 1, "events_count", plus=1),
    "interventions": Beside("redirected_over_contacts", "redirected_from_gp", 1, "contacts", plus=1),
    "patient_experience": Beside("implausible_weights", "weighted_count", 30, "responses_count"),
    "prescribing": Beside("cost_unlike_list_price", "actual_cost_gbp", 2, "nic_gbp", least=201),
    "workforce": Beside("fte_over_headcount", "fte", 2, "headcount"),
}


def _rules(besides: Mapping[str, Beside]) -> dict[str, str]:
    return {feed: beside.rule for feed, beside in besides.items()}


@fault("error", _rules(CONTRADICTIONS), layer="row")
def columns_contradict(content: bytes, scene: Scene) -> bytes:
    """More met than eligible, squares that add up to less than their sum allows."""
    return _set_beside(content, scene, CONTRADICTIONS[scene.feed])


@fault("warning", _rules(ODDITIES), layer="row")
def columns_disagree(content: bytes, scene: Scene) -> bytes:
    return _set_beside(content, scene, ODDITIES[scene.feed])


def _set_beside(content: bytes, scene: Scene, beside: Beside) -> bytes:
    """In the three rows by chance in which it can be."""
    table = Table.of(content)
    column, other = table.place(beside.column), table.place(beside.other)
    able = table.where(lambda row: bool(row[other]) and Decimal(row[other]) >= beside.least)
    for row in able.some(scene.rng, 3):
        row[column] = str(beside.factor * Decimal(row[other]) + beside.plus)
    return table.bytes()


@fault("error", {"gp_appointments": "week_outside_period", "staff_survey": "wave_of_another_quarter"}, layer="row")
def another_time(content: bytes, scene: Scene) -> bytes:
    """A row of eight weeks, or of two quarters, before."""
    table = Table.of(content)
    (row,) = table.some(scene.rng, 1)
    if "wave" in table.header:
        then = shift(scene.period, -6)
        row[table.place("wave")] = f"{then.year}-Q{(then.month + 2) // 3}"
    else:
        week = table.place("week_start_date")
        row[week] = (date.fromisoformat(row[week]) - timedelta(weeks=8)).isoformat()
    return table.bytes()


@fault("warning", {"interventions": "start_after_period", "programme_inputs": "line_after_period"}, layer="row")
def not_yet(content: bytes, scene: Scene) -> bytes:
    """Dated after the end of the month."""
    column = next(c.name for c in scene.contract.columns if c.type == "date")
    return Table.of(content).with_cells(scene.rng, 1, column, shift(scene.period, 1).isoformat()).bytes()


@fault(
    "warning",
    {
        "clinical_indicators": "unknown_indicator",
        "patient_experience": "unknown_question",
        "staff_survey": "unknown_question",
    },
    layer="row",
)
def unknown_code(content: bytes, scene: Scene) -> bytes:
    """Of the pattern, and on no list."""
    table, column = Table.of(content), scene.contract.grain[-2]
    able = table if "instrument" not in table.header else table.where(lambda row: "local" not in row)
    for row in able.some(scene.rng, 1):
        row[table.place(column)] = "XYZ999"
    return table.bytes()


@fault("error", {"staff_survey": "answer_beyond_scale"}, layer="row")
def beyond_the_scale(content: bytes, scene: Scene) -> bytes:
    """A sixth point on a scale of five."""
    table = Table.of(content)
    for row in table.where(lambda row: "RECOMMEND_WORK" in row).some(scene.rng, 1):
        row[table.place("answer")] = "6"
    return table.bytes()
