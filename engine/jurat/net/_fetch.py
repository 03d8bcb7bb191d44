"""A file of another machine, fetched again only when it has changed."""

from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from ._http import TIMEOUT, NetError, place, why

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes of a file, and the entity tag (RFC 9110 section 8.8.3) they came with, or ""."""

    body: bytes = field(repr=False)
    etag: str = ""


class Fetch(Protocol):
    """How a file is fetched: `fetch`, or what a caller puts in its place."""

    def __call__(self, url: str, *, etag: str = "", most: int) -> Fetched | None: ...


def fetch(url: str, *, etag: str = "", most: int) -> Fetched | None:
    """The file at `url`, of at most `most` bytes; None where it still has the tag `etag`.

    Only https, or http on this machine itself. Redirects are not followed. Raises NetError.
    """
    import httpx  # it takes its time

    parts = urlsplit(url)
    if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in _LOOPBACK):
        raise NetError(f"{place(url)}: is no https address")
    headers = {"If-None-Match": etag} if etag else {}
    try:
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            if response.status_code == 304 and etag:
                return None
            if response.status_code != 200:
                raise NetError(f"{place(url)}: answers {response.status_code}")
            chunks, size = [], 0
            for chunk in response.iter_bytes():
                size += len(chunk)
                if size > most:
                    raise NetError(f"{place(url)}: answers more than {most:,} bytes")
                chunks.append(chunk)
            return Fetched(b"".join(chunks), response.headers.get("etag", ""))
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        # the text of the error may quote the address whole
        raise NetError(f"{place(url)}: {why(error)}") from None
