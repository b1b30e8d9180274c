"""The server that exported extensions send their requests to: it answers rates, echoes, and keeps what it was told."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Foreign:
    """A server on loopback. ``told`` are the bodies that came to ``/audit``."""

    def __init__(self) -> None:
        self.told: list[object] = []
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                rates = {"EUR": 1.1, "CHF": 1.2}
                rate = rates.get(self.path.rpartition("/")[2])
                self.answer(404 if rate is None else 200, {"usd": rate})

            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == "/audit":
                    told.append(sent)
                self.answer(200, {"sent": sent, "from": self.headers.get("X-From")})

            def answer(self, status: int, data: object) -> None:
                body = json.dumps(data).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the word of the base class
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
