"""CloudTrail: trails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import capitalised, existing, shaped_like, tag_map, uncapitalised
from rehearsal.aws.translation import Created, Emulated, Inputs, given, tag_list, translates
from rehearsal.plan import Resource

_PARAMETERS: Final = {
    "CloudWatchLogsLogGroupArn": "cloudWatchLogsGroupArn",
    "CloudWatchLogsRoleArn": "cloudWatchLogsRoleArn",
    "EnableLogFileValidation": "enableLogFileValidation",
    "IncludeGlobalServiceEvents": "includeGlobalServiceEvents",
    "IsMultiRegionTrail": "isMultiRegionTrail",
    "IsOrganizationTrail": "isOrganizationTrail",
    "KmsKeyId": "kmsKeyId",
    "S3BucketName": "s3BucketName",
    "S3KeyPrefix": "s3KeyPrefix",
    "SnsTopicName": "snsTopicName",
}
_SELECTORS: Final = {
    "endsWiths": "EndsWith",
    "notEndsWiths": "NotEndsWith",
    "notStartsWiths": "NotStartsWith",
    "startsWiths": "StartsWith",
}


@translates("aws:cloudtrail/trail:Trail")
class Trail(Emulated):
    """A trail that records; its id is its ARN."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the trail, say what it records, and start it unless told not to."""
        name = inputs["name"]
        arn = aws.call(
            "cloudtrail", "create_trail", Name=name, **given(inputs, **_PARAMETERS), TagsList=tag_list(inputs)
        )["TrailARN"]
        for key, parameter in (
            ("eventSelectors", "EventSelectors"),
            ("advancedEventSelectors", "AdvancedEventSelectors"),
        ):
            if inputs.get(key):
                selectors = capitalised(inputs[key], frozenset(), **_SELECTORS)
                aws.call("cloudtrail", "put_event_selectors", TrailName=name, **{parameter: selectors})
        if inputs.get("enableLogging") is not False:
            aws.call("cloudtrail", "start_logging", Name=name)
        return Created(arn, {"arn": arn, "homeRegion": aws.region, "name": name, "region": aws.region})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the trail, what it records and whether it does."""
        inputs, name = resource.registration.inputs, resource.id.rpartition("/")[2]
        answer = existing(aws, "cloudtrail", "get_trail", Name=name)
        if answer is None:
            return None
        seen = answer["Trail"]
        selectors = aws.call("cloudtrail", "get_event_selectors", TrailName=name)
        advanced = uncapitalised(selectors.get("AdvancedEventSelectors") or [], frozenset(), **_SELECTORS)
        plain = uncapitalised(selectors.get("EventSelectors") or [])
        tags = aws.call("cloudtrail", "list_tags", ResourceIdList=[resource.id])["ResourceTagList"][0]["TagsList"]
        return {
            **{ours: seen.get(theirs) for theirs, ours in _PARAMETERS.items()},
            "enableLogFileValidation": seen["LogFileValidationEnabled"],
            "name": seen["Name"],
            "enableLogging": aws.call("cloudtrail", "get_trail_status", Name=name)["IsLogging"],
            "advancedEventSelectors": shaped_like(inputs.get("advancedEventSelectors"), advanced),
            "eventSelectors": shaped_like(inputs.get("eventSelectors"), plain),
            "tagsAll": tag_map(tags),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the trail."""
        aws.call("cloudtrail", "delete_trail", Name=resource.id.rpartition("/")[2])
