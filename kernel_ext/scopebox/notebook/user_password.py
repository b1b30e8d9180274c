"""A password with which a user of the project logs in: typed unseen, and kept by the store of this session alone."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from scopebox.errors import ScopeboxError
from scopebox.text.visible import clean
from scopebox.views.parts import Line, View

if TYPE_CHECKING:
    from scopebox.notebook.session import Session


def ask_password(session: Session, called: str) -> View:
    """Ask for a password of the user with this name, id or email, and let him log in with it."""
    store = session.box.store
    user = store.access.find_user(called)
    try:
        store.set_password(called, getpass.getpass(f"password of {clean(user.name)}, for trying: "))
    except ValueError as error:
        raise ScopeboxError(str(error)) from None
    address = clean(user.email)
    return View((Line(f"{clean(user.name)} logs in as {address}, until the kernel ends"),), address)
