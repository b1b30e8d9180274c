"""What is asked of both sides, in order: requests, and runs of operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

NOTES: Final = "/items/exported_notes"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``body`` is JSON data, ``text`` sent as it is. With ``operation`` the body is what that operation is run with.

    ``settled`` is one that is to find what actions of earlier ones have done. ``there`` is its path there, where that is another. Of a stub,
    which is not what it is made of, ``stated`` is the answer, and ``logged`` what it logs.
    """

    method: str
    path: str
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    operation: str = ""
    settled: bool = False
    there: str = ""
    stated: tuple[int, object] | None = None
    logged: tuple[str, ...] = ()

    def __str__(self) -> str:
        sent = "" if self.body is None and self.text is None else f" {self.text or self.body!r}"
        return f"operation {self.operation}{sent}" if self.operation else f"{self.method} {self.path}{sent}"


def _of(name: str, method: str, path: str, body: object = None, **more: object) -> Request:
    return Request(method, f"/directus-extension-exported-{name}{path}", body, **more)  # type: ignore[arg-type]


def _stub(name: str, method: str, path: str) -> Request:
    said = f"not written yet: {method} {path}"
    sent = path.replace(":id", "7")
    return _of(name, method, sent, stated=(501, {"error": said}), logged=(said,))


UPDATED: Final = "not written yet: filter exported_marks.items.update"  # by the stub of a hook
SIGNED: Final = {"X-Signature": "sesame"}
API: Final = (
    _of("slug", "GET", "/slug/Hello%20World"),
    _of("slug", "GET", "/slug/%C3%89t%C3%A9?x=1"),
    _of("slug", "GET", "/slug"),
    _of("slug", "POST", "/slug", {"title": "Ein Titel, mit Ümlaut"}),
    _of("slug", "POST", "/slug", {}),
    _of("slug", "POST", "/slug"),
    _of("webhook", "POST", "/", {"id": 1}),
    _of("webhook", "POST", "/", {"id": 1}, headers=SIGNED),
    _of("webhook", "POST", "/", {"id": 1}, headers=SIGNED),
    _of("webhook", "POST", "/", {"id": "two"}, headers=SIGNED),
    _of("webhook", "GET", "/"),
    _of("rates", "GET", "/rates"),
    _of("rates", "GET", "/rates?base=CHF"),
    _of("rates", "GET", "/rates?base=missing"),
    _of("rates", "GET", "/outside"),
    _of("rates", "POST", "/echo", {"a": [1, None, "x"]}),
    Request("POST", NOTES, {"title": " first "}),
    Request("POST", NOTES, {"title": "same"}),
    Request("POST", NOTES, {"title": "x" * 60, "status": "published", "body": "one two  three"}),
    Request("POST", NOTES, {"title": "  "}),
    Request("POST", NOTES, {}),
    Request("POST", NOTES, [{"title": "a "}, {"title": "b", "body": "some words"}]),
    Request("GET", f"{NOTES}?sort=id"),
    Request("GET", f"{NOTES}/3"),
    Request("GET", f"{NOTES}?fields=id,body&filter[body][_nnull]=true"),
    Request("PATCH", f"{NOTES}/2", {"body": "well, darn it, DARN"}),
    Request("PATCH", f"{NOTES}/2", {"status": "published"}),
    Request("PATCH", NOTES, {"keys": [3, 4], "data": {"body": "no darnation"}}),
    Request("GET", f"{NOTES}/2"),
    Request("DELETE", f"{NOTES}/1"),
    Request("DELETE", NOTES, [4, 1]),
    Request("DELETE", f"{NOTES}/4"),
    Request("GET", f"{NOTES}?fields=id&sort=id"),
    Request("", "", {"amount": 10}, operation="exported-money"),
    Request("", "", {"amount": 10.005, "currency": "CHF", "rate": 1.1}, operation="exported-money"),
    Request("", "", {"amount": "ten"}, operation="exported-money"),
    _of("odd", "GET", "/text"),
    _of("odd", "GET", "/teapot"),
    _of("odd", "GET", "/nothing"),
    _of("odd", "GET", "/list"),
    _of("odd", "GET", "/throws"),
    _of("odd", "GET", "/undefined"),
    _of("odd", "GET", "/items/7/parts/a%20b?c=d"),
    _of("odd", "PUT", "/put", {"a": 1}),
    _of("odd", "PATCH", "/put", {"a": 1}),
    _of("odd", "DELETE", "/put?x=1", headers={"Accept": "text/plain"}),
    _of("odd", "GET", "/unknown"),
    _of("totals", "POST", "/totals", {"items": [{"sku": "a", "price": 1.5}, {"sku": "b", "price": 2}]}),
    _of("totals", "POST", "/totals", {}),
    _of("totals", "GET", "/kinds"),
)
SHIM: Final = (
    _of("zlist", "POST", "/marks", {"names": ["alpha", "beta", "gone"]}),
    _of("zlist", "GET", "/marks?x=1"),
    _of("zlist", "PATCH", "/marks", {"from": "beta", "to": "gamma"}, logged=(UPDATED,)),
    _of("zlist", "PATCH", "/marks", {"from": "nobody", "to": "x"}),
    _of("zlist", "DELETE", "/marks", {"name": "gone"}),
    _of("zlist", "GET", "/marks"),
    Request("POST", NOTES, {"title": "priced"}),
    Request("GET", f"{NOTES}?fields=title,price&sort=-id&limit=1"),
    Request("PATCH", f"{NOTES}/3", {"status": "archived"}),
    Request("GET", "/items/exported_marks?fields=name&sort=id", settled=True),
    Request("", "", {"name": "from a flow"}, operation="exported-mark"),
    _of("zrates", "GET", "/rates"),
    _of("zrates", "POST", "/body", {"a": 1}),
    _of("zrates", "POST", "/body"),
    _of("ztyped", "POST", "/typed", {"names": [" Typed one", "TYPED two "]}),
    _of("ztyped", "GET", "/typed"),
    _of("ztyped", "DELETE", "/typed"),
    _of("ztyped", "DELETE", "/typed"),
    Request("POST", NOTES, {"title": "mixed note"}),
    Request("GET", f"{NOTES}?fields=title,body,price&sort=-id&limit=1"),
    Request("", "", {"name": "operation"}, operation="exported-mixed"),
    _of("zmixed", "GET", "/names?a=b", there="/directus-extension-exported-zmixed-endpoint/names?a=b", settled=True),
)
_COUNTED: Final = "not written yet: operation exported-counted"
STUBBED: Final = (
    _stub("zpython-endpoint", "GET", "/list"),
    _stub("zpython-endpoint", "DELETE", "/list/:id"),
    _of("zpython-endpoint", "POST", "/list"),
    _stub("zstub", "POST", "/"),
    Request("", "", {"a": 1}, operation="exported-counted", stated=(200, {}), logged=(_COUNTED,)),
    Request("POST", "/items/exported_marks?fields=name", {"name": "unwritten"}),
    Request(
        "PATCH",
        "/items/exported_marks?fields=name",
        {"query": {"filter": {"name": {"_eq": "unwritten"}}}, "data": {"name": "updated"}},
        logged=(UPDATED,),
    ),
)
