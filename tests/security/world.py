"""Where attacks happen: canaries, servers, a false resolver, two pools of isolates and the store they start from."""

from __future__ import annotations

import asyncio
import builtins
import os
import re
import secrets
import shutil
import socket
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import comm
import httpx
from comm.base_comm import BaseComm
from scopebox.isolate.levels import NEEDS, reached
from scopebox.isolate.pool import IsolatePool
from scopebox.settings import Settings
from scopebox.store.store import Store

from tests.security import fixture, resolver, script
from tests.security.corpus import Attack, CorpusError
from tests.security.one_panel import OnePanel
from tests.security.servers import Seen, Server

GUEST_ENGINE: Final = Path(__file__).parent / "guest.py"
LIMITS: Final = Settings(wall=4.0, request_seconds=3.0)
LOOPBACK: Final = "127.0.0.1"
EXTENSION: Final = "directus-extension-attack"
HONEST: Final = "other-extension"
SECOND: Final = "directus-extension-second"
OPERATION: Final = "honest-operation"
_WORD: Final = re.compile(r"\bCANARY\b")


UNFILTERED: Final = """
from scopebox_guest.process import seccomp
real = seccomp.install
def install(channel):
    if channel == 3:
        raise OSError(1, "Operation not permitted")
    return real(channel)  # the proof of the zygote
seccomp.install = install
"""


def _engine_file(path: Path) -> str:
    """Return the source of an engine that is the one in ``path``, and can be changed below as ``module``."""
    return (
        "from importlib.util import module_from_spec, spec_from_file_location\n"
        f"spec = spec_from_file_location('attack', {str(path)!r})\n"
        "module = module_from_spec(spec)\nspec.loader.exec_module(module)\nmake_engine = module.make_engine\n"
    )


def _entry(address: str, port: int) -> tuple[object, ...]:
    if ":" in address:
        return socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0)
    return socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)


class Elsewhere(httpx.AsyncBaseTransport):
    """The rest of the world: answers everything and notes what it was asked. Nothing leaves this machine."""

    def __init__(self, answer: Mapping[str, object]) -> None:
        self.requests: list[httpx.Request] = []
        self.seen: list[Seen] = []  # of them, those to public hosts
        self.answer = answer
        self.loopback = httpx.AsyncHTTPTransport(verify=False, trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.host == LOOPBACK:
            return await self.loopback.handle_async_request(request)
        self.seen.append(_seen(request))
        if self.answer.get("stream"):
            await asyncio.Event().wait()
        if self.answer.get("echo"):
            headers = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
            return httpx.Response(200, text=f"{headers}\n\n{(await request.aread()).decode('latin-1')}")
        return httpx.Response(200, text=str(self.answer.get("body", "elsewhere")))


def _seen(request: httpx.Request) -> Seen:
    url, stream = request.url, request.stream
    body = b"".join(stream) if isinstance(stream, httpx.ByteStream) else b""
    path, base = url.raw_path.decode("latin-1"), f"{url.scheme}://{url.netloc.decode('latin-1')}"
    return Seen(request.method, path, dict(request.headers), body, base)


class _NoPage(BaseComm):
    """Widgets without a front end."""

    def publish_msg(self, *_: object, **__: object) -> None:
        return


class World:
    """All that one process needs for its attacks; ``canary`` is what none of them may get at."""

    def __init__(self) -> None:
        self.canary = f"CANARY-{secrets.token_hex(12)}"
        self.note = f"CANARYNOTE-{secrets.token_hex(8)}-"
        self.host_secret = f"HOSTSECRET-7c1-{secrets.token_hex(12)}"
        self.operation = OPERATION
        self.folder = Path(tempfile.mkdtemp(prefix="scopebox-attacks-"))
        self.canary_env = f"SECRET_{secrets.token_hex(4)}"
        self.canary_server, self.allowed_server = Server(), Server()
        self.lookups, self._awake = resolver.Lookups(), threading.Event()
        self._resolve = socket.getaddrinfo
        socket.getaddrinfo = self._getaddrinfo  # type: ignore[assignment] # the one door of names to addresses
        comm.create_comm = _NoPage
        os.environ[self.canary_env] = self.canary
        self.canary_file = self.folder / "canary.txt"
        self.pool = IsolatePool(LIMITS)
        self.raw_pool = IsolatePool(LIMITS, engine=str(GUEST_ENGINE))
        self.store = fixture.build(self.canary, self.note)
        self.sample = Store.sample()
        self.forks = fixture.Forks(self.store)
        self.panel = OnePanel(self.store, self.pool)

    def begin(self, attack: Attack) -> None:
        """Make everything as it was before any attack."""
        for file in self.folder.iterdir():
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        self.canary_file.write_text(self.canary)
        self.operation = str(attack.setup.get("second_extension_operation") or OPERATION)
        answers = self.replaced(attack.setup.get("server_script") or {})
        self.canary_server.begin()
        self.allowed_server.begin(answers, self.default_answer(attack))
        self._wake_lookups()
        self.lookups = resolver.read(attack.setup.get("resolver"), attack.setup.get("resolver_sequence"))
        if attack.setup.get("canary_csv"):
            Path(f"{self.canary_file}.csv").write_text(f"value\n{self.canary}\n")

    def default_answer(self, attack: Attack) -> Mapping[str, object]:
        """Return what servers answer where no script says otherwise; empty for ``ok``."""
        if expression := attack.setup.get("server_answers_expr"):
            return {"body": str(builtins.eval(self.fill(str(expression))))}
        given = attack.setup.get("server")
        if isinstance(given, Mapping):
            return script.Script.read({"*": given}).answers["*"][0]
        kind = str(given or "")
        return {"stream": kind} if kind in script.STREAMS else {"echo": True} if kind else {}

    def _wake_lookups(self) -> None:
        """Let the lookups of the attack before this one end."""
        self._awake.set()
        self._awake = threading.Event()

    def fill(self, text: str, own: str = EXTENSION, served: str = "") -> str:
        """Return ``text`` with everything in place of its placeholders."""
        for name, value in (
            ("{CANARY_FILE}", str(self.canary_file)),
            ("{CANARY_ENV}", self.canary_env),
            ("{CANARY_URL}", self.canary_server.url),
            ("{CANARY_PORT}", str(self.canary_server.port)),
            ("{ALLOWED_URL}", self.allowed_server.url),
            ("{SELF_URL}", f"{served}/{own}"),
            ("{EXTENSION}", own),
            ("{OTHER_OPERATION}", self.operation),
        ):
            text = text.replace(name, value)
        return text

    def replaced(self, data: object, own: str = EXTENSION, served: str = "") -> object:
        """Return data of the corpus with everything in place of its placeholders."""
        match data:
            case str():
                return self.fill(data, own, served)
            case list():
                return [self.replaced(entry, own, served) for entry in data]
            case dict():
                return {
                    str(self.replaced(key, own, served)): self.replaced(value, own, served)
                    for key, value in data.items()
                }
            case _:
                return data

    def secret(self, text: str) -> str:
        """Return text of a set-up with the canary in place of the word for it."""
        return _WORD.sub(self.canary, self.fill(text))

    def _getaddrinfo(self, host: object, port: object, *args: object, **options: object) -> object:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if self.lookups.seconds and name not in (LOOPBACK, "localhost"):
            self._awake.wait(self.lookups.seconds)
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        addresses = None if name == LOOPBACK else self.lookups.addresses(name)
        if addresses is None:
            return self._resolve(host, port, *args, **options)  # type: ignore[arg-type]
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [_entry(address, int(str(port or 0))) for address in addresses]

    def early_pool(self, code: str) -> IsolatePool:
        """Return a pool whose guests run ``code`` before they say that they are ready."""
        file = self.folder / "early.py"
        file.write_text(f"{_engine_file(GUEST_ENGINE)}module.EARLY = {self.fill(code)!r}\n")
        return IsolatePool(LIMITS, engine=str(file))

    def lower_pool(self, without: list[str], *, raw: bool) -> IsolatePool:
        """Return a pool whose guests do without some mechanisms, with the level that this leaves accepted."""
        known = {name for needs in NEEDS.values() for name in needs} | {"dumpable"}
        if unknown := sorted(set(without) - known):
            raise CorpusError(f"without: nobody knows {', '.join(unknown)}, but {', '.join(sorted(known))}")
        level = reached({name: "off" if name in without else "" for needs in NEEDS.values() for name in needs})
        engine = str(GUEST_ENGINE) if raw else None
        return IsolatePool(replace(LIMITS, isolation=level), engine=engine, without=without)

    def unconfined_pool(self) -> IsolatePool:
        """Return a pool whose guests find their filter refused, after the zygote proved that it holds."""
        file = self.folder / "unconfined.py"
        file.write_text(_engine_file(GUEST_ENGINE) + UNFILTERED)
        return IsolatePool(LIMITS, engine=str(file))

    @property
    def values(self) -> tuple[str, ...]:
        """The texts that nobody may see."""
        return self.canary, self.note, self.host_secret

    def close(self) -> None:
        """End every process, thread and file."""
        self.panel.close()
        self.pool.close()
        self.raw_pool.close()
        self.forks.close()
        self.store.close()
        self.sample.close()
        self.canary_server.close()
        self.allowed_server.close()
        socket.getaddrinfo = self._resolve
        shutil.rmtree(self.folder, ignore_errors=True)
