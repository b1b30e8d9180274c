"""What a guest can do when the language of the cells is broken: here its cells are unrestricted Python."""

from __future__ import annotations

import json
import os
import re
import resource
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scopebox.isolate.guest_modules import module_paths
from scopebox.isolate.pool import IsolatePool
from scopebox.isolate.report import STOPS, IsolationReport
from scopebox.vocabulary import LEVELS

from tests.isolates import RAW_ENGINE, SETTINGS, UNCONFINED, Guest, check_pages, guest_of_pool, raw_pool

LINUX = sys.platform == "linux"
pytestmark = pytest.mark.skipif(not LINUX, reason="the mechanisms are those of Linux")


pool, guest = raw_pool, guest_of_pool


PRELUDE = """
import ctypes, mmap, os, resource, signal, socket, struct, threading
libc = ctypes.CDLL(None, use_errno=True)
def system(number, *args):
    result = libc.syscall(number, *args)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
def attempt(act):
    try:
        return 'reached: %r' % (act(),)
    except BaseException as error:
        return type(error).__name__
"""

ATTEMPTS = {
    "open": "open('/etc/passwd')",
    "os.open": "os.open('/etc/passwd', os.O_RDONLY)",
    "open for writing": "os.open('/tmp/scopebox-x', os.O_CREAT | os.O_WRONLY)",
    "open the console": "os.open('/dev/tty', os.O_RDWR)",
    "shared memory file": "os.open('/dev/shm/scopebox-x', os.O_CREAT | os.O_RDWR)",
    "O_PATH": "os.open('/', os.O_PATH)",
    "listdir": "os.listdir('/')",
    "listdir of descriptors": "os.listdir('/proc/self/fd')",
    "scandir": "list(os.scandir('.'))",
    "stat": "os.stat('/etc/passwd')",
    "access": "open('/proc/self/status').read()",
    "readlink": "os.readlink('/proc/self/exe')",
    "getcwd": "os.getcwd()",
    "maps": "open('/proc/self/maps')",
    "memory": "open('/proc/self/mem', 'rb+')",
    "parent": "open('/proc/%d/environ' % os.getppid())",
    "unlink": "os.unlink('/tmp/scopebox-x')",
    "rename": "os.rename('/tmp/scopebox-x', '/tmp/scopebox-y')",
    "mkdir": "os.mkdir('/tmp/scopebox-x')",
    "chmod": "os.chmod('/tmp', 0o777)",
    "truncate": "os.truncate('/etc/passwd', 0)",
    "chdir": "os.chdir('/')",
    "chroot": "os.chroot('/')",
    "openat2": "system(437, -100, b'/etc/passwd', ctypes.create_string_buffer(24), 24)",
    "open_by_handle_at": "system(304, -100, ctypes.create_string_buffer(64), 0)",
    "tcp": "socket.socket()",
    "tcp connect": "socket.create_connection(('127.0.0.1', 1), 1)",
    "udp": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "ipv6": "socket.socket(socket.AF_INET6)",
    "unix": "socket.socket(socket.AF_UNIX)",
    "raw": "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
    "packet": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "netlink": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "vsock": "socket.socket(40, socket.SOCK_STREAM)",
    "alg": "socket.socket(38, 5)",
    "socketpair": "socket.socketpair()",
    "bind": "socket.socket(fileno=3, family=1, type=1, proto=0).bind('\\0x')",
    "connect": "socket.socket(fileno=3, family=1, type=1, proto=0).connect('\\0x')",
    "pass a descriptor": "socket.socket(fileno=3, family=1, type=1, proto=0).sendmsg([b''], [(1, 1, struct.pack('i', 3))])",
    "getsockopt": "socket.socket(fileno=3, family=1, type=1, proto=0).getsockopt(1, 17, 12)",
    "fork": "os.fork()",
    "vfork": "system(58)",
    "clone": "system(56, 17, 0, 0, 0, 0)",
    "clone3": "system(435, ctypes.create_string_buffer(struct.pack('11Q', 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0)), 88)",
    "execve": "os.execv('/bin/true', ['true'])",
    "posix_spawn": "os.posix_spawn('/bin/true', ['true'], {})",
    "thread": "threading.Thread(target=int).start()",
    "kill parent": "os.kill(os.getppid(), 0)",
    "kill 1": "os.kill(1, 0)",
    "kill group": "os.kill(0, 0)",
    "kill all": "os.kill(-1, 0)",
    "tgkill parent": "system(234, os.getppid(), os.getppid(), 0)",
    "tkill parent": "system(200, os.getppid(), 0)",
    "sigqueue": "system(129, os.getppid(), 0, ctypes.create_string_buffer(128))",
    "return from a signal": "system(15)",
    "pidfd_open": "os.pidfd_open(os.getppid())",
    "pidfd_getfd": "system(438, 3, 0, 0)",
    "ptrace": "system(101, 16, os.getppid(), 0, 0)",
    "process_vm_readv": "system(310, os.getppid(), 0, 0, 0, 0, 0)",
    "kcmp": "system(312, os.getpid(), os.getppid(), 0, 0, 0)",
    "prlimit": "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)",
    "setrlimit": "resource.setrlimit(resource.RLIMIT_NOFILE, (1000, 1000))",
    "setrlimit address space": "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
    "nice": "os.nice(-1)",
    "setuid": "os.setuid(0)",
    "setsid": "os.setsid()",
    "memfd": "os.memfd_create('x')",
    "pipe": "os.pipe()",
    "dup": "os.dup(3)",
    "fcntl": "__import__('fcntl').fcntl(3, 1)",
    "ioctl": "__import__('fcntl').ioctl(3, 0x5412, b'x')",
    "eventfd": "os.eventfd(0)",
    "epoll": "system(291, 0)",
    "read another descriptor": "os.read(0, 1)",
    "write another descriptor": "os.write(1, b'x')",
    "executable mapping": "mmap.mmap(-1, 4096, prot=7)",
    "mprotect": "system(10, ctypes.addressof(ctypes.c_char.from_buffer(mmap.mmap(-1, 4096))), 4096, 5)",
    "personality": "system(135, 0x0040000)",
    "prctl": "system(157, 4, 1, 0, 0, 0)",
    "seccomp": "system(317, 1, 8, ctypes.create_string_buffer(16))",
    "bpf": "system(321, 0, 0, 0)",
    "io_uring": "system(425, 1, ctypes.create_string_buffer(120))",
    "userfaultfd": "system(323, 1)",
    "unshare": "system(272, 0x10000000)",
    "setns": "system(308, 0, 0)",
    "mount": "system(165, b'none', b'/tmp', b'tmpfs', 0, 0)",
    "keyctl": "system(250, 0, -3, 0)",
    "add_key": "system(248, b'user', b'x', b'y', 1, -3)",
    "shmget": "system(29, 1234567, 4096, 0o1666)",
    "dlopen": "ctypes.CDLL('libthread_db.so.1')",
    "import from disk": "__import__('sqlite3')",
}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of the system calls are those of x86-64")
def test_unrestricted_python_in_a_guest_reaches_nothing(guest: Guest) -> None:
    lines = ",\n".join(f" {name!r}: attempt(lambda: {act})" for name, act in ATTEMPTS.items())
    answers = guest.value(f"{PRELUDE}\n{{\n{lines}\n}}")
    assert isinstance(answers, dict)
    assert {name: answer for name, answer in answers.items() if str(answer).startswith("reached")} == {}
    assert set(answers) == set(ATTEMPTS)
    assert not Path("/tmp/scopebox-x").exists()
    assert guest.value("1 + 1") == 2


def test_a_system_call_of_another_architecture_kills(guest: Guest) -> None:
    error = guest.error("import ctypes\nctypes.CDLL(None).syscall(0x40000000 + 39)")
    assert "SIGSYS" in str(error)


def test_a_guest_handles_no_signal(guest: Guest) -> None:
    act = "import signal\n[s for s in signal.valid_signals() if callable(signal.getsignal(s)) and signal.getsignal(s) not in signal.Handlers]"
    assert guest.value(act) == []


def test_a_guest_can_signal_itself_alone(guest: Guest) -> None:
    assert "SIGABRT" in str(guest.error("import os\nos.abort()"))


@pytest.fixture
def readable() -> Iterator[IsolatePool]:
    """A pool whose guests this user may look into."""
    pool = IsolatePool(SETTINGS, engine=RAW_ENGINE, without=["dumpable"])
    yield pool
    pool.close()


def test_the_only_descriptor_is_the_channel(readable: IsolatePool) -> None:
    guest = Guest(readable)
    (channel,) = Path(f"/proc/{guest.isolate.pid}/fd").iterdir()
    assert (channel.name, channel.readlink().name[:7]) == ("3", "socket:")
    guest.end()


def test_nothing_of_the_host_is_in_the_environment_or_the_memory_of_a_guest(
    readable: IsolatePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = f"secret-{secrets.token_hex(8)}"
    monkeypatch.setenv("SCOPEBOX_TEST_SECRET", secret)
    guest = Guest(readable)
    assert guest.value("import os\ndict(os.environ)") == {}
    assert Path(f"/proc/{guest.isolate.pid}/environ").read_bytes() == b""
    memory = _memory_of(guest.isolate.pid)
    assert len(memory) > 2**20
    assert secret.encode() not in memory


REACHABLE = """
import gc, sys
def texts(thing):
    found, waiting, seen = [], [thing], set()
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, str):
            found.append(thing)
        elif isinstance(thing, bytes):
            found.append(thing.decode('latin-1'))
        elif isinstance(thing, type(texts.__code__)):
            found.append(thing.co_filename)
            waiting.extend(thing.co_consts)
        else:
            waiting.extend(gc.get_referents(thing))
    return found
frames = []
frame = sys._getframe()
while frame is not None:
    frames += [frame.f_code, frame.f_locals, frame.f_globals]
    frame = frame.f_back
found = texts([sys.modules, vars(sys), frames, gc.get_objects()])
assert len(found) > 10_000
[text[:200] for text in found if any(place in text for place in PLACES) and text not in PLACES][:20]
"""


def test_no_object_of_a_guest_says_where_python_is_installed(guest: Guest) -> None:
    places = [sys.prefix, sys.base_prefix, str(Path(__file__).parents[4])]
    places = [place for place in places if place != "/usr"]  # a Python of the system, which every system has there
    assert guest.value(REACHABLE, inputs={"PLACES": places}) == []


def test_the_command_line_of_a_guest_is_empty(guest: Guest) -> None:
    assert Path(f"/proc/{guest.isolate.pid}/cmdline").read_bytes().strip(b"\0") == b""
    assert guest.value("import sys\n[sys.argv, sys.orig_argv, sys.path, sys.executable, sys.prefix]") == [
        [""],
        [""],
        [],
        "",
        "",
    ]


def test_guests_of_one_zygote_share_a_seed_for_hashes_and_another_zygote_has_another(pool: IsolatePool) -> None:
    other = IsolatePool(SETTINGS, engine=RAW_ENGINE)
    first, second, third = (Guest(each) for each in (pool, pool, other))
    assert first.value("hash('x')") == second.value("hash('x')") != third.value("hash('x')")
    other.close()
    for each in (first, second):
        each.end()


def test_no_page_of_a_guest_is_writable_and_executable(readable: IsolatePool) -> None:
    guest = Guest(readable)
    guest.load(
        "import re, json, decimal, datetime\nawait exec('sleep', 1)\n[re.compile('a' * 100), json.loads('[1]' )]"
    )
    check_pages(guest)
    assert readable.examine().missing["pages"] == ""
    guest.end()


@pytest.mark.parametrize(
    "mapping",
    [
        "mmap.mmap(-1, 4096, prot=7)",
        "[mmap.mmap(fd, 4096, prot=3), mmap.mmap(fd, 4096, prot=5)]",
    ],
    ids=["one mapping", "two of one file"],
)
def test_the_zygote_reports_pages_that_are_writable_and_executable(tmp_path: Path, mapping: str) -> None:
    path = tmp_path / "engine.py"
    path.write_text(
        f"import mmap, os\nfrom scopebox_guest.python import make_engine\nfd = os.memfd_create('x')\nos.ftruncate(fd, 4096)\nkept = {mapping}\n"
    )
    pool = IsolatePool(SETTINGS, engine=str(path))
    report = pool.isolation
    pool.close()
    assert "writable and executable" in report.missing["pages"]
    assert "OFF pages" in str(report)


def test_the_clocks_and_the_names_of_other_processes_are_not_told(guest: Guest) -> None:
    source = f"""{PRELUDE}
import time
others = [os.getpid() + 1, {os.getpid()}, 1, 2]
clocks = {{attempt(lambda: time.clock_gettime((~pid << 3) | kind)) for pid in others for kind in range(8)}}
clocks |= {{attempt(lambda: time.clock_getres((~pid << 3) | 2)) for pid in others}}
locks = set()
for pid in others:
    word = ctypes.c_int(pid)
    for operation in (6, 8, 13):
        locks.add(attempt(lambda: system(202, ctypes.byref(word), operation | 128, 0, None)))
own = [time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID) > 0, time.thread_time() > 0, time.monotonic() > 0]
time.sleep(0.001)
[sorted(clocks), sorted(locks), own]
"""
    assert guest.value(source) == [["PermissionError"], ["PermissionError"], [True, True, True]]


@pytest.mark.parametrize("without", [[], ["seccomp"]], ids=["confined", "without seccomp"])
def test_with_many_open_descriptors_in_the_host_a_guest_has_its_channel_alone(without: list[str]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    opened = [os.open("/dev/null", os.O_RDONLY) for _ in range(1500)]
    for number in opened[::2]:
        os.set_inheritable(number, True)
    try:
        pool = IsolatePool(UNCONFINED, engine=RAW_ENGINE, without=["dumpable", *without])
        guest = Guest(pool)
        assert [entry.name for entry in Path(f"/proc/{guest.isolate.pid}/fd").iterdir()] == ["3"]
        assert guest.value("import os\n1") == 1
        pool.close()
    finally:
        for number in opened:
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _memory_of(pid: int) -> bytes:
    """Return the writable memory of a process."""
    found = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            if match := re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line):
                low, high = (int(part, 16) for part in match.groups())
                memory.seek(low)
                found.append(memory.read(high - low))
    return b"".join(found)


def test_other_processes_of_the_same_user_cannot_look_into_a_guest(guest: Guest) -> None:
    owner = Path(f"/proc/{guest.isolate.pid}/environ").stat().st_uid
    assert owner == 0  # those of a dumpable process belong to its user


def test_a_guest_imports_nothing_of_the_host_but_the_frames(guest: Guest) -> None:
    guest.load("import sys, json\nprint(json.dumps([*sys.modules]))")
    modules = set(json.loads(guest.peer.printed))
    assert not {name for name in modules if name.partition(".")[0] in FOREIGN}
    assert "scopebox_guest.wire" in modules


FOREIGN = {
    "asyncio",
    "duckdb",
    "httpx",
    "IPython",
    "scopebox",
    "ipykernel",
    "starlette",
    "uvicorn",
    "yaml",
    "ssl",
    "subprocess",
}


def preloaded(engine: str) -> set[str]:
    """Run as the zygote is, and return the names of what is loaded before the first fork."""
    script = (
        f"import sys; sys.path += {module_paths(engine)!r}; sys.modules['typing_extensions'] = None;"
        "from scopebox_guest import zygote; zygote.signal.signal = lambda *_: None;"
        f"out = sys.stdout; zygote.preload(); engine = zygote.load_engine({engine!r})(); engine.warm_up(failures=True);"
        "out.write(' '.join(sys.modules)); out.flush(); zygote.os._exit(0)"  # as a zygote ends: what is sealed cannot be freed
    )
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], check=True, capture_output=True, text=True, env={}
    )
    return set(said.stdout.split())


@pytest.mark.parametrize("engine", ["python", "javascript"])
def test_an_engine_preloads_nothing_of_the_host_either(engine: str) -> None:
    modules = preloaded(engine)
    assert not {name for name in modules if name.partition(".")[0] in FOREIGN}
    assert f"scopebox_guest.{engine}.engine" in modules


def test_the_first_cell_in_javascript_does_not_wait_for_what_python_alone_needs() -> None:
    slow = {"_strptime", "dataclasses", "importlib.resources", "inspect", "pathlib", "tokenize", "traceback"}
    assert slow & preloaded("javascript") == set()
    assert slow & preloaded("python") >= {"_strptime", "traceback"}


def test_guests_do_not_share_their_randomness(pool: IsolatePool) -> None:
    seen = set()
    for _ in range(5):
        guest = Guest(pool)
        seen.add(guest.value("import random, os\n[random.random(), os.urandom(4).hex()]").__repr__())
        guest.end()
    assert len(seen) == 5


def test_a_guest_lives_in_utc_without_looking_at_a_file(guest: Guest) -> None:
    assert guest.value("import time\n[time.localtime(0).tm_hour, time.tzname[0]]") == [0, "UTC"]


# the doctor


def test_everything_that_a_guest_tries_is_refused_at_the_full_level(pool: IsolatePool) -> None:
    report = pool.examine()
    assert report.level == "seccomp+landlock"
    assert report.possible == ()
    assert len(report.attempts) > 20
    assert all(each.active for each in report.mechanisms)
    assert pool.isolation.level == report.level


@pytest.mark.parametrize(
    ("without", "level", "possible", "refused"),
    [
        (["landlock"], "seccomp", [], ["open a file", "open a UDP socket", "fork"]),
        (["seccomp"], "landlock+rlimits", ["open a UDP socket"], ["open a file", "run a program", "signal the zygote"]),
        (["seccomp", "landlock"], "rlimits", ["open a file", "open a TCP socket"], []),
        (["seccomp", "rlimits"], "language", [], ["open a file"]),
        (["pidfd", "dumpable", "pdeathsig", "capabilities"], "seccomp+landlock", [], ["open a file"]),
    ],
)
def test_a_missing_mechanism_lowers_the_level_and_the_report_is_honest(
    without: list[str], level: str, possible: list[str], refused: list[str]
) -> None:
    pool = IsolatePool(UNCONFINED, engine=RAW_ENGINE, without=without)
    report = pool.examine()
    assert report.level == pool.isolation.level == level
    assert {each.name for each in report.mechanisms if not each.active} == set(without)
    assert all(not report.attempts[name] for name in possible)
    assert all(report.attempts[name] for name in refused)
    assert "switched off" in str(report)
    assert Guest(pool).value("1 + 1") == 2
    pool.close()


def test_a_report_is_shown_as_text_and_as_escaped_html() -> None:
    report = IsolationReport.of(
        {"seccomp": "<b>no</b>", "landlock": "", "rlimits": ""}, {"fork": "possible", "pipe": ""}
    )
    assert "<b>no</b>" in str(report)
    assert "Not refused: fork." in str(report)
    shown = report._repr_html_()
    assert "&lt;b&gt;no&lt;/b&gt;" in shown
    assert "Network not confined" in shown
    assert list(LEVELS) == ["seccomp+landlock", "seccomp", "landlock+rlimits", "rlimits", "language"]
    assert {each.name for each in report.mechanisms} == set(STOPS)
