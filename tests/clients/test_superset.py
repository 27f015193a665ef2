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
import yaml
from reading import ROLE, absent, program
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as expect
from selenium.webdriver.support.wait import WebDriverWait
from sqlalchemy import create_engine, inspect

from pch.settings import PROJECT, Settings

ASSETS = PROJECT / "docs/superset/pch"
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
    shutil.copytree(ASSETS, folder)
    database = folder / "databases/pch.yaml"
    address = f"{programme.db_host}:{programme.db_port}/{programme.db_name}"
    database.write_text(database.read_text().replace("127.0.0.1:55432/pch", address))
    return Path(shutil.make_archive(str(folder), "zip", folder.parent, "pch"))


def test_the_table_says_what_the_warehouse_says(dashboard: webdriver.Chrome) -> None:
    rows = [[td.text for td in tr.find_elements(By.TAG_NAME, "td")] for tr in dashboard.find_elements(By.CSS_SELECTOR, "tbody tr")]  # fmt: skip
    shown = {(month, site): (value, state) for month, site, value, *_, state in rows}
    assert shown["2026-06", "AAA"] == ("144", "received")
    assert shown["2026-06", "BBB"] == ("258", "received")
    assert shown["2026-02", "AAA"] == ("N/A", "not_due")


def test_the_lines_are_drawn(dashboard: webdriver.Chrome) -> None:
    """The constant rate of the North is a level line, that of the South falls, the programme's lies between them."""
    canvas = dashboard.find_element(By.TAG_NAME, "canvas")
    first, last = {}, {}
    for area, colour in LINES.items():
        line = [(x, y) for x, y in dashboard.execute_script(PIXELS, canvas, colour) if y > 40]  # the legend is above
        assert len(line) > 200, f"{area} has no line"
        first[area], last[area] = min(line)[1], max(line)[1]
    assert abs(last["North"] - first["North"]) <= 4  # pixels, downwards
    assert last["South"] - first["South"] > 20
    assert last["South"] < last["the programme"] < last["North"]


def test_no_error_and_no_other_host(dashboard: webdriver.Chrome, superset: str) -> None:
    page = dashboard.find_element(By.TAG_NAME, "body").text
    assert "The programme and its regions" in page
    assert not {"Error", "No results were returned"} & set(page.splitlines())
    asked = dashboard.execute_script("return performance.getEntriesByType('resource').map(r => r.name)")
    assert len(asked) > 10
    blocked = [line["message"] for line in dashboard.get_log("browser") if "has been blocked" in line["message"]]
    for url in asked:  # Superset's pages try a telemetry address, which superset_config.py forbids
        assert url.startswith((superset, "data:", "blob:")) or any(url in message for message in blocked), url


def test_the_data_sets_are_the_tables_of_the_warehouse(programme: Settings) -> None:
    seen = inspect(create_engine(programme.dsn(ROLE, driver="postgresql+psycopg")))
    for file in (ASSETS / "datasets/pch").glob("*.yaml"):
        registered = yaml.safe_load(file.read_text())
        columns = {
            c["name"]: str(c["type"].compile(seen.dialect)) for c in seen.get_columns(registered["table_name"], "bi")
        }
        assert {c["column_name"]: c["type"] for c in registered["columns"]} == columns, file.name
