"""A served sandbox and the pages of a browser: a link of a notebook opens, and a page of another origin sends nothing."""

from __future__ import annotations

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.lab import Lab

NAME: Final = "directus-extension-served"
CELL: Final = f"""
from IPython.display import HTML
from scopebox import Sandbox
box = Sandbox()
source = '''
async def h(request):
    return {{"status": 200, "body": "opened"}}
await exec("register-endpoint", {{"path": "/", "method": "GET", "handler": h}})
await exec("register-endpoint", {{"path": "/", "method": "POST", "handler": h}})
'''
box.load(source, name="{NAME}")
server = box.serve()
HTML(f'<a href="{{server.url}}/{NAME}/" target="_blank">the endpoint</a>')
"""
SEND: Final = """async ([url, options]) => {
    try { const response = await fetch(url, options); return response.type; } catch (error) { return "failed"; }
}"""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title>")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@contextmanager
def other_origin() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


def test_a_link_in_a_notebook_opens_a_served_endpoint_and_a_foreign_page_reaches_none(lab: Lab) -> None:
    lab.open("served.ipynb", [CELL])
    lab.run_all()
    with lab.page.context.expect_page() as opened:
        lab.page.get_by_role("link", name="the endpoint").click()
    expect(opened.value.locator("body")).to_have_text("opened")
    url = opened.value.url
    opened.value.close()
    assert lab.execute("print([entry.usage.calls for entry in box.endpoints])").strip() == "[1, 0]"
    with other_origin() as elsewhere:
        page = lab.page.context.new_page()
        page.goto(elsewhere)
        for options in (
            {"method": "GET"},
            {"method": "GET", "mode": "no-cors"},
            {"method": "POST", "mode": "no-cors", "headers": {"content-type": "text/plain"}, "body": "{}"},
            {"method": "POST", "headers": {"content-type": "application/json"}, "body": "{}"},
        ):
            assert page.evaluate(SEND, [url, options]) in ("failed", "opaque")
        page.set_content(f'<form method="post" action="{url}"><button>send</button></form>')
        with page.expect_navigation() as answered:
            page.get_by_role("button").click()
        response = answered.value
        assert response is not None
        assert response.status == 403
        page.close()
    assert lab.execute("print([entry.usage.calls for entry in box.endpoints]); box.close()").strip() == "[1, 0]"
