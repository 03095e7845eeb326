"""The resource monitor of a rehearsal: what the engine and the AWS provider do around a registration.

It gives engine-shaped URNs and refuses duplicates, runs transforms, applies the provider's default tags and
automatic names, has each registration judged, and creates what the emulator can create. A resource that fails
answers `Result.FAIL`, so that the program goes on and all of its faults show in one run.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime import mocks
from pulumi.runtime.proto import provider_pb2, resource_pb2
from pulumi.runtime.sync_await import _ensure_event_loop, _sync_await  # pyright: ignore[reportPrivateUsage] - as mocks.py does

from rehearsal import kubernetes_provider, sdk
from rehearsal.aws.account import Account, CloudError, NotEmulatedError
from rehearsal.aws.invokes import INVOKES
from rehearsal.aws.translation import Created, Emulated, Recorded, translators
from rehearsal.checks.judge import judge
from rehearsal.checks.world import World
from rehearsal.plan import Check, Fault, Outcome, Registration, Resource
from rehearsal.wire import decode, encode, holds_unknown

STACK_TYPE = "pulumi:pulumi:Stack"


class _NoMocks(mocks.Mocks):
    """The monitor answers by itself; nothing is left for mocks."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        raise NotImplementedError(args.typ)


class RehearsalMonitor(mocks.MockMonitor):
    """Receives what the program registers. One registration at a time: moto and the record are shared."""

    def __init__(
        self,
        project: str,
        stack: str,
        account: Account,
        world: World,
        *,
        preview: bool,
        root: Path,
        advance: Callable[[int], None],
    ) -> None:
        super().__init__(_NoMocks())
        self.project = project
        self.stack = stack
        self.account = account
        self.world = world
        self.preview = preview
        self.root = root
        self.advance = advance
        self.record: dict[str, Resource] = {}
        self.faults: list[Fault] = []
        self.stack_outputs: dict[str, Any] = {}
        self._transforms: dict[str, list[Any]] = {}
        self._lock = threading.RLock()

    # -- the engine's part -----------------------------------------------------------------------------------

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Return the engine's URN: the types of all component ancestors, the stack left out."""
        parent_type = parent.split("::")[2] if parent else STACK_TYPE
        qualified = type_ if parent_type == STACK_TYPE else f"{parent_type}${type_}"
        return f"urn:pulumi:{self.stack}::{self.project}::{qualified}::{name}"

    def RegisterResource(self, request: Any) -> Any:
        """Register one resource; answer with its outputs, or `Result.FAIL`."""
        urn = self.make_urn(request.parent, request.type, request.name)
        with self._lock:
            if request.type == STACK_TYPE:
                return self._keep(Resource(self._registration(urn, request), Outcome.COMPONENT))
            if urn in self.record:
                # The second one must not replace the first in the record.
                self._fault(
                    urn,
                    Check.PROGRAM,
                    "",
                    "duplicate URN: another resource has this type, name and parent",
                    "",
                )
                return resource_pb2.RegisterResourceResponse(urn=urn, result=resource_pb2.Result.FAIL)
            return self._keep(self._register(self._registration(urn, request)))

    def RegisterResourceOutputs(self, request: Any) -> Any:
        """Keep the outputs of a component, or of the stack."""
        outputs, secrets = decode(request.outputs)
        with self._lock:
            resource = self.record.get(request.urn)
            if resource is not None:
                self.record[request.urn] = replace(resource, outputs=outputs, secret_outputs=secrets)
                if resource.registration.type == STACK_TYPE:
                    self.stack_outputs = {k: "[secret]" if k in secrets else v for k, v in outputs.items()}
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:
        """Answer a provider function from the emulated account."""
        arguments, _ = decode(request.args)
        function = INVOKES.get(request.tok)
        if function is None:
            failure = f"the rehearsal has no answer for the provider function {request.tok}"
        else:
            try:
                with self._lock, self.account.seed(f"{request.tok}:{json.dumps(arguments, sort_keys=True)}"):
                    answer = function(self.account, arguments)
                    self.world.adopt(answer)
                # `return` is a keyword of Python, so the field can only be given this way.
                fields: Any = {"return": encode(answer)}
                return resource_pb2.ResourceInvokeResponse(**fields)
            except (CloudError, NotEmulatedError) as error:
                failure = str(error)
        return resource_pb2.ResourceInvokeResponse(failures=[provider_pb2.CheckFailure(property="", reason=failure)])

    def ReadResource(self, request: Any) -> Any:
        """Refuse `Resource.get`: adopted things are looked up through provider functions."""
        raise NotImplementedError(f"{request.type} {request.name}: Resource.get is not rehearsed; use a get function")

    # -- from a request to a registration ----------------------------------------------------------------------

    def _registration(self, urn: str, request: Any) -> Registration:
        inputs, secrets = decode(request.object)
        property_dependencies = {key: tuple(sorted(value.urns)) for key, value in request.propertyDependencies.items()}
        dependencies = {
            *request.dependencies,
            *(urn for urns in property_dependencies.values() for urn in urns),
        }
        registration = Registration(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            custom=request.custom,
            inputs=inputs,
            secrets=secrets | frozenset(request.additionalSecretOutputs),
            dependencies=tuple(sorted(dependencies)),
            property_dependencies=property_dependencies,
            provider=request.provider,
            protect=request.protect,
            retain_on_delete=request.retainOnDelete,
            ignore_changes=tuple(request.ignoreChanges),
            at=self._position(request.sourcePosition, request.stackTrace),
        )
        self._transforms[urn] = mocks._resolve_callbacks(request.transforms)  # pyright: ignore[reportPrivateUsage] - the SDK's own table
        registration = self._transformed(registration)
        return self._with_provider_defaults(registration) if registration.custom else registration

    def _position(self, position: Any, trace: Any) -> str:
        """Return the innermost line of our own source: `components/network.py:88`."""
        for candidate in (position, *trace.frames):
            pos = getattr(candidate, "pc", candidate)
            if not pos.uri:
                continue
            file = Path(unquote(urlparse(pos.uri).path))
            for base in (self.root, self.root / "stacks"):
                resolved = file if file.is_absolute() else base / file
                if resolved.is_relative_to(self.root) and ".venv" not in resolved.parts and resolved.exists():
                    return f"{resolved.resolve().relative_to(self.root.resolve())}:{pos.line}"
        return ""

    def _transformed(self, registration: Registration) -> Registration:
        """Run the resource's own transforms, then its ancestors', then the stack's, as the engine does."""
        chain = list(self._transforms[registration.urn])
        parent = registration.parent
        while parent:
            chain += self._transforms.get(parent, [])
            parent = self.record[parent].registration.parent if parent in self.record else ""
        chain += self.get_registered_transforms()
        for transform in chain:
            options = pulumi.ResourceOptions(
                protect=registration.protect,
                retain_on_delete=registration.retain_on_delete,
                ignore_changes=list(registration.ignore_changes),
            )
            result: Any = transform(
                pulumi.ResourceTransformArgs(
                    custom=registration.custom,
                    type_=registration.type,
                    name=registration.name,
                    props=dict(registration.inputs),
                    opts=options,
                )
            )
            if inspect.isawaitable(result):
                _ensure_event_loop()
                result = _sync_await(result)
            if result is not None:
                registration = replace(
                    registration,
                    inputs=dict(result.props),
                    protect=bool(result.opts.protect),
                    retain_on_delete=bool(result.opts.retain_on_delete),
                    ignore_changes=tuple(result.opts.ignore_changes or ()),
                )
        return registration

    # -- the provider's part -----------------------------------------------------------------------------------

    def _with_provider_defaults(self, registration: Registration) -> Registration:
        """Add the provider's default tags and automatic name, as the provider does in its Check."""
        if registration.type.startswith("pulumi:"):
            return registration
        if kubernetes_provider.is_kubernetes(registration.type):
            return replace(registration, inputs=kubernetes_provider.with_defaults(registration))
        inputs = dict(registration.inputs)
        if sdk.is_taggable(registration.type):
            inputs["tagsAll"] = {**self._default_tags(registration.provider), **(inputs.get("tags") or {})}
        automatic = sdk.automatic_name(registration.type, registration.name, registration.urn, inputs)
        if automatic is not None:
            named, name = automatic
            inputs[named] = name
        return replace(registration, inputs=inputs)

    def _default_tags(self, provider: str) -> Mapping[str, str]:
        urn, _, _ = provider.rpartition("::")
        if urn not in self.record:
            return {}
        tags = self.record[urn].registration.inputs.get("defaultTags") or "{}"
        # Nested provider configuration travels as JSON text.
        parsed = json.loads(tags) if isinstance(tags, str) else tags
        return parsed.get("tags") or {}

    # -- judging and creating ------------------------------------------------------------------------------------

    def _register(self, registration: Registration) -> Resource:
        if registration.type.startswith("pulumi:providers:"):
            identity = hashlib.sha256(registration.urn.encode()).hexdigest()[:32]
            return Resource(registration, Outcome.COMPONENT, id=identity, outputs=dict(registration.inputs))
        broken = [urn for urn in registration.dependencies if self._is_broken(urn)]
        if broken:
            names = ", ".join(sorted(urn.split("::")[-1] for urn in broken))
            return Resource(registration, Outcome.SKIPPED, reason=f"depends on {names}")
        if not registration.custom:
            return Resource(registration, Outcome.COMPONENT)
        faults = judge(registration, self.world)
        if not self.preview and holds_unknown(registration.inputs):
            unknown = sorted(key for key, value in registration.inputs.items() if holds_unknown(value))
            message = "takes an output that the rehearsal does not know after creating the resource it comes from"
            faults += [Fault(registration.urn, Check.EMULATOR, key, message) for key in unknown]
        if faults:
            self.faults += [replace(fault, at=registration.at) for fault in faults]
            return Resource(registration, Outcome.FAILED, reason=faults[0].message)
        if self.preview:
            return Resource(
                registration,
                Outcome.PLANNED,
                outputs=sdk.planned_outputs(registration.type, registration.inputs),
            )
        return self._create(registration)

    def _is_broken(self, urn: str) -> bool:
        return urn in self.record and self.record[urn].outcome in (Outcome.FAILED, Outcome.SKIPPED)

    def _create(self, registration: Registration) -> Resource:
        if kubernetes_provider.is_kubernetes(registration.type):
            made = kubernetes_provider.created(registration)
            outputs = {**registration.inputs, **made.outputs}
            return Resource(registration, Outcome.RECORDED, made.id, outputs, reason=kubernetes_provider.WHY_RECORDED)
        translator = translators().get(registration.type)
        inputs = registration.inputs
        try:
            with self.account.seed(f"{registration.type}:{registration.name}"):
                match translator:
                    case Emulated():
                        try:
                            created = translator.create(self.account, inputs)
                            return Resource(registration, Outcome.CREATED, created.id, {**inputs, **created.outputs})
                        except NotEmulatedError as limit:
                            return self._recorded(registration, Created(f"{registration.name}-id"), str(limit))
                    case Recorded():
                        for request in translator.requests(inputs):
                            self.account.check(request.service, request.operation, **request.parameters)
                        return self._recorded(registration, translator.created(self.account, inputs), translator.why)
                    case None:
                        why = "the rehearsal has no translator for this type"
                        return self._recorded(registration, Created(f"{registration.name}-id"), why)
        except CloudError as error:
            check = Check.REQUEST if error.code == "ParamValidation" else Check.EMULATOR
            reason = str(error)
        except Exception as error:  # a translator that trips over one resource must not hide what is wrong with others
            check, reason = Check.EMULATOR, f"the rehearsal cannot create it: {type(error).__name__}: {error}"
        self._fault(registration.urn, check, "", reason, registration.at)
        return Resource(registration, Outcome.FAILED, reason=reason)

    def _recorded(self, registration: Registration, created: Created, why: str) -> Resource:
        invented = sdk.invented_outputs(
            registration.type,
            registration.name,
            registration.inputs,
            self.account.account_id,
            self.account.region,
        )
        outputs = {**invented, **registration.inputs, **created.outputs}
        self.account.note_recorded(created.id, *(str(outputs[key]) for key in ("arn", "name") if outputs.get(key)))
        return Resource(registration, Outcome.RECORDED, created.id, outputs, reason=why)

    # -- answering -----------------------------------------------------------------------------------------------

    def _keep(self, resource: Resource) -> Any:
        """Record a resource and answer the program."""
        registration = resource.registration
        resource = replace(resource, secret_outputs=registration.secrets & resource.outputs.keys())
        self.record[registration.urn] = resource
        self.advance(len(self.record))
        if resource.outcome in (Outcome.FAILED, Outcome.SKIPPED):
            return resource_pb2.RegisterResourceResponse(urn=registration.urn, result=resource_pb2.Result.FAIL)
        self.world.add(resource)
        return resource_pb2.RegisterResourceResponse(
            urn=registration.urn,
            id=resource.id,
            object=encode(resource.outputs, resource.secret_outputs),
            # What a translator does not return stays unknown instead of turning into None, so that its use is seen.
            unknown=registration.custom and not self.preview,
        )

    def _fault(self, urn: str, check: Check, property_: str, message: str, at: str) -> None:
        self.faults.append(Fault(urn, check, property_, message, at=at))


def destroy_order(resources: Iterable[Resource]) -> list[Resource]:
    """Return the resources so that each stands before everything it depends on; ties by URN."""
    by_urn = {resource.registration.urn: resource for resource in resources}
    ordered: dict[str, None] = {}

    def visit(urn: str) -> None:
        if urn in ordered or urn not in by_urn:
            return
        registration = by_urn[urn].registration
        for dependency in sorted({*registration.dependencies, registration.parent}):
            visit(dependency)
        ordered[urn] = None

    for urn in sorted(by_urn):
        visit(urn)
    return [by_urn[urn] for urn in reversed(ordered)]
