"""Subscribers: told of every change until they no longer want to be."""

from __future__ import annotations

from scopebox.sandbox.subscribers import Subscribers


def test_each_is_called_after_a_change_and_after_unsubscribing_no_longer() -> None:
    subscribers, calls = Subscribers(), list[str]()
    end_first = subscribers.add(lambda: calls.append("first"))
    subscribers.add(lambda: calls.append("second"))
    subscribers.notify()
    end_first()
    end_first()
    subscribers.notify()
    assert calls == ["first", "second", "second"]
    assert len(subscribers) == 1


def test_one_that_ends_while_all_are_called_disturbs_no_other() -> None:
    subscribers, calls = Subscribers(), list[str]()

    def first() -> None:
        calls.append("first")
        end()

    end = subscribers.add(first)
    subscribers.add(lambda: calls.append("second"))
    subscribers.notify()
    assert calls == ["first", "second"]
