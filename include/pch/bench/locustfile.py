"""What the clients of a site do in the last minutes before the close; for locust, which runs it in a process apart.

    plan (PCH_LOAD: JSON) -> a user a site -> each file at its moment, some cut off on the way -> receipts (JSON lines)

A connection that is cut, before the file was whole or before the answer was read, is followed by the file again: so do
the scripts of suppliers. A receipt's seconds are those of the push that got it.
"""

import json
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from locust import FastHttpUser, events, task
from locust.exception import StopUser

PLAN: dict[str, Any] = json.loads(Path(os.environ["PCH_LOAD"]).read_text())
TRIES = 5
_sites = list(PLAN["sites"])
_out = Path(PLAN["receipts"]).open("w", buffering=1)  # noqa: SIM115  (it ends with the process)
_begun = time.monotonic()
_busy = len(_sites)


class Site(FastHttpUser):
    """One site with the files of its month."""

    host = PLAN["url"]
    network_timeout = connection_timeout = 60.0

    def on_start(self) -> None:
        self.site = _sites.pop()

    @task
    def month(self) -> None:
        for push in self.site["pushes"]:
            time.sleep(max(0.0, _begun + push["at"] - time.monotonic()))
            self.push(push, Path(push["file"]).read_bytes())
        global _busy
        _busy -= 1
        if _busy == 0:
            threading.Timer(0, self.environment.runner.quit).start()  # not from within what it ends
        raise StopUser

    def push(self, push: dict[str, Any], content: bytes) -> None:
        headers = {"Authorization": f"Bearer {self.site['key']}", "Idempotency-Key": f'"{push["sha256"]}"'}
        if push["cut"]:
            self.cut_off(push["path"], headers, content, half=push["cut"] == "half")
        for _ in range(TRIES):
            begun = time.monotonic()
            with self.client.put(  # data may be bytes, whatever the annotation says
                push["path"],
                data=content,  # type: ignore[arg-type]
                headers=headers,
                name="push",
                catch_response=True,
            ) as answer:
                seconds = time.monotonic() - begun
                if answer.status_code in (200, 201):
                    self.note(push, seconds, answer.json())
                    return
                answer.failure(f"{answer.status_code} {answer.text[:200] if answer.text else answer.error}")
            time.sleep(1)

    def cut_off(self, path: str, headers: dict[str, str], content: bytes, half: bool) -> None:
        """Ends the connection halfway through the file, or as soon as the last of it is sent."""
        where = urlsplit(self.host)
        lines = [f"PUT {path} HTTP/1.1", f"Host: {where.netloc}", f"Content-Length: {len(content)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        with socket.create_connection((where.hostname, where.port), timeout=60) as line:
            line.sendall("\r\n".join([*lines, "", ""]).encode())
            line.sendall(content[: len(content) // 2] if half else content)

    def note(self, push: dict[str, Any], seconds: float, answer: dict[str, Any]) -> None:
        _out.write(json.dumps({"path": push["path"], "sha256": push["sha256"], "seconds": seconds,
                               "cut": push["cut"], "answer": answer}) + "\n")  # fmt: skip


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def _fail_loudly(environment: Any, **_: Any) -> None:
    """Locust's own status counts every failure; which of them lost a push, the bench finds out from the receipts."""
    environment.process_exit_code = 0
    _out.close()
