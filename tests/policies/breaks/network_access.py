"""What breaks the policies of networks; those of permissions are beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.policies.breaking import ABSENT, Break, Instead, Mutation, With, Without
from tests.policies.sample import UNKNOWN, Sample

EVERYWHERE = ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/2", "54.0.0.0/8", "10.0.0.0/7"]
KEY = "arn:aws:kms:us-east-1:333344445555:key/0d9f6a52-7d1c-4d1e-9a53-3c9a3d7b5a11"
DISK = {"encrypted": True, "kmsKeyId": KEY}
PRIVATE = {
    "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
    "rootBlockDevice": DISK,
}
EVERYWHERE_6 = ["::/0", "2000::/3", "2600::/16"]


def rule(name: str, into: str, **inputs: Any) -> Sample:
    """Return a rule that lets something into a group, which the program refers to."""
    refers = {"securityGroupId": [into]}
    if other := inputs.pop("group", None):
        refers["referencedSecurityGroupId"] = [other]
        inputs["referencedSecurityGroupId"] = f"sg-of-{other}"
    given = {"securityGroupId": f"sg-of-{into}", "description": "PostgreSQL from elsewhere", "ipProtocol": "tcp"}
    return Sample(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        name,
        {**given, "fromPort": 5432, "toPort": 5432, **inputs},
        refers=refers,
    )


def given(**inputs: Any) -> Callable[[Sample], Sample]:
    """Return a change of several inputs."""
    return lambda sample: sample.changed(inputs={**sample.inputs, **inputs})


def referring(name: str, to: Sequence[str]) -> Callable[[Sample], Sample]:
    """Return a change of what one property comes from; the value becomes one of another stack."""

    def change(sample: Sample) -> Sample:
        value = ["elsewhere"] if name.endswith("Ids") else "elsewhere"
        return sample.changed(inputs={**sample.inputs, name: value}, refers={**sample.refers, name: to})

    return change


def service(name: str, class_: str | None, **annotations: str) -> Sample:
    """Return a Service that gets a load balancer."""
    return Sample(
        "kubernetes:core/v1:Service",
        name,
        {
            "metadata": {"name": name, "namespace": "serving", "annotations": annotations},
            "spec": {"type": "LoadBalancer", "loadBalancerClass": class_},
        },
    )


BREAKS: Mapping[str, Sequence[Mutation]] = {
    "no-open-ingress": [
        Break("group-of-files", "ingress.*.cidrBlocks.0", EVERYWHERE),
        Break("group-of-files", "ingress.*.cidrBlocks.1", EVERYWHERE),
        Break("group-of-files", "ingress.*.ipv6CidrBlocks", [[address] for address in EVERYWHERE_6]),
        # Nodes may ask the database, and now everybody may ask nodes.
        Break("rule-of-nodes", "cidrBlocks.0", EVERYWHERE[2:3], also=["no-path-from-internet-to-database"]),
        Break("rule-of-endpoints", "cidrIpv4", EVERYWHERE),
        Break("rule-of-endpoints", "cidrIpv6", EVERYWHERE_6),
        # The default group must have no rules at all.
        Break(
            "group-default",
            "ingress",
            [[{"description": "Everything of everybody", "protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}]],
            also=["default-security-groups-are-empty"],
        ),
        # Not known yet is no reason to let everybody in where no port is public.
        Instead(
            "rule-of-endpoints", given(cidrIpv4="0.0.0.0/0", ipProtocol=UNKNOWN), "open by a protocol not known yet"
        ),
        # Ports that are public, and others beside them.
        *(
            Instead(
                "rule-of-endpoints",
                given(cidrIpv4="0.0.0.0/0", **changes),
                f"open to everybody on {changes}",
                configuration={"public_ports": [853]},
            )
            for changes in (
                {"ipProtocol": "-1"},
                {"ipProtocol": "icmp"},
                {"fromPort": None},
                {"toPort": None},
                {"toPort": 854},
                {"fromPort": 852},
                {"toPort": 852},
            )
        ),
        Break("offices", "entries.*.cidr", EVERYWHERE),
        With(
            Sample(
                "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry",
                "everybody-in-offices",
                {"prefixListId": "pl-offices", "cidr": "0.0.0.0/0"},
                refers={"prefixListId": ["offices"]},
            )
        ),
    ],
    "public-api-endpoint-has-allow-list": [
        Break("cluster", "vpcConfig.publicAccessCidrs", [ABSENT, None, [], ["0.0.0.0/0"], ["203.0.113.0/24", "::/0"]]),
        Break("cluster", "vpcConfig.publicAccessCidrs.0", ["0.0.0.0/1", "203.0.0.0/16", "2001:db8::/32"]),
        Break("cluster", "vpcConfig", [{"endpointPublicAccess": True}, {"endpointPrivateAccess": True}]),
    ],
    "imdsv2-only": [
        Break("instance-of-relay", "metadataOptions", [ABSENT, None, {}, {"httpEndpoint": "enabled"}]),
        Break("instance-of-relay", "metadataOptions.httpTokens", [ABSENT, None, "optional"]),
        Break("instance-of-relay", "metadataOptions.httpPutResponseHopLimit", [ABSENT, None, 2, 64]),
        Break("template-of-volumes", "metadataOptions", [ABSENT, None]),
        Break("template-of-volumes", "metadataOptions.httpTokens", [ABSENT, None, "optional"]),
        Break("template-of-volumes", "metadataOptions.httpPutResponseHopLimit", [ABSENT, None, 2, 64]),
        Break("class-machines", "spec.metadataOptions.httpTokens", ["optional"]),
        Break("class-machines", "spec.metadataOptions.httpPutResponseHopLimit", [2]),
        # EKS's own template has its own disk, which no customer's key encrypts.
        Break("group-system", "launchTemplate", [ABSENT, None], also=["volumes-use-customer-keys"]),
        With(Sample("aws:ec2/launchConfiguration:LaunchConfiguration", "configuration", {"instanceType": "m7i.large"})),
        With(Sample("aws:ec2/spotInstanceRequest:SpotInstanceRequest", "request", {"rootBlockDevice": DISK})),
        *(
            With(Sample("aws:sagemaker/notebookInstance:NotebookInstance", "notebook", inputs))
            for inputs in ({}, {"instanceMetadataServiceConfiguration": {"minimumInstanceMetadataServiceVersion": "1"}})
        ),
    ],
    "no-public-addresses": [
        Break("instance-of-relay", "associatePublicIpAddress", [True]),
        Break("subnet-*", "mapPublicIpOnLaunch", [True]),
        Break("address-of-nat", "instance", ["i-0123456789abcdef0"]),
        Break("address-of-nat", "networkInterface", ["eni-0123456789abcdef0"]),
        Break("template-of-volumes", "networkInterfaces", [[{"deviceIndex": 0, "associatePublicIpAddress": "true"}]]),
        Break("class-machines", "spec.associatePublicIPAddress", [True]),
        *(
            With(Sample("aws:ec2/eipAssociation:EipAssociation", "address-of-instance", {path: "elsewhere"}))
            for path in ("instanceId", "networkInterfaceId")
        ),
        *(
            With(Sample("aws:ec2/defaultSubnet:DefaultSubnet", "subnet-default", inputs))
            for inputs in ({}, {"mapPublicIpOnLaunch": True})
        ),
        With(Sample("aws:ecs/service:Service", "batch", {"networkConfiguration": {"assignPublicIp": True}})),
        *(
            With(Sample(type_, "machine", {"associatePublicIpAddress": True, **PRIVATE, "rootBlockDevice": disk}))
            for type_, disk in (
                ("aws:ec2/launchConfiguration:LaunchConfiguration", {"encrypted": True}),
                ("aws:ec2/spotInstanceRequest:SpotInstanceRequest", DISK),
            )
        ),
    ],
    "load-balancers-are-internal": [
        Break("balancer", "internal", [ABSENT, None, False]),
        *(
            With(Sample(type_, "balancer-of-others", {"idleTimeout": 60}))
            for type_ in ("aws:alb/loadBalancer:LoadBalancer", "aws:elb/loadBalancer:LoadBalancer")
        ),
        # The controller's class does not make an annotation harmless.
        *(
            With(service("service-of-controller", "service.k8s.aws/nlb", **{annotation: value}))
            for annotation, value in (
                ("service.beta.kubernetes.io/aws-load-balancer-scheme", "internet-facing"),
                ("service.beta.kubernetes.io/aws-load-balancer-internal", "false"),
            )
        ),
        With(service("service-of-controller", "example.com/nlb")),
        *(
            With(service("service-of-type", class_, **{"service.beta.kubernetes.io/aws-load-balancer-type": type_}))
            for class_, type_ in ((None, "nlb"), ("example.com/nlb", "external"))
        ),
        Break(
            "service-of-gateway",
            "metadata.annotations",
            [
                ABSENT,
                None,
                {},
                {"service.beta.kubernetes.io/aws-load-balancer-internal": "false"},
                {
                    "service.beta.kubernetes.io/aws-load-balancer-internal": "true",
                    "service.beta.kubernetes.io/aws-load-balancer-scheme": "internet-facing",
                },
            ],
        ),
        Break(
            "service-of-gateway",
            "metadata.annotations.[service.beta.kubernetes.io/aws-load-balancer-scheme]",
            ["internet-facing"],
        ),
        Break("ingress-of-gateway", "metadata.annotations.[alb.ingress.kubernetes.io/scheme]", ["internet-facing"]),
        *(
            With(Sample(type_, "scheme", {"metadata": {"name": "public"}, "spec": {"scheme": "internet-facing"}}))
            for type_ in (
                "kubernetes:elbv2.k8s.aws/v1beta1:IngressClassParams",
                "kubernetes:gateway.k8s.aws/v1beta1:LoadBalancerConfiguration",
            )
        ),
    ],
    "security-group-rules-are-described": [
        Break("group-of-*", "description", [ABSENT, None, "", "   ", "Managed by Pulumi", "group"]),
        Break("group-of-files", "ingress.*.description", [ABSENT, None, "", "lustre"]),
        Break("group-of-files", "egress.*.description", [ABSENT, None, "", "lustre"]),
        *(
            Break(f"rule-{name}", "description", [ABSENT, None, "", "HTTPS"])
            for name in ("of-endpoints", "of-database", "of-nodes", "out-of-endpoints")
        ),
    ],
    "default-security-groups-are-empty": [
        Without("group-default"),
        Break(
            "group-default",
            "ingress",
            [[{"description": "Everything of members", "protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}]],
        ),
        Break(
            "group-default",
            "egress",
            [[{"description": "Everything out", "protocol": "-1", "fromPort": 0, "toPort": 0}]],
        ),
        Instead("group-default", referring("vpcId", []), "of another VPC"),
    ],
    "networks-keep-flow-logs": [
        Without("flow-log"),
        Break("flow-log", "trafficType", [ABSENT, None, "ACCEPT", "REJECT"]),
        Instead("flow-log", referring("vpcId", []), "of another VPC"),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "no-open-ingress": [
        # Narrow public ranges are an allow-list, private ones no internet; what goes out is not let in.
        Break("rule-of-endpoints", "cidrIpv4", ["203.0.113.0/24", "203.0.0.0/16", "100.64.0.0/10", "192.168.0.0/16"]),
        Break("rule-of-endpoints", "cidrIpv6", ["2001:db8::/32", "fd00::/8", None]),
        Break("rule-out-of-endpoints", "cidrIpv4", ["0.0.0.0/0"]),
        Break("group-of-files", "egress.0.cidrBlocks", [["0.0.0.0/0"]]),
        Break("rule-of-endpoints", "cidrIpv4", ["54.0.0.0/8"], configuration={"widest_ipv4": 8}),
        Break("rule-of-endpoints", "cidrIpv4", ["54.0.0.0/8"], configuration={"private_networks": ["54.0.0.0/8"]}),
        *(
            Instead(
                "rule-of-endpoints",
                given(cidrIpv4="0.0.0.0/0", **changes),
                f"open to everybody on {changes}",
                configuration={"public_ports": [443, 853]},
            )
            for changes in ({"fromPort": 443, "toPort": 443}, *({"ipProtocol": name} for name in ("udp", "6", "17")))
        ),
        Break("group-of-files", "ingress.0.cidrBlocks", [["0.0.0.0/0"]], configuration={"public_ports": [988]}),
        Instead("rule-of-nodes", given(type="egress", cidrBlocks=["0.0.0.0/0"]), "out to everywhere"),
    ],
    "public-api-endpoint-has-allow-list": [
        Break("cluster", "vpcConfig", [{"endpointPublicAccess": False}]),
        Break("cluster", "vpcConfig.publicAccessCidrs", [UNKNOWN, ["10.0.0.0/8", "198.51.100.0/20"]]),
        Break("cluster", "vpcConfig.publicAccessCidrs", [None], configuration={"relaxed_environments": ["prod"]}),
        Break("cluster", "vpcConfig.publicAccessCidrs.0", ["203.0.0.0/16"], configuration={"widest_ipv4": 16}),
    ],
    "imdsv2-only": [
        Break("instance-of-relay", "metadataOptions", [{"httpEndpoint": "disabled"}]),
        # Karpenter's own defaults are these.
        Break("class-machines", "spec.metadataOptions", [ABSENT, None, {"httpEndpoint": "enabled"}]),
        With(
            Sample(
                "aws:sagemaker/notebookInstance:NotebookInstance",
                "notebook",
                {"instanceMetadataServiceConfiguration": {"minimumInstanceMetadataServiceVersion": "2"}},
            )
        ),
        Break("instance-of-relay", "metadataOptions.httpPutResponseHopLimit", [2], configuration={"hop_limit": 2}),
    ],
    "no-public-addresses": [
        Break("instance-of-relay", "associatePublicIpAddress", [ABSENT, None]),
        Break("subnet-*", "mapPublicIpOnLaunch", [ABSENT, None]),
        With(Sample("aws:ec2/defaultSubnet:DefaultSubnet", "subnet-default", {"mapPublicIpOnLaunch": False})),
        Break("subnet-public", "mapPublicIpOnLaunch", [True], configuration={"public_resources": ["subnet-public*"]}),
    ],
    "load-balancers-are-internal": [
        Break("balancer", "internal", [False], configuration={"public_load_balancers": ["bal*"]}),
        Break("balancer", "internal", ["true"]),
        Break("service-of-gateway", "spec", [{"type": "ClusterIP"}, {}, None]),
        Break(
            "service-of-gateway",
            "metadata.annotations",
            [{"service.beta.kubernetes.io/aws-load-balancer-internal": "true"}],
        ),
        Break("ingress-of-gateway", "metadata.annotations", [ABSENT, None, {}]),
        With(service("service-of-controller", "service.k8s.aws/nlb")),
        With(service("service-of-auto-mode", "eks.amazonaws.com/nlb")),
        *(
            With(service("service-of-type", None, **{"service.beta.kubernetes.io/aws-load-balancer-type": type_}))
            for type_ in ("external", "nlb-ip")
        ),
        Break("service-of-gateway", "spec.type", ["ClusterIP", "NodePort", ABSENT]),
        Instead("service-of-gateway", given(spec={"type": "ClusterIP"}, metadata={"name": "gateway"}), "inside only"),
        With(Sample("aws:lb/loadBalancer:LoadBalancer", "inspection", {"loadBalancerType": "gateway"})),
    ],
    "security-group-rules-are-described": [
        Break("rule-of-endpoints", "description", ["SSH in"], configuration={"shortest": 3}),
        Break("group-of-files", "ingress", [[], None, ABSENT]),
        Break("rule-of-endpoints", "description", ["DNS, TLS"]),  # exactly as long as it must be
    ],
    "default-security-groups-are-empty": [
        Break("group-default", "ingress", [ABSENT, None, UNKNOWN]),
        Break("group-default", "egress", [ABSENT, None, UNKNOWN]),
        Instead("group-default", lambda sample: sample.changed(refers={}), "named by the VPC's id alone"),
        Without("vpc"),  # one that another stack has
    ],
    "networks-keep-flow-logs": [
        Break("flow-log", "trafficType", ["REJECT"], configuration={"traffic_types": ["ALL", "REJECT"]}),
        Break("flow-log", "trafficType", [UNKNOWN]),
    ],
}
