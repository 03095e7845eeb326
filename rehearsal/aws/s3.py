"""S3 buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.aws.account import Account, CloudError
from rehearsal.aws.shapes import existing, tag_map
from rehearsal.aws.translation import Created, Emulated, Inputs, tag_list, translates
from rehearsal.plan import Resource

_HOSTED_ZONE = "Z3AQBSTGFYJSTF"
"""Route 53 zone of S3 websites in us-east-1: https://docs.aws.amazon.com/general/latest/gr/s3.html"""


@translates("aws:s3/bucket:Bucket")
class Bucket(Emulated):
    """A bucket; its configuration is registered apart (pulumi-aws 7)."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Create the bucket where the account is, and tag it."""
        name = inputs["bucket"]
        request: dict[str, Any] = {"Bucket": name}
        if aws.region != "us-east-1":  # the one region that must not be named
            request["CreateBucketConfiguration"] = {"LocationConstraint": aws.region}
        if inputs.get("objectLockEnabled"):
            request["ObjectLockEnabledForBucket"] = True
        _refuse_second(aws, name)
        aws.call("s3", "create_bucket", **request)
        if inputs.get("tagsAll"):
            aws.call("s3", "put_bucket_tagging", Bucket=name, Tagging={"TagSet": tag_list(inputs)})
        outputs: dict[str, Any] = {
            "arn": f"arn:aws:s3:::{name}",
            "bucket": name,
            "bucketDomainName": f"{name}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{name}.s3.{aws.region}.amazonaws.com",
            "bucketRegion": aws.region,
            "region": aws.region,
            "objectLockEnabled": bool(inputs.get("objectLockEnabled")),
        }
        if aws.region == "us-east-1":
            outputs["hostedZoneId"] = _HOSTED_ZONE
        return Created(name, outputs)

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Describe the bucket."""
        if existing(aws, "s3", "head_bucket", Bucket=resource.id) is None:
            return None
        tags = existing(aws, "s3", "get_bucket_tagging", Bucket=resource.id) or {}
        lock = existing(aws, "s3", "get_object_lock_configuration", Bucket=resource.id)
        return {
            "bucket": resource.id,
            "objectLockEnabled": lock is not None,
            "tagsAll": tag_map(tags.get("TagSet")),
        }

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the bucket; with `forceDestroy` after every version of every object."""
        name = resource.id
        if resource.registration.inputs.get("forceDestroy"):
            while versions := _versions(aws, name):
                aws.call(
                    "s3",
                    "delete_objects",
                    Bucket=name,
                    Delete={"Objects": versions},
                    BypassGovernanceRetention=True,
                )
        aws.call("s3", "delete_bucket", Bucket=name)


def _refuse_second(aws: Account, name: str) -> None:
    """Refuse a bucket that exists: in us-east-1 alone AWS answers 200 to its owner, and so does moto."""
    if existing(aws, "s3", "head_bucket", Bucket=name) is not None:
        raise CloudError("s3", "create_bucket", "BucketAlreadyOwnedByYou", f"{name} exists already")


def _versions(aws: Account, bucket: str) -> list[dict[str, str]]:
    """Return a page of the bucket's object versions and delete markers."""
    page = aws.call("s3", "list_object_versions", Bucket=bucket, MaxKeys=1000)
    found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
    return [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in found]
