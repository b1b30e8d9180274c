"""The options of an operation, told by the app half of its package, which runs for that in an isolate where every call is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox_guest import wire

from scopebox.errors import ScopeboxError
from scopebox.extension.alone import run_alone
from scopebox.languages import LANGUAGES
from scopebox.packages.app_half import Options, program_of, read_options
from scopebox.text.visible import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.chains.chain import Chain
    from scopebox.extension.extension import Extension
    from scopebox.services import Services

BUSY: Final = 2.0  # seconds that an app half may take to tell its options
WALL: Final = 10.0  # seconds in all, on a machine that has other things to do
MEMORY: Final = 64  # MiB
MAX_PROBLEM_CHARACTERS: Final = 300
NO_APP_HALF: Final = Options(problem="It has no app half that tells its options.")


async def options_of(services: Services, chain: Chain, extension: Extension, values: Mapping[str, object]) -> Options:
    """On the loop: return the options that the app half shows once ``values`` are chosen."""
    app = None if extension.package is None else extension.package.app
    if app is None or not app.whole:
        return NO_APP_HALF
    try:
        done = await run_alone(
            services, chain, program_of(app.text), LANGUAGES["js"], filename=app.path, memory=MEMORY, wall=WALL, busy=BUSY,
            style="exec", inputs={"__values": dict(values)},
        )  # fmt: skip
        if done.failure is not None:
            return Options(problem=shorten(done.failure.message, MAX_PROBLEM_CHARACTERS))
        return read_options(wire.decode_json(done.value))
    except ScopeboxError as error:
        return Options(problem=shorten(error.message, MAX_PROBLEM_CHARACTERS))
