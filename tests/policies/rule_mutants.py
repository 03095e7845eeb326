"""`python -m tests.policies.rule_mutants [policy ...]`: breaks the rules themselves, and says which nobody notices.

The mutants of resources show that a rule catches what its author thought of. Here the rule is changed in one place at a
time (a condition turned round, a yield left out, an entry taken from a list) and asked about all compliant samples, its
own mutants and what it must allow: a change that alters no answer is either one that can't matter, or something that no
break breaks yet.
"""

from __future__ import annotations

import ast
import copy
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

from rich.console import Console
from rich.progress import track

from policies.pack import Policy, collect
from policies.policy import ResourcePolicy
from policies.resources import Resource, Stack
from tests.policies.breaking import mutants
from tests.policies.sample import stack_of
from tests.policies.whole_pack import CONFIGURATION, all_allowed, all_breaks, compliant, stack_file

OPPOSITE: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
}
EDGE: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
SILENT: Final = {"name", "description", "severity", "enforcement_level", "config_schema"}
"""Fields of a policy that a rule's answers don't depend on."""


@dataclass(frozen=True)
class RuleMutant:
    """A rule changed in one place."""

    line: int
    said: str
    tree: ast.Module


@dataclass
class RuleScore:
    """What became of the mutants of a policy's rule."""

    policy: str
    file: Path
    mutants: int
    survivors: list[RuleMutant]


def score(policy: Policy) -> RuleScore:
    """Change a policy's rule in every place, and ask each changed rule what the real one is asked."""
    file = Path(inspect.getfile(policy.validate))
    tree = ast.parse(file.read_text())
    asked = _questions(policy)
    right = [_answer(policy, each) for each in asked]
    found = list(_changes(tree))
    survivors = [mutant for mutant in found if not _is_noticed(mutant, file, asked, right)]
    return RuleScore(policy.name, file, len(found), survivors)


@dataclass(frozen=True)
class Question:
    """What a policy is asked, and how it is configured."""

    about: Sequence[Resource] | Stack
    given: Mapping[str, object]
    """Of its configuration; the rest are defaults, which are those of the changed rule."""
    stack_file: Mapping[str, Any]
    """What its section `policies` says besides configuration."""


def _questions(policy: Policy) -> list[Question]:
    """Return what a policy is asked: all samples, then each of its mutants, and what it must allow."""
    changes = [*all_breaks()[policy.name], *all_allowed().get(policy.name, ())]
    made = list(mutants(policy.name, changes, compliant()))
    given = CONFIGURATION.get(policy.name, {})
    configurations = [{**given, **mutant.configuration} for mutant in made]
    whole = {sample.name: sample for sample in compliant()}
    about: list[Sequence[Resource] | Stack]
    if isinstance(policy, ResourcePolicy):
        changed = [[sample for sample in mutant.samples if whole.get(sample.name) is not sample] for mutant in made]
        about = [[sample.resource() for sample in each] for each in (compliant(), *changed)]
    else:
        about = [stack_of(stack) for stack in (compliant(), *(mutant.samples for mutant in made))]
    files = [{}, *(mutant.stack_file for mutant in made)]
    return [Question(*each) for each in zip(about, [given, *configurations], files, strict=True)]


def _answer(policy: Policy, question: Question) -> list[tuple[str, bool]]:
    """Return which resources a policy reports; a message may change without a rule being another one."""
    configuration = policy.configuration(question.given)
    if isinstance(policy, ResourcePolicy):
        resources = [each for each in cast("Sequence[Resource]", question.about) if policy.looks_at(each.type)]
        return [(each.name, bool(policy.judge(each, configuration).violations)) for each in resources]
    with stack_file(question.stack_file):
        judged = policy.judge(cast("Stack", question.about), configuration)
    return [(violation.resource.name if violation.resource else "", True) for violation in judged.violations]


def _is_noticed(
    mutant: RuleMutant,
    file: Path,
    asked: Sequence[Question],
    right: Sequence[list[tuple[str, bool]]],
) -> bool:
    scope: dict[str, Any] = {"__name__": f"mutant_of_{file.stem}", "__file__": str(file)}
    try:
        sys.modules[scope["__name__"]] = type(sys)(scope["__name__"])
        exec(compile(mutant.tree, str(file), "exec"), scope)  # noqa: S102 - our own source, changed in one place
        policy: Policy = scope["POLICY"]
        return any(_answer(policy, question) != answer for question, answer in zip(asked, right, strict=True))
    except Exception:
        return True
    finally:
        sys.modules.pop(scope["__name__"], None)


def _changes(tree: ast.Module) -> Iterator[RuleMutant]:
    nodes = list(ast.walk(tree))
    silent = {id(inner) for node in nodes if _is_silent(node) for inner in ast.walk(node)}
    for index, node in enumerate(nodes):
        if id(node) in silent:
            continue
        for said, change in _ways(node):
            changed = copy.deepcopy(tree)
            change(list(ast.walk(changed))[index])
            yield RuleMutant(getattr(node, "lineno", 0), said, ast.fix_missing_locations(changed))


def _is_silent(node: ast.AST) -> bool:
    """Say whether a rule's answers don't depend on it: words for people, annotations, imports."""
    if isinstance(node, ast.keyword):
        return node.arg in SILENT
    return isinstance(node, ast.Import | ast.ImportFrom | ast.arguments)


def _ways(node: ast.AST) -> Iterator[tuple[str, Callable[[Any], None]]]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for table in (OPPOSITE, EDGE):
            other = table.get(type(node.ops[0]))
            if other is not None:
                yield f"{ast.unparse(node)} with {other.__name__}", partial(_set_operator, operator=other)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"{ast.unparse(node)} turned round", _not_twice
    elif isinstance(node, ast.If | ast.IfExp):
        yield f"if {ast.unparse(node.test)}: always", partial(_set_test, value=True)
        yield f"if {ast.unparse(node.test)}: never", partial(_set_test, value=False)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield | ast.YieldFrom):
        yield f"without {ast.unparse(node)[:60]}", _silence
    else:
        yield from _parts_left_out(node)


def _parts_left_out(node: ast.AST) -> Iterator[tuple[str, Callable[[Any], None]]]:
    if isinstance(node, ast.BoolOp):
        for number, part in enumerate(node.values):
            if not _is_nothing(part):  # `or ""` is there for the type checker
                yield f"{ast.unparse(node)} without part {number + 1}", partial(_without_value, number=number)
    elif isinstance(node, ast.comprehension):
        for number, test in enumerate(node.ifs):
            yield f"without `if {ast.unparse(test)}`", partial(_without_filter, number=number)
    elif isinstance(node, ast.Tuple | ast.List | ast.Set) and len(node.elts) > 1:
        for number, element in enumerate(node.elts):
            if isinstance(element, ast.Constant) and " " not in str(element.value):  # others are words for people
                yield f"without {ast.unparse(element)}", partial(_without_element, number=number)


def _is_nothing(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and not node.value) or (isinstance(node, ast.Tuple) and not node.elts)


def _set_operator(node: ast.Compare, operator: type[ast.cmpop]) -> None:
    node.ops = [operator()]


def _without_value(node: ast.BoolOp, number: int) -> None:
    del node.values[number]
    if len(node.values) == 1:
        node.values.append(copy.deepcopy(node.values[0]))


def _not_twice(node: ast.UnaryOp) -> None:
    node.operand = ast.UnaryOp(ast.Not(), node.operand)


def _set_test(node: ast.If | ast.IfExp, value: bool) -> None:
    node.test = ast.Constant(value)


def _silence(node: ast.Expr) -> None:
    # Still a generator, which yields nothing.
    node.value = ast.YieldFrom(ast.Tuple([], ast.Load()))


def _without_filter(node: ast.comprehension, number: int) -> None:
    del node.ifs[number]


def _without_element(node: ast.Tuple | ast.List | ast.Set, number: int) -> None:
    del node.elts[number]


def main() -> None:
    """Print the survivors of each policy, and the score."""
    wanted = set(sys.argv[1:])
    console = Console(highlight=False, markup=False, soft_wrap=True)
    policies = [policy for policy in collect() if not wanted or policy.name in wanted]
    scores = [score(policy) for policy in track(policies, "rules", console=Console(stderr=True))]
    for each in scores:
        if each.survivors:
            console.print(f"{each.policy} ({each.file.name}): {len(each.survivors)} of {each.mutants} unnoticed")
            for mutant in each.survivors:
                console.print(f"  line {mutant.line}: {mutant.said}")
    total = sum(each.mutants for each in scores)
    unnoticed = sum(len(each.survivors) for each in scores)
    console.print(f"rules: {total - unnoticed} of {total} changes noticed, {100 * (total - unnoticed) / total:.1f} %")


if __name__ == "__main__":
    main()
