"""The secret of Pinecone's API key, the private way to its index, and what clients are told.

Does not prove that Pinecone accepts the endpoint: it can't be asked here.
"""

from __future__ import annotations

import dataclasses

import pytest

from catalogue.vector_databases import PrivateLink
from components.pinecone_index import PineconeIndex
from tests.components.vector_database_fixtures import KEY, PINECONE, known, recorded

LINK = PrivateLink(service="com.amazonaws.vpce.us-east-1.vpce-svc-0a", domain="private.aped.pinecone.io")
HOST = "documents-1.svc.private.aped.pinecone.io"
PRIVATE = dataclasses.replace(PINECONE, private_link=LINK, host=HOST, retained=True)
SECRET = ("aws:secretsmanager/secret:Secret", "db-key")


@pytest.mark.parametrize("preview", [False, True])
def test_a_public_index_is_a_place_for_its_key(preview: bool) -> None:
    recording = recorded(lambda: PineconeIndex("db", PINECONE), preview=preview)
    assert recording.children() == {("llm-platform:pinecone_index:PineconeIndex", "db"), SECRET}
    secret = recording.one("db-key")
    assert secret.inputs["name"] == "llm-platform/dev/vector-database/pinecone-api-key"
    assert secret.inputs["kmsKeyId"] == f"{KEY}/cluster"
    assert secret.inputs["recoveryWindowInDays"] == 0


def test_a_private_index_has_an_endpoint_that_pods_alone_reach() -> None:
    recording = recorded(lambda: PineconeIndex("db", PRIVATE))
    assert recording.children() == {
        ("llm-platform:pinecone_index:PineconeIndex", "db"),
        SECRET,
        ("aws:ec2/securityGroup:SecurityGroup", "db-sg"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "db-from-pods"),
        ("aws:ec2/vpcEndpoint:VpcEndpoint", "db-endpoint"),
    }
    endpoint = recording.one("db-endpoint")
    assert endpoint.inputs["serviceName"] == LINK.service
    assert endpoint.inputs["privateDnsEnabled"] is True
    assert endpoint.inputs["subnetIds"] == ["subnet-a", "subnet-b"]
    assert "db-from-pods" in endpoint.dependencies
    rule = recording.one("db-from-pods").inputs
    assert (rule["fromPort"], rule["referencedSecurityGroupId"]) == (443, "sg-nodes")
    assert (recording.one("db-key").protect, recording.one("db-key").retain_on_delete) == (True, True)


def test_clients_of_a_private_index_need_nothing_outside_the_vpc() -> None:
    connection = known(lambda: PineconeIndex("db", PRIVATE).connection)
    assert connection["url"] == f"https://{HOST}"
    assert connection["egress"].cidrs == ["10.20.0.0/16"]
    assert connection["security_group_id"] == "db-sg-id"


def test_clients_ask_pinecone_for_a_host_that_is_not_known_yet() -> None:
    connection = known(lambda: PineconeIndex("db", PINECONE).connection)
    assert connection["url"] == "index:documents"
    assert connection["endpoint"] == "api.pinecone.io"
    assert (connection["egress"].cidrs, connection["egress"].ports) == (["0.0.0.0/0"], [443])
    unknown = known(lambda: PineconeIndex("db", dataclasses.replace(PRIVATE, host=None)).connection)
    assert unknown["egress"].cidrs == ["0.0.0.0/0"]  # its host is asked for over the internet
