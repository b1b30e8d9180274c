"""Attacks of which a part is said in words alone. Each test is named after the id of its attack; the runner looks for it."""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from scopebox.errors import ScopeboxError
from scopebox.isolate.pool import IsolatePool
from scopebox.sandbox.sandbox import Sandbox
from scopebox.settings import Settings

from tests.security.checks import CHECKS
from tests.security.checks_others import ANSWERED
from tests.security.corpus import FILES, Attack, by_hand, load
from tests.security.servers import HONEST_PATH, Server
from tests.security.stage import HONEST_CELL
from tests.security.world import OPERATION


def _attack(name: str) -> Attack:
    return next(attack for attack in load(FILES, CHECKS) if attack.id == name)


def test_every_word_has_its_test() -> None:
    assert {attack.id for attack in load(FILES, CHECKS) if attack.words} <= by_hand()


def test_host_conf_control_socket() -> None:
    """Seen from the host: a guest has its channel and nothing else, whatever the notebook has open."""
    opened = [os.open("/dev/null", os.O_RDONLY) for _ in range(1_500)]
    pool = IsolatePool(Settings(isolation="rlimits"), without=["seccomp"])
    try:
        with Sandbox(pool=pool) as box:
            extension = box.load("1", name="directus-extension-x")
            assert extension.isolate is not None
            assert [file.name for file in Path(f"/proc/{extension.isolate.pid}/fd").iterdir()] == ["3"]
    finally:
        pool.close()
        for descriptor in opened:
            os.close(descriptor)


def test_host_req_starve_slots() -> None:
    """A request to a healthy server is answered within two seconds while another extension has 200 that are not."""
    server = Server()
    server.begin({}, {"stream": "silent"})
    manifest = {"permissions": [{"permission": "request", "allowedUrls": [f"{server.url}/*"]}]}
    code = _attack("host-req-starve-slots").code.replace("{ALLOWED_URL}", server.url).replace("9000", "2500")
    seconds = []
    with Sandbox(allow_private_network=True, settings=Settings(wall=2 * ANSWERED)) as box:
        box.load(HONEST_CELL % (server.url, OPERATION), name="honest", manifest=manifest)

        def starve() -> None:
            with suppress(ScopeboxError):
                box.load(code, name="directus-extension-x", manifest=manifest)

        for _ in range(3):  # a machine that is busy with something else is asked again
            attack = threading.Thread(target=starve)
            attack.start()
            while not any(seen.path == "/silent" for seen in server.seen) and attack.is_alive():
                time.sleep(0.01)
            start = time.monotonic()
            assert box.run_operation("honest-speak") == "ok"
            seconds.append(time.monotonic() - start)
            attack.join()
            if seconds[-1] <= ANSWERED:
                break
    server.close()
    assert any(seen.path == HONEST_PATH for seen in server.seen)
    assert min(seconds) <= ANSWERED
