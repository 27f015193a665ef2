"""Items prescribed and dispensed in a month: one row a practice and presentation.

presentations (a made-up catalogue) x patients weighted by age x each practice's tastes x season -> Poisson items ->
quantity, net ingredient cost, actual cost.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from string import ascii_uppercase

import numpy as np
import pyarrow as pa

from pch.simulate.feeds.month import Month, Table
from pch.simulate.lists import SHAPE
from pch.simulate.months import Stream, days_in, ordinal, random
from pch.simulate.places import Floats, Ints
from pch.simulate.rendering import named

#  Planning figures of the order of NHSBSA's Prescription Cost Analysis for England (1.1 to 1.2 billion items a year
#  for some 62 million registered patients): about 1.65 items a patient and month, more at an older age structure.
ITEMS_PER_PATIENT_MONTH = 1.88  # at the age structure of ``lists.SHAPE``
NIC_PER_ITEM = 8.4  # pounds of net ingredient cost
INFLATION, PRICED_IN = 0.02, date(2023, 10, 1)
DISCOUNT, CONTAINER = 0.072, 0.10  # taken off, and pounds put on half the items (split packs): NHSBSA, EPD
#  Items by age relative to each other, drawn by hand; 0-4 ... 90+.
BY_AGE = np.array(
    (.3, .15, .15, .3, .4, .45, .5, .6, .75, .95, 1.2, 1.5, 1.9, 2.5, 3.2, 4.0, 4.8, 5.3, 5.5)
)  # fmt: skip
PRACTICE_SHAPE = 60.0  # gamma with mean 1: practices differ by 13%, all else being equal
TASTE_SHAPE = 1.5  # ... and by more in what they choose

#  Substances that somebody follows, by BNF code: items among 10,000, pounds an item, presentations. From the same
#  file (September 2017, four practices), rounded; the last group is of NHS England's items not to be prescribed.
SUBSTANCES = {
    "0103050P0": (310, 1.4, 6), "0602010V0": (310, 2.6, 5), "0205051R0": (300, 1.5, 6),  # omeprazole, levothyroxine
    "0212000B0": (280, 1.2, 5), "0204000H0": (230, 1.0, 6), "0206020A0": (210, 1.5, 4),  # atorvastatin, bisoprolol
    "0601022B0": (180, 3.8, 8), "0301011R0": (180, 3.0, 6), "0407010H0": (160, 2.7, 6),  # metformin, salbutamol
    "0208020Z0": (60, 48.0, 2), "0208020Y0": (60, 45.0, 4), "0302000N0": (60, 42.0, 8),  # apixaban, rivaroxaban
    "0501013B0": (64, 1.3, 6), "0501012G0": (36, 3.9, 5), "0501080W0": (33, 1.5, 3),  # amoxicillin, flucloxacillin
    "0501130R0": (30, 8.0, 5), "0501050B0": (19, 3.0, 5), "0501030I0": (16, 2.0, 3),  # nitrofurantoin, macrolides
    "0501011P0": (12, 2.5, 4), "0501030L0": (7, 6.0, 2),  # penicillin V, lymecycline
    "0501013K0": (13, 3.5, 6), "0501021L0": (6, 2.5, 4), "0501120L0": (8, 2.0, 4),  # broad-spectrum antibiotics
    "0403010J0": (10, 6.0, 2), "1003020S0": (12, 5.0, 3), "0212000AB": (4, 21.0, 2), "0407020AF": (2, 65.0, 4),
    "0704050R0": (4, 55.0, 1), "1502010J0": (6, 76.0, 1), "0602010M0": (1, 190.0, 2), "0403010Y0": (0.3, 180.0, 2),
}  # fmt: skip
#  Strength and form where the substance is of that group in one of them only: daily tadalafil, lidocaine plasters.
FORM = {"0704050R0": "ADAD", "1502010J0": "ELEL"}
#  Everything else, by chapter: items among 10,000, pounds an item, presentations. Same file; the number of different
#  presentations is larger than there, as a site's file holds about 12,000 rows.
CHAPTERS = {
    "01": (640, 4.8, 280), "02": (1720, 4.2, 420), "03": (370, 18.0, 300), "04": (1790, 8.2, 900), "05": (80, 16.0, 90),
    "06": (520, 15.5, 380), "07": (290, 9.4, 190), "08": (40, 37.0, 70), "09": (510, 7.4, 300), "10": (290, 5.6, 150),
    "11": (120, 8.6, 180), "12": (80, 5.3, 90), "13": (260, 8.1, 380), "14": (120, 7.3, 40), "15": (10, 9.0, 40),
    "19": (10, 18.0, 30), "20": (50, 20.0, 230), "21": (180, 17.9, 380), "22": (10, 25.0, 60), "23": (40, 48.7, 180),
}  # fmt: skip
APPLIANCES = "20"  # from this chapter on codes have eleven characters
POPULARITY_SD, PRICE_SD = 1.15, 0.9  # of the logarithm, among the presentations of a chapter
PACKS = np.array((1, 7, 14, 21, 28, 30, 56, 60, 84, 100, 150, 200, 500))
PACKS_ODDS = np.array((14, 4, 6, 6, 26, 8, 10, 5, 5, 6, 4, 4, 2)) / 100
TWO_PACKS = 0.15  # of the items are for two
CHEAPEST = 0.6  # pounds an item

ANTIBIOTICS_SWING, RESPIRATORY_SWING = 0.25, 0.10  # of chapters 5 and 3, highest in January


@dataclass(frozen=True)
class Presentations:
    """The catalogue: share of all items, pounds an item in ``PRICED_IN``, units in a pack."""

    codes: list[str]
    chapter: Ints
    share: Floats
    price: Floats
    pack: Ints


@cache
def presentations(formulary: float = 1.0) -> Presentations:
    """The same for everybody; ``formulary``: the share of the presentations that are prescribed at all, each so much
    the more. Codes made for a chapter stand in sections from 90 on, which the BNF has not."""
    rng = random(0, Stream.PRESCRIBING)
    groups = [(substance, *figures) for substance, figures in SUBSTANCES.items()]
    groups += [(chapter, *figures) for chapter, figures in CHAPTERS.items()]
    codes: list[str] = []
    shares, prices = [], []
    for prefix, items, pounds, all_of_them in groups:
        number = max(1, round(all_of_them * formulary))
        is_chapter = prefix in CHAPTERS
        codes += [_code(prefix, i) for i in range(number)]
        weight = np.exp(rng.normal(0, POPULARITY_SD if is_chapter else 0.8, number))
        price = np.exp(rng.normal(0, PRICE_SD if is_chapter else 0.3, number)) / np.sqrt(weight)
        shares.append(items * weight / weight.sum())
        prices.append((pounds * price / np.average(price, weights=weight)).clip(CHEAPEST))
    share, price = np.concatenate(shares), np.concatenate(prices)
    share /= share.sum()
    price = (price * NIC_PER_ITEM / (share * price).sum()).clip(CHEAPEST)
    chapter = np.array([int(code[:2]) for code in codes])
    return Presentations(codes, chapter, share, price, rng.choice(PACKS, len(codes), p=PACKS_ODDS))


def _code(prefix: str, number: int) -> str:
    """Fifteen characters: substance, product (AA: generic), strength and form twice; eleven for an appliance."""
    if prefix in SUBSTANCES:
        form = FORM.get(prefix) or 2 * _letters(number)
        return f"{prefix}AA{form}"
    if prefix >= APPLIANCES:
        return f"{prefix}{90 + number // 100:02d}{number:07d}"
    return f"{prefix}{90 + number // 676}000{ascii_uppercase[number // 26 % 26]}0AA{2 * _letters(number)}"


def _letters(number: int) -> str:
    return "A" + ascii_uppercase[number % 26]


def prescriptions(month: Month) -> Table:
    """The files of a month."""
    made, rng = presentations(month.formulary), month.chance(Stream.PRESCRIBING)
    counts = rng.poisson(_need(month)[:, None] * _habits(month) * (made.share * _season(month))[None, :])
    member, chosen = np.nonzero(counts)
    items = counts[member, chosen]
    quantity = made.pack[chosen] * (items + rng.binomial(items, TWO_PACKS))
    level = (1 + INFLATION) ** ((ordinal(month.period) - ordinal(PRICED_IN)) / 12) / (1 + TWO_PACKS)
    nic = (quantity * (made.price / made.pack * level)[chosen]).round(2)
    split = rng.binomial(items, 0.5)
    return {
        "practice_code": month.practice_codes(month.members[member]),
        "bnf_code": named(made.codes, chosen),
        "items_count": pa.array(items),
        "quantity": pa.array(quantity),
        "nic_gbp": pa.array(nic),
        "actual_cost_gbp": pa.array((nic * (1 - DISCOUNT) + split * CONTAINER).round(2)),
    }, month.site[member]


def _need(month: Month) -> Floats:
    """Of each member: items to expect in the month."""
    by_age = BY_AGE / (SHAPE.sum(axis=0) * BY_AGE).sum()
    length = days_in(month.period) * 12 / 365.25
    need: Floats = ITEMS_PER_PATIENT_MONTH * length * (month.people.sum(axis=1) * by_age).sum(axis=1)
    return need


def _habits(month: Month) -> Floats:
    """members x presentations: how much more of each a practice prescribes than its patients' ages say."""
    rng = month.habits(Stream.PRESCRIBING)
    practices = len(month.places.practices)
    level = rng.gamma(PRACTICE_SHAPE, 1 / PRACTICE_SHAPE, practices)
    taste = rng.standard_gamma(TASTE_SHAPE, (practices, len(presentations(month.formulary).codes))) / TASTE_SHAPE
    habits: Floats = level[month.members, None] * taste[month.members]
    return habits


def _season(month: Month) -> Floats:
    """Factor of each presentation in the month."""
    winter = np.cos(2 * np.pi * (month.period.month - 1) / 12)
    chapter = presentations(month.formulary).chapter
    season: Floats = 1 + winter * (ANTIBIOTICS_SWING * (chapter == 5) + RESPIRATORY_SWING * (chapter == 3))
    return season
