"""`python -m tests.policies.mutation_score`: how many mutants each policy catches, and whether others report them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.progress import track
from rich.table import Table

from policies.pack import collect
from tests.policies.breaking import mutants
from tests.policies.whole_pack import all_breaks, compliant, judge_mutant, reporting


@dataclass
class Score:
    """What became of a policy's mutants."""

    policy: str
    mutants: int = 0
    caught: int = 0
    """Reported by the policy, and by none that is not said to."""
    missed: int = 0
    reported_by_others: int = 0


def score(policy: str) -> Score:
    """Return the score of one policy."""
    result = Score(policy)
    for mutant in mutants(policy, all_breaks()[policy], compliant()):
        found = reporting(judge_mutant(mutant))
        result.mutants += 1
        result.missed += policy not in found
        result.reported_by_others += bool(found - {policy} - mutant.also)
        result.caught += found == {policy} | mutant.also
    return result


def main() -> None:
    """Print the score; exit status 1 below 100 %. With `--json` print it as JSON."""
    as_json = "--json" in sys.argv[1:]
    names = [policy.name for policy in collect()]
    console = Console(stderr=True)
    scores = [score(name) for name in track(names, "mutants", console=console, disable=as_json)]
    total, caught = sum(each.mutants for each in scores), sum(each.caught for each in scores)
    percent = 100 * caught / total
    if as_json:
        json.dump({"policies": [asdict(each) for each in scores], "percent": percent}, sys.stdout, indent=2)
    else:
        table = Table(box=None, pad_edge=False)
        for column in ("policy", "mutants", "caught", "missed", "reported by others"):
            table.add_column(column, justify="left" if column == "policy" else "right")
        for each in scores:
            row = (each.mutants, each.caught, each.missed, each.reported_by_others)
            table.add_row(each.policy, *map(str, row))
        Console().print(table)
        Console().print(f"mutation score: {caught} of {total} mutants, {percent:.1f} %", highlight=False)
    sys.exit(0 if caught == total else 1)


if __name__ == "__main__":
    main()
