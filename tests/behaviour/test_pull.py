"""A pull from start to end: from a recorded Directus over loopback, by a process of its own and in a notebook, to a store."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from scopebox import Store
from scopebox.__main__ import main
from scopebox.directus import recorded
from scopebox.directus.recorded import Recorded, RecordedServer, Recording
from starlette.types import Receive, Scope, Send

from tests.pull_recording import ADMINISTRATOR, EDITOR
from tests.shells import Notebook, shell_of_module
from tests.state import PATIENCE
from tests.unit.directus.servers import RECORDING

shell = shell_of_module


@pytest.fixture
def server() -> Iterator[RecordedServer]:
    with recorded.serve(RECORDING) as made:
        yield made


def command(*arguments: str, token: str | None = ADMINISTRATOR) -> subprocess.CompletedProcess[str]:
    environment: Mapping[str, str] = {key: value for key, value in os.environ.items() if key != "DIRECTUS_TOKEN"}
    return subprocess.run(
        [sys.executable, "-m", "scopebox", "pull", *arguments],
        env=environment if token is None else {**environment, "DIRECTUS_TOKEN": token},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,  # a whole process, its start included
        check=False,
    )


def test_the_command_line_pulls_a_project_that_loads(server: RecordedServer, tmp_path: Path) -> None:
    folder = tmp_path / "house"
    done = command(server.url, "--to", str(folder), "--items", "3", "--exclude", "integrations")
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout.splitlines()
    assert said[0] == f"Directus 11.17.4 at {server.url}"
    assert any(line.startswith("pages: 3 of 4 items") for line in said)
    assert said[-1].startswith(f"Now on disk in {folder}: ")
    assert ADMINISTRATOR not in done.stdout
    assert not any(ADMINISTRATOR in asked for asked in server.app.asked)
    assert {asked.split(" ")[0] for asked in server.app.asked} <= {"GET", "SEARCH"}
    with Store.from_project(folder) as store:
        assert len(store.collections) == 12
        assert store.count("menu") == 3
        assert any(note.startswith(f"pulled from {server.url} (Directus 11.17.4)") for note in store.notes)


def test_without_a_token_and_anybody_to_ask_nothing_is_asked_of_the_server(
    server: RecordedServer, tmp_path: Path
) -> None:
    done = command(server.url, "--to", str(tmp_path / "house"), token=None)
    assert done.returncode == 1
    assert "DIRECTUS_TOKEN" in done.stderr
    assert server.app.asked == []
    assert not (tmp_path / "house").exists()


def test_a_token_is_no_argument(server: RecordedServer, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["pull", server.url, "--to", str(tmp_path / "house"), "--token", ADMINISTRATOR])
    assert ended.value.code == 2
    assert server.app.asked == []


def test_a_wrong_token_is_an_error_that_does_not_show_it(
    server: RecordedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DIRECTUS_TOKEN", "a-wrong-token")
    assert main(["pull", server.url, "--to", str(tmp_path / "house")]) == 1
    said = capsys.readouterr()
    assert "does not take the token (401" in said.err
    assert "a-wrong-token" not in said.err + said.out
    assert not (tmp_path / "house").exists()


@contextmanager
def raw(answer: bytes) -> Iterator[str]:
    """A server that says ``answer`` to everybody, whatever they ask."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>hi</html>",
            "There is no Directus at",
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.test/\r\nContent-Length: 0\r\n\r\n",
            "redirects to https://elsewhere.test",
        ),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "sent an invalid HTTP response"),
        (b"", "sent an invalid HTTP response"),
    ],
    ids=["html", "redirect", "no http", "nothing"],
)
def test_what_is_no_directus_is_said_and_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: bytes, said: str
) -> None:
    monkeypatch.setenv("DIRECTUS_TOKEN", ADMINISTRATOR)
    with raw(answer) as url:
        assert main(["pull", url, "--to", str(tmp_path / "house")]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert ADMINISTRATOR not in told
    assert not (tmp_path / "house").exists()


class Waiting(Recorded):
    """A recorded Directus that does not answer at one path, and says when it is asked there."""

    def __init__(self, recording: Recording) -> None:
        super().__init__(recording)
        self.reached = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/items/menu":
            self.reached.set()
            await asyncio.Event().wait()
        await super().__call__(scope, receive, send)


def test_an_interrupt_ends_a_pull_at_once_and_the_same_command_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded, "Recorded", Waiting)
    environment = {**os.environ, "DIRECTUS_TOKEN": ADMINISTRATOR}
    with recorded.serve(RECORDING) as server:
        assert isinstance(server.app, Waiting)
        arguments = [server.url, "--to", str(tmp_path / "house"), "--items", "5"]
        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background ignore it
        process = subprocess.Popen(
            [sys.executable, "-m", "scopebox", "pull", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        signal.signal(signal.SIGINT, before)
        try:
            assert server.app.reached.wait(5 * PATIENCE)
            process.send_signal(signal.SIGINT)
            said, errors = process.communicate(timeout=5 * PATIENCE)
        finally:
            process.kill()
            process.communicate()
        assert process.returncode == 130, errors
        assert errors == "interrupted; what is whole is kept, and the same command goes on from there\n"
        assert "comments: 5 of 40 items" in said
        monkeypatch.setattr(Waiting, "__call__", Recorded.__call__)
        done = command(*arguments)
    assert done.returncode == 0, done.stderr
    assert "goes on" in done.stdout
    assert "comments: 5 of 40 items" not in done.stdout
    assert "menu: 3 items" in done.stdout


def test_the_notebook_pulls_asks_for_the_token_and_puts_the_project_behind_its_cells(
    server: RecordedServer, shell: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIRECTUS_TOKEN", raising=False)
    asked: list[str] = []

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return EDITOR

    monkeypatch.setattr("getpass.getpass", answer)
    monkeypatch.chdir(tmp_path)
    shell.names["server_url"] = server.url
    shown = shell.fine("%sandbox pull server_url --to house --items 5")
    assert len(asked) == 1
    assert server.url in asked[0]
    assert "pages: 2 items" in shown.text
    assert "%sandbox reset --project house puts it behind the cells" in shown.text
    assert shown.text.rstrip().splitlines()[-1].startswith("Now on disk in house: ")
    assert EDITOR not in shown.text + shown.html
    assert EDITOR not in str(shell.names.get("In"))
    assert not any(EDITOR in repr(record) for record in shell.box.trace)
    shown = shell.fine("%sandbox reset --project house")
    assert "A new sandbox with the project in house" in shown.text
    assert "pages" in shell.box.store.collections
    shell.fine("%sandbox reset")


def test_a_notebook_in_which_nobody_can_be_asked_says_where_the_token_comes_from(
    server: RecordedServer, shell: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_: str) -> str:
        raise NotImplementedError

    monkeypatch.delenv("DIRECTUS_TOKEN", raising=False)
    monkeypatch.setattr("getpass.getpass", nobody)
    shown = shell.run(f"%sandbox pull {server.url} --to {tmp_path / 'house'}")
    assert "DIRECTUS_TOKEN" in shown.text
    assert server.app.asked == []


def test_what_a_reset_unloads_is_named(shell: Notebook, tmp_path: Path) -> None:
    shell.fine('%%sandbox directus-extension-gone --quiet\nawait exec("log", "here")')
    shown = shell.fine("%sandbox reset")
    assert "Its extensions are unloaded, run their cells again: directus-extension-gone." in shown.text
