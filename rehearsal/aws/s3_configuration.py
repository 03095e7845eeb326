"""The configuration of S3 buckets, each part a resource of its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from rehearsal.aws.account import Account
from rehearsal.aws.shapes import capitalised, existing, shaped_like, uncapitalised
from rehearsal.aws.translation import Created, Emulated, Inputs, translates
from rehearsal.plan import Resource


class BucketConfiguration(Emulated):
    """One part of a bucket's configuration: put, got and deleted under the bucket's name."""

    put: ClassVar[str]
    get: ClassVar[str]
    remove: ClassVar[str]

    @abstractmethod
    def parameters(self, inputs: Inputs) -> dict[str, Any]:
        """Return the put operation's parameters beside the bucket."""

    @abstractmethod
    def seen(self, answer: Mapping[str, Any], inputs: Inputs) -> Mapping[str, Any] | None:
        """Return the get operation's answer in the shape of the inputs."""

    def create(self, aws: Account, inputs: Inputs) -> Created:
        """Put the configuration; the id is the bucket's name."""
        bucket = inputs["bucket"]
        aws.call("s3", self.put, Bucket=bucket, **self.parameters(inputs))
        return Created(bucket, {"region": aws.region})

    def read(self, aws: Account, resource: Resource) -> Mapping[str, Any] | None:
        """Get the configuration."""
        answer = existing(aws, "s3", self.get, Bucket=resource.id)
        seen = None if answer is None else self.seen(answer, resource.registration.inputs)
        return None if seen is None else {"bucket": resource.id, **seen}

    def delete(self, aws: Account, resource: Resource) -> None:
        """Delete the configuration."""
        aws.call("s3", self.remove, Bucket=resource.id)


@translates("aws:s3/bucketVersioning:BucketVersioning")
class BucketVersioning(BucketConfiguration):
    """Versioning of a bucket."""

    put = "put_bucket_versioning"
    get = "get_bucket_versioning"

    def parameters(self, inputs: Inputs) -> dict[str, Any]:
        """Build VersioningConfiguration."""
        asked = inputs["versioningConfiguration"]
        return {"VersioningConfiguration": capitalised(asked, mfaDelete="MFADelete")}

    def seen(self, answer: Mapping[str, Any], inputs: Inputs) -> Mapping[str, Any] | None:
        """Return status and MFA delete; versioning never goes away, it can only be suspended."""
        asked = inputs["versioningConfiguration"]
        status = answer.get("Status")
        if status is None or (status == "Suspended" != asked["status"]):
            return None
        return {"versioningConfiguration": shaped_like(asked, uncapitalised(answer, mfaDelete="MFADelete"))}

    def delete(self, aws: Account, resource: Resource) -> None:
        """Suspend versioning, as the provider does."""
        suspended = {"Status": "Suspended"}
        aws.call("s3", self.put, Bucket=resource.id, VersioningConfiguration=suspended)


@translates("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
class BucketEncryption(BucketConfiguration):
    """Default encryption of a bucket."""

    put = "put_bucket_encryption"
    get = "get_bucket_encryption"
    remove = "delete_bucket_encryption"
    _spelt: ClassVar[dict[str, str]] = {"sseAlgorithm": "SSEAlgorithm", "kmsMasterKeyId": "KMSMasterKeyID"}

    def parameters(self, inputs: Inputs) -> dict[str, Any]:
        """Build ServerSideEncryptionConfiguration."""
        rules = capitalised(inputs["rules"], frozenset(), **self._spelt)
        return {"ServerSideEncryptionConfiguration": {"Rules": rules}}

    def seen(self, answer: Mapping[str, Any], inputs: Inputs) -> Mapping[str, Any]:
        """Return the rules."""
        rules = answer["ServerSideEncryptionConfiguration"]["Rules"]
        return {"rules": shaped_like(inputs["rules"], uncapitalised(rules, frozenset(), **self._spelt))}


@translates("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
class BucketPublicAccessBlock(BucketConfiguration):
    """The four blocks against public access."""

    put = "put_public_access_block"
    get = "get_public_access_block"
    remove = "delete_public_access_block"
    _blocks: ClassVar[tuple[str, ...]] = (
        "blockPublicAcls",
        "blockPublicPolicy",
        "ignorePublicAcls",
        "restrictPublicBuckets",
    )

    def parameters(self, inputs: Inputs) -> dict[str, Any]:
        """Build PublicAccessBlockConfiguration; a block that was not given is off."""
        blocks = {block: bool(inputs.get(block)) for block in self._blocks}
        return {"PublicAccessBlockConfiguration": capitalised(blocks)}

    def seen(self, answer: Mapping[str, Any], inputs: Inputs) -> Mapping[str, Any]:  # noqa: ARG002 - flat
        """Return the blocks."""
        return uncapitalised(answer["PublicAccessBlockConfiguration"])


@translates("aws:s3/bucketOwnershipControls:BucketOwnershipControls")
class BucketOwnershipControls(BucketConfiguration):
    """Who owns the objects, and whether ACLs count."""

    put = "put_bucket_ownership_controls"
    get = "get_bucket_ownership_controls"
    remove = "delete_bucket_ownership_controls"

    def parameters(self, inputs: Inputs) -> dict[str, Any]:
        """Build OwnershipControls."""
        return {"OwnershipControls": {"Rules": [capitalised(inputs["rule"])]}}

    def seen(self, answer: Mapping[str, Any], inputs: Inputs) -> Mapping[str, Any]:  # noqa: ARG002 - one rule
        """Return the one rule."""
        return {"rule": uncapitalised(answer["OwnershipControls"]["Rules"][0])}


@translates("aws:s3/bucketPolicy:BucketPolicy")
class BucketPolicy(BucketConfiguration):
    """The bucket's resource policy."""

    put = "put_bucket_policy"
    get = "get_bucket_policy"
    remove = "delete_bucket_policy"

    def parameters(self, inputs: Inputs) -> dict[str, Any]:
        """Pass the document on."""
        return {"Policy": inputs["policy"]}

    def seen(self, answer: Mapping[str, Any], inputs: Inputs) -> Mapping[str, Any]:  # noqa: ARG002 - one string
        """Return the document."""
        return {"policy": answer["Policy"]}
