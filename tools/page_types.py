"""Write the TypeScript types of what the report's page embeds, `src/crossdock/report/static/page.d.ts`.

They are those of `page.schema.json`, which `tools/page_schema.py` writes from the dataclasses, and what the page's
scripts are checked with. Usage, from the top of the checkout::

    python tools/page_types.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

REPORT = Path(__file__).parents[1] / "src" / "crossdock" / "report"
OUT = REPORT / "static" / "page.d.ts"
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def text() -> str:
    """Give the types as the file holds them."""
    kinds = json.loads((REPORT / "page.schema.json").read_text(encoding="utf-8"))["$defs"]
    head = "// What the page embeds, from page.schema.json by tools/page_types.py; change the dataclasses instead.\n"
    return head + "".join(f"\nexport interface {name} {_object(kind)}\n" for name, kind in kinds.items())


def _object(kind: dict[str, Any]) -> str:
    needed = kind["required"]
    lines = [f"  {name}{'' if name in needed else '?'}: {_type(of)};\n" for name, of in kind["properties"].items()]
    return "{\n" + "".join(lines) + "}"


def _type(kind: dict[str, Any]) -> str:
    """Write a schema's type; one that has no counterpart here is an error."""
    match kind:
        case {"$ref": address}:
            return str(address).removeprefix("#/$defs/")
        case {"anyOf": kinds}:
            return " | ".join(dict.fromkeys(_type(one) for one in kinds))
        case {"enum": values}:
            return " | ".join(json.dumps(value) for value in values)
        case {"type": "array", "prefixItems": kinds, "items": False}:
            return f"[{', '.join(_type(one) for one in kinds)}]"
        case {"type": "array", "items": dict(of)}:
            return f"{_type(of)}[]" if " " not in _type(of) else f"({_type(of)})[]"
        case {"type": "object", "additionalProperties": dict(of)}:
            return f"{{ [name: string]: {_type(of)} }}"
        case {"type": str(name)} if name in PLAIN:
            return PLAIN[name]
    raise ValueError(f"no TypeScript type for {kind}")


if __name__ == "__main__":
    OUT.write_text(text(), encoding="utf-8")
