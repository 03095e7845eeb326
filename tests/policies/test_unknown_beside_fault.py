"""A property that is not known yet does not hide a fault that stands beside it.

Does not prove it of every pair of properties: of those that rules read one after the other.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from policies.policy import ResourcePolicy
from tests.policies.sample import UNKNOWN
from tests.policies.whole_pack import compliant, whole_pack

POD = "spec.template.spec"
CONTEXT = f"{POD}.containers.0.securityContext"
EVERYBODY = {"description": "Everything of everybody", "protocol": "-1", "ipv6CidrBlocks": ["::/0"]}
UNSAID = {"protocol": "-1", "cidrBlocks": ["10.0.0.0/16"]}
HALF_A_GPU = {"requests": {"nvidia.com/gpu": UNKNOWN}, "limits": {"nvidia.com/gpu": 0.5}}
SERVER = "deployment-llama-8b"


@pytest.mark.parametrize(
    ("policy", "sample", "values"),
    [
        (
            "imdsv2-only",
            "template-of-volumes",
            {"metadataOptions.httpTokens": UNKNOWN, "metadataOptions.httpPutResponseHopLimit": 2},
        ),
        ("no-open-ingress", "group-of-files", {"ingress": [{**EVERYBODY, "cidrBlocks": UNKNOWN}]}),
        ("no-open-ingress", "group-of-files", {"ingress": [EVERYBODY, UNKNOWN]}),
        ("security-group-rules-are-described", "group-of-files", {"ingress": UNKNOWN, "egress": [UNSAID]}),
        ("volumes-use-customer-keys", "template-of-volumes", {"blockDeviceMappings": [{"ebs": {}}, UNKNOWN]}),
        ("no-privileged-pods", SERVER, {f"{POD}.hostPID": True, "spec.template.metadata": UNKNOWN}),
        ("no-privileged-pods", SERVER, {f"{POD}.hostPID": True, f"{POD}.hostNetwork": UNKNOWN}),
        ("no-privileged-pods", SERVER, {f"{CONTEXT}.privileged": True, f"{POD}.securityContext": UNKNOWN}),
        ("no-privileged-pods", SERVER, {f"{CONTEXT}.procMount": "Unmasked", f"{CONTEXT}.capabilities": UNKNOWN}),
        ("pods-meet-the-restricted-standard", SERVER, {f"{CONTEXT}.runAsUser": 0, f"{POD}.volumes": UNKNOWN}),
        ("pods-meet-the-restricted-standard", SERVER, {CONTEXT: {}, f"{POD}.containers.0.name": UNKNOWN}),
        ("gpu-requests-equal-limits", SERVER, {f"{POD}.containers.0.resources": HALF_A_GPU}),
        ("images-are-pinned", SERVER, {f"{POD}.containers": UNKNOWN, f"{POD}.volumes.0.image.reference": "a/models"}),
        ("no-vector-database-on-spot", "release-weaviate", {"values.affinity": UNKNOWN, "values.etcd.affinity": {}}),
    ],
)
def test_fault_is_reported(policy: str, sample: str, values: Mapping[str, Any]) -> None:
    rule = next(one for one in whole_pack() if one.name == policy)
    whole = next(one for one in compliant() if one.name == sample)
    inputs = copy.deepcopy(whole.inputs)
    for path, value in values.items():
        _put(inputs, path, value)
    assert isinstance(rule, ResourcePolicy)

    assert rule.judge(whole.changed(inputs=inputs).resource(), rule.configuration()).violations


def _put(inputs: Any, path: str, value: Any) -> None:
    *above, last = path.split(".")
    for key in above:
        inputs = inputs[int(key)] if isinstance(inputs, list) else inputs.setdefault(key, {})
    inputs[last] = value
