"""Measure the local evaluator on the labelled samples.

python -m tests.quality [--json]
"""

import argparse
import json

from tests.quality.labelled import briefs, cvs, jobs, reports
from tests.quality.measures import MEASURES


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    as_json: bool = parser.parse_args().json
    if not as_json:
        print(f"{len(cvs())} CVs, {len(jobs())} jobs, {len(reports())} reports, {len(briefs())} briefs")
    figures = {}
    for measure in MEASURES:
        measured = measure()
        figures.update(measured)
        if not as_json:
            print(f"\n{measure.__name__.replace('_', ' ')}")
            for name, figure in measured.items():
                print(f"  {name:<64} {figure:6.3f}")
    if as_json:
        print(json.dumps({name: round(figure, 4) for name, figure in figures.items()}, indent=2))


if __name__ == "__main__":
    main()
