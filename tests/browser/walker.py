"""A person in a real browser: finds links, buttons and fields by what they say, and each page is looked at by axe."""

import base64
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_core_python.selenium import Axe
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

CHROMIUM = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), "")
DRIVER = shutil.which("chromedriver") or ""
NARROW, WIDE = 375, 1100


@dataclass
class Walker:
    """``looked_at``: kinds of pages that were; ``folder`` holds what was downloaded, and pictures where
    PCH_PICTURES names a folder."""

    driver: webdriver.Chrome
    url: str
    folder: Path
    looked_at: set[str] = field(default_factory=set)

    def go(self, path: str) -> None:
        self.driver.get(self.url + path)

    @property
    def path(self) -> str:
        return self.driver.current_url.removeprefix(self.url)

    @property
    def text(self) -> str:
        return " ".join(self.driver.find_element(By.TAG_NAME, "main").text.split())

    def link(self, text: str) -> WebElement:
        return self.driver.find_element(By.PARTIAL_LINK_TEXT, text)

    def follow(self, text: str) -> None:
        self._leave(self.link(text))

    def press(self, text: str) -> None:
        self._leave(self.driver.find_element(By.XPATH, f"//button[normalize-space() = '{text}']"))

    def unfold(self, text: str) -> None:
        self.driver.find_element(By.XPATH, f"//summary[normalize-space() = '{text}']").click()

    def enter(self, label: str, text: str) -> None:
        """Fills in a field and sends the form with the key for it."""
        field = self.field(label)
        self._leave_by(lambda: field.send_keys(text + Keys.ENTER))

    def _leave(self, way: WebElement) -> None:
        self._leave_by(way.click)

    def _leave_by(self, go: Callable[[], object]) -> None:
        """Until the page that it leads to is there, whole."""
        left = self.driver.find_element(By.TAG_NAME, "html")
        go()
        arrived = WebDriverWait(self.driver, 40, ignored_exceptions=[WebDriverException])
        arrived.until(lambda driver: driver.find_element(By.TAG_NAME, "html") != left)
        arrived.until(lambda driver: driver.find_element(By.TAG_NAME, "footer"))

    def field(self, label: str) -> WebElement:
        named = self.driver.find_element(By.XPATH, f'//label[normalize-space() = "{label}"]')
        return self.driver.find_element(By.ID, named.get_attribute("for") or "")

    def choose(self, name: str, content: str) -> None:
        """Puts a file into the form."""
        file = self.folder / name
        file.write_text(content)
        self.field("File").send_keys(str(file))

    def await_text(self, wanted: str, seconds: float = 40) -> None:
        """Until the page says so, by itself."""
        try:
            self.wait(lambda: wanted in self.text, f"The page does not say '{wanted}'", seconds)
        except AssertionError as late:
            late.add_note(self.text)
            raise

    def wait(self, happened: Callable[[], object], otherwise: str, seconds: float = 40) -> None:
        deadline = time.monotonic() + seconds
        while not _now(happened):
            assert time.monotonic() < deadline, otherwise
            time.sleep(0.1)

    def downloaded(self, text: str, name: str) -> bytes:
        """What a link brings when it is followed."""
        file = self.folder / name
        self.link(text).click()
        self.wait(file.exists, f"{name} did not come")
        return file.read_bytes()

    def look(self, kind: str) -> None:
        """By axe, by its width on two screens, and at what it asked for; nothing serious may be found."""
        self.looked_at.add(kind)
        for width in (NARROW, WIDE):
            self._resize(width)
            self._picture(f"{kind}-{width}")
            wide = self.driver.execute_script("return document.documentElement.scrollWidth")
            assert wide <= width, f"{kind} is {wide} wide on a screen of {width}"
        found = [v for v in Axe().run(self.driver)["violations"] if v["impact"] in ("serious", "critical")]
        assert not found, [(v["id"], v["help"], [n["html"] for n in v["nodes"]]) for v in found]
        asked = self.driver.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
        assert asked and all(address.startswith(self.url) for address in asked), asked
        refused = [e["message"] for e in self.driver.get_log("browser") if "Security Policy" in e["message"]]
        assert not refused

    def printed(self, selector: str) -> bool:
        """Whether it is on paper."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        shown = self.driver.find_element(By.CSS_SELECTOR, selector).is_displayed()
        self._picture(f"print-{len(self.looked_at)}")
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        return shown

    def _resize(self, width: int) -> None:
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": True}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def _picture(self, name: str) -> None:
        if folder := os.environ.get("PCH_PICTURES"):
            taken = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
            (Path(folder) / f"{name}.png").write_bytes(base64.b64decode(taken["data"]))


@contextmanager
def walker(url: str, folder: Path, *, has_script: bool = True) -> Iterator[Walker]:
    if not (CHROMIUM and DRIVER):
        missing = "Chromium and its driver are not here: the portal was not walked in a browser"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", f"--window-size={WIDE},900"):  # fmt: skip
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"download.default_directory": str(folder)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        if not has_script:
            driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        yield Walker(driver, url, folder)
    finally:
        driver.quit()


def _now(happened: Callable[[], object]) -> bool:
    try:
        return bool(happened())
    except StaleElementReferenceException:  # the page is giving way to the next
        return False
