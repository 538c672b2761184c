"""docs/reference/configuration.md, which is made from the code: every variable that anything reads, each with what it is."""

import re

from cveval.queue.redis.settings import RedisSettings
from cveval_local.settings import CLIENTS
from tests.platforms.manifests import DEPLOY, MODELS, ROOT, variables

PAGE = (ROOT / "docs/reference/configuration.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*) \|$", PAGE, re.MULTILINE)


def test_every_variable_is_described() -> None:
    assert [name for name, default, note in ROWS if not default or not note.endswith(".")] == []


def test_every_variable_that_is_read_is_on_the_page() -> None:
    settings = variables((RedisSettings, *(model for models in MODELS.values() for model in models)))
    compose = re.findall(r"\$\{(\w+):?-", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    migrate = re.findall(
        r'os\.Getenv\("(\w+)"\)', (DEPLOY / "migrate" / "main.go").read_text(encoding="utf-8")
    )
    read = {*settings, *CLIENTS, *compose, *migrate} - {"REVISION"}
    assert read - {name for name, _, _ in ROWS} == set()
