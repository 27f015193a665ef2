"""The progress pages of a world known by heart: every figure in words, and nothing breaks out."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
import yaml
from pages_world import HOSTILE, Page
from pages_world import world as quality
from progress_pages_world import AC01, CO01, MARCH, PH01, PH05, SITES, WF01, world

from pch.registry.metric import MetricUnit
from pch.reports.pages import progress_words as say
from pch.reports.pages import write
from pch.reports.pages.progress import Site, World, progress_pages
from pch.reports.pages.progress_facts import Funnel, Judged, Peers
from pch.settings import PROJECT
from pch.warehouse.calendar import add_months


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(dict(progress_pages(world(), SITES))["AAA01"])


def said(page: Page, begins: str, ends: str) -> str:
    text = " ".join(page.text.split())
    return begins + text.partition(begins)[2].partition(ends)[0]


# what the page says


def test_a_page_goes_from_the_model_to_own_priorities_to_every_metric_by_aim(page: Page) -> None:
    headings = [(level, " ".join(text.split())) for level, text in page.headings]
    assert [text for level, text in headings if level == 2] == [
        "How far the model of care is in place", "The site's own priorities", "How to read the charts",
        "Population health", "Access", "Workforce", "Per-capita cost",
    ]  # fmt: skip
    assert [text for level, text in headings if level == 3] == [
        "Doctors WF01 no detectable change", "Emergency admissions PH01 improved", "Frail people PH05 cannot say",
        "Appointments AC01 changed, neither better nor worse", "Total cost CO01 cannot say",
    ]  # fmt: skip
    text = " ".join(page.text.split())
    assert (
        "Of 5 metrics, since the site's baseline: 1 improved; 1 changed, neither better nor worse; 1 show no detectable "
        "change; 2 cannot be told." in text
    )
    assert "For the central team and this site only." in text
    assert "Figures up to March 2026" in text and "They may change: March 2026 changed since and not built yet." in text


def test_the_characteristics_have_dates_and_evidence(page: Page) -> None:
    rows = page.table("The four characteristics")[1:]
    assert [row[:3] for row in rows] == [
        ["A population of 30,000 to 50,000", "Cannot say because nobody has recorded it."],
        ["An integrated workforce", "in place", "1 September 2025"],
        ["An integrated workforce, before", "partly", "1 April 2024"],
        ["Personalised care together with the health of the population", "Cannot say because nobody has recorded it."],
        ["A unified, capitated budget", "Cannot say because nobody has recorded it."],
    ]
    assert rows[1][3:] == [f"Seen. {HOSTILE}", "Bob 2 April 2026, 10:00"]
    assert "1 of 4 in place" in next(c for c in page.tables if c.startswith("The four"))


def test_metrics_stand_at_a_glance(page: Page) -> None:
    assert page.table("Population health: 2 metrics")[1:] == [
        ["Emergency admissions PH01, per 1,000 patients a year; own priority", "improved", "100", "90.0 87.0 to 93.1",
         "−9.96 −14.1 to −5.80", "91.0 met"],
        ["Frail people PH05, per 1,000 patients a year", "cannot say", "–", "–", "–", "–"],
    ]  # fmt: skip
    assert page.table("Per-capita cost")[1][0:4] == [
        "Total cost CO01, £ per patient a month", "cannot say", "–", "£1,085.50 £1,080.00 to £1,091.00",
    ]  # fmt: skip
    assert page.table("Workforce")[1][3:] == ["4.60", "+0.0293", "5.00 not met"]


def test_a_metric_says_where_it_stands_and_how_sure_that_is(page: Page) -> None:
    assert said(page, "Now 90.0", "What made").split(" What could")[0] == (
        "Now 90.0 per 1,000 patients a year 95% interval 87.0 to 93.1 the twelve months to March 2026 "
        "The data cover 92.3% of registered patients. Provisional: the primary close is still to come. "
        "Open questions to the site: 2. What is absent or in question could make it 86.2 to 95.0. "
        f"Worst open finding: Odd. {HOSTILE} "
        "Baseline 100 per 1,000 patients a year 95% interval 97.0 to 103 the twelve months to February 2025. "
        "Frozen on 2 April 2026. "
        "Change −9.96 per 1,000 patients a year 95% interval −14.1 to −5.80 −10.0% of the baseline "
        "Target 91.0 per 1,000 patients a year in March 2026: met. The site's own: 94.0 in September 2025 to 88.0 in "
        f"September 2026. Our people ask for it. {HOSTILE} "
        "Among its peers Second best of the site and 7 peers. Half of the peers are at 91.0 to 99.4; their median is 95.2. "
        "Among all sites In the first tenth of 40 sites from below, the lowest values. It is below the 95% limits of "
        "chance for its size (better), but not where sites are allowed to differ by more than chance."
    )
    assert page.table("What made the change of PH01 (per 1,000 patients a year)") == [
        ["The whole change", "What the same practices did", "Practices that came or went", "Another definition"],
        ["−9.96", "−7.96", "−2.00", "0"],
    ]


def test_a_priority_says_why_and_whether_it_has_begun(page: Page) -> None:
    own = said(page, "The site's own priorities", "How to read")
    assert f"Our people ask for it. {HOSTILE} Chosen by Ann on 2 April 2026, from April 2025 to December 2026." in own
    assert "from May 2026 on. It begins after the month shown." in own
    assert "Appointments" not in own  # ended in 2025


def test_what_is_missing_is_said(page: Page) -> None:
    frail = said(page, "Frail people PH05 cannot say", "Access: 1 metric")
    for sentence in (
        f"Now No figure: no file came {HOSTILE}.", "Baseline None yet.", "Target None is set.",
        "Among its peers Cannot say because there is no figure.", "Among all sites Cannot say because there is no figure.",
        "What could be seen Cannot say because there is no settled baseline yet.",
        "No chart because there is no monthly figure.", "Of March 2026 the chart says nothing because it has no figure.",
    ):  # fmt: skip
        assert sentence in frail
    assert "cannot be split because" not in frail and "Change" not in frail
    access = said(page, "Appointments AC01", "Total cost")
    assert "The change cannot be split because" in access
    assert "Change −37.5 percentage points 95% interval −14.1 to −5.80" in access


def test_a_site_without_figures_says_so() -> None:
    page = Page(dict(progress_pages(world(), SITES))["AAA02"])
    assert "Nothing can be said yet because no month of the site has been built." in page.text
    assert page.table("The four characteristics")[2][:2] == ["An integrated workforce", "not started"]
    assert [text for level, text in page.headings if level == 2] == ["How far the model of care is in place"]
    assert "Population health" not in page.text


# how figures are said


@pytest.mark.parametrize(
    ("value", "unit", "figure"),
    [
        (None, "pct", "–"), (0, "pct", "0"), (97.06, "pct", "97.1"), (4.1, "pct", "4.10"), (0.02931, "pct", "0.0293"),
        (-0.104, "pct", "−0.104"), (999.96, "pct", "1,000"), (1352.6, "pct", "1,353"), (-85.5, "gbp_per_astro_pu", "−£85.50"),
        (1234.5, "gbp_per_astro_pu", "£1,234.50"), (1e-12, "pct", "0.00000000000100"),
    ],
)  # fmt: skip
def test_figures_have_three_digits_and_money_pence(value: float | None, unit: str, figure: str) -> None:
    assert say.figure(value, unit) == figure


@pytest.mark.parametrize(
    ("peers", "sentence"),
    [
        (None, "Cannot say because the site's peers are not known."),
        (Peers("", "", 4, 1, 1, 1, 1), "Cannot say because only 4 of its peers have a figure."),
        (Peers("", "", 5, 8, 7, 9, 1), "Best of the site and 5 peers. Half of the peers are at 7.00 to 9.00; their median "
                                       "is 8.00."),
        (Peers("", "", 10, 8, 7, 9, 11), "Eleventh best of the site and 10 peers. Half of the peers are at 7.00 to 9.00; "
                                         "their median is 8.00."),
    ],
)  # fmt: skip
def test_too_few_peers_are_not_shown(peers: Peers | None, sentence: str) -> None:
    assert say.among_peers(PH01, peers) == sentence


def test_where_a_site_stands_among_all() -> None:
    unlikely = Funnel("", "", "High (0.001)", None, False, True, True, 10, 185)
    assert say.among_all(PH01, unlikely) == (
        "In the tenth tenth of 185 sites from below, the highest values. It is above the 99.8% limits of chance for its "
        "size (worse), also where sites are allowed to differ by more than chance."
    )
    ordinary = replace(unlikely, funnel_position="Not significant", is_worse=False, decile=5)
    assert say.among_all(PH01, ordinary).endswith("It is within the limits of chance for its size.")
    assert say.among_all(WF01, world().funnels[1]) == (
        "One of 7 sites with a figure, too few for tenths. Whether by chance cannot be said because its spread by chance "
        "is not known."
    )


@pytest.mark.parametrize(
    ("judged", "words"),
    [
        (PH01, "A real change of 4.1% of the baseline would show in half of all cases, one of 5.9% in four of five. A change "
               "worth having (5%) would show, in four of five cases, after 29 months of figures."),
        (replace(PH01, minimum_detectable_change_pct_50=105, minimum_detectable_change_pct_80=151,
                 months_to_show_worthwhile_change=1),
         "A real change of 100% of the baseline would show in half of all cases, one of 150% in four of five. A change worth "
         "having (5%) would show, in four of five cases, after 1 month of figures."),
        (AC01, "A real change of 4.1% of the baseline would show in half of all cases, one of 5.9% in four of five. A change "
               "worth having (5%) would never show against this baseline, which is too unsure itself."),
        (WF01, "A complete count: nothing in it is chance. A change of less than 5% counts as none."),
        (CO01, "Cannot say because there is no settled baseline yet."),
        (replace(PH01, minimum_detectable_change_pct_50=None),
         "Cannot say because too little is known of how far chance moves the figure."),
    ],
)  # fmt: skip
def test_what_could_be_seen_at_all(judged: Judged, words: str) -> None:
    assert " ".join(say.could_be_seen(judged)) == words


def test_a_target_is_the_sites_own_before_the_programmes() -> None:
    metrics = {m.judged.metric_code: m for m in Site(World(world()), "AAA01", "").metrics}
    (own, programmes) = (metrics[code].target for code in ("PH01", "WF01"))
    assert own is not None and own.site_code == "AAA01"
    assert say.target(WF01, programmes) == ["5.00 per 10,000 patients in March 2026: not met.",
                                            "The programme's: 5.00 from March 2024 on. Of all."]  # fmt: skip
    assert say.target(AC01, own)[-1] == "It was set after these figures were built."
    early = replace(world(), targets=[replace(own, from_period=add_months(MARCH, 1)), *world().targets[:1]])
    target = Site(World(early), "AAA01", "").own[1].target
    assert target is not None and target.site_code is None  # the site's own has not begun


def test_what_was_frozen_by_hand_says_by_whom() -> None:
    by_hand = replace(PH01, baseline_frozen_by="Ann", baseline_because="The list was merged.")
    assert say.frozen(by_hand) == "Frozen on 2 April 2026 by Ann: The list was merged."
    assert say.frozen(PH05) == "Not frozen yet."
    assert say.beside_the_figure(CO01) == ["In money of the time £1,100.00."]


def test_the_words_cover_what_the_warehouse_says() -> None:
    models = PROJECT / "dbt_project" / "models" / "marts"
    allowed: dict[str, set[str]] = {}
    for name in ("marts_progress", "marts_areas"):
        for model in yaml.safe_load((models / f"{name}.yml").read_text())["models"]:
            for column in model["columns"]:
                for test in column.get("data_tests", []):
                    if isinstance(test, dict) and "accepted_values" in test:
                        allowed[column["name"]] = set(test["accepted_values"]["arguments"]["values"])
    for column, words in (
        ("verdict", say.VERDICTS), ("variation_icon", say.VARIATION), ("assurance_icon", say.ASSURANCE), ("part", say.PARTS),
        ("level", say.LEVELS), ("funnel_position", say.POSITIONS),
    ):  # fmt: skip
        assert allowed[column] == set(words), column
    rules = (PROJECT / "include/pch/warehouse/functions/90_xmr.sql").read_text()
    names = re.findall(r"'\{(Above|Below) (UCL|LCL),(.+)\}'", rules)
    assert {name for side, limit, rest in names for name in (f"{side} {limit}", *rest.split(","))} == set(say.CAUSES)
    sentences = (PROJECT / "dbt_project/macros/progress.sql").read_text()
    assert dict(re.findall(r'"(\w+)": "( ?[^"]+)"', sentences)) == say.UNITS
    assert set(say.UNITS) == set(get_args(MetricUnit))


# what a browser makes of it


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    write(quality(), made / "index.html", None, world())
    return made


def test_quality_and_progress_link_to_one_another(folder: Path) -> None:
    pages = {path.name: Page.of(path) for path in folder.iterdir()}
    links = {name: {str(a["href"]).partition("#")[0] for a in page.all("a")} for name, page in pages.items()}
    assert {"progress.AAA01.html", "progress.AAA02.html", "progress.AAA03.html"} <= links["index.html"]
    assert "progress.AAA01.html" in links["site.AAA01.html"]
    assert {"site.AAA01.html", "index.html"} <= links["progress.AAA01.html"]
    ids = {name: [a["id"] for _, a in page.tags if "id" in a] for name, page in pages.items()}
    for name, page in pages.items():
        assert len(ids[name]) == len(set(ids[name])), name
        for link in page.all("a"):
            target, _, anchor = str(link["href"]).partition("#")
            assert (target or name) in pages, f"{name} links to {target}"
            assert not anchor or anchor in ids[target or name], f"{name} links to {link['href']}"


def test_nothing_breaks_out_and_whoever_cannot_see_finds_the_way(page: Page) -> None:
    assert not {"script", "img", "link"} & {tag for tag, _ in page.tags}
    assert not [a for _, attributes in page.tags for a in attributes if a.startswith("on") or a in ("style", "src")]
    assert page.text.count(HOSTILE) >= 8
    levels = [level for level, _ in page.headings]
    assert levels[0] == 1 and levels.count(1) == 1 and all(b <= a + 1 for a, b in pairwise(levels))
    assert all(a.get("scope") in ("col", "row") for a in page.all("th"))
    assert len(page.all("table")) == len(page.tables) and all(page.tables)
    ids = {a["id"] for _, a in page.tags if "id" in a}
    for svg in page.all("svg"):
        assert svg.get("aria-hidden") or set(str(svg["aria-labelledby"]).split()) <= ids
