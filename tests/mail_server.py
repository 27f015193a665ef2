"""A real mail server for tests, in a thread: takes what is sent to it, or refuses it as it is told."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


@dataclass
class MailServer:
    """``delivered``: what it took, with the addresses it was for; ``refuse``: address to the answer it gets; ``kill``:
    a process to be killed, outright, once it has handed over a mail and before it hears that it was taken; ``password``:
    of the user ``pch``, who alone may send, where there is one."""

    port: int
    delivered: list[tuple[EmailMessage, list[str]]] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    kill: int | None = None
    password: str = ""

    @property
    def connection(self) -> str:
        """For AIRFLOW_CONN_SMTP_DEFAULT: no TLS, for there is no network between."""
        login = f"pch:{self.password}@" if self.password else ""
        return f"smtp://{login}127.0.0.1:{self.port}/?disable_ssl=true&disable_tls=true&timeout=5"

    @property
    def subjects(self) -> list[str]:
        return [message["Subject"] for message, _ in self.delivered]

    @contextmanager
    def open(self) -> Iterator[None]:
        controller = Controller(
            self, hostname="127.0.0.1", port=self.port, authenticator=self._let_in, auth_required=bool(self.password),
            auth_require_tls=False,
        )  # fmt: skip
        controller.start()
        try:
            yield
        finally:
            controller.stop()

    def _let_in(self, server: Any, session: Any, envelope: Any, mechanism: str, shown: Any) -> AuthResult:
        return AuthResult(success=(shown.login, shown.password) == (b"pch", self.password.encode()))

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address not in self.refuse:
            envelope.mail_from = address
        return self.refuse.get(address, "250 OK")

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = cast(EmailMessage, message_from_bytes(envelope.content, policy=policy.default))
        self.delivered.append((message, list(envelope.rcpt_tos)))
        if self.kill:
            os.kill(self.kill, signal.SIGKILL)
        return "250 OK"


def closed_mail_server() -> MailServer:
    """On a free port; ``open`` opens it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return MailServer(int(probe.getsockname()[1]))
