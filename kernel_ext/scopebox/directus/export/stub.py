"""A Python cell as a beginning in JavaScript: what it registers answers that it is not written yet, above its lines as comments."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scopebox.directus.export.code import Code

if TYPE_CHECKING:
    from scopebox.directus.export.parts import Part


def stub(part: Part, source: str) -> Code:
    """Return the code; whatever is called logs what is missing, an endpoint answers 501 and an operation fails."""
    name = "api" if part.type == "operation" else "index"
    head = "import { log } from 'directus:api';\n"
    comments = "\n".join(f"// {line}".rstrip() for line in source.strip().splitlines())
    missing = "const missing = (what) => {\n\tlog(`not written yet: ${what}`);\n};\n"
    exported = _exported(part)
    body = f"{missing}\nexport default {exported};\n\n{comments}\n"
    built = f"{missing}\nvar {name} = {exported};\n\nexport {{ {name} as default }};\n"
    return Code(f"{head}\n{body}", f"{head}\n{built}")


def _exported(part: Part) -> str:
    if part.type == "operation":
        what = json.dumps(f"operation {part.operation}")
        lines = ["{", f"\tid: {json.dumps(part.operation)},", "\thandler: () => {"]
        lines += [f"\t\tmissing({what});", f"\t\tthrow new Error('not written yet: ' + {what});", "\t},", "}"]
        return "\n".join(lines)
    if part.type == "endpoint":
        lines = ["(router) => {"]
        for method, path in part.routes:
            what = json.dumps(f"{method} {path}")
            lines += [
                f"\trouter.{method.lower()}({json.dumps(path)}, () => {{",
                f"\t\tmissing({what});",
                f"\t\treturn {{ status: 501, body: {{ error: 'not written yet: ' + {what} }} }};",
                "\t});",
            ]
        return "\n".join([*lines, "}"])
    used = dict.fromkeys(kind for kind, _ in part.events)
    lines = [f"({{ {', '.join(used)} }}) => {{"]
    lines += [
        f"\t{kind}({json.dumps(event)}, () => missing({json.dumps(f'{kind} {event}')}));" for kind, event in part.events
    ]
    return "\n".join([*lines, "}"])
