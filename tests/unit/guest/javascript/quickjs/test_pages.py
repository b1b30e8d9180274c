"""No memory of a guest can be both written and run, and a guest of one language holds nothing of another."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest
from scopebox.isolate.pool import IsolatePool
from scopebox.languages import LANGUAGES, LanguageName

from tests.isolates import SETTINGS, Guest, check_pages

WORK = {
    "python": "import re, json\nawait exec('sleep', 1)\nre.compile('a' * 100)",
    "js": "await exec('sleep', 1); await exec('register-operation', { id: 'a', handler: () => 1 }); /a+/.test('aa')",
    "ts": "const a: number[] = [1]; await exec('sleep', 1); a.map((each: number): number => each)",
}
ENGINES = {"python": "RestrictedPython", "js": "_quickjs", "ts": "_quickjs"}


@pytest.fixture(scope="module")
def readable() -> Iterator[IsolatePool]:
    """A pool whose guests this user may look into."""
    made = IsolatePool(SETTINGS, without=["dumpable"])
    yield made
    made.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_of_a_finished_guest_is_writable_and_executable(readable: IsolatePool, language: LanguageName) -> None:
    guest = Guest(readable, language=language)
    assert guest.load(WORK[language]).failure is None
    check_pages(guest)
    guest.end()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_guest_holds_the_engine_of_its_language_alone(readable: IsolatePool, language: LanguageName) -> None:
    guest = Guest(readable, language=language)
    files = "\n".join(line[-1] for line in guest.maps())
    assert ("_quickjs" in files, "tree_sitter" in files) == (language != "python", language != "python")
    guest.end()


SEALED = """
import ctypes, mmap
from pathlib import Path
from scopebox_guest.javascript.quickjs import pages

def accesses(start):
    for line in Path("/proc/self/maps").read_text().splitlines():
        bounds, access, *_ = line.split()
        low, _, high = bounds.partition("-")
        if int(low, 16) <= start < int(high, 16):
            return access

{make}
pages.seal()
{after}
"""


def sealed(make: str, after: str) -> str:
    source = SEALED.format(make=textwrap.dedent(make), after=textwrap.dedent(after))
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class TestSealing:
    def test_one_mapping_that_can_be_written_and_run_cannot_be_written_any_more(self) -> None:
        make = """
        page = mmap.mmap(-1, mmap.PAGESIZE, prot=7)
        start = ctypes.addressof(ctypes.c_char.from_buffer(page))
        """
        assert sealed(make, "print(accesses(start))").startswith("r-x")

    def test_of_two_mappings_of_one_file_the_writable_one_cannot_be_written_any_more(self) -> None:
        make = """
        import os
        file = os.memfd_create("callbacks")
        os.ftruncate(file, mmap.PAGESIZE)
        written, run = (mmap.mmap(file, mmap.PAGESIZE, prot=prot) for prot in (3, 5))
        address = lambda page: ctypes.c_void_p.from_address(id(page) + 2 * ctypes.sizeof(ctypes.c_void_p)).value
        start = address(written)
        """
        assert sealed(make, "print(accesses(start), accesses(address(run)))") == "r--s r-xs"

    def test_where_there_is_no_such_page_nothing_is_changed(self) -> None:
        make = "before = Path('/proc/self/maps').read_text().split('[heap]')[0]"
        after = "print(before == Path('/proc/self/maps').read_text().split('[heap]')[0])"
        assert sealed(make, after) == "True"

    def test_a_callback_still_works_when_its_page_is_sealed(self) -> None:
        make = "called = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda number: number + 1)"
        assert sealed(make, "print(called(1), flush=True); import os; os._exit(0)") == "2"
