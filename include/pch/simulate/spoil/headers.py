"""Files whose header breaks the contract, or whose content contradicts the address they are sent to."""

from pch.simulate.months import shift
from pch.simulate.spoil.kinds import Scene, amount, fault
from pch.simulate.spoil.table import Table


@fault("error", "missing_column")
def missing_column(content: bytes, scene: Scene) -> bytes:
    return Table.of(content).without_column(amount(scene.contract).name).bytes()


@fault("error", "missing_column")
def no_header(content: bytes, scene: Scene) -> bytes:
    return content[content.index(b"\n") + 1 :]


@fault("error", "repeated_column")
def repeated_column(content: bytes, scene: Scene) -> bytes:
    column = amount(scene.contract)
    return Table.of(content).with_column(column.aliases[0], "1").bytes()


@fault("error", "bad_code")
def swapped_headers(content: bytes, scene: Scene) -> bytes:
    """The right data under the wrong headers: the practice and the next part of the key."""
    table = Table.of(content)
    one = table.place("practice_code")
    other = table.place(next(name for name in scene.contract.grain if name != "practice_code"))
    table.header[one], table.header[other] = table.header[other], table.header[one]
    return table.bytes()


@fault("warning", "unknown_column")
def unknown_column(content: bytes, scene: Scene) -> bytes:
    return Table.of(content).with_column("checked_by", "JS").bytes()


@fault("error", "other_period")
def other_period(content: bytes, scene: Scene) -> bytes:
    stated = f"{shift(scene.period, -1):%Y-%m}"
    return Table.of(content).with_column(scene.contract.restates.period[0], stated).bytes()


@fault("error", "bad_period")
def unreadable_period(content: bytes, scene: Scene) -> bytes:
    return Table.of(content).with_column(scene.contract.restates.period[0], "latest").bytes()


@fault("error", "other_site")
def other_site(content: bytes, scene: Scene) -> bytes:
    return Table.of(content).with_column(scene.contract.restates.site_code[0], scene.other_site).bytes()
