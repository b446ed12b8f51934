"""The HTTP side: threads, keep-alive, one answer per request."""

import http.server
import json
import pathlib
import socket
import socketserver
import sys
import traceback
import urllib.parse

from . import address, answers, control, routing


class Served(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """A listening stand-in."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, port: int, scenarios: pathlib.Path, verbose: bool):
        self.scenarios = scenarios
        self.verbose = verbose
        super().__init__(("127.0.0.1", port), Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address) -> None:
        """A peer that went away is no news; anything else is."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            traceback.print_exc()


def serve(port: int, scenarios: pathlib.Path, verbose: bool = False) -> Served:
    """Binds to a loopback port. The caller runs `serve_forever`."""
    served = Served(port, scenarios, verbose)
    address.BASE = served.address
    return served


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 120

    def setup(self) -> None:
        """Small answers must not wait for the peer's delayed acknowledgement."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handle_one(self) -> None:
        """Reads one request and writes one answer, or hangs up where a fault says so."""
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length) if length else b""
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query, keep_blank_values=True)
        try:
            if url.path.startswith("/_control/"):
                answer = control.handle(self.server.scenarios, self.command, url.path, query, body)
            else:
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = routing.handle(self.command, self.path, headers, query, body)
        except Exception as error:  # the peer gets a 500 and the log the trace
            traceback.print_exc()
            answer = answers.Answer(500, {"content-type": "application/json"}, json.dumps(
                {"__type": "InternalFailure", "message": f"{type(error).__name__}: {error}"}).encode())
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if self.server.verbose:
            print(f"{answer.status} {self.command} {url.path} {answer.note}", file=sys.stderr)
        lines = [f"HTTP/1.1 {answer.status} {self.responses.get(answer.status, ('',))[0]}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        lines += [f"content-length: {len(answer.body)}", f"date: {self.date_time_string()}"]
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        self.wfile.write(head + (b"" if self.command == "HEAD" else answer.body))

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = handle_one

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: routing keeps its own log of calls."""
