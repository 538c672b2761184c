"""The samples are read as they look, and are what their sources make."""

import json
import re
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest

from cveval.domain.documents import MAX_JOB_DESCRIPTION, MAX_STUDY_CASE_BRIEF
from cveval.domain.errors import UnreadableDocument
from cveval_submit.extraction.reading import read
from tests.documents.forge import EXAMPLES, WORD, main

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "deploy/local/src/cveval_local/samples"
SOURCES = ROOT / "scripts/samples"
CANDIDATES = json.loads((SAMPLES / "candidates.json").read_text("utf-8"))
DOCUMENTS = sorted({candidate[part] for candidate in CANDIDATES for part in ("cv", "project")})
MADE = {
    "ada-sampleton.pdf": "ada-sampleton.md",
    "bruno-placeholder.pdf": "bruno-placeholder.md",
    "clara-exemplar.docx": "clara-exemplar.md",
    "strong-report.pdf": "strong-report.md",
}


def words(text: str) -> list[str]:
    """In any order and without marks: lines may break elsewhere."""
    return sorted(re.findall(r"[^\s|#>=•*-]+", text))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_sample_is_read_with_its_lines_and_without_a_warning(name: str) -> None:
    document = read((SAMPLES / name).read_bytes())
    assert document.text.count("\n") > 20
    assert document.warnings == ()


@pytest.mark.parametrize("name", MADE)
def test_a_made_sample_holds_every_word_of_its_source(name: str) -> None:
    source = (SOURCES / MADE[name]).read_text("utf-8")
    assert words(read((SAMPLES / name).read_bytes()).text) == words(source)


def test_the_docx_sample_has_a_table_and_a_text_box_and_every_text_is_read_once() -> None:
    content = (SAMPLES / "clara-exemplar.docx").read_bytes()
    main = ET.fromstring(ZipFile(BytesIO(content)).read("word/document.xml"))
    assert main.find(f".//{{{WORD}}}tbl") is not None
    fallback = {
        id(node) for skipped in main.iter() if skipped.tag.endswith("}Fallback") for node in skipped.iter()
    }
    texts = [node.text or "" for node in main.iter(f"{{{WORD}}}t") if id(node) not in fallback]
    text = read(content).text
    assert "In one sentence: I turn models into services" in text
    assert "LLM\tRAG, embeddings, prompt evaluation, structured output\t2022\n" in text
    assert words(text) == words("\n".join(texts))


def test_bullets_are_kept_in_pdf_and_docx() -> None:
    assert "\n• Lead a team of five" in read((SAMPLES / "ada-sampleton.pdf").read_bytes()).text
    assert (
        "\n• Built the text classification service"
        in read((SAMPLES / "clara-exemplar.docx").read_bytes()).text
    )


def test_the_default_job_and_brief_are_within_the_limits_of_a_request() -> None:
    assert 1_000 < len((SAMPLES / "job.txt").read_text("utf-8")) <= MAX_JOB_DESCRIPTION
    assert 1_000 < len((SAMPLES / "brief.txt").read_text("utf-8")) <= MAX_STUDY_CASE_BRIEF


def test_every_person_in_the_samples_is_plainly_invented() -> None:
    for candidate in CANDIDATES:
        text = read((SAMPLES / candidate["cv"]).read_bytes()).text
        assert re.findall(r"\S+@(\S+)", text) == ["example.com"]
        assert "(555) 010-" in text


def test_every_warning_that_extraction_gives_is_in_the_reference_and_no_other() -> None:
    sources = "".join(
        path.read_text("utf-8")
        for path in (ROOT / "functions/submit/src/cveval_submit/extraction").glob("*.py")
    )
    given = set(re.findall(r'"((?:possibly_hidden_text|hidden_text|low_quality):\w+)"', sources))
    page = (ROOT / "docs/reference/warnings.md").read_text("utf-8")
    assert set(re.findall(r"^\| `(\w+:\w+)` \|", page, re.MULTILINE)) == given


def test_the_forge_writes_its_examples_for_people(tmp_path: Path) -> None:
    main(tmp_path / "examples")
    assert {path.name for path in (tmp_path / "examples").iterdir()} == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_of_the_forge_is_what_its_name_says(name: str) -> None:
    content = EXAMPLES[name]()
    if name.startswith(("encrypted", "scan", "truncated", "too-many", "bomb", "doctype")):
        with pytest.raises(UnreadableDocument):
            read(content)
    else:
        hidden = [warning for warning in read(content).warnings if warning.startswith("hidden_text")]
        assert bool(hidden) is name.startswith("hidden")
