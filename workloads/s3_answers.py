"""What S3 and its client answer when something is wrong: whose fault is it?"""

from __future__ import annotations

from typing import Final

from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

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


def is_wrong(error: Exception) -> bool:
    """Whether what was asked for can't be: no such bucket, or one of another region."""
    return code_of(error) in _WRONG or isinstance(error, ParamValidationError)
