"""What breaks the policies of databases' networks: who gets to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.policies.breaking import ABSENT, Break, Instead, Mutation, With
from tests.policies.breaks.network_access import KEY, given, referring, rule
from tests.policies.sample import UNKNOWN, Sample

SEARCH = {
    "encryptAtRest": {"enabled": True, "kmsKeyId": KEY},
    "nodeToNodeEncryption": {"enabled": True},
    "domainEndpointOptions": {"enforceHttps": True, "tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"},
}

BREAKS: Mapping[str, Sequence[Mutation]] = {
    "no-public-database": [
        Break("database-instance", "publiclyAccessible", [True, "true"]),
        Break("database-mysql", "publiclyAccessible", [True]),
        Break("database-mysql-replica", "publiclyAccessible", [True]),
        Break("warehouse", "publiclyAccessible", [True]),
        Break("broker-mq", "publiclyAccessible", [True]),
        Break("search", "vpcOptions", [ABSENT, None]),
        Break("search", "vpcOptions.subnetIds", [ABSENT, None]),
        *(
            With(Sample(type_, "replication-of-database", inputs))
            for type_ in (
                "aws:dms/replicationInstance:ReplicationInstance",
                "aws:dms/instanceProfile:InstanceProfile",
            )
            for inputs in ({"networkType": "IPV4"}, {"publiclyAccessible": True})
        ),
        *(
            With(Sample(type_, "public-database", {"publiclyAccessible": True}))
            for type_ in (
                "aws:rds/shardGroup:ShardGroup",
                "aws:neptune/clusterInstance:ClusterInstance",
                "aws:redshiftserverless/workgroup:Workgroup",
                "aws:timestreaminfluxdb/dbInstance:DbInstance",
                "aws:timestreaminfluxdb/dbCluster:DbCluster",
            )
        ),
        With(Sample("aws:elasticsearch/domain:Domain", "public-search", SEARCH)),
        # A Multi-AZ cluster in the default VPC.
        Instead(
            "database-cluster",
            given(dbClusterInstanceClass="db.m6gd.large", dbSubnetGroupName=None),
            "with instances of its own in the default VPC",
            also=["no-path-from-internet-to-database"],  # the default VPC's subnets have a route to the internet
        ),
    ],
    "no-path-from-internet-to-database": [
        # A narrow public range is no open ingress, and still the internet.
        With(rule("office-into-database", "group-of-database", cidrIpv4="203.0.113.0/24")),
        With(rule("office-6-into-database", "group-of-database", cidrIpv6="2001:db8::/48")),
        With(rule("office-into-nodes", "cluster", cidrIpv4="203.0.113.7/32")),
        With(rule("offices-into-database", "group-of-database", prefixListId="pl-offices")),
        Break("rule-of-database", "cidrIpv4", ["198.51.100.0/24"]),
        Break("rule-of-nodes", "cidrBlocks", [["203.0.113.0/24"], ["172.16.12.0/24", "203.0.113.0/24"]]),
        Break("rule-of-nodes", "ipv6CidrBlocks", [["2001:db8::/48"]]),
        Break("rule-of-nodes", "prefixListIds", [["pl-offices"]]),
        With(
            Sample(
                "aws:ec2/route:Route",
                "route-of-database-out",
                {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-elsewhere", "routeTableId": "rtb-database"},
            )
        ),
        With(
            Sample(
                "aws:ec2/route:Route",
                "route-of-database-out-in-a-preview",
                {"destinationIpv6CidrBlock": "::/0", "gatewayId": "elsewhere", "routeTableId": "elsewhere"},
                refers={"gatewayId": ["gateway"], "routeTableId": ["table-database"]},
            )
        ),
        Break(
            "table-database",
            "routes",
            [[{"cidrBlock": "0.0.0.0/0", "gatewayId": "igw-1"}], [{"ipv6CidrBlock": "::/0", "gatewayId": "igw-2"}]],
        ),
        Instead(
            "table-of-database-a",
            referring("routeTableId", ["table-public"]),
            "associated with the public table",
        ),
        Instead("database-subnets", referring("subnetIds", ["subnet-public"]), "of public subnets"),
        Instead("warehouse-subnets", referring("subnetIds", ["subnet-public"]), "of public subnets"),
        Instead("graph-subnets", referring("subnetIds", ["subnet-public"]), "of public subnets"),
        Break("database-cluster", "dbSubnetGroupName", ["default"]),
        Break("database-mysql", "dbSubnetGroupName", ["default", ABSENT, None]),
        Break("warehouse", "clusterSubnetGroupName", ["default", ABSENT]),
        Break("graph", "neptuneSubnetGroupName", ["default", ABSENT]),
        Instead("database-proxy", referring("vpcSubnetIds", ["subnet-public"]), "in a public subnet"),
        Instead(
            "search",
            lambda sample: sample.changed(
                inputs={**sample.inputs, "vpcOptions": {"subnetIds": ["elsewhere"]}},
                refers={**sample.refers, "vpcOptions": ["subnet-public"]},
            ),
            "in a public subnet",
        ),
    ],
}

ALLOWED: Mapping[str, Sequence[Mutation]] = {
    "no-public-database": [
        Break("database-mysql", "publiclyAccessible", [ABSENT, None, "false"]),
        Break("search", "vpcOptions.subnetIds", [UNKNOWN]),
        Break("database-cluster", "dbClusterInstanceClass", ["db.m6gd.large"]),
        # Its instances say whether they have an address; the default VPC's routes are another policy's.
        Break("database-cluster", "dbSubnetGroupName", [ABSENT], also=["no-path-from-internet-to-database"]),
        With(
            Sample(
                "aws:dms/replicationInstance:ReplicationInstance",
                "replication-of-database",
                {"publiclyAccessible": False},
            )
        ),
    ],
    "no-path-from-internet-to-database": [
        With(rule("own-range-into-database", "group-of-database", cidrIpv4="172.31.0.0/16")),
        With(rule("endpoints-into-database", "group-of-database", group="group-of-endpoints")),
        # The group that the offices get into is one that nothing gets out of.
        Break("rule-of-nodes", "cidrBlocks", [["203.0.113.0/24"]], configuration={"ends_at": ["cluster"]}),
        Break("rule-of-nodes", "cidrBlocks", [["54.0.0.0/24"]], configuration={"private_networks": ["54.0.0.0/8"]}),
        Break("route-through-nat", "routeTableId", ["rtb-database"]),
        # Groups of another stack, and copies that stand where their source does.
        Instead(
            "database-mysql",
            lambda sample: sample.changed(inputs={**sample.inputs, "dbSubnetGroupName": "elsewhere"}, refers={}),
            "in a subnet group of another stack",
        ),
        Instead(
            "database-cluster",
            given(dbSubnetGroupName=None, replicationSourceIdentifier="llm-platform-prod-source"),
            "is a copy",
        ),
        Break("table-database", "routes", [[{"cidrBlock": "10.50.0.0/16", "gatewayId": "vgw-1"}]]),
    ],
}
