"""Files that are sound in themselves and odd only beside other months of the site, or other feeds."""

from decimal import Decimal

from pch.registry import Feed
from pch.simulate.spoil.kinds import Scene, fault
from pch.simulate.spoil.table import Table

#  Feeds whose totals are set beside those of the registered list, whatever the site's own months say.
TO_THE_LIST = ("gp_appointments", "hospital_activity", "prescribing")
#  ... and those of them in which sites differ little: prescribing varies with age and need.
ALIKE_IN_SITES = ("gp_appointments", "hospital_activity")


def _of_practices(contract: Feed) -> bool:
    return contract.names_practices


def _large_in_practices(contract: Feed) -> bool:
    """A practice's answers of a month are too few for a slip to be told from chance."""
    return contract.names_practices and contract.feed != "patient_experience"


@fault("warning", "tenfold_total", layer="submission", history="needed")
def factor_ten_slip(content: bytes, scene: Scene) -> bytes:
    """Every number of the file has a nought too many, so that they agree with one another."""
    return _multiplied(content, scene, 10)


@fault("warning", "tenfold_practice", layer="submission", history="needed", befalls=_large_in_practices)
def factor_ten_practice(content: bytes, scene: Scene) -> bytes:
    """The same in one practice alone."""
    return _multiplied(content, scene, 10, practice=_one_of_last_month(content, scene))


@fault(
    "warning",
    "unusual_total",
    layer="submission",
    history="needed",
    befalls=lambda contract: contract.feed != "programme_inputs",  # a ledger varies so much of itself
)
def counted_five_times(content: bytes, scene: Scene) -> bytes:
    return _multiplied(content, scene, 5)


#  Feeds whose rows name their own weeks or quarter: last month's are refused for that.
DATED = {"gp_appointments": "week_outside_period", "staff_survey": "wave_of_another_quarter"}


@fault("error", DATED, layer="row", history="needed")
def last_months_dated_file(content: bytes, scene: Scene) -> bytes:
    return scene.last_month()


@fault(
    "warning",
    "copy_of_last_month",
    layer="submission",
    history="needed",
    befalls=lambda contract: contract.feed not in DATED,
)
def last_months_file(content: bytes, scene: Scene) -> bytes:
    return scene.last_month()


@fault("warning", "practice_vanished", layer="submission", history="needed", befalls=_of_practices)
def practice_left_out(content: bytes, scene: Scene) -> bytes:
    """A practice that had rows in the month before has none."""
    return _without(content, _one_of_last_month(content, scene))


@fault("warning", "practice_vanished", layer="submission", history="needed", befalls=_of_practices)
def half_missing(content: bytes, scene: Scene) -> bytes:
    """The extract stopped half way through the practices."""
    table = Table.of(content)
    gone = frozenset(table.practices[len(table.practices) // 2 :])
    return _without(content, *gone)


@fault("warning", "practice_without_rows", layer="submission", history="none", befalls=_of_practices)
def practice_never_in(content: bytes, scene: Scene) -> bytes:
    """A practice is left out from the first file on."""
    return _without(content, str(scene.rng.choice(Table.of(content).practices)))


@fault("warning", dict.fromkeys(TO_THE_LIST, "ratio_too_high"), layer="cross_feed", history="none")
def factor_ten_from_the_start(content: bytes, scene: Scene) -> bytes:
    return _multiplied(content, scene, 10)


@fault("warning", dict.fromkeys(TO_THE_LIST, "ratio_too_low"), layer="cross_feed", history="none")
def twentieth_from_the_start(content: bytes, scene: Scene) -> bytes:
    """A filter was left on."""
    return _every(content, 20)


@fault("warning", dict.fromkeys(ALIKE_IN_SITES, "unusual_ratio"), layer="cross_feed", history="none")
def third_from_the_start(content: bytes, scene: Scene) -> bytes:
    """Possible, yet unlike any other site."""
    return _every(content, 3)


def _every(content: bytes, nth: int) -> bytes:
    table = Table.of(content)
    return Table(table.header, table.rows[::nth]).bytes()


def _multiplied(content: bytes, scene: Scene, factor: int, practice: str | None = None) -> bytes:
    table = Table.of(content)
    at, places = table.place("practice_code"), table.places(scene.contract.numeric_columns)
    for row in table.rows:
        if practice in (None, row[at]):
            for place in places:
                row[place] = row[place] and str(Decimal(row[place]) * factor)
    return table.bytes()


def _without(content: bytes, *practices: str) -> bytes:
    table = Table.of(content)
    at = table.place("practice_code")
    return table.where(lambda row: row[at] not in practices).bytes()


def _one_of_last_month(content: bytes, scene: Scene) -> str:
    before = frozenset(Table.of(scene.last_month()).practices)
    return str(scene.rng.choice([code for code in Table.of(content).practices if code in before]))
