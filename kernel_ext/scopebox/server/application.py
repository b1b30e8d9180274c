"""An ASGI application that always answers: with what was found for a request, or with an error in the shape of a Directus."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from scopebox.errors import DirectusError, ExtensionError, ScopeboxError
from scopebox.errors.frames import forget_frames
from scopebox.registry.routes import MAX_REQUESTED_SEGMENTS
from scopebox.server.answers import DataResponse, is_kept, tag_of
from scopebox.server.bodies import MAX_BODY_BYTES, Bodies, is_announced
from scopebox.server.budget import Budget, Room
from scopebox.server.cookies import set_cookies
from scopebox.server.error_shapes import INTERNAL, error_response, too_long, too_many_headers
from scopebox.server.framing import MAX_HEAD_BYTES, MAX_HEADERS
from scopebox.server.headers import header_of
from scopebox.server.json_body import TEXT, form_of
from scopebox.server.made import MAX_ALL_MADE_BYTES, SMALL_MADE_BYTES

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

ADMIN: Final = "scopebox.admin"  # in the scope of requests of an administrator, who reads what went wrong inside
CHAIN: Final = "scopebox.chains.chain"  # in the scope of a request: the chain that it belongs to
ROOM: Final = "scopebox.room"  # in the scope of a request: the room for its answer among the large ones
MAX_PATH_CHARACTERS: Final = 8_000
MAX_OPEN_REQUESTS: Final = 256  # that are answered at the same time
MAX_OPEN_REQUESTS_OF_ONE: Final = 128  # by one extension, or by the items
MAX_ANSWER_BYTES: Final = 24 * 2**20  # bytes
MAX_ALL_ANSWERS_BYTES: Final = 32 * 2**20  # bytes of all large answers that are being sent
SMALL_ANSWER_BYTES: Final = 2**16  # bytes; the pieces in which larger ones are sent
ANSWER_SECONDS: Final = 60.0  # in which a large answer has to have been read

Handler = Callable[[Request, bytearray], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Target:
    """What answers a request, and whose limits the request counts against: an extension's, or those of the items.

    ``made`` says how many bytes are made of a request and held until it is answered; without it, none are.
    """

    owner: str
    answer: Handler
    takes_text: bool = False  # its body as it came, whatever its type is
    made: Callable[[Request, bytearray], int] | None = None


class Application:
    """Answers each request with what ``find`` returns for it; ``note`` is told of errors that nobody foresaw.

    ``most`` is how many bytes a body may have; ``tell`` is told of the answers with status 500 that a Directus logs.
    """

    def __init__(
        self,
        find: Callable[[Request], Target],
        note: Callable[[Request, str], None],
        most: int = MAX_BODY_BYTES,
        tell: Callable[[Request, str], None] | None = None,
    ) -> None:
        self._find = find
        self._note = note
        self._tell = tell
        self._bodies = Bodies(most)
        self._requests = Budget(MAX_OPEN_REQUESTS, MAX_OPEN_REQUESTS_OF_ONE)
        self._made = Budget(MAX_ALL_MADE_BYTES, MAX_ALL_MADE_BYTES)
        self._answers = Budget(MAX_ALL_ANSWERS_BYTES, MAX_ANSWER_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; other connections are closed."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        with Room(self._answers) as room:
            await self._answer(Request({**_without_fragment(scope), ROOM: room}, receive), room, send)

    async def _answer(self, request: Request, room: Room, send: Send) -> None:
        try:
            _check_head(request)
            target = self._find(request)
            room.owner = target.owner
            response = await self._answered(target, request)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the client gets an answer
            response = self._failed(request, error)
            forget_frames(error)
        set_cookies(request, response)
        await self._send(request, room, response, send)

    async def _answered(self, target: Target, request: Request) -> Response:
        if not is_announced(request):
            with self._requests.held(target.owner, 1):
                return await self._answered_in_room(target, request, bytearray())
        form = TEXT if target.takes_text else form_of(request.headers)
        async with self._bodies.read(request, target.owner, form) as body:
            with self._requests.held(target.owner, 1):
                return await self._answered_in_room(target, request, body)

    async def _answered_in_room(self, target: Target, request: Request, body: bytearray) -> Response:
        """Answer a request as soon as there is room for what is made of it, which waits as the text that it came in."""
        made = 0 if target.made is None else target.made(request, body)
        if made <= SMALL_MADE_BYTES:
            return await target.answer(request, body)
        async with self._made.awaited(target.owner, min(made, MAX_ALL_MADE_BYTES)):
            return await target.answer(request, body)

    def _failed(self, request: Request, error: Exception) -> Response:
        """Return the answer for an error. What no extension is to blame for is noted, else nobody would ever see it."""
        if not isinstance(error, ScopeboxError):
            self._note(request, f"{type(error).__name__}: {error}")
            error = DirectusError(500, INTERNAL, str(error)[:1000])
        elif not isinstance(error, DirectusError | ExtensionError):
            self._note(request, error.message)
        elif isinstance(error, DirectusError) and error.code == INTERNAL and self._tell is not None:
            self._tell(request, error.message)
        return error_response(error, admin=bool(request.scope.get(ADMIN)))

    async def _send(self, request: Request, room: Room, response: Response, send: Send) -> None:
        body = _body(response)
        size = sum(map(len, body))
        if size > MAX_ANSWER_BYTES:
            reason = f"The answer has {size:,} bytes, {MAX_ANSWER_BYTES:,} are the limit: ask for fewer items or fields"
            response = error_response(
                DirectusError(400, "INVALID_QUERY", f"Invalid query. {reason}.", {"reason": reason}), admin=False
            )
            body = _body(response)
        body = _settled(request, response, body)
        size = sum(map(len, body))
        if size <= SMALL_ANSWER_BYTES:
            await _begin(response, send)
            await send({"type": "http.response.body", "body": b"".join(body)})
            return
        try:
            claim = room.claimed(size)
            await _begin(response, send)
            async with claim.transfer(ANSWER_SECONDS):
                for part in _parts(body):
                    size -= len(part)
                    await send({"type": "http.response.body", "body": part, "more_body": size > 0})
                    self._answers.keep_pace(claim, len(part))
                return
        except DirectusError as error:
            refused = error_response(error, admin=False)
            forget_frames(error)
        except TimeoutError:
            return  # an answer that ends too early: the server closes the connection
        await self._send(request, room, refused, send)


def _body(response: Response) -> list[bytes]:
    """Return the body of an answer in pieces."""
    return response.pieces if isinstance(response, DataResponse) else [bytes(response.body)]


def _parts(body: list[bytes]) -> Iterator[bytes]:
    """Yield a large body as it is sent, and empty it: many small pieces together, a large one in parts."""
    body.reverse()
    held: list[bytes] = []
    size = 0
    while body:
        piece = body.pop()
        for start in range(0, len(piece), SMALL_ANSWER_BYTES):
            held.append(piece[start : start + SMALL_ANSWER_BYTES])
            size += len(held[-1])
            if size >= SMALL_ANSWER_BYTES:
                yield b"".join(held)
                held, size = [], 0
    if held:
        yield b"".join(held)


def _settled(request: Request, response: Response, body: list[bytes]) -> list[bytes]:
    """Give the answer its entity tag, and make it 304 for a client that has it; return the pieces that are sent."""
    names = dict(response.raw_headers)
    tag = names.get(b"etag", b"").decode("latin-1")
    if any(body) and not tag and b"location" not in names:
        tag = tag_of(body)
        response.raw_headers.append((b"etag", tag.encode()))
    if header_of(request, b"if-none-match") and is_kept(request.headers, request.method, response.status_code, tag):
        response.status_code, body = 304, []
        for name in ("content-type", "content-length"):
            if name in response.headers:
                del response.headers[name]
    return [] if request.method == "HEAD" else body


def _without_fragment(scope: Scope) -> Scope:
    """Return ``scope`` with an address that ends at ``#``, which no client sends on purpose."""
    raw_path, query = scope.get("raw_path") or b"", scope.get("query_string") or b""
    if b"#" in raw_path:
        raw_path = raw_path.partition(b"#")[0]
        return {**scope, "raw_path": raw_path, "path": unquote(raw_path.decode("latin-1")), "query_string": b""}
    return {**scope, "query_string": query.partition(b"#")[0]} if b"#" in query else scope


async def _begin(response: Response, send: Send) -> None:
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})


def _check_head(request: Request) -> None:
    """Refuse what is longer than any honest request before anything looks at it."""
    path: str = request.scope["path"]
    slashes = path.count("/")
    if len(path) > MAX_PATH_CHARACTERS or slashes > MAX_PATH_CHARACTERS // 2:
        raise too_long(f"A path has at most {MAX_PATH_CHARACTERS:,} characters.")
    if slashes >= MAX_REQUESTED_SEGMENTS and sum(map(bool, path.split("/"))) > MAX_REQUESTED_SEGMENTS:
        raise too_long(f"A path has at most {MAX_REQUESTED_SEGMENTS} segments.")
    headers: list[tuple[bytes, bytes]] = request.scope["headers"]
    if len(headers) > MAX_HEADERS or sum([len(name) + len(value) for name, value in headers]) > MAX_HEAD_BYTES:
        raise too_many_headers(f"There may be {MAX_HEADERS} headers, of {MAX_HEAD_BYTES:,} bytes together.")
