"""Files sent to the front door from a site's own desk, again and again until they are there or refused.

    file -> checksum -> PUT, streamed, with Content-Digest and one Idempotency-Key -> receipt, what the contract finds
                        ^-- connection cut, 408, 429, 5xx: the same once more, later --'    [-> asked until the verdict]

However often a push is repeated, there is one receipt: the key is made once a push, and the same bytes are the same
submission anyway. The site's key is in the header of a request and nowhere else, not even in an error.
"""

import hashlib
import json
import re
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import fields
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from pch.errors import Refused, Temporary
from pch.findings import Example, Finding

Answer = dict[str, Any]
"""What the door said, as it said it."""

CHUNK_BYTES = 256 * 1024
TRIES = 8
LONGEST_PAUSE = 60.0
"""Seconds between two tries, at most; who is told to wait longer is told so, and comes again by himself."""

TIMEOUT = httpx.Timeout(60, connect=15)


class NotReached(Temporary):
    """There was no answer, or none that is final; ``after``: seconds that the door asks to wait."""

    def __init__(self, sentence: str, after: float = 0) -> None:
        super().__init__(sentence)
        self.after = after


class FrontDoor(AbstractContextManager["FrontDoor"]):
    """The door at ``url``, for the holder of ``key``. ``say`` is given a sentence before each further try;
    ``first_pause``: seconds, doubled with every try and shortened by chance."""

    def __init__(self, url: str, key: str, say: Callable[[str], None], *, first_pause: float = 1.0) -> None:
        self.url = _address(url)
        self._say = say
        self._pause = wait_random_exponential(multiplier=first_pause, max=LONGEST_PAUSE)
        headers = {"Authorization": f"Bearer {_whole(key)}", "Accept": "application/json"}
        self._client = httpx.Client(
            base_url=f"{self.url}/v1", headers=headers, timeout=TIMEOUT, trust_env=not _is_here(self.url)
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def put(
        self, site: str, feed: str, period: date, path: Path, file_name: str, *, reinstate: bool = False,
        dry_run: bool = False, sent: Callable[[int], None] = lambda count: None,
    ) -> Answer:  # fmt: skip
        """Sends a file; ``sent`` is given the bytes as they leave (a negative number: they leave again). ``dry_run``:
        it is only looked at. Raises Refused, NotReached."""
        try:
            with path.open("rb") as file:
                digest, size = hashlib.file_digest(file, "sha256").digest(), file.tell()
        except OSError as e:
            raise Refused(f"The file cannot be read ({e.strerror or type(e).__name__}).") from e
        headers = {
            "Content-Digest": f"sha-256=:{b64encode(digest).decode()}:",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name, safe='')}",
            "Content-Length": str(size),
            "Content-Type": "application/octet-stream",
            "Idempotency-Key": f'"{uuid4()}"',
        }
        asked = {name: "true" for name, wanted in (("reinstate", reinstate), ("dry_run", dry_run)) if wanted}
        return self._ask("PUT", _path(site, feed, period), _Body(path, sent), headers, asked)

    def put_nil(self, site: str, feed: str, period: date, reason: str) -> Answer:
        """Says that there is nothing to report, and why. Raises Refused, NotReached."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": f'"{uuid4()}"'}
        return self._ask("PUT", f"{_path(site, feed, period)}/nil", json.dumps({"reason": reason}).encode(), headers)

    def get(self, path: str) -> Answer:
        """What stands at a path below ``/v1``. Raises Refused, NotReached."""
        return self._ask("GET", path)

    def _ask(
        self, method: str, path: str, content: Iterable[bytes] | bytes | None = None,
        headers: dict[str, str] | None = None, asked: dict[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        tries = Retrying(
            retry=retry_if_exception(lambda e: isinstance(e, NotReached) and e.after <= LONGEST_PAUSE),
            wait=self._wait, stop=stop_after_attempt(TRIES), before_sleep=self._tell, reraise=True,
        )  # fmt: skip
        return tries(self._once, method, path, content, headers, asked)

    def _once(
        self, method: str, path: str, content: Iterable[bytes] | bytes | None, headers: dict[str, str] | None,
        asked: dict[str, str] | None,
    ) -> Answer:  # fmt: skip
        try:
            response = self._client.request(method, path, content=content, headers=headers, params=asked)
        except httpx.LocalProtocolError as e:
            raise Refused("The file changed while it was being sent. Nothing was received; push it again.") from e
        except httpx.TransportError as e:
            why = str(e) or type(e).__name__
            raise NotReached(f"The front door at {self.url} does not answer ({why}).") from e
        except OSError as e:
            raise Refused(f"The file cannot be read ({e.strerror or type(e).__name__}).") from e
        said = _json(response)
        if said is None or response.is_redirect:
            raise _stranger(self.url, response)
        if response.is_success:
            return said
        sentence = " ".join(str(said[k]) for k in ("detail", "next_step") if said.get(k)) or response.reason_phrase
        if _may_pass(response, said):
            raise NotReached(sentence, _retry_after(response))
        raise Refused(sentence)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return max(self._pause(state), error.after if isinstance(error, NotReached) else 0)

    def _tell(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        self._say(f"{error} Trying again in {state.upcoming_sleep:.0f} s ({state.attempt_number} of {TRIES - 1}).")


class _Body:
    """The bytes of a file, told as they leave, as often as they have to."""

    def __init__(self, path: Path, sent: Callable[[int], None]) -> None:
        self._path, self._sent, self._left = path, sent, 0

    def __iter__(self) -> Iterator[bytes]:
        self._sent(-self._left)
        self._left = 0
        with self._path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk
                self._left += len(chunk)
                self._sent(len(chunk))


def wait_for(seconds: float, ask: Callable[[], Answer], is_over: Callable[[Answer], bool]) -> Answer | None:
    """Asks until it is over, ever more seldom; None where that takes longer than ``seconds``."""
    deadline, pause = time.monotonic() + seconds, 1.0
    while not is_over(answer := ask()):
        if time.monotonic() + pause > deadline:
            return None
        time.sleep(pause)
        pause = min(pause * 1.5, 10.0)
    return answer


def findings_of(answer: Answer) -> list[Finding]:
    """Those in an answer, in its order; what this version does not know of them is left out."""
    known = {field.name for field in fields(Finding)} - {"submission_id", "examples"}
    return [
        Finding(
            submission_id=0,
            examples=[Example(e["row_number"], e["value"]) for e in said["examples"]],
            **{name: value for name, value in said.items() if name in known},
        )
        for said in answer["findings"]
    ]


def _address(url: str) -> str:
    """Without what is added to it; refuses one that would show the key to everybody on the way."""
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        parts = httpx.URL("")
    if parts.scheme not in ("http", "https") or not parts.host or parts.userinfo or parts.query:
        raise Refused(f"'{url}' is not the address of a front door. It looks like https://returns.example.org.")
    if parts.scheme == "http" and not _is_here(url):
        raise Refused(f"{url} is not encrypted: everybody on the way could read the key. Use its https address.")
    return re.sub(r"(/v1)?/*$", "", url)


def _is_here(url: str) -> bool:
    """Whether the address is of this machine."""
    host = httpx.URL(url).host
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _whole(key: str) -> str:
    if not re.fullmatch(r"[!-~]+", key.strip()):
        raise Refused("That is no key: it is empty, or there is more than one word. It looks like pch_...")
    return key.strip()


def _path(site: str, feed: str, period: date) -> str:
    return f"/returns/{quote(site, safe='')}/{quote(feed, safe='')}/{period:%Y-%m}"


def _json(response: httpx.Response) -> Answer | None:
    try:
        said = response.json()
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _stranger(url: str, response: httpx.Response) -> Refused | NotReached:
    """Not the door: a proxy before it that is busy, or something else altogether."""
    if response.status_code in (408, 429) or response.is_server_error:
        return NotReached(
            f"The front door at {url} cannot be reached ({response.status_code}).", _retry_after(response)
        )
    return Refused(
        f"What answers at {url} is not a front door ({response.status_code}). Check the address, and whether a proxy "
        "asks for a password."
    )


def _may_pass(response: httpx.Response, said: Answer) -> bool:
    """Whether the same request may be answered otherwise later."""
    is_cut = str(said.get("type", "")).endswith("#cut-short")
    return is_cut or response.status_code in (408, 429) or response.is_server_error


def _retry_after(response: httpx.Response) -> float:
    """Seconds, also where a moment is named."""
    text = response.headers.get("retry-after", "")
    if text.isdigit():
        return float(text)
    try:
        seconds: float = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        return max(0.0, seconds)
    except (TypeError, ValueError):
        return 0.0
