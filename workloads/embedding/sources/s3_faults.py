"""What S3 and its client say when something is wrong, as faults of ours."""

from __future__ import annotations

from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from workloads.embedding.faults import AccessError, EmbeddingError, InputError, SourceUnavailableError

REFUSED: Final = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "RequestExpired",
        "RequestTimeTooSkewed",  # this machine's clock is wrong
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)
"""Codes that concern the credentials: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""
_NOT_ALLOWED: Final = frozenset({"AccessDenied", "AllAccessDisabled", "AccountProblem", "403"})
_WRONG: Final = frozenset(
    {"NoSuchBucket", "InvalidBucketName", "PermanentRedirect", "AuthorizationHeaderMalformed", "404"}
)
_CREDENTIALS: Final = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)


def code_of(error: Exception) -> str:
    """Return the code in S3's answer; empty where there was none."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def is_refused(error: Exception) -> bool:
    """Whether the credentials are missing, wrong or expired, or may not do this."""
    code = code_of(error)
    return code in REFUSED or code in _NOT_ALLOWED or isinstance(error, _CREDENTIALS)


def fault_of(error: ClientError | BotoCoreError, uri: str) -> EmbeddingError:
    """Return the fault that ends the run, for an error that concerns the whole source."""
    message = f"source.uri: {uri}: {error}"
    if is_refused(error):
        return AccessError(message)
    if code_of(error) in _WRONG or isinstance(error, ParamValidationError):
        return InputError(message)
    return SourceUnavailableError(message)
