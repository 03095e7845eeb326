"""Regions of AWS, as they are named in regions, zones, ARNs, endpoints and command lines."""

from __future__ import annotations

import re
from collections.abc import Collection

_REGION = (
    r"(?:us-gov|us-iso[a-z]?|eu-isoe|eusc-de|af|ap|ca|cn|eu|il|me|mx|sa|us)"
    r"-(?:central|northeast|northwest|southeast|southwest|north|south|east|west)-\d"
)
_ANY = re.compile(_REGION)
_REGION_OR_ZONE = re.compile(rf"({_REGION})(?:[a-z]|(?:-[a-z0-9]+)+)?")
"""Zones are `us-east-1a`, local zones `us-east-1-bos-1a`, Wavelength zones `us-east-1-wl1-bos-wlz-1`."""
_ARN = re.compile(rf"arn:aws[a-z-]*:([a-z0-9-]+):({_REGION}):")
_HOST = re.compile(rf"[\w.-]*?({_REGION})[\w.-]*\.(?:amazonaws\.com|api\.aws|on\.aws)")
_ENDPOINT_SERVICE = re.compile(rf"(?:com|aws)\.(?:api|amazonaws)(?:\.vpce)?\.({_REGION})\.")
_SETTING = re.compile(rf"(?i:(?<!requested)region)[\"']?\s*[=:]\s*[\"']?({_REGION})")
"""`--region=eu-west-1`, `region: eu-west-1`; conditions on `aws:RequestedRegion` are not a place."""
_REGISTRY = ".dkr.ecr."
"""Images that are pulled from a registry of another region bring nothing there; which registries is another matter."""


def outside(text: str, allowed: Collection[str], global_services: Collection[str]) -> set[str]:
    """Return the regions that a text puts something in and that are not allowed.

    A region that is only mentioned, in prose or as a part of a name, is not a place. ARNs of global services, whose
    region says nothing about where data is, are left out.
    """
    if not any(region not in allowed for region in _ANY.findall(text)):
        return set()
    found = {region for service, region in _ARN.findall(text) if service not in global_services}
    found |= {match[1] for match in _HOST.finditer(text) if _REGISTRY not in match[0]}
    found |= {*_ENDPOINT_SERVICE.findall(text), *_SETTING.findall(text)}
    if place := _REGION_OR_ZONE.fullmatch(text.strip()):
        found.add(place[1])
    return found - set(allowed)
