"""A person at the portal, without a browser: signs in, follows links, sends the forms of the pages."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from front import Door

from pch.warehouse.calendar import ensure_periods, last_complete_month
from pch.warehouse.db import Connection

PERIOD = last_complete_month(datetime.now(UTC).date())
RETURN = f"/sites/PCH001/registered_list/{PERIOD:%Y-%m}"
HEADER = "practice_code,sex,age_band,registered_count\n"
LIST = HEADER + "A81001,female,0-4,10\nA81001,male,0-4,12\n"
BAD = HEADER + "A81001,female,0-4,ten\nA81001,male,0-4,=1+1\n"


@dataclass
class Person:
    """``text``: what the page that was shown last says to a reader; ``html``: the page."""

    door: Door
    client: httpx.Client = field(init=False)
    html: str = ""

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.door.url, timeout=30, trust_env=False, follow_redirects=True)

    @property
    def text(self) -> str:
        main = re.sub(r"<[^>]*>", " ", self.html.partition("<main")[2].partition("</main>")[0])
        return re.sub(r"\s+", " ", main)

    @property
    def form_token(self) -> str:
        found = re.search(r'name="form_token" value="([0-9a-f]{64})"', self.html)
        assert found
        return found[1]

    def go(self, path: str) -> httpx.Response:
        return self._shown(self.client.get(path))

    def sign_in(self, site: str | None) -> "Person":
        self._shown(self.client.post("/sign-in", data={"key": self.door.key(site), "next": "/"}))
        return self

    def send(self, path: str, **fields: str) -> httpx.Response:
        """A form of the page shown last."""
        return self._shown(self.client.post(path, data={"form_token": self.form_token} | fields))

    def upload(self, path: str, content: str | bytes, name: str = "list.csv") -> httpx.Response:
        self.go(path)
        return self._shown(
            self.client.post(path, data={"form_token": self.form_token}, files={"file": (name, content)})
        )

    def _shown(self, answer: httpx.Response) -> httpx.Response:
        self.html = answer.text if "html" in answer.headers.get("content-type", "") else ""
        return answer


def person(door: Door, site: str | None) -> Person:
    return Person(door).sign_in(site)


def submission_of(person: Person) -> int:
    """Whose page is shown."""
    found = re.search(r"Submission (\d+)", person.text)
    assert found
    return int(found[1])


def due_in_five_days(owner: Connection) -> None:
    """The last month, and every other there is: its primary close is at the end of the fifth day from now, in London."""
    ensure_periods(owner, PERIOD, PERIOD)
    owner.execute(
        """update ref.period set
             primary_close_at = (today + interval '6 days' - interval '1 second') at time zone 'Europe/London',
             refresh_close_at = (today + interval '31 days' - interval '1 second') at time zone 'Europe/London'
           from (select date_trunc('day', now() at time zone 'Europe/London') as today) as london"""
    )
