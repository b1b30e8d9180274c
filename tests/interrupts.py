"""An interrupt of the main thread while it waits for another one, as it comes from a terminal."""

from __future__ import annotations

import signal
import sys
import threading
import time


def interrupt_main() -> None:
    """Interrupt the main thread once it waits: what arrives right before it begins to would be taken in when the wait is over."""
    main = threading.main_thread().ident
    assert main is not None
    while sys._current_frames()[main].f_code is not threading.Condition.wait.__code__:
        time.sleep(0.001)
    time.sleep(0.05)
    signal.pthread_kill(main, signal.SIGINT)
