"""What an export wrote, what of the extension carries over, and what does not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scopebox.text.literals import record_text
from scopebox.views.parts import Block, Line, View, Viewed, counted

if TYPE_CHECKING:
    from scopebox.directus.export.losses import Loss
    from scopebox.extension.least_privilege import Suggestion
    from scopebox.vocabulary import Type


@dataclass(frozen=True, slots=True)
class Package:
    """One package that was written: its name, type and folder, and the paths of its files within that."""

    name: str
    type: Type
    folder: Path
    files: tuple[str, ...]

    __repr__ = record_text


@dataclass(frozen=True, slots=True, repr=False)
class ExportReport(Viewed):
    """What :meth:`Sandbox.export` did.

    ``packages`` were written into ``folder``. ``stubs`` tells that their code is still to be written. ``carried`` says what is there as
    it is here, ``lost`` what is not, each with its line and the reason, ``notes`` what has to be done there, and ``least`` what the
    manifest asks for and the runs so far did not need.
    """

    extension: str
    folder: Path
    packages: tuple[Package, ...]
    stubs: bool
    carried: tuple[str, ...]
    lost: tuple[Loss, ...]
    notes: tuple[str, ...]
    least: Suggestion

    def __repr__(self) -> str:
        return f"<ExportReport {self.extension}: {counted(len(self.packages), 'package')} in {self.folder}>"

    def text(self) -> str:
        """Return everything as plain text."""
        return self.view().text()

    def view(self) -> View:
        """Return what is shown: stubs first, since nothing of them works yet."""
        first = [Line("The code is Python here, so these are stubs: they answer 501, or fail, until their JavaScript is written. The Python stands in them as comments.", "warning")] if self.stubs else []  # fmt: skip
        written = [
            Line(f"Wrote {each.type} {each.name} ({counted(len(each.files), 'file')}) to {each.folder}")
            for each in self.packages
        ]
        carried = [Line("Carries over: " + "; ".join(self.carried) + ".")] if self.carried else []
        lost = [Line(loss.text, "warning") for loss in dict.fromkeys(self.lost)]
        notes = [Line(note) for note in self.notes]
        least = [Block(self.least.text(), "Least privilege")]
        return View((*first, *written, *carried, *lost, *notes, *least), self)
