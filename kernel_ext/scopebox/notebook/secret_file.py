"""Secrets of a notebook, kept beside it in a folder of their own that git ignores, so that nobody has to type them anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scopebox import plain_file
from scopebox.errors import ScopeboxError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.network.secrets import Secrets

FOLDER: Final = ".scopebox"  # in the working directory
FILE: Final = "secrets.json"
MAX_FILE_BYTES: Final = 256 * 1024
_REMEDY: Final = "Mend the file, or remove it."
_IGNORES_ALL: Final = "*\n"
_FOLDER_OF_THE_USER: Final = 0o700


class SecretFile:
    """The file of one notebook: an object of names and values that this user alone can read. The folder is where the kernel works."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._folder / FILE

    def fill(self, secrets: Secrets) -> None:
        """Set what is kept. ScopeboxError for a file that cannot be read."""
        for name, value in self._read().items():
            try:
                secrets[name] = value  # type: ignore[assignment]
            except (TypeError, ValueError) as error:
                raise ScopeboxError(f"{self.path}: {error}", hint=_REMEDY) from None

    def keep(self, name: str, value: str | None) -> None:
        """Keep a secret, or forget it for None. ScopeboxError where nothing can be written."""
        values = {key: kept for key, kept in self._read().items() if key != name}
        if value is not None:
            values[name] = value
        try:
            self._write(json.dumps(values, indent=2).encode())
        except OSError as error:
            raise ScopeboxError(f"{self.path} cannot be written: {error.strerror}") from None

    def _read(self) -> Mapping[str, object]:
        try:
            data = plain_file.content(self.path, MAX_FILE_BYTES)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ScopeboxError(f"{self.path} cannot be read: {error.strerror}", hint=_REMEDY) from None
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ScopeboxError(f"{self.path} is not a JSON object of secrets", hint=_REMEDY)
        return found

    def _write(self, data: bytes) -> None:
        from scopebox.directus.whole_file import OF_THE_USER, write_whole  # noqa: PLC0415 - loading the magics must be quick

        self._folder.mkdir(mode=_FOLDER_OF_THE_USER, exist_ok=True)
        (self._folder / ".gitignore").write_text(_IGNORES_ALL, "utf-8")
        write_whole(self.path, data, OF_THE_USER)


def named(name: str) -> str:
    """Return how a secret stands in a header."""
    return f"{{{{secret.{name}}}}}"
