"""Files with rows that stand for others, twice, or for somebody else."""

from collections import Counter

from pch.registry import Feed
from pch.simulate.spoil.kinds import Scene, amount, fault, has_totals, keys
from pch.simulate.spoil.table import Table


@fault("warning", "repeated_row")
def repeated_rows(content: bytes, scene: Scene) -> bytes:
    table = Table.of(content)
    table.rows += table.some(scene.rng, 5)
    return table.bytes()


@fault("error", "conflicting_rows")
def conflicting_rows(content: bytes, scene: Scene) -> bytes:
    table, column = Table.of(content), amount(scene.contract).name
    again = [list(row) for row in table.some(scene.rng, 2, holding=column)]
    for row in again:
        row[table.place(column)] = "1" + row[table.place(column)].lstrip("-")
    table.rows += again
    return table.bytes()


#  --- totals


@fault("information", "total_rows", befalls=has_totals)
def total_rows(content: bytes, scene: Scene) -> bytes:
    table = Table.of(content)
    table.rows += _totals(table, scene)
    return table.bytes()


@fault("warning", "total_differs", befalls=has_totals)
def wrong_total(content: bytes, scene: Scene) -> bytes:
    table = Table.of(content)
    totals = _totals(table, scene)
    count = table.place(_counts(scene.contract)[0])
    wrong = next(row for row in totals if row[count])
    wrong[count] = str(int(wrong[count]) + 7)
    table.rows += totals
    return table.bytes()


@fault("error", "only_totals", befalls=has_totals)
def only_totals(content: bytes, scene: Scene) -> bytes:
    table = Table.of(content)
    return Table(table.header, _totals(table, scene)).bytes()


@fault("error", "bad_code")
def grand_total(content: bytes, scene: Scene) -> bytes:
    """A last line with 'Total' for the practice."""
    table, column = Table.of(content), amount(scene.contract).name
    last = ["Total" if name == "practice_code" else "1" if name == column else "" for name in table.header]
    table.rows.append(last)
    return table.bytes()


def _counts(contract: Feed) -> list[str]:
    """Counts that every row has, first; only counts are compared with their totals."""
    counts = [c for c in contract.columns if c.type == "count"]
    return [c.name for c in sorted(counts, key=lambda c: c.nullable)]


def _totals(table: Table, scene: Scene) -> list[list[str]]:
    """For each combination of the keys that have no word for a total, a row over all values of the others."""
    words = {c.name: str(scene.rng.choice(c.totals)).upper() for c in keys(scene.contract) if c.totals}
    kept = table.places(name for name in scene.contract.grain if name not in words)
    kept = [place for place in kept if any(row[place] for row in table.rows)]
    counts = table.places(_counts(scene.contract))
    sums: dict[tuple[str, ...], Counter[int]] = {}
    for row in table.rows:
        key = tuple(row[place] for place in kept)
        if all(key):  # a total with an empty key would be read as one over all keys
            sums.setdefault(key, Counter()).update({place: int(row[place]) for place in counts if row[place]})
    named = {table.place(name): word for name, word in words.items() if name in table.header}
    totals = []
    for key, total in sums.items():
        cells = dict(zip(kept, key, strict=True)) | named | {place: str(n) for place, n in total.items()}
        totals.append([cells.get(i, "") for i in range(len(table.header))])
    return totals


#  --- practices of others


@fault("warning", "practice_not_of_site", layer="register")
def foreign_practice(content: bytes, scene: Scene) -> bytes:
    """A few rows of one practice stand a second time, under a practice of another site."""
    table = Table.of(content)
    practice, key = table.place("practice_code"), table.place(scene.contract.grain[0])
    again = [list(row) for row in table.rows if row[practice] == table.rows[0][practice]][:6]
    for number, row in enumerate(again):
        row[key] = f"{row[key]}X{number}"
        row[practice] = scene.stranger
    table.rows += again
    return table.bytes()


@fault("error", "no_practice_of_site", layer="register", befalls=lambda contract: contract.names_practices)
def others_file(content: bytes, scene: Scene) -> bytes:
    """The file of another site."""
    return scene.others_file()
