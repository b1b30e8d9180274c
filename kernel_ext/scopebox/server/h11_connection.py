"""Connections whose requests h11 parses: it is there wherever Python is."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http import h11_impl

from scopebox.server.connections import OWN_STATUSES, Connection

for _status in OWN_STATUSES:
    h11_impl.STATUS_PHRASES.setdefault(_status, b"")


class H11Connection(Connection, h11_impl.H11Protocol, asyncio.BufferedProtocol):
    """One connection of a client."""
