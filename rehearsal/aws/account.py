"""The emulated AWS account: moto in process, every request checked against botocore's own service model."""

from __future__ import annotations

import hashlib
import logging
import random
import threading
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any, Final, Self, cast
from unittest.mock import patch

import boto3
import botocore.exceptions
import botocore.session
from botocore.config import Config
from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.core.decorator import mock_aws  # imported whole, moto adds its stub to every later botocore session
from moto.core.models import DEFAULT_ACCOUNT_ID, MockAWS
from moto.moto_api import _internal as moto_internal
from moto.utilities.utils import get_partition

from rehearsal.aws.errors import ABSENT, CloudError, NotEmulatedError, RecordedOnlyError
from rehearsal.aws.isolation import isolated_environment, refuse_to_leave
from rehearsal.aws.service_model import request_faults
from rehearsal.plan import strings_in

_mock_random: Final = moto_internal.mock_random


class Account:
    """One emulated AWS account in one region; moto runs while it is entered as a context.

    Moto is one per process: accounts entered at the same time share what stands, and see it by account id.

    `call` sends a request to moto; `check` only validates it. Both raise `CloudError` for what is refused.
    """

    def __init__(self, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.lock = threading.RLock()
        self.credentials: dict[str, str] = {}
        """Environment variables with which any AWS client works in this account, see `serve`."""
        self.inventions: dict[str, str] = {}
        """Values that nothing in moto answers for, and what was invented instead."""
        self._unemulated: set[str] = set()
        self._clients: dict[str, Any] = {}
        self._session: boto3.Session | None = None
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start moto with nothing in it, and sign in to the account."""
        try:
            self._running.enter_context(isolated_environment())
            mock = mock_aws()
            mock.start()
            self._running.callback(_stop, mock)
            for service in ("iam", "sts"):
                self._stand_up(service)
            with self.seed("credentials"):
                self._session = self._signed_in()
            self._load_managed_policies()
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server and moto; what stood in the account is gone."""
        self._clients.clear()
        self._session = None
        self._running.close()

    def call(self, service: str, operation: str, **parameters: Any) -> Any:
        """Send a request; return the response. `operation` is boto3's name: `create_vpc`."""
        self.check(service, operation, **parameters)
        client = self._client(service)
        try:
            response = getattr(client, operation)(**parameters)
        except NotEmulatedError:
            raise
        except NotImplementedError as error:
            raise NotEmulatedError(f"moto does not implement {service}:{operation}") from error
        except botocore.exceptions.ClientError as error:
            details: Any = error.response.get("Error", {})
            code, message = str(details.get("Code", "")), str(details.get("Message", ""))
            if "Not yet implemented" in message:
                raise NotEmulatedError(f"moto does not implement {service}:{operation}") from error
            self._refuse_beyond_limits(code, message, parameters)
            raise CloudError(service, operation, code, message) from error
        except botocore.exceptions.ParamValidationError as error:
            raise CloudError(service, operation, "ParamValidation", str(error)) from error
        except Exception as error:  # whatever else is raised in process comes from inside moto
            crash = f"moto crashes in {service}:{operation} ({type(error).__name__}: {error})"
            raise NotEmulatedError(crash) from error
        if operation.startswith("put_bucket_") and "location" in _headers(response):
            # What moto does not know beneath a bucket it takes for CreateBucket, and answers 200.
            raise NotEmulatedError(f"moto answers {service}:{operation} but stores nothing")
        return response

    def note_recorded(self, *strings: str) -> None:
        """Take ids, names and ARNs of what the program has and moto lacks: a request for one is no fault of it."""
        self._unemulated.update(strings)

    def _refuse_beyond_limits(self, code: str, message: str, parameters: Mapping[str, Any]) -> None:
        """Raise `NotEmulatedError` where a refusal is moto's own limit, and AWS would not refuse."""
        if "Member must satisfy enum value set" in message:
            # `check` has found the value in botocore's enumerations, which are newer than moto's.
            raise NotEmulatedError(f"moto's list of values is older than AWS's: {message[:160]}")
        missing = sorted(self._unemulated & set(strings_in(parameters)))
        if missing and ABSENT.search(code):
            raise RecordedOnlyError(f"{missing[0]} is recorded, not emulated")

    def check(self, service: str, operation: str, **parameters: Any) -> None:
        """Validate a request against botocore's service model without sending it."""
        faults = request_faults(service, operation, parameters)
        if faults:
            raise CloudError(service, operation, "ParamValidation", "; ".join(faults))

    @contextmanager
    def seed(self, key: str) -> Generator[None]:
        """Make the ids that moto invents depend on `key` alone, whatever was created before."""
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8])
        with self.lock:
            before = random.getstate(), _mock_random.getstate()
            random.seed(number)
            _mock_random.seed(number)
            try:
                yield
            finally:
                random.setstate(before[0])
                _mock_random.setstate(before[1])

    def serve(self, port: int = 0) -> str:
        """Serve this account on loopback until the context is left; return the endpoint's URL.

        The server shows every account of this process. A request lands in this one when it is signed with the
        access key in `credentials`, or carries the header `x-moto-account-id`.
        """
        from moto.server import ThreadedMotoServer  # noqa: PLC0415 - imports flask, which few rehearsals need

        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
        server.start()
        self._running.callback(server.stop)
        host, bound = server.get_host_and_port()
        self.credentials["AWS_ENDPOINT_URL"] = f"http://{host}:{bound}"
        return self.credentials["AWS_ENDPOINT_URL"]

    def place_vpc(self, vpc_id: str, cidr: str) -> None:
        """Put a VPC with a given id into the account, as if somebody else had made it."""
        self._client("ec2")
        with self.seed(vpc_id), patch("moto.ec2.models.vpcs.random_vpc_id", return_value=vpc_id):
            self.call("ec2", "create_vpc", CidrBlock=cidr)

    def place_subnet(self, subnet_id: str, vpc_id: str, cidr: str, zone: str) -> None:
        """Put a subnet with a given id into a VPC, as if somebody else had made it."""
        with self.seed(subnet_id), patch("moto.ec2.models.subnets.random_subnet_id", return_value=subnet_id):
            self.call("ec2", "create_subnet", VpcId=vpc_id, CidrBlock=cidr, AvailabilityZone=zone)

    def forget(self, collection: str, id_: str) -> None:
        """Drop from moto's EC2 what AWS deletes by itself together with its owner, and no call can delete."""
        backends: Any = get_backend("ec2")
        getattr(backends[self.account_id][self.region], collection).pop(id_, None)

    def _signed_in(self) -> boto3.Session:
        """Return a session whose requests land in the account: moto looks at the access key's owner."""
        session = boto3.Session("rehearsal", "rehearsal", region_name=self.region)
        role = f"arn:aws:iam::{self.account_id}:role/rehearsal"
        answer = session.client("sts", config=_CONFIG).assume_role(RoleArn=role, RoleSessionName="rehearsal")
        key = answer["Credentials"]
        self.credentials = {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_SESSION_TOKEN": key["SessionToken"],
            "AWS_DEFAULT_REGION": self.region,
        }
        core = botocore.session.Session()
        core.get_component("event_emitter").register_last("before-send", refuse_to_leave)
        return boto3.Session(
            key["AccessKeyId"],
            key["SecretAccessKey"],
            key["SessionToken"],
            region_name=self.region,
            botocore_session=core,
        )

    def _load_managed_policies(self) -> None:
        """Give the account AWS's own policies.

        Moto's setting for it loads them into each of the twelve accounts and partitions that it looks through at
        the sign-in, which takes two seconds.
        """
        iam: Any = get_backend("iam")[self.account_id][get_partition(self.region)]
        with patch("moto.iam.models.load_iam_aws_managed_policies", return_value=True):
            iam.aws_managed_policies = iam._init_aws_policies()
        iam.managed_policies |= iam._init_managed_policies()

    def _client(self, service: str) -> Any:
        with self.lock:
            if service not in self._clients:
                if self._session is None:
                    raise RuntimeError("the account is not running; enter it as a context first")
                self._clients[service] = self._session.client(service, config=_CONFIG)
                self._stand_up(service)
                if service in _UNSEEDED:
                    self._running.enter_context(patch(*_UNSEEDED[service]))
            return self._clients[service]

    def _stand_up(self, service: str) -> None:
        """Let moto make what AWS has standing in every account (a default VPC, say) with ids of its own seed.

        It would otherwise draw them from the seed of whichever resource happens to come first.
        """
        try:
            backends: Any = get_backend(cast("Any", service))
        except (ImportError, AttributeError):
            return  # moto has no such service, and says so at the first request
        for owner in (DEFAULT_ACCOUNT_ID, self.account_id):
            with self.seed(f"{service} of {owner}"):
                backends[owner][self.region if self.region in backends[owner].regions else "aws"]


def _stop(mock: MockAWS) -> None:
    """Stop moto with nothing left in it.

    As moto empties one service after the other, some make what they need of one that is empty already (EC2's prefix
    lists), with ids of no seed: the next account would find it standing.
    """
    every: list[dict[str, Any]] = BackendDict.__dict__["_instances"]  # moto has no public way to them
    used = list(every)
    mock.stop()
    if not MockAWS._mocks_active:  # pyright: ignore[reportPrivateUsage] - nor to see whether another account goes on
        for backends in used:
            backends.clear()


_UNSEEDED: Final[Mapping[str, tuple[str, Any]]] = {
    "fsx": ("moto.fsx.models.uuid4", _mock_random.uuid4),
    "rds": ("moto.rds.models.uuid", _mock_random),
}
"""The services whose ids moto takes from the operating system: what it takes them from, and what stands in for it."""

_CONFIG: Final = Config(
    parameter_validation=False,  # `check` did it already, and more
    retries={"total_max_attempts": 1},
)


def _headers(response: Any) -> Any:
    return response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
