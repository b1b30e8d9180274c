"""What a permission allows, in words: a host is named as what it is compared as."""

from __future__ import annotations

import pytest
from scopebox.grants.decisions import decided_by, difference, entry_key
from scopebox.grants.sentences import describe, shown_url
from scopebox.manifest.permission import Permission

CYRILLIC = "\u0430pple"  # its first letter is no Latin one
ENCODED = "xn--pple-43d"


@pytest.mark.parametrize(
    ("url", "plain", "reached"),
    [
        (f"https://{CYRILLIC}.com/*", f"https://{ENCODED}.com/*", f"{ENCODED}.com"),
        (f"https://{CYRILLIC}.com/v1/\u00e4", f"https://{ENCODED}.com/v1/\u00e4", f"{ENCODED}.com/v1/\u00e4"),
        (f"http://{CYRILLIC}.com:81/*", f"http://{ENCODED}.com:81/*", f"http://{ENCODED}.com:81"),
        (f"https://*.{CYRILLIC}.com/*", f"https://*.{ENCODED}.com/*", f"any host that matches *.{ENCODED}.com"),
        ("https://\uff41pple.com/*", "https://apple.com/*", "apple.com"),
        (f"/https:\\/\\/{CYRILLIC}\\.com\\/.*/", "/https:\\/\\/\\x{430}pple\\.com\\/.*/", "URLs that match /https:\\/\\/\\x{430}pple\\.com\\/.*/"),
    ],
)  # fmt: skip
def test_before_a_host_that_is_not_plain_ascii_stands_what_it_really_is(url: str, plain: str, reached: str) -> None:
    entry = Permission("request", allowed_urls=(url,))
    assert shown_url(url) == f"{plain} (written {url})"
    assert describe(entry) == f"Send any requests to {reached} (written {url})"
    before = decided_by(entry_key(entry))
    assert f"- allowedUrls: {plain} (written {url})" in difference(
        before, Permission("request", allowed_urls=("https://apple.de/*",))
    )


@pytest.mark.parametrize("url", ["https://apple.com/*", f"https://{ENCODED}.com/*", "https://apple.com/\u0430*"])
def test_a_host_of_plain_ascii_is_shown_as_it_was_written(url: str) -> None:
    assert shown_url(url) == url
    assert "written" not in describe(Permission("request", allowed_urls=(url,)))
