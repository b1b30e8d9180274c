"""Connections whose requests httptools parses, which is the parser of Node in C. To be imported where it is installed."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http import httptools_impl

from scopebox.server.connections import OWN_STATUSES, Connection

for _status in OWN_STATUSES:
    httptools_impl.STATUS_LINE.setdefault(_status, b"HTTP/1.1 %d \r\n" % _status)


class HttptoolsConnection(Connection, httptools_impl.HttpToolsProtocol, asyncio.BufferedProtocol):  # type: ignore[misc]  # checked as h11's
    """One connection of a client."""

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, without the blanks behind it."""
        super().on_header(name, value.rstrip(b" \t"))

    def _take_next(self) -> None:
        """Read on. uvicorn would start a timer, and look for requests behind this one, which wait before they come to it."""
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def on_headers_complete(self) -> None:
        """Start what answers the request. Nobody waits to be told to go on in HTTP/1.0."""
        if self.parser.get_http_version() == "1.0":
            self.expect_100_continue = False
        super().on_headers_complete()
