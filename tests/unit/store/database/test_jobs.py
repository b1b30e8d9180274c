"""Threads for work in steps."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Generator

import pytest
from scopebox.errors import ScopeboxError
from scopebox.store.database import jobs
from scopebox.store.database.jobs import Threads, awaited

from tests.interrupts import interrupt_main


def test_work_is_done_in_another_thread_in_a_task_for_each_step_that_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "TASK_SECONDS", -1.0)  # every step takes too long
    tasks: list[None] = []
    thread = Threads(1, "steps")

    def work() -> Generator[None, None, str]:
        for _ in range(5):
            yield
        return threading.current_thread().name

    def around(task: Callable[[], None]) -> None:
        tasks.append(None)
        task()

    assert thread.submit(work(), around).result().startswith("steps")
    thread.close()
    assert len(tasks) == 6
    assert awaited(work()) != threading.current_thread().name


def test_threads_that_are_closed_take_nothing_and_say_that_the_store_is() -> None:
    def work() -> Generator[None, None, None]:
        yield

    threads = Threads(1, "steps")
    threads.submit(work(), lambda task: task())
    threads.close()
    with pytest.raises(ScopeboxError, match="This store is closed"):
        threads.submit(work(), lambda task: task())
    assert not threads.busy


def test_an_error_of_the_work_is_one_of_whoever_waits() -> None:
    def work() -> Generator[None, None, None]:
        yield
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        awaited(work())
    assert not any(entry.name.startswith("scopebox-read-project") for entry in threading.enumerate())


def test_work_that_nobody_waits_for_any_more_ends_where_it_may_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "TASK_SECONDS", -1.0)

    def work() -> Generator[None, None, None]:
        interrupt_main()
        while True:
            yield

    with pytest.raises(KeyboardInterrupt):
        awaited(work())
    assert not any(entry.name.startswith("scopebox-read-project") for entry in threading.enumerate())


def test_what_a_job_gave_is_held_by_whoever_has_its_future_alone() -> None:
    class Found:
        pass

    def work() -> Generator[None, None, Found]:
        yield
        return Found()

    threads = Threads(1, "steps")
    gc.disable()  # a circle would be found some time later, and an answer may have megabytes
    try:
        future = threads.submit(work(), lambda task: task())
        held = weakref.ref(future.result())
        threads.close()
        del future
        assert held() is None
    finally:
        gc.enable()
