"""A site's month in a real browser: calendar, push, findings, correction, accepted; with a script and without one."""

import csv
import io
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from fresh import fresh_warehouse
from selenium.webdriver.common.keys import Keys
from walker import walker

from pch.intake.landing import Landing
from pch.intake.receive import Return, Sender, receive
from pch.pipeline.batches import plan
from pch.pipeline.collect import load
from pch.pipeline.review import review
from pch.registry import BANDS
from pch.settings import Settings
from pch.warehouse import keys
from pch.warehouse.calendar import add_months, ensure_periods, last_complete_month
from pch.warehouse.db import connect

sys.path.append(str(Path(__file__).parents[1] / "door"))
from front import Door, a_port, open_door, register
from person import due_in_five_days

PERIOD = last_complete_month(datetime.now(UTC).date())
EARLIER = add_months(PERIOD, -1)
TITLE = f"Registered patients, {PERIOD:%B %Y}"
PAGES = {
    "link", "sign in", "sign in failed", "calendar", "return", "return failed", "contract", "rejected", "question",
    "reply failed", "answered", "accepted", "comparison", "nil return", "all sites", "feeds", "feed", "help", "problems",
    "not found",
}  # fmt: skip


def patients(count: int, **instead: str) -> str:
    """A month's list of the site; ``instead``: cells of a band's row of women."""
    lines = ["practice_code,sex,age_band,registered_count"]
    for practice in ("A81001", "A81002"):
        lines += [f"{practice},{sex},{band},{count}" for sex in ("female", "male") for band in BANDS]
    for line, cell in instead.items():
        number = int(line.removeprefix("line_"))
        lines[number - 1] = f"{lines[number - 1].rpartition(',')[0]},{cell}"
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def door(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The last month is due in five days; the one before was accepted."""
    folder = tmp_path_factory.mktemp("portal")
    with fresh_warehouse(server, folder) as fresh:
        settings = fresh.model_copy(update={"door_port": a_port()})
        register(settings)
        with connect(settings, "owner", autocommit=True) as conn:
            ensure_periods(conn, EARLIER, PERIOD)
            due_in_five_days(conn)
        _receive(settings, EARLIER, patients(100))
        collect(settings)
        with open_door(settings, folder) as opened:
            yield opened


def _receive(settings: Settings, period: date, content: str) -> None:
    with connect(settings, "intake", autocommit=True) as conn:
        receive(
            conn, Landing(settings.landing), Return("PCH001", "registered_list", period), "list.csv", content.encode(),
            Sender("test", "tester"),
        )  # fmt: skip


def collect(settings: Settings) -> None:
    """What the scheduler does with what has arrived."""
    for batch in plan(settings):
        load(settings, batch)
    review(settings)


def test_a_month(door: Door, tmp_path: Path) -> None:
    link = keys.make_link(door.owner, "PCH001", "Ann Example", timedelta(hours=1), "tests")
    with walker(door.url, tmp_path) as w:
        w.go(f"/sign-in/{link}")
        w.look("link")
        w.press("Sign in")
        assert w.path == "/sites/PCH001"
        assert f"Due now: {PERIOD:%B %Y} Due in 5 days, by " in w.text
        w.look("calendar")

        w.follow("Registered patients")
        assert TITLE in w.text
        w.look("return")
        w.press("Send file")
        assert "There is a problem" in w.text and "Choose a file." in w.text
        w.look("return failed")
        w.choose("september's.csv", patients(130, line_4="ten", line_9="=1+1"))
        w.press("Send file")
        w.await_text("The file cannot be used as it is: 1 error. The rest is still being checked.")
        assert "Line Value 4 ten 9 =1+1" in w.text and "september's.csv" in w.text
        w.look("contract")
        here = w.path
        collect(door.settings)
        w.await_text("Checked: the file is rejected. 1 error. Put the errors right and send a correction.")
        said = w.driver.find_element("id", "said")
        assert said.get_attribute("role") == "status" and "Checked: the file is rejected." in str(
            said.get_attribute("textContent")
        )
        assert w.path == here
        w.look("rejected")
        number = here.rpartition("/")[2]
        lines = csv.DictReader(
            io.StringIO(w.downloaded("CSV", f"findings-of-submission-{number}.csv").decode("utf-8-sig"))
        )
        assert [(line["line"], line["value"]) for line in lines] == [("4", "ten"), ("9", "'=1+1")]
        assert w.downloaded("XLSX", f"findings-of-submission-{number}.xlsx").startswith(b"PK")
        assert w.printed("#receipt") and not w.printed(".nhsuk-header__navigation")

        w.follow("Send a correction")
        w.choose("corrected.csv", patients(130))
        w.press("Send file")
        collect(door.settings)
        w.await_text("Checked: the file is accepted. 1 warning.")
        assert "usual is 7,600" in w.text and "The change is +30%" in w.text
        assert f"Put right since submission {number}" in w.text
        w.look("question")
        w.press("Answer")
        assert "Choose a reason." in w.text
        w.look("reply failed")
        w.field("Reason").send_keys("A")
        w.field("In a sentence").send_keys("A housing estate was completed in the summer.")
        w.press("Answer")
        assert "Answered: the central team decides" in w.text
        assert "Ann Example answered on " in w.text and "A housing estate was completed in the summer." in w.text
        w.look("answered")

        w.follow(TITLE)
        w.choose("final.csv", patients(101, line_3="90"))
        w.press("Send file")
        collect(door.settings)
        w.await_text("Checked: the file is accepted.")
        assert "Nothing is wrong or odd." in w.text
        w.look("accepted")
        w.follow("This file beside submission")
        assert "rows 76 76 0" in w.text and "registered_count 9,880 7,665 -2,215" in w.text
        assert "Changed: 76 rows" in w.text and "The first 20, by line" in w.text
        assert "3 registered_count: 130 to 90 A81001 female 5-9" in w.text
        w.look("comparison")

        w.go("/")
        assert f"Received : {TITLE}" in w.text
        w.follow("Workforce")
        w.unfold("There is nothing to report for this month")
        w.field("Why is there nothing to report?").send_keys("No team was in post yet.")
        w.press("Send nil return")
        w.await_text("Nil return, because No team was in post yet.")
        w.look("nil return")
        w.press("Sign out")
        assert "You have signed out." in w.text
        w.go(here)
        assert w.path == f"/sign-in?next={here}"

        for kind, path in (("feeds", "/feeds"), ("feed", "/feeds/gp_appointments"), ("help", "/help"),
                           ("problems", "/problems"), ("not found", "/nowhere")):  # fmt: skip
            w.go(path)
            w.look(kind)
        w.go("/sign-in")
        w.look("sign in")
        w.enter("Your site's key", "pch_")
        assert "The key is not known." in w.text
        w.look("sign in failed")
        w.enter("Your site's key", door.key(None))
        assert w.path == "/sites" and "PCH003" in w.text
        w.look("all sites")
        w.follow("PCH001")
        assert w.link("All sites").is_displayed()
        assert w.looked_at == PAGES


def test_the_essential_without_a_script(door: Door, tmp_path: Path) -> None:
    title = f"Registered patients, {EARLIER:%B %Y}"  # what is due first
    with walker(door.url, tmp_path, has_script=False) as w:
        w.go("/sign-in")
        w.field("Your site's key").send_keys(door.key("PCH002"))
        w.press("Sign in")
        w.follow("Registered patients")
        w.choose("list.csv", patients(50).replace("A8100", "B8100"))
        w.press("Send file")
        assert "The file is being checked." in w.text and "list.csv" in w.text
        collect(door.settings)
        assert "The file is being checked." in w.text, "nothing changes by itself"
        w.follow("Look again")
        assert "Checked: the file is accepted." in w.text
        w.follow(title)
        w.choose("list.csv", patients(50, line_2="-3").replace("A8100", "B8100"))
        w.press("Send file")
        collect(door.settings)
        w.follow("Look again")
        assert "Checked: the file is rejected. 1 error." in w.text and "2 registered_count -3" in w.text
        w.follow(title)
        assert "Accepted In use" in w.text and "Rejected" in w.text
        w.press("Sign out")
        assert "You have signed out." in w.text


def test_the_keyboard_is_enough(door: Door, tmp_path: Path) -> None:
    """To sign in and to get past the menu: each stop is seen, and none holds the focus."""
    with walker(door.url, tmp_path) as w:
        w.go("/sign-in")
        stops = []
        for _ in range(8):
            w.driver.switch_to.active_element.send_keys(Keys.TAB)
            stops.append(w.driver.switch_to.active_element)
            if stops[-1].get_attribute("id") == "key":
                break
        assert stops[0].text == "Skip to main content" and stops[0].is_displayed()
        assert [s.text for s in stops[1:-1]] == ["Primary Care Home returns", "Returns", "Feeds and templates", "Help"]
        stops[-1].send_keys(door.key("PCH003") + Keys.TAB)
        assert w.driver.switch_to.active_element.text == "Sign in"
        w.driver.switch_to.active_element.send_keys(Keys.ENTER)
        w.wait(lambda: w.path == "/sites/PCH003", "not signed in")
        w.driver.switch_to.active_element.send_keys(Keys.TAB)
        w.driver.switch_to.active_element.send_keys(Keys.ENTER)
        w.wait(lambda: w.path == "/sites/PCH003#maincontent", "the menu was not skipped")
