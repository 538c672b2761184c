"""Build the evaluator's tables from job posts, occupations and skills.

    python -m scripts.build_tables FOLDER

FOLDER holds microsoft_careers_sample.json, onet_occupation_data.txt and skills.json (see NOTICE for their sources).
"""

import argparse
import csv
import json
from collections import Counter, defaultdict
from pathlib import Path

from cveval_evaluate.local.text import stems

DATA = Path(__file__).parents[1] / "functions" / "evaluate" / "src" / "cveval_evaluate" / "local" / "data"
RAREST = 3
"""A stem in fewer documents is noise: it gets the weight of an unknown one."""
EXTRA_ALIASES = {
    "JavaScript": ["JS", "ECMAScript"],
    "TypeScript": ["TS"],
    "Kubernetes": ["k8s"],
    "PostgreSQL": ["Postgres"],
    "Go": ["Golang"],
    "Node.js": ["NodeJS", "Node"],
    "Amazon Web Services": ["AWS"],
    "Google Cloud": ["GCP", "Google Cloud Platform"],
    "Continuous integration": ["CI/CD", "CI"],
    "Machine learning": ["ML"],
    "Artificial intelligence": ["AI"],
    "Natural language processing": ["NLP"],
    "React": ["React.js", "ReactJS"],
    "Vue.js": ["Vue"],
    "REST API": ["REST APIs", "RESTful API", "RESTful APIs", "REST"],
    "FastAPI": [],
    "Microservices": ["microservice"],
    "LangChain": [],
    "Large language models": ["LLM", "LLMs", "large language model"],
    "Retrieval-augmented generation": ["RAG"],
    "Vector database": ["vector databases", "vector store"],
    "Prompt engineering": [],
    "Terraform": [],
    "C++": ["cpp"],
    "C": [],
    "C#": [],
    ".NET": ["dotnet"],
}
NO_SKILLS = frozenset(
    # Words of everyday English, or of any job post, that only look like skills.
    [
        "box",
        "bot",
        "ava",
        "paw",
        "bootstrap-paradox",
        "dyn",
        "f",
        "sma",
        "pug",
        "elm",
        "nim",
        "koa",
        "gulp",
        "accounting",
        "aboutness",
        "research",
        "writing",
        "design",
        "analytics",
        "software",
        "computer",
        "internet",
        "email",
        "web",
        "data",
        "information",
        "knowledge",
        "process",
        "system",
        "time",
        "space",
        "business",
        "engineering",
        "support",
        "server",
        "security",
        "languages",
        "certificate",
        "certification",
        "microsoft-azure",
        "testing",
        "technology",
        "management",
        "science",
        "documentation",
        "communication",
        "education",
        "learning",
        "training",
        "service",
        "services",
        "product",
        "team",
    ]
)
LONGEST_NAME = 4


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    posts = json.loads((folder / "microsoft_careers_sample.json").read_text("utf-8"))
    with (folder / "onet_occupation_data.txt").open(encoding="utf-8") as file:
        occupations = list(csv.DictReader(file, delimiter="\t"))
    texts = [f"{post['title']}. {post['description']}" for post in posts]
    texts += [f"{row['Title']}. {row['Description']}" for row in occupations]
    _write("idf.json", _frequencies(texts))
    _write("skills.json", _skills(json.loads((folder / "skills.json").read_text("utf-8"))))


def _frequencies(texts: list[str]) -> dict[str, object]:
    counts = Counter(stem for text in texts for stem in set(stems(text)))
    by_count: dict[int, list[str]] = defaultdict(list)
    for stem, count in sorted(counts.items()):
        if count >= RAREST:
            by_count[count].append(stem)
    return {"documents": len(texts), "stems": {str(n): " ".join(by_count[n]) for n in sorted(by_count)}}


def _skills(raw: dict[str, list[str]]) -> dict[str, list[str]]:
    skills: dict[str, list[str]] = {}
    for key, names in sorted(raw.items()):
        if key not in NO_SKILLS and key != "c" and len(names[0].split()) <= LONGEST_NAME:
            others = sorted({name for name in names[1:] if name.lower() != names[0].lower()})
            skills.setdefault(names[0], others)
    for skill, aliases in EXTRA_ALIASES.items():
        skills[skill] = sorted({*skills.get(skill, []), *aliases})
    return dict(sorted(skills.items()))


def _write(name: str, table: object) -> None:
    text = json.dumps(table, ensure_ascii=False, indent=0, separators=(",", ":"))
    (DATA / name).write_text(text + "\n", encoding="utf-8")
    print(f"{name}: {len(text):,} bytes")


if __name__ == "__main__":
    main()
