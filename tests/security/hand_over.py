"""What an attack hands over: the source of its cell, and the options and the manifest that it is loaded with."""

from __future__ import annotations

import builtins
import re

from scopebox.sandbox.options import LoadOptions

from tests.security import forms
from tests.security.corpus import Attack, CorpusError
from tests.security.world import World

_IMPORT = re.compile(r"""^[ \t]*import\b(?!\s*\()[^;'"]*(?:'[^'\n]*'|"[^"\n]*")[ \t]*;?""", re.MULTILINE)


def source(world: World, attack: Attack, own: str, served: str) -> str:
    """Return the source of the cell."""
    code = str(builtins.eval(attack.code_expr)) if attack.code_expr else attack.code
    code = _repeated(attack, code, 1 if attack.triggered else forms.times(attack, "repeat_calls"))
    code = world.fill(code, own, served)
    if attack.extra_calls:
        if attack.language != "python":
            raise CorpusError(f"{attack.id}: extra_calls are those of Python")
        call, _, values = world.fill(attack.extra_calls).partition(" for v in ")
        code += f"\nfor v in {values}:\n    try:\n        await {call}\n        await exec('log', 'REACHED ' + str(v))\n    except Exception:\n        pass\n"
    if attack.setup.get("host_memory_secret"):
        code = code.replace("b'HOSTSECRET-' + b'7c1'", "b'HOSTSECRET-' + b'7c1'")
    return code


def _repeated(attack: Attack, code: str, times: int) -> str:
    """Return code that does so often what ``code`` does once; its imports come first, as they have to."""
    if times == 1:
        return code
    if attack.language == "python":
        return "\n".join([code] * times)
    imports = "".join(f"{found[0].strip()}\n" for found in _IMPORT.finditer(code))
    rest = _IMPORT.sub("", code)
    if re.search(r"^\s*export\b", rest, re.MULTILINE):
        raise CorpusError(f"{attack.id}: repeat_calls of an export, which there is once, needs a trigger")
    return imports + "\n".join([f"{{ {rest}\n}}"] * times)


def options(world: World, attack: Attack, own: str, served: str) -> LoadOptions:
    """Return the options with which it is loaded."""
    setup = attack.setup
    found: LoadOptions = {"name": own, "language": attack.language}
    if attack.manifest != [] or "/// sandbox" not in (attack.code or attack.code_expr):
        found["manifest"] = _manifest(world, attack, own, served)  # otherwise it stands in the cell
    if kind := setup.get("type") or attack.source.get("type"):
        found["type"] = str(kind)
    if deny := forms.texts(attack, "deny"):
        found["deny"] = deny
    return found


def _manifest(world: World, attack: Attack, own: str, served: str) -> object:
    setup = attack.setup
    if "manifest_text" in setup:
        return world.fill(str(setup["manifest_text"]))
    if expression := setup.get("manifest_text_expr"):
        return world.fill(str(builtins.eval(str(expression))))
    if isinstance(repeated := setup.get("manifest_text_repeat"), list):
        return str(repeated[0]) * int(repeated[1])
    if isinstance(meta := setup.get("extension_meta"), dict):
        sandbox = {"enabled": True, "requestedScopes": {"log": {}}}
        entry = {
            "type": "hook",
            "path": "dist/index.js",
            "source": "src/index.js",
            "host": "^11.0.0",
            "sandbox": sandbox,
        }
        return {"name": own, **meta, "directus:extension": entry}
    return _permissions(world, attack, own, served)


def _permissions(world: World, attack: Attack, own: str, served: str) -> object:
    """Return the manifest that an attack hands over as data: its entries, as a rule."""
    setup = attack.setup
    entries = world.replaced(attack.manifest, own, served)
    if isinstance(entries, dict) and "permissions" in entries:
        return entries  # a whole manifest
    if not isinstance(entries, list):
        return {"permissions": entries} if entries is not None else None
    extra = world.replaced(setup.get("extra_manifest") or [], own, served)
    assert isinstance(extra, list)
    entries = [*entries, *extra]
    if setup.get("optional"):
        entries = [{**entry, "optional": True} for entry in entries]
    if attack.repeat_entries > 1:
        entries = [{**entry, "allowedUrls": entry["allowedUrls"] * attack.repeat_entries} for entry in entries]
    return {"permissions": entries}
