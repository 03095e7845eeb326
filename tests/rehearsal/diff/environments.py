"""The three environments as they are planned now."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from rehearsal import phases
from rehearsal.aws.account import Account
from rehearsal.diff.rehearsed import RehearsalDocument
from rehearsal.environment import environment
from rehearsal.phases import Silence
from rehearsal.report.document import document

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENTS = ("dev", "prod", "staging")


@cache
def previewed(stack: str) -> RehearsalDocument:
    """The document that `rehearse preview --json` writes."""
    with environment(stack, ROOT) as (target, _), Account(target.account_id, target.region) as account:
        rehearsal = phases.preview(target, account, Silence())
    return RehearsalDocument.model_validate(json.loads(json.dumps(document(rehearsal))))
