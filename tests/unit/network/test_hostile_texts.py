"""No function of the network's rooms takes more than linear time for hostile text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import msgspec
import pytest
from scopebox.network.mocks import Mocks
from scopebox.network.outgoing import Outgoing, read, redirected, refused_url
from scopebox.network.redaction import Redaction, Redactor
from scopebox.network.response import BodyReader, Response
from scopebox.network.results import result
from scopebox.network.secrets import Secrets, refers
from scopebox.urls.expressions import pieces_of, split_at_path, steps_of, with_plain_dots
from scopebox.urls.hosts import is_local_name, literal_address, normalise_host
from scopebox.urls.patterns import Glob, RegexPattern, UrlPattern, WildcardPattern, any_matches
from scopebox.urls.re2 import Re2
from scopebox.urls.url import check_characters, normalise_part, normalise_path, parse_port, parse_url, split_authority

from tests.growth import worse_than_linear

SMALL: Final = 2_000  # characters
ATOMS: Final = (
    "a", " ", "/", ".", "..", "/..", "%", "%2F", "%41", "{{", "{{ ", "{{secret.", "{{secret.x}}", "{", "}", "[", "]", "[a", "(", "\\", "\\\\",
    "\\u0041", "&", "&#65;", "&amp;", "?", "#", "@", ":", "-", "_", "*", "*a", "1", "0x", "é", "\x00", "\t", "=", "a=b;", "charset", "charset =",
    "xn--", "xn--a.", "ß", "\u3002", "aaaa", "s3cret", "s3cre", "czNjcmV0", ",", '"', '["a"],', "{1}", "a{9}", "\\Q", "|", "^",
)  # fmt: skip

URL = parse_url("https://api.test/x")
SECRETS = Secrets()
SECRETS["KEY"] = "s3cretvalue"
REDACTION = Redaction({"KEY": "s3cret", "LONG": "aaaaaaaaaaaaaaaa"})
PATTERN = WildcardPattern.read("https://*.a.test/*a*b*aaaa*")
MOCKS = Mocks()
for number in range(50):
    MOCKS.add("GET", f"https://api{number}.test/*a*b*{number}")


def stream(text: str) -> None:
    redactor = Redactor(REDACTION)
    data = text.encode("utf-8", "surrogatepass")
    for start in range(0, len(data), 10_000):
        redactor.feed(data[start : start + 10_000])
    redactor.feed(b"", last=True)


def answered(output: str) -> Callable[[str], object]:
    return lambda text: asyncio.run(
        result(Response(200, "OK", (("content-type", "text/plain"),), text.encode()), output, REDACTION)  # type: ignore[arg-type]
    )


def with_headers(text: str) -> object:
    headers = tuple(("x-a", text[start : start + 10]) for start in range(0, len(text), 10))
    return asyncio.run(result(Response(200, text, (*headers, (text, text)), b""), "response", REDACTION))


def fed(text: str) -> bytes:
    """Read a body that comes in single bytes."""

    async def run() -> bytes:
        reader = BodyReader("", 10**8)
        for byte in text.encode():
            await reader.feed(bytes([byte]))
        return reader.body()

    return asyncio.run(run())


RE2 = Re2()
FUNCTIONS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        "parse_url": parse_url,
        "parse_url of a host": lambda text: parse_url(f"https://{text}/"),
        "parse_url of a path": lambda text: parse_url(f"https://a.test/{text}"),
        "parse_url of a query": lambda text: parse_url(f"https://a.test/?{text}"),
        "check_characters": lambda text: check_characters(text, "it"),
        "split_authority": split_authority,
        "parse_port": parse_port,
        "normalise_path": normalise_path,
        "normalise_part": lambda text: normalise_part(text, "?"),
        "normalise_host": normalise_host,
        "normalise_host of an address": lambda text: normalise_host(f"[{text}]"),
        "literal_address": literal_address,
        "is_local_name": is_local_name,
        "Glob": lambda text: Glob(text).matches(text),
        "a pattern": UrlPattern.parse,
        "a wildcard": lambda text: UrlPattern.parse(f"https://{text}.test/{text}"),
        "an expression": lambda text: any_matches([RegexPattern.read(f"/https://a/{text[:2_000]}/")], URL, RE2),
        "matching": lambda text: PATTERN.covers(replace(URL, path=text)),
        "pieces": pieces_of,
        "split": split_at_path,
        "steps": lambda text: steps_of(pieces_of(text)),
        "dots": lambda text: with_plain_dots(pieces_of(text)),
        "refers": refers,
        "refers in bytes": lambda text: refers(text.encode()),
        "fill": lambda text: SECRETS.fill({"x-a": text}),
        "fill a name": lambda text: SECRETS.fill({"x-a": f"{{{{secret.{text}}}}}"}),
        "fill with an end": lambda text: SECRETS.fill({"x-a": f"{{{{secret.{text}x"}),
        "the name of a secret": lambda text: Secrets().__setitem__(text, "12345678"),
        "the value of a secret": lambda text: Secrets().__setitem__("KEY", text),
        "redact": REDACTION.text,
        "redact in pieces": stream,
        "redact a long one": lambda text: Redaction({"KEY": (text.strip() + "xyzz")[:8192]}).text(text),
        "an url": lambda text: read(text, msgspec.UNSET, "exec"),
        "a body": lambda text: read("https://a.test/", {"body": text}, "exec"),
        "a body of values": lambda text: read("https://a.test/", {"body": [text] * 3}, "exec"),
        "a method": lambda text: read("https://a.test/", {"method": text}, "exec"),
        "an output": lambda text: read("https://a.test/", {"output": text}, "exec"),
        "an option": lambda text: read("https://a.test/", {text: 1}, "exec"),
        "a header": lambda text: read("https://a.test/", {"headers": {"x-a": text}}, "exec"),
        "the name of a header": lambda text: read("https://a.test/", {"headers": {text: "a"}}, "exec"),
        "refused_url": refused_url,
        "a redirect": lambda text: redirected(Outgoing("GET", URL, {}), 302, text, REDACTION),
        "a redirect to a path": lambda text: redirected(Outgoing("GET", URL, {}), 302, f"/{text}", REDACTION),
        "an answer as text": answered("text"),
        "an answer as JSON": answered("json"),
        "an answer of the api": answered("response"),
        "headers": with_headers,
        "a content type": lambda text: Response(200, "", (("content-type", text),), b"").codec,
        "a charset": lambda text: Response(200, "", (("content-type", f"charset{text}"),), b"").codec,
        "an encoding": lambda text: BodyReader(text, 100),
        "a body in bytes": fed,
        "a mock": lambda text: Mocks().add("GET", text),
        "a method of a mock": lambda text: Mocks().add(text, "https://a.test/"),
        "no mock": lambda text: MOCKS.answer(Outgoing("GET", parse_url(f"https://api.test/{text[:8000]}"), {})),
        "an expression that is matched": lambda text: RE2.matches("(a*)*(a|aa)*b", text),
    }
)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_four_times_the_text_costs_at_most_eight_times_the_time(name: str) -> None:
    assert not worse_than_linear(FUNCTIONS[name], after="~", atoms=ATOMS, small=SMALL)
