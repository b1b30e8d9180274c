"""``%sandbox load`` and ``%sandbox review``: packages that others published, looked at before anything of them runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from IPython.display import display

from scopebox.errors import ScopeboxError
from scopebox.text.messages import quote, remedy
from scopebox.views.parts import Line, View

if TYPE_CHECKING:
    from argparse import Namespace

    from scopebox.extension.result import RunResult
    from scopebox.notebook.session import Session


def load(session: Session, options: Namespace) -> RunResult:
    """Show the account of a package, then run it: on mocks, unless it is live."""
    from scopebox.packages.package import read_package  # noqa: PLC0415 - loading the magics must be quick
    from scopebox.workbench.review.account import account_of_package  # noqa: PLC0415 - as above
    from scopebox.workbench.review.views import account_view  # noqa: PLC0415 - as above

    package = read_package(options.package)
    display(account_view(account_of_package(package)))  # type: ignore[no-untyped-call]
    config = session.config
    extension = session.box.load_package(
        package, live=options.live, timeout=config.timeout, wall=config.wall, memory=config.memory
    )
    if not options.live:
        words = (
            "Requests of it are answered by mocks alone: one that none answers fails, and names the line that would."
        )
        display(View((Line(words, "muted"),)))  # type: ignore[no-untyped-call]
    return extension.result


def review(session: Session, options: Namespace) -> View:
    """Show the account of a package, or of what this session saw of an extension."""
    from scopebox.packages.package import read_package  # noqa: PLC0415 - loading the magics must be quick
    from scopebox.workbench.review.account import account_of_package  # noqa: PLC0415 - as above
    from scopebox.workbench.review.plan import read_plan  # noqa: PLC0415 - as above
    from scopebox.workbench.review.seen import account_of_extension  # noqa: PLC0415 - as above
    from scopebox.workbench.review.trial import tried  # noqa: PLC0415 - as above
    from scopebox.workbench.review.views import account_view  # noqa: PLC0415 - as above

    box = session.box
    plan = read_plan(options.plan)
    if options.package in box.extensions:
        if options.run or options.plan is not None:
            raise ScopeboxError(
                f"{quote(options.package)} is loaded, and its account tells what this session saw",
                hint="--run is for the folder or the .tgz of a package.",
            )
        return account_view(account_of_extension(box.extensions[options.package], box.trace, box.log))
    if not Path(options.package).exists():
        raise LookupError(
            f"{quote(options.package)} is neither a folder or a .tgz nor an extension; {remedy(options.package, box.extensions)}"
        )
    package = read_package(options.package)
    if options.run or options.plan is not None:
        return account_view(tried(package, plan, box.pool))
    return account_view(account_of_package(package))
