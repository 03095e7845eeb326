"""IAM documents: the forms in which a statement may be written, and what is not known of it.

Does not prove that IAM accepts a document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from policies.iam_documents import Statement, each_statement, is_anything, statements
from policies.policy import Violation
from policies.reading import Properties, WrongType
from tests.policies.sample import UNKNOWN, properties


def only(**statement: Any) -> Statement:
    document = json.dumps({"Statement": {"Effect": "Allow", **statement}})
    [found] = statements(properties({"policy": document}).document("policy"))
    return found


def test_a_text_and_a_list_read_alike() -> None:
    one = only(Action="s3:GetObject", Resource="*", Principal={"AWS": "111122223333"})
    other = only(Action=["s3:GetObject"], Resource=["*"], Principal={"AWS": ["111122223333"]})

    assert (one.actions, one.resources, one.principals) == (other.actions, other.resources, other.principals)
    assert one.path == "policy.Statement"


def test_a_list_of_statements_has_a_place_each() -> None:
    document = properties({"policy": {"Statement": [{"Effect": "Deny"}, {"Effect": "Allow", "Sid": "Read"}]}})
    found = statements(document.document("policy"))

    assert [(each.path, each.sid, each.allows) for each in found] == [
        ("policy.Statement.0", "", False),
        ("policy.Statement.1", "Read", True),
    ]


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::1:root", "*"]}, {"Service": "*"}])
def test_everyone_has_several_names(principal: Any) -> None:
    assert only(Principal=principal).names_everyone


def test_everyone_but_some_is_everyone_for_what_is_allowed() -> None:
    assert only(NotPrincipal={"AWS": "111122223333"}).names_everyone
    assert not only(Effect="Deny", NotPrincipal={"AWS": "111122223333"}).names_everyone
    assert not only(Principal={"AWS": "111122223333"}).names_everyone


def test_actions_have_no_case_and_may_be_excluded() -> None:
    assert only(Action="S3:Get*").grants("s3:getobject")
    assert not only(Action="s3:Get?").grants("s3:GetObject")
    assert only(NotAction="iam:*").grants("s3:GetObject")
    assert not only(NotAction=["iam:*", "s3:*"]).grants("S3:GetObject")
    assert not only().grants("s3:GetObject")


def test_values_of_conditions_are_texts_and_their_keys_have_no_case() -> None:
    statement = only(
        Condition={
            "Bool": {"aws:SecureTransport": False},
            "NumericLessThan": {"s3:TlsVersion": 1.2},
            "StringLike": {"AWS:PrincipalArn": ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"]},
        }
    )

    assert statement.condition("AWS:securetransport") == ["false"]
    assert statement.condition("s3:TlsVersion") == []
    assert statement.condition("s3:TlsVersion", operators=["numericlessthan"]) == ["1.2"]
    assert statement.condition("aws:PrincipalArn") == ["arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"]


@pytest.mark.parametrize(
    ("operator", "value", "narrows"),
    [
        ("StringEquals", "a", True),
        ("ForAnyValue:StringLike", ["a*"], True),
        ("ArnLike", "arn:aws:s3:::*", True),
        ("StringLike", "*", False),
        ("StringLike", ["a", "?*"], False),
        ("StringEquals", [], False),
        ("StringNotEquals", "a", False),
        ("StringEqualsIfExists", "a", False),
        ("ForAllValues:StringEquals", "a", False),
        ("Null", "false", False),
    ],
)
def test_only_some_conditions_narrow(operator: str, value: Any, narrows: bool) -> None:
    assert ("aws:sourcearn" in only(Condition={operator: {"aws:SourceArn": value}}).condition_keys()) is narrows


@pytest.mark.parametrize(("pattern", "anything"), [("*", True), ("?*", True), ("**", True), ("?", False), ("", False)])
def test_patterns_that_match_everything(pattern: str, anything: bool) -> None:
    assert is_anything(pattern) is anything


def test_one_unknown_statement_hides_no_other() -> None:
    document = properties({"policy": {"Statement": [{"Action": UNKNOWN}, {"Action": "s3:*"}]}}).document("policy")

    def report(statement: Statement) -> Iterator[Violation]:
        yield Violation(", ".join(statement.actions), "")

    first, second = list(each_statement(document, report))

    assert "Statement.0" in str(first)
    assert second.fault == "s3:*"


@pytest.mark.parametrize("odd", ["not JSON", 7, ["Statement"]])
def test_what_is_no_document_is_named(odd: Any) -> None:
    with pytest.raises(WrongType, match="not a JSON document"):
        statements(Properties({"policy": odd}).document("policy"))


def test_a_condition_of_a_wrong_type_is_named() -> None:
    with pytest.raises(WrongType, match="is a mapping, not"):
        only(Condition={"StringEquals": {"aws:SourceArn": {"x": 1}}})
