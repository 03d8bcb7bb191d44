"""One request and its answer, bounded in time and size."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

MOST = 1 << 20  # bytes of an answer
TIMEOUT = 10.0  # seconds for each step: connect, send, wait for more


class NetError(Exception):
    """The other side can't be reached, or answers what can't be taken. The text names the address
    without its credentials and query."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes = field(repr=False)
    content_type: str = ""


class Send(Protocol):
    """How a request is sent: `send`, or what a test puts in its place."""

    def __call__(
        self, method: str, url: str, data: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer: ...


def send(
    method: str, url: str, data: bytes = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    """Send one request over a connection of its own; redirects are not followed.

    Raises NetError where no answer comes within TIMEOUT per step, or one of more than MOST bytes.
    """
    import httpx  # it takes its time

    try:
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client,
            client.stream(method, url, content=data, headers=dict(headers or {})) as response,
        ):
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MOST:
                    raise NetError(f"{place(url)}: answers more than {MOST:,} bytes")
            kind = response.headers.get("content-type", "")
            return Answer(response.status_code, body, kind)
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        # the text of the error may quote the address whole
        raise NetError(f"{place(url)}: {why(error)}") from None


def place(url: str) -> str:
    """`url` without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(not an address)"
    return urlunsplit(
        (parts.scheme, f"[{host}]{port}" if ":" in host else host + port, parts.path, "", "")
    )


def why(error: Exception) -> str:
    """What went wrong, without the address."""
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {TIMEOUT:.0f} seconds"
    if isinstance(error, httpx.ConnectError):
        return "can't be reached"
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL | UnicodeError):
        return "is no http or https address"
    return f"the connection failed ({type(error).__name__})"
