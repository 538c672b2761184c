"""docs/reference/configuration.md, which is made from the code: each setting with what it is."""

import re

from tests.platforms.manifests import ROOT

PAGE = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", PAGE, re.MULTILINE)


def test_every_variable_is_described() -> None:
    assert [name for name, default, note in ROWS if not default or not note.endswith(".")] == []
