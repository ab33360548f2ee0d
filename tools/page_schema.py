"""Write the JSON schema of what the report's page embeds for its scripts, `src/crossdock/report/page.schema.json`.

Usage, from the top of the checkout::

    python tools/page_schema.py
"""

from __future__ import annotations

import json
from pathlib import Path

from crossdock.report.page_data import schema

OUT = Path(__file__).parents[1] / "src" / "crossdock" / "report" / "page.schema.json"


def text() -> str:
    """Give the schema as the file holds it."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    OUT.write_text(text(), encoding="utf-8")
