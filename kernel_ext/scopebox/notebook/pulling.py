"""``%sandbox pull``: a project from a live Directus. The token is typed unseen, and stands in no cell."""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING

from scopebox.directus.pull_options import options_of, token_of
from scopebox.errors import ScopeboxError
from scopebox.notebook.argument_values import text_of
from scopebox.text.terminal import say
from scopebox.views.parts import Line, View

if TYPE_CHECKING:
    from argparse import Namespace

    from scopebox.notebook.session import Session


def pull(session: Session, options: Namespace) -> View:
    """Write a project from a live Directus, which is only read, into a folder."""
    from scopebox.directus.client import Client  # noqa: PLC0415 - loading the magics must be quick
    from scopebox.directus.pull import closing_lines  # noqa: PLC0415 - as above
    from scopebox.directus.pull import pull as pull_project  # noqa: PLC0415 - as above

    wanted = options_of(options)
    url = text_of(session, options.url)
    token = token_of(os.environ, getpass.getpass, url)
    try:
        with Client(url, token, seconds=options.timeout, say=say) as client:
            folder = pull_project(client, options.to, wanted, say)
    except KeyboardInterrupt:
        raise ScopeboxError(
            "You interrupted %sandbox pull", hint="What is whole is kept; the same line goes on from there."
        ) from None
    *notes, last = closing_lines(folder)
    go_on = f"%sandbox reset --project {options.to} puts it behind the cells"
    return View((*(Line(note, "warning") for note in notes), Line(go_on, "muted"), Line(last)), folder.record)
