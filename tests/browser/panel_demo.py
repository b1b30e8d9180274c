"""A notebook with something to see in the panel: what the journeys walk through and the pictures show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from playwright.sync_api import Locator

    from tests.browser.lab import Lab

LOAD: Final = "%load_ext scopebox\nbox = %sandbox"

WEATHER: Final = """%%sandbox directus-extension-weather
# /// sandbox
# permissions = [
#   { permission = "request", allowedUrls = ["https://api.weather.example/*"], methods = ["GET"], optional = true, reason = "Shows the weather" },
#   { permission = "read-items", role = "reader" },
# ]
# ///
async def forecast(request):
    try:
        answer = await exec("request", "https://api.weather.example/today", {"output": "json"})
    except PermissionError:
        return {"status": 503, "body": {"weather": "not granted yet"}}
    return {"status": 200, "body": {"weather": answer}}

await exec("register-endpoint", {"path": "/today", "method": "GET", "handler": forecast})
articles = await exec("read-items", "articles", {"query": {"limit": 3, "fields": ["title"]}})
await exec("log", f"{len(articles)} articles are ready")"""

SLUGS: Final = """%%sandbox directus-extension-slugs
# /// sandbox
# permissions = [
#   { permission = "read-items", role = "editor" },
#   { permission = "update-items", role = "editor", optional = true, reason = "Repairs old slugs" },
#   { permission = "request", allowedUrls = ["https://*"], optional = true },
# ]
# ///
async def slug(payload, context):
    title = payload.get("title", "untitled")
    return {**payload, "slug": "-".join(title.lower().split())}

async def announce(payload, context):
    await exec("log", f"new: {context['key']}")

def shorten(options):
    return {"text": options["text"][:20], "length": len(options["text"])}

def shout(options):
    return {"text": options["text"].upper()}

await exec("register-filter", {"event": "items.create", "handler": slug})
await exec("register-action", {"event": "items.create", "handler": announce})
await exec("register-operation", {"id": "shorten", "handler": shorten})
await exec("register-operation", {"id": "shout", "handler": shout})
len(await exec("read-items", "articles", {"query": {"limit": 5}}))"""

USE: Final = """box.mock("GET", "https://api.weather.example/*", json={"sky": "clear", "degrees": 21})
box.request("GET", "/directus-extension-weather/today").status_code"""

WRITE: Final = 'box.items("articles").create([{"title": "A New Day"}])'

PANEL: Final = "%sandbox panel"

TABS: Final = ("Permissions", "Registered", "Log", "Trace", "Collections", "Least privilege")

CELLS: Final = (LOAD, WEATHER, SLUGS, USE, WRITE, PANEL)


def show(lab: Lab, name: str, cells: Iterable[str] = CELLS) -> Locator:
    """Open a notebook, run it and return its panel."""
    lab.open(name, cells)
    lab.run_all()
    panel = lab.page.locator(".sbx").last
    panel.wait_for()
    return panel


def open_tab(panel: Locator, title: str) -> None:
    """Open a tab of the panel."""
    panel.get_by_role("radio", name=title, exact=True).check()


def unfolded(panel: Locator, number: int) -> Locator:
    """A section of the tab Registered whose form is open: endpoints, hooks, operations."""
    section = panel.locator(".sbx-section").nth(number)
    fold = section.locator(".widget-toggle-button")
    if "mod-active" not in (fold.get_attribute("class") or ""):
        fold.click()
    expect(section.locator(".sbx-form")).to_be_visible()
    return section


def labelled(panel: Locator, label: str) -> Locator:
    """The control of the open tab with that label."""
    return panel.get_by_label(label, exact=True).filter(visible=True)
