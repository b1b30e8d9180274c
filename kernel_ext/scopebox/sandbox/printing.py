"""Work for the notebook: what handlers print meanwhile belongs in its output."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

from scopebox.extension.printed import printed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from scopebox.chains.chain import Chain
    from scopebox.services import Services

T = TypeVar("T")


def run_and_print(services: Services, chain: Chain, work: Callable[[], Coroutine[object, object, T]], remedy: str) -> T:
    """Run ``work`` as :meth:`ChainRunner.run` does, and print what handlers printed meanwhile."""
    chain.listen()
    try:
        return services.chains.run(chain, work, remedy)
    finally:
        if chain.output_size:
            sys.stdout.write(printed(chain.printed(services.settings.stdout)))
