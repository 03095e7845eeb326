"""What S3 and its client say when something is wrong, as faults of ours."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from workloads.embedding.faults import SourceUnavailableError
from workloads.faults import AccessError, InputError, ProgramError
from workloads.s3_answers import is_refused, is_wrong


def fault_of(error: ClientError | BotoCoreError, uri: str) -> ProgramError:
    """Return the fault that ends the run, for an error that concerns the whole source."""
    message = f"source.uri: {uri}: {error}"
    if is_refused(error):
        return AccessError(message)
    if is_wrong(error):
        return InputError(message)
    return SourceUnavailableError(message)
