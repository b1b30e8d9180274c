"""The answer that holds items as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from scopebox_guest import weight
from starlette.responses import Response

from scopebox.chains.meter import charged
from scopebox.server.answers import KEPT
from scopebox.server.error_shapes import JSON
from scopebox.server.exports.content import Text, decoded
from scopebox.server.exports.csv_text import write_csv, write_csv_utf8
from scopebox.server.exports.json_text import write_json
from scopebox.server.exports.xml_text import write_xml
from scopebox.server.exports.yaml_text import write_yaml
from scopebox.store.errors import invalid
from scopebox.store.values.generated import now

if TYPE_CHECKING:
    from datetime import datetime

MAX_FILE_BYTES: Final = 12 * 2**20  # beside what was found and one item of it as data
MAX_VALUES: Final = 300_000  # of all items together: each takes memory while a file is written

STEP_SECONDS: Final = 0.05  # of processor time, which a worker thread writes at a stretch


@dataclass(frozen=True, slots=True)
class Format:
    """One form of files: the type of its content, the end of its name, and what writes it."""

    kind: str
    end: str
    write: Callable[[object], Iterator[str]]


FORMATS: Final = {
    "csv": Format("text/csv; charset=utf-8", "csv", write_csv),
    "csv_utf8": Format("text/csv; charset=utf-8", "csv", write_csv_utf8),
    "json": Format(JSON, "json", write_json),
    "xml": Format("text/xml; charset=utf-8", "xml", write_xml),
    "yaml": Format("text/yaml; charset=utf-8", "yaml", write_yaml),
}


async def file_answer(data: bytes, export: str, collection: str) -> Response:
    """Return the answer that holds ``data``, JSON of items, as a file of the form ``export``; made in a worker thread."""
    form = FORMATS[export]
    file = _File(data, form)
    while not await charged(file.write):
        pass
    name = disposition(file_name(collection, form))
    headers = {**KEPT, "content-type": form.kind, "content-disposition": name}
    return Response(file.content(), headers=headers)


def file_name(collection: str, form: Format) -> str:
    """Return how a Directus names a file that is made now."""
    return f"{collection} {_moment(now())}.{form.end}"


def file_content(data: bytes, form: Format) -> bytes:
    """Return ``data`` in another form; DirectusError 400 for what would be too much."""
    file = _File(data, form)
    while not file.write():
        pass
    return file.content()


class _File:
    """A file that is written in steps: whatever else the process does comes in between."""

    def __init__(self, data: bytes, form: Format) -> None:
        self._text = Text(self._pieces(data, form), MAX_FILE_BYTES)

    @staticmethod
    def _pieces(data: bytes, form: Format) -> Iterator[str]:
        weight.check_values(data, MAX_VALUES)
        yield from form.write(decoded(data))

    def write(self) -> bool:
        """Write on for a moment; return whether all is written. DirectusError 400 for what is too much."""
        try:
            return self._text.write(STEP_SECONDS)
        except ValueError as error:
            raise invalid(f"The file would hold {error}: name the fields you need, or page through the items") from None
        except RecursionError:
            raise invalid("An item nests too deeply to be exported") from None

    def content(self) -> bytes:
        """Return the file, once it is written."""
        return self._text.whole()


def disposition(name: str) -> str:
    """Return the header that gives a file its name; characters that not every client reads are given once more, encoded."""
    name = name.rpartition("/")[2]
    plain = "".join(sign if " " <= sign <= "~" or "\xa0" <= sign <= "\xff" else "?" for sign in name)
    quoted = plain.replace("\\", "\\\\").replace('"', '\\"')
    header = f'attachment; filename="{quoted}"'
    return header if plain == name else f"{header}; filename*=UTF-8''{quote(name, safe='!#$&+-.^_`|~')}"


def _moment(moment: datetime) -> str:
    """Return a moment as a Directus names files by it: hours, minutes and seconds have no zeros in front."""
    return f"{moment:%Y%m%d}-{moment.hour}{moment.minute}{moment.second}"
