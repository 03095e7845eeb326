"""The source keeps to the design: who imports whom, and what a component may do.

Reads the source only; does not prove what an import does at run time.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = {
    "catalogue": set[str](),
    "components": {"catalogue"},
    "policies": set[str](),  # a pack of its own: an organisation may publish it without the rest
    "observability": {"catalogue"},
    "stacks": {"catalogue", "components", "observability"},
    "preflight": {"catalogue", "stacks", "components", "observability"},
    "rehearsal": {"catalogue", "components", "observability", "policies", "preflight", "stacks"},
    "workloads": {"catalogue"},  # their images hold nothing else of ours
}
OURS = {*ALLOWED, "tests"}
# Names of things that have such a word in them: NVIDIA's service, AWS's, and the role of the operating system.
PROPER_NAMES = ("fabric_manager", "secrets_manager", "base_os")
BOTO3 = ("rehearsal/", "preflight/", "workloads/", "catalogue/refresh.py")


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def calls_in_apply(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "apply":
            for argument in node.args:
                yield from (inner for inner in ast.walk(argument) if isinstance(inner, ast.Call))


@pytest.mark.parametrize("folder", sorted(ALLOWED))
def test_imports_go_one_way(folder: str) -> None:
    for source in sources(folder):
        packages = {name.split(".")[0] for name in imported(ast.parse(source.read_text()))}
        forbidden = (packages & OURS) - ALLOWED[folder] - {folder}
        assert not forbidden, f"{source.relative_to(ROOT)} imports {forbidden}"


def test_boto3_stays_out_of_the_program() -> None:
    for source in sources(*ALLOWED):
        path = str(source.relative_to(ROOT))
        uses = {name.split(".")[0] for name in imported(ast.parse(source.read_text()))} & {
            "boto3",
            "botocore",
            "moto",
        }
        assert not uses or path.startswith(BOTO3), f"{path} imports {uses}"


def test_components_read_neither_configuration_nor_environment() -> None:
    for source in sources("components"):
        text = source.read_text()
        for word in ("pulumi.Config", "os.environ", "getenv"):
            assert word not in text, f"{source.name} uses {word}"


def test_every_component_registers_its_outputs_last_and_names_its_module() -> None:
    found = 0
    for source in sources("components"):
        for node in ast.walk(ast.parse(source.read_text())):
            if not isinstance(node, ast.ClassDef) or "ComponentResource" not in {
                ast.unparse(b).split(".")[-1] for b in node.bases
            }:
                continue
            found += 1
            constructor = next(
                item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"
            )
            assert ast.unparse(constructor.body[-1]).startswith("self.register_outputs("), f"{source.name}: {node.name}"
            assert f"'llm-platform:{source.stem}:{node.name}'" in ast.unparse(constructor), (
                f"{source.name}: {node.name}"
            )
            lines = (constructor.end_lineno or 0) - constructor.lineno
            assert lines < 120, f"{source.name}: the constructor of {node.name} has {lines} lines"
    assert found >= 15


def test_no_resource_is_made_inside_an_apply() -> None:
    for source in sources("components", "stacks"):
        for call in calls_in_apply(ast.parse(source.read_text())):
            name = ast.unparse(call.func)
            assert not name.split(".")[-1][:1].isupper(), f"{source.name}:{call.lineno}: {name} inside apply"


def test_the_doorway_is_small() -> None:
    code = ast.parse((ROOT / "stacks" / "__main__.py").read_text())
    assert len(ast.unparse(code).splitlines()) <= 15


@pytest.mark.parametrize("word", ["helper", "util", "common", "misc", "base", "core", "wrapper", "legacy", "manager"])
def test_no_module_has_a_name_without_a_job(word: str) -> None:
    for source in sources(*ALLOWED, "tests"):
        name = source.stem
        for proper in PROPER_NAMES:
            name = name.replace(proper, "")
        assert word not in name.split("_"), source.relative_to(ROOT)


def test_switched_off_checks_carry_their_reason() -> None:
    for source in sources(*ALLOWED, "tests"):
        for number, line in enumerate(source.read_text().splitlines(), 1):
            for mark in ("# noqa", "# type: ignore", "# pyright: ignore"):
                if mark in line and source.name != "test_boundaries.py":
                    reason = line.split(mark, 1)[1].split("]")[-1] if "ignore" in mark else line.split(mark, 1)[1]
                    assert " - " in reason or "(" in reason, (
                        f"{source.relative_to(ROOT)}:{number}: {mark} without a reason"
                    )
