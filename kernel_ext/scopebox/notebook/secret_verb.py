"""``%sandbox secret``: the value is typed unseen and stands in no cell; without a name, the names that there are."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from scopebox.errors import ScopeboxError
from scopebox.network.secrets import check_name
from scopebox.notebook import user_password
from scopebox.notebook.secret_file import SecretFile, named
from scopebox.text.messages import quote, remedy
from scopebox.views.parts import Line, Table, View

if TYPE_CHECKING:
    from argparse import Namespace

    from scopebox.notebook.session import Session


def secret(session: Session, options: Namespace) -> View:
    """Ask for a secret and keep it, forget one, or list the names."""
    if options.user is not None:
        return user_password.ask_password(session, options.user)
    secrets, kept = session.box.secrets, SecretFile(Path.cwd())
    name = options.secret
    if name is None:
        rows = [(each, named(each)) for each in secrets]
        empty = "none; %sandbox secret NAME asks for one"
        return View((Table("Secrets", ("name", "in a header"), rows, empty=empty, code=(1,)),), list(secrets))
    if options.forget:
        if name not in secrets:
            raise LookupError(f"There is no secret {quote(name)}; {remedy(name, list(secrets))}")
        del secrets[name]
        kept.keep(name, None)
        return View((Line(f"{name} is forgotten, here and in {kept.path}"),))
    try:
        check_name(name)
        value = _asked(name)
        secrets[name] = value
    except ValueError as error:
        raise ScopeboxError(str(error), hint="For example: %sandbox secret API_TOKEN") from None
    kept.keep(name, value)
    return View(
        (
            Line(f"{name} is set: an extension writes {named(name)} in a header of a request"),
            Line(f"Kept in {kept.path}, which git ignores; %sandbox secret {name} --forget takes it away", "muted"),
        )
    )


def _asked(name: str) -> str:
    try:
        return getpass.getpass(f"{name}: ")
    except (EOFError, NotImplementedError):  # the latter is that of a kernel without a user
        raise ScopeboxError(
            f"Nobody can be asked for {quote(name)} here",
            hint=f'Set it in a cell, from a variable: box = %sandbox, then box.secrets["{name}"] = os.environ["{name}"].',
        ) from None
