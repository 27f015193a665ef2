"""Apache Superset, started by 'make superset' and used in a headless Chromium the way docs/bi.md says.

sign in -> import the dashboard, with the password of the warehouse -> read what it drew
"""

import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from reading import ROLE, absent, program
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as expect
from selenium.webdriver.support.wait import WebDriverWait

from pch.settings import PROJECT, Settings

LINES = {"North": "#5ac189", "South": "#1fa8c9", "the programme": "#454e7c"}  # the first three colours of Superset
PIXELS = """
const canvas = arguments[0], [r, g, b] = arguments[1].match(/\\w\\w/g).map(x => parseInt(x, 16)), found = [];
const {data, width} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
for (let i = 0; i < data.length; i += 4)
    if (data[i] == r && data[i + 1] == g && data[i + 2] == b) found.push([i / 4 % width, Math.floor(i / 4 / width)]);
return found;
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("superset")


@pytest.fixture(scope="module")
def superset(programme: Settings, home: Path) -> Iterator[str]:
    """Its address."""
    if not (PROJECT / ".venv/superset/installed").exists():
        absent("Apache Superset is not installed ('make clients' does)")
    port = programme.airflow_port  # free: there is no Airflow here
    environment = os.environ | {"SUPERSET_HOME": str(home), "SUPERSET_PORT": str(port)}
    with (home / "log").open("w") as log:
        process = subprocess.Popen(
            ["make", "superset"], cwd=PROJECT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process, home / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def _wait_for(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 180
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=60).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"Superset did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def browser(home: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium", "chromium")
    for quiet in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                  "--disable-background-networking", "--disable-component-update", "--disable-sync",
                  "--window-size=1400,1200", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"):  # fmt: skip
        options.add_argument(quiet)
    driver = webdriver.Chrome(options, webdriver.ChromeService(program("chromedriver", "chromium-driver")))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def dashboard(superset: str, browser: webdriver.Chrome, home: Path, programme: Settings) -> webdriver.Chrome:
    """The browser, with the imported dashboard open and drawn."""
    wait = WebDriverWait(browser, 120)
    browser.get(f"{superset}/login/")
    wait.until(expect.visibility_of_element_located((By.ID, "username"))).send_keys("admin")
    browser.find_element(By.ID, "password").send_keys((home / "password").read_text() + "\n")
    wait.until(lambda b: "/login" not in b.current_url)

    browser.get(f"{superset}/dashboard/list/")
    wait.until(expect.element_to_be_clickable((By.CSS_SELECTOR, "[aria-label=download]"))).click()
    wait.until(expect.presence_of_element_located((By.ID, "modelFile"))).send_keys(str(_dashboard_of(programme, home)))
    button = (By.XPATH, "//div[@role='dialog']//button[.='Import']")
    wait.until(expect.element_to_be_clickable(button)).click()
    password = (By.CSS_SELECTOR, "input[name='password-databases/pch.yaml']")
    wait.until(expect.visibility_of_element_located(password)).send_keys(programme.password(ROLE))
    wait.until(expect.element_to_be_clickable(button)).click()
    wait.until(expect.invisibility_of_element_located(button))

    browser.get(f"{superset}/superset/dashboard/pch/")
    wait.until(expect.presence_of_element_located((By.TAG_NAME, "canvas")))
    wait.until(expect.presence_of_element_located((By.CSS_SELECTOR, "td")))
    time.sleep(2)  # the lines grow for a second
    browser.save_screenshot(str(home / "dashboard.png"))
    return browser


def _dashboard_of(programme: Settings, home: Path) -> Path:
    """docs/superset/pch as a file to import, with the address of this warehouse."""
    folder = home / "to_import" / "pch"
    shutil.copytree(PROJECT / "docs/superset/pch", folder)
    database = folder / "databases/pch.yaml"
    address = f"{programme.db_host}:{programme.db_port}/{programme.db_name}"
    database.write_text(database.read_text().replace("127.0.0.1:55432/pch", address))
    return Path(shutil.make_archive(str(folder), "zip", folder.parent, "pch"))


def test_the_table_says_what_the_warehouse_says(dashboard: webdriver.Chrome) -> None:
    rows = [[td.text for td in tr.find_elements(By.TAG_NAME, "td")] for tr in dashboard.find_elements(By.CSS_SELECTOR, "tbody tr")]  # fmt: skip
    assert ["AAA", "2026-06", "144", "received"] in rows
    assert ["BBB", "2026-06", "258", "received"] in rows
    assert ["AAA", "2026-02", "N/A", "not_due"] in rows


def test_the_lines_are_drawn(dashboard: webdriver.Chrome) -> None:
    """A constant rate is a level line, one that falls goes down."""
    canvas = dashboard.find_element(By.TAG_NAME, "canvas")
    ends = {}
    for site, colour in LINES.items():
        line = [p for p in dashboard.execute_script(PIXELS, canvas, colour) if p[1] > 40]  # the legend is above
        assert len(line) > 200, f"{site} has no line"
        ends[site] = min(line)[1], max(line)[1]
    assert abs(ends["AAA"][0] - ends["AAA"][1]) <= 2
    assert ends["BBB"][1] - ends["BBB"][0] > 20


def test_no_error_and_no_other_host(dashboard: webdriver.Chrome, superset: str) -> None:
    page = dashboard.find_element(By.TAG_NAME, "body").text
    assert "Emergency admissions" in page
    assert not {"Error", "No results were returned"} & set(page.splitlines())
    asked = dashboard.execute_script("return performance.getEntriesByType('resource').map(r => r.name)")
    assert len(asked) > 10
    blocked = [line["message"] for line in dashboard.get_log("browser") if "has been blocked" in line["message"]]
    for url in asked:  # Superset's pages try a telemetry address, which superset_config.py forbids
        assert url.startswith((superset, "data:", "blob:")) or any(url in message for message in blocked), url
