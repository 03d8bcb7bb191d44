"""A witness behind the standard library's HTTP server: small, bounded, and enough for it."""

import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from jurat.log import MOST_WITNESS_BODY as MOST_BODY
from jurat.log import LogError, Witness

_TIMEOUT = 10  # seconds that a caller may take to send
_MOST_AT_ONCE = 32
_LOGGER = logging.getLogger("jurat.witness")


def listen(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """A server that answers for `witness`, bound and not yet serving. Raises OSError."""
    return _Server((host, port), _handler(witness))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._free = threading.BoundedSemaphore(_MOST_AT_ONCE)
        super().__init__(address, handler)

    def process_request(self, request: object, client_address: object) -> None:
        self._free.acquire()  # further callers wait in the backlog
        super().process_request(request, client_address)  # type: ignore[arg-type]  # as it came

    def process_request_thread(self, request: object, client_address: object) -> None:
        try:
            super().process_request_thread(request, client_address)  # type: ignore[arg-type]  # as it came
        finally:
            self._free.release()


def _handler(witness: Witness) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "jurat-witness"
        sys_version = ""
        timeout = _TIMEOUT

        def do_POST(self) -> None:
            if self.path != "/add-checkpoint":
                return self._answer(404, "there is only /add-checkpoint\n")
            length = self.headers.get("content-length", "")
            if not (length.isascii() and length.isdecimal()):
                return self._answer(411, "say how long the request is\n")
            if int(length) > MOST_BODY:
                return self._answer(413, f"a request has at most {MOST_BODY} bytes\n")
            try:
                answer = witness.add_checkpoint(self.rfile.read(int(length)))
            except (LogError, OSError) as error:
                _LOGGER.error("%s", error)
                return self._answer(500, "the witness can't keep what it saw\n")
            return self._answer(answer.status, answer.body, answer.content_type)

        def do_GET(self) -> None:
            origin, _, rest = self.path.removeprefix("/").partition("/")
            if rest != "checkpoint":
                return self._answer(404, "there is only /<hash of an origin>/checkpoint\n")
            answer = witness.latest(origin)
            return self._answer(answer.status, answer.body, answer.content_type)

        def _answer(
            self, status: int, body: str, content_type: str = "text/plain; charset=utf-8"
        ) -> None:
            data = body.encode()
            self.close_connection = True  # a body that was not read is not the next request
            self.send_response(status)
            self.send_header("content-type", content_type)
            self.send_header("content-length", str(len(data)))
            self.send_header("connection", "close")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            _LOGGER.info(format, *args)

    return Handler
