from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.errors import ExtensionError
from scopebox.grants.refusal import RefusalError
from scopebox.network.outgoing import MAX_HEADERS, Outgoing, read, redirected
from scopebox.network.redaction import Redaction
from scopebox.urls.url import parse_url

URL = "https://api.test/x"


def outgoing(**options: object) -> Outgoing:
    return read(URL, options, "exec").outgoing


@pytest.mark.parametrize(
    ("url", "options", "message"),
    [
        (5, {}, "Request url has to be of type string"),
        (None, {}, "Request url has to be of type string"),
        ([URL], {}, "Request url has to be of type string"),
        (URL, "x", "Request options has to be of type object"),
        (URL, None, "Request options has to be of type object"),
        (URL, [], "Request options has to be of type object"),
        (URL, {"method": 5}, "Request method has to be of type string"),
        (URL, {"method": None}, "Request method has to be of type string"),
        (URL, {"body": 5}, "Request body has to be of type string or object"),
        (URL, {"body": True}, "Request body has to be of type string or object"),
        (URL, {"body": None}, "Request body has to be of type string or object"),
        (URL, {"headers": "x"}, "Request headers has to be of type object"),
        (URL, {"headers": None}, "Request headers has to be of type object"),
        (URL, {"headers": []}, "Request headers has to be of type object"),
        (URL, {"headers": {"X-A": 5}}, 'Request header "X-A" has to be of type string'),
        (URL, {"output": 5}, "Request output has to be of type string"),
    ],
)
def test_wrong_types_are_answered_in_the_words_of_directus(url: object, options: object, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        read(url, options, "exec")
    assert str(caught.value) == message


def test_the_type_of_the_arguments_is_checked_before_the_url_is_read() -> None:
    with pytest.raises(TypeError):
        read("no url", None, "api")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"methd": "GET"}, "did you mean method?"),
        ({"timeout": None}, "there are method, body, headers and output"),
        ({"follow_redirects": True}, "has no option"),
        ({"files": {"f": "/etc/passwd"}}, "has no option"),
        ({"output": "__class__"}, 'has to be "text" or "json"'),
        ({"headers": {"X-A: 1\r\nX-Injected": "1"}}, "not a valid header name"),
        ({"headers": {"": "1"}}, "not a valid header name"),
        ({"headers": {"X A": "1"}}, "not a valid header name"),
        ({"headers": {"Ä": "1"}}, "not a valid header name"),
        ({"headers": {"X-A": "1\r\nX-Injected: 1"}}, "characters that no header can have"),
        ({"headers": {"X-A": "1\n"}}, "characters that no header can have"),
        ({"headers": {"X-A": "\x00"}}, "characters that no header can have"),
        ({"headers": {"X-A": "\u20ac"}}, "characters that no header can have"),
        ({"headers": {"X-A": "\ud800"}}, "characters that no header can have"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "is there twice"),
        ({"headers": {f"X-{n}": "" for n in range(MAX_HEADERS + 1)}}, "64 are the limit"),
        ({"headers": {"X-A": "x" * 20_000}}, "larger than 16384 bytes"),
        ({"body": "{{secret.A}}"}, "in the value of a header only"),
        ({"body": {"a": ["{{secret.A}}"]}}, "in the value of a header only"),
    ],
)
def test_what_no_request_can_have_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=r"Request|secret") as caught:
        outgoing(**options)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        *("Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "HTTP2-Settings", "TE"),
        *("Trailer", "Expect", "Proxy-Authorization", "Proxy-Connection", "Accept-Encoding", "X-HTTP-Method-Override"),
        *("x-method-override", "X-HTTP-Method"),
    ],
)
def test_headers_of_the_connection_and_of_other_methods_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="set by the sandbox alone"):
        outgoing(headers={name: "x"})


def test_output_belongs_to_exec_alone() -> None:
    with pytest.raises(ValueError, match='no option "output"'):
        read(URL, {"output": "json"}, "api")


@pytest.mark.parametrize(
    "url", ["", "no url", "ftp://a.test/", "https://u@a.test/", " https://a.test/", "https://a.test/\ud800"]
)
def test_a_url_that_is_none_is_refused_like_one_that_is_not_allowed(url: str) -> None:
    with pytest.raises(RefusalError) as caught:
        read(url, msgspec.UNSET, "exec")
    assert caught.value.reason == "url"
    assert caught.value.message.startswith('No permission to request "')
    assert caught.value.hint
    assert caught.value.message.encode()


def test_a_secret_cannot_stand_in_a_url() -> None:
    with pytest.raises(ValueError, match="not in the url"):
        read("https://a.test/{{secret.A}}", {}, "exec")


def test_without_options_it_is_a_get_without_body() -> None:
    assert read(URL, msgspec.UNSET, "exec") == (Outgoing("GET", parse_url(URL), {}), "text")
    assert read(URL, {}, "api").output == "response"
    assert read(URL, {"output": "json"}, "exec").output == "json"


def test_data_is_sent_as_json_and_text_as_it_is() -> None:
    data = outgoing(method="POST", body={"a": ["ä", None]})
    assert (data.body, data.headers) == ('{"a":["ä",null]}'.encode(), {"content-type": "application/json"})
    assert outgoing(body=[1]).body == b"[1]"
    text = outgoing(method="POST", body="a=b")
    assert (text.body, text.headers) == (b"a=b", {"content-type": "application/x-www-form-urlencoded"})
    assert outgoing(body="x", headers={"Content-Type": "text/csv"}).headers == {"content-type": "text/csv"}


def test_values_of_headers_are_trimmed_and_names_are_lower_case() -> None:
    assert outgoing(headers={"X-Token": " a\tb "}).headers == {"x-token": "a\tb"}


@given(st.dictionaries(st.text(), st.text() | st.integers()))
def test_headers_are_either_clean_or_refused(headers: dict[str, object]) -> None:
    try:
        clean = outgoing(headers=headers).headers
    except (ValueError, TypeError):
        return
    assert not set("\r\n\x00") & set("".join([*clean, *clean.values()]))


@pytest.mark.parametrize(
    ("status", "method", "becomes"),
    [
        (303, "POST", "GET"),
        (303, "DELETE", "GET"),
        (302, "POST", "GET"),
        (301, "POST", "GET"),
        (302, "PUT", "PUT"),
        (307, "POST", "POST"),
        (308, "DELETE", "DELETE"),
        (302, "GET", "GET"),
    ],
)
def test_the_method_of_a_redirect_changes_as_in_browsers(status: int, method: str, becomes: str) -> None:
    sent = outgoing(method=method, body={"a": 1})
    following = redirected(sent, status, "/y", Redaction())
    assert following.method == becomes
    assert (following.body is None) is (becomes != method)
    assert ("content-type" in following.headers) is (becomes == method)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("y", "https://api.test/y"),
        ("/y/../z", "https://api.test/z"),
        ("?q", "https://api.test/x?q"),
        ("//other.test/y", "https://other.test/y"),
        ("http://other.test", "http://other.test/"),
    ],
)
def test_the_location_of_a_redirect_is_read_against_the_url(location: str, url: str) -> None:
    assert str(redirected(outgoing(), 302, location, Redaction()).url) == url


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "javascript:x", "https://u@a.test/", "\\\\evil.test", "/a b"]
)
def test_a_redirect_to_what_is_no_url_fails(location: str) -> None:
    with pytest.raises(ExtensionError, match="redirected to an address that is refused"):
        redirected(outgoing(), 302, location, Redaction())


def test_another_origin_gets_no_header_that_tells_who_asks() -> None:
    headers = {"Authorization": "x", "Cookie": "x", "X-Api-Key": "x", "Accept": "a", "User-Agent": "{{secret.A}}"}
    sent = outgoing(headers=headers)
    assert redirected(sent, 302, "/y", Redaction()).headers == sent.headers
    assert redirected(sent, 302, "https://other.test/", Redaction()).headers == {"accept": "a"}
    assert redirected(sent, 302, "http://api.test/", Redaction()).headers == {"accept": "a"}
    assert redirected(sent, 302, "https://api.test:8443/", Redaction()).headers == {"accept": "a"}
