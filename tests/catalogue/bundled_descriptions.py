"""DescribeInstanceTypes as moto bundles it: 1,395 types of us-east-1, an independent look at our figures."""

import gzip
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, cast


@cache
def bundled_descriptions() -> Mapping[str, Mapping[str, Any]]:
    packed = resources.files("moto").joinpath("ec2/resources/instance_types.json.gz").read_bytes()
    return cast("Mapping[str, Mapping[str, Any]]", json.loads(gzip.decompress(packed)))
