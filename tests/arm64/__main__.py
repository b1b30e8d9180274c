"""Try the confinement on aarch64: ``python -m tests.arm64`` boots Debian's kernel in an emulated machine, and runs the battery in it.

It needs ``qemu-system-aarch64`` (Debian: ``apt-get install qemu-system-arm``), ``dpkg-deb`` and ``apt-get``, and no rights: the packages
come into a folder of their own. Status 1 if an attempt was not refused, 77 if something is missing that it needs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
SKIPPED: Final = 77
EMULATOR: Final = "qemu-system-aarch64"
PROGRAMS: Final = (EMULATOR, "apt-get", "dpkg-deb")
PYTHON: Final = "3.11"  # of Debian 12
PACKAGES: Final = [
    "libbz2-1.0",
    "libc6",
    "libcrypt1",
    "libexpat1",
    "libffi8",
    "libgcc-s1",
    "liblzma5",
    "libpython3.11-minimal",
    "libpython3.11-stdlib",
    "libssl3",
    "libstdc++6",
    "libuuid1",
    "python3.11-minimal",
    "zlib1g",
]
KERNEL: Final = "linux-image-arm64"  # it depends on the one that has the version in its name
WHEELS: Final = ("msgspec", "RestrictedPython", "quickjs-ng", "tree-sitter", "tree-sitter-typescript")
OF_JAVASCRIPT: Final = WHEELS[2:]
MACHINES: Final = {  # by what is tried: processor, what the kernel is told
    "richest processor, landlock": ("max", ""),
    "plain processor, no landlock": ("cortex-a57", "lsm=lockdown,yama,integrity,apparmor"),
}
BOOT_SECONDS: Final = 900
MARK: Final = "RESULT "


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command and return what it says; end here if it fails."""
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


class Packages:
    """Debian's packages for arm64, kept apart from those of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for name in ("lists/partial", "cache/archives/partial", "etc"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        settings = {
            "APT::Architecture": "arm64", "APT::Architectures": "arm64", "APT::Sandbox::User": "", "Acquire::Languages": "none",
            "Dir::State::lists": folder / "lists", "Dir::State::status": folder / "status", "Dir::Cache": folder / "cache",
        }  # fmt: skip
        self._options = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
        run("apt-get", *self._options, "update", "-qq")

    def depends(self, package: str) -> str:
        """Return what a package that holds nothing itself stands for."""
        said = run("apt-cache", *self._options, "depends", package)
        return next(line.partition(":")[2].strip() for line in said.splitlines() if "Depends: linux-image" in line)

    def unpack(self, names: list[str], to: Path) -> None:
        """Download packages and lay out their files."""
        run("apt-get", *self._options, "download", "-qq", *names, cwd=self._folder)
        for name in names:
            (archive,) = self._folder.glob(f"{name}_*.deb")
            run("dpkg-deb", "--extract", archive, to)
            archive.unlink()


def wheels(names: tuple[str, ...], to: Path) -> None:
    """Lay out wheels for aarch64, at the versions that this project asks for."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    bounds = [
        next(text.partition(";")[0] for text in wanted if text.lower().startswith(name.lower() + ">")) for name in names
    ]
    platforms = [f"--platform=manylinux{each}_aarch64" for each in ("2014", "_2_17", "_2_28", "_2_34")]
    version = ["--python-version", PYTHON, "--implementation", "cp", "--abi", "cp311", "--abi", "abi3", "--abi", "none"]
    run(
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--only-binary=:all:",
        "--target",
        to,
        *platforms,
        *version,
        *bounds,
    )


def lay_out(folder: Path) -> Path:
    """Make the files of the machine; return its kernel."""
    packages, root = Packages(folder / "apt"), folder / "root"
    packages.unpack(PACKAGES, root)
    packages.unpack([packages.depends(KERNEL)], folder / "kernel")
    site = root / "scopebox"
    shutil.copytree(
        ROOT / "kernel_ext" / "scopebox_guest", site / "scopebox_guest", ignore=shutil.ignore_patterns("__pycache__")
    )
    wheels(WHEELS[:2], site)
    engines = ["python"]
    try:
        wheels(OF_JAVASCRIPT, site)
    except subprocess.CalledProcessError as error:
        print(f"No JavaScript: {error.stderr[-300:]}")
    else:
        engines.append("javascript")
    (root / "engines").write_text("\n".join(engines))
    (root / "init").write_text(f"#!/usr/bin/python{PYTHON}\n{(Path(__file__).parent / 'inside.py').read_text('utf-8')}")
    (root / "init").chmod(0o755)
    return next((folder / "kernel" / "boot").glob("vmlinuz-*"))


def entries(root: Path) -> Iterator[bytes]:
    """Yield the parts of an archive in the form that a kernel reads (``newc``)."""
    for number, path in enumerate(sorted(root.rglob("*")), 1):
        yield _entry(path.relative_to(root).as_posix(), number, path.lstat().st_mode, _content(path))
    yield _entry("TRAILER!!!", 0, 0, b"")


def _content(path: Path) -> bytes:
    if path.is_symlink():
        return str(path.readlink()).encode()
    return path.read_bytes() if path.is_file() else b""


def _entry(name: str, number: int, mode: int, data: bytes) -> bytes:
    title = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(title), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + title
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def archive(root: Path, to: Path) -> Path:
    """Write the files below ``root`` as an initial file system."""
    with gzip.open(to, "wb", compresslevel=1) as file:
        for entry in entries(root):
            file.write(entry)
    return to


def boot(kernel: Path, initrd: Path, processor: str, told: str) -> list[dict[str, object]]:
    """Run the machine to its end, and return the results."""
    command = [
        EMULATOR, "-machine", "virt", "-cpu", processor, "-smp", "1", "-m", "1024", "-nographic", "-no-reboot", "-nic", "none",
        "-kernel", str(kernel), "-initrd", str(initrd), "-append", f"console=ttyAMA0 quiet panic=-1 {told}",
    ]  # fmt: skip
    said = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=BOOT_SECONDS,
        check=True,
    ).stdout
    results = [json.loads(line.partition(MARK)[2]) for line in said.splitlines() if MARK in line]
    if len(results) < 2:
        raise SystemExit(f"The machine said:\n{said[-4000:]}")
    return results


def shown(found: dict[str, object]) -> bool:
    """Print one result; return whether every attempt was refused, and a cell ran."""
    if "machine" in found:
        print(f"  {found['machine']}, security modules: {found['lsm']}")
        return True
    if "failed" in found:
        print(f"  {found['engine']}: {found['failed']}")
        return False
    possible, cell = found["possible"], found["cell"]
    fine = not possible and isinstance(cell, dict) and cell.get("value") == 42
    print(
        f"  {found['engine']}: {found['tried']} attempts, not refused: {possible or 'none'}; missing: {found['missing'] or 'nothing'}; a cell gave {cell}"
    )
    return fine


def main() -> int:
    """Lay out the machine, boot it with and without landlock, and say what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.arm64", description=__doc__)
    parser.add_argument("--folder", type=Path, help="keep the files here, and use those that are there")
    options = parser.parse_args()
    for program in PROGRAMS:
        if shutil.which(program) is None:
            print(f"skipped: {program} is not installed")
            return SKIPPED
    with tempfile.TemporaryDirectory() as name:
        folder = (options.folder or Path(name)).absolute()
        kernel = next((folder / "kernel" / "boot").glob("vmlinuz-*"), None) or lay_out(folder)
        initrd = archive(folder / "root", folder / "initrd.gz")
        fine = True
        for what, (processor, told) in MACHINES.items():
            print(what, flush=True)
            results = [shown(found) for found in boot(kernel, initrd, processor, told)]
            fine = fine and all(results)
    print("Every attempt was refused." if fine else "Something was not refused.")
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
