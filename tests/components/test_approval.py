"""Who agreed to what expensive machines cost, on everything that is paid for."""

from __future__ import annotations

from components.approval import Approval, approval_annotations, approval_tags

APPROVAL = Approval("platform board", "2027-11-30")


def test_an_agreement_stands_in_tags_and_annotations():
    assert approval_tags(APPROVAL) == {
        "llm-platform:approved-by": "platform board",
        "llm-platform:approved-until": "2027-11-30",
    }
    assert approval_annotations(APPROVAL) == {
        "llm-platform/approved-by": "platform board",
        "llm-platform/approved-until": "2027-11-30",
    }


def test_without_an_agreement_there_are_none():
    assert approval_tags(None) == approval_annotations(None) == {}
