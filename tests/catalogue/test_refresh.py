"""The refresh against moto's EC2 and a price list of our own. Does not prove that an account may ask."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path
from typing import Any

import boto3
import pytest
import typer
import yaml
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws
from typer.testing import CliRunner, Result

from catalogue.instance_types import INSTANCE_TYPES_FILE, read_instance_catalogue
from catalogue.price_list import hourly_price, product_filters
from catalogue.refresh import FILTER_VALUES, describe, refresh
from catalogue.revision import Answers, revise
from tests.catalogue.bundled_descriptions import bundled_descriptions

TODAY = date(2026, 11, 21)


class _Noon(datetime):
    """The clock stands: a run of the tests may pass midnight."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return datetime.combine(TODAY, time(12), tz)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalogue.refresh.datetime", _Noon)


def product(price: str, unit: str = "Hrs") -> str:
    dimension = {"unit": unit, "pricePerUnit": {"USD": price}}
    return json.dumps({"terms": {"OnDemand": {"term": {"priceDimensions": {"dimension": dimension}}}}})


def shipped_prices() -> dict[str, float | None]:
    return {
        name: listed.on_demand_usd_per_hour
        for name, listed in read_instance_catalogue(INSTANCE_TYPES_FILE).instance_types.items()
    }


@pytest.fixture
def catalogue_file(tmp_path: Path) -> Path:
    return Path(shutil.copy(INSTANCE_TYPES_FILE, tmp_path / INSTANCE_TYPES_FILE.name))


@pytest.fixture
def prices(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, float | None]]:
    """The price list that AWS answers with: the shipped one, for a test to change. EC2 is moto's."""
    listed = shipped_prices()
    make_api_call: Callable[..., Any] = BaseClient._make_api_call  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue] - where botocore's calls begin; moto has no price list

    def answer(client: BaseClient, operation: str, arguments: dict[str, Any]) -> object:
        if operation != "GetProducts":
            return make_api_call(client, operation, arguments)
        fields = {chosen["Field"]: chosen["Value"] for chosen in arguments["Filters"]}
        assert fields["regionCode"] in {"us-east-1", "eu-west-1"}
        price = listed.get(fields["instanceType"])
        return {"PriceList": [] if price is None else [product(str(price))]}

    monkeypatch.setattr(BaseClient, "_make_api_call", answer)
    with mock_aws():
        yield listed


def run(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(refresh)
    return CliRunner().invoke(app, list(arguments))


def entry(file: Path, name: str) -> dict[str, Any]:
    return yaml.safe_load(file.read_text(encoding="utf-8"))["instance_types"][name]


@pytest.mark.usefixtures("prices")
def test_the_same_answers_change_nothing_but_dates_and_sources(catalogue_file: Path) -> None:
    result = run("--file", str(catalogue_file), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output) == {
        "file": str(catalogue_file),
        "region": "us-east-1",
        "written": True,
        "changes": [],
        "not_described": [],
        "unlisted": [],
    }
    before, after = read_instance_catalogue(INSTANCE_TYPES_FILE), read_instance_catalogue(catalogue_file)
    assert list(after.instance_types) == list(before.instance_types)
    assert after.left_out == before.left_out
    assert after.date == TODAY
    assert set(after.sources) == {
        f"describe-instance-types-us-east-1-{TODAY}",
        f"price-list-us-east-1-{TODAY}",
    }
    written = catalogue_file.read_text(encoding="utf-8")
    assert written.startswith(INSTANCE_TYPES_FILE.read_text(encoding="utf-8").partition("region:")[0])


@pytest.mark.usefixtures("prices")
def test_a_second_refresh_writes_the_same_bytes(catalogue_file: Path) -> None:
    run("--file", str(catalogue_file))
    first = catalogue_file.read_bytes()
    run("--file", str(catalogue_file))
    assert catalogue_file.read_bytes() == first


def test_a_new_price_is_written_and_told(catalogue_file: Path, prices: dict[str, float | None]) -> None:
    prices["g5.xlarge"] = 0.9
    result = run("--file", str(catalogue_file))
    assert "g5.xlarge: on_demand_usd_per_hour: 1.006 -> 0.9\n" in result.output
    assert result.output.endswith("instance-types.yaml: 1 changes, written\n")
    assert entry(catalogue_file, "g5.xlarge")["on_demand_usd_per_hour"] == 0.9


def test_a_price_that_is_gone_leaves_a_reason(catalogue_file: Path, prices: dict[str, float | None]) -> None:
    prices["g5.xlarge"] = None
    run("--file", str(catalogue_file))
    after = entry(catalogue_file, "g5.xlarge")
    assert after["on_demand_usd_per_hour"] is None
    assert after["price_missing_because"] == f"the AWS price list of {TODAY} has no on-demand price in us-east-1"


@pytest.mark.usefixtures("prices")
def test_a_reason_that_a_person_wrote_stays(catalogue_file: Path) -> None:
    run("--file", str(catalogue_file))
    kept = entry(INSTANCE_TYPES_FILE, "p5e.48xlarge")["price_missing_because"]
    assert entry(catalogue_file, "p5e.48xlarge")["price_missing_because"] == kept


@pytest.mark.usefixtures("prices")
def test_wrong_facts_are_put_right_and_corrections_stay(catalogue_file: Path) -> None:
    text = catalogue_file.read_text(encoding="utf-8")
    catalogue_file.write_text(text.replace("  t3.medium:\n    vcpus: 2\n", "  t3.medium:\n    vcpus: 64\n"))
    result = run("--file", str(catalogue_file))
    assert "t3.medium: vcpus: 64 -> 2\n" in result.output
    assert entry(catalogue_file, "t3.medium")["vcpus"] == 2
    assert entry(catalogue_file, "trn2.48xlarge")["accelerator"]["memory_gib"] == 96.0


@pytest.mark.usefixtures("prices")
def test_a_dry_run_writes_nothing(catalogue_file: Path) -> None:
    before = catalogue_file.read_bytes()
    result = run("--file", str(catalogue_file), "--dry-run")
    assert result.output.endswith("0 changes, nothing written (dry run)\n")
    assert catalogue_file.read_bytes() == before


@pytest.mark.usefixtures("prices")
def test_a_type_can_be_added(catalogue_file: Path) -> None:
    result = run("--file", str(catalogue_file), "--add", "m5.large")
    assert "m5.large: vcpus: None -> 2\n" in result.output
    assert list(read_instance_catalogue(catalogue_file).instance_types)[-1] == "m5.large"


@pytest.mark.usefixtures("prices")
def test_a_type_that_ec2_does_not_describe_is_not_added(catalogue_file: Path) -> None:
    result = run("--file", str(catalogue_file), "--add", "g99.xlarge")
    assert result.exit_code == 1
    assert result.stderr == "refresh: EC2 does not describe g99.xlarge in us-east-1\n"


@pytest.mark.usefixtures("prices")
def test_an_accelerator_type_that_is_nowhere_is_told(catalogue_file: Path) -> None:
    content = yaml.safe_load(catalogue_file.read_text(encoding="utf-8"))
    del content["left_out"]["p3.2xlarge"]
    catalogue_file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    result = run("--file", str(catalogue_file), "--dry-run")
    assert "p3.2xlarge: known to EC2, neither listed nor left out (--add p3.2xlarge lists it)\n" in result.output


def test_no_credentials_are_said_clearly_and_nothing_is_written(
    catalogue_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "absent"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "absent"))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    before = catalogue_file.read_bytes()
    result = run("--file", str(catalogue_file))
    assert result.exit_code == 1
    assert result.stderr == (
        "refresh: AWS could not be asked: Unable to locate credentials (needs credentials that may call "
        "ec2:DescribeInstanceTypes and pricing:GetProducts)\n"
    )
    assert catalogue_file.read_bytes() == before


@pytest.mark.usefixtures("prices")
def test_a_refusal_by_aws_is_said_clearly(catalogue_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: BaseClient, operation: str, __: object) -> None:
        raise ClientError({"Error": {"Code": "UnauthorizedOperation", "Message": "not you"}}, operation)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)
    result = run("--file", str(catalogue_file))
    assert result.exit_code == 1
    assert "(UnauthorizedOperation) when calling the DescribeInstanceTypes operation: not you" in result.stderr


@pytest.mark.usefixtures("prices")
def test_a_bad_catalogue_is_refused_before_aws_is_asked(catalogue_file: Path) -> None:
    text = catalogue_file.read_text(encoding="utf-8")
    catalogue_file.write_text(text.replace("vcpus: 2\n", "vcpus: two\n", 1), encoding="utf-8")
    result = run("--file", str(catalogue_file))
    assert result.exit_code == 1
    assert "instance_types.t3.medium.vcpus: 'two': Input should be a valid integer" in result.stderr


def test_asks_ec2_in_portions_that_one_filter_holds() -> None:
    names = list(bundled_descriptions())[: FILTER_VALUES + 1]
    client = boto3.client("ec2", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stub:
        for portion in (names[:FILTER_VALUES], names[FILTER_VALUES:]):
            described = [{"InstanceType": name} for name in portion if name != names[0]]
            asked = {"Filters": [{"Name": "instance-type", "Values": portion}]}
            stub.add_response("describe_instance_types", {"InstanceTypes": described}, asked)
        assert list(describe(client, names)) == names[1:]
        stub.assert_no_pending_responses()


def test_the_price_is_the_hourly_one_above_zero() -> None:
    assert hourly_price([product("0.0000000000"), product("1.0060000000"), product("7", unit="Quantity")]) == 1.006
    assert hourly_price([product("0")]) is None
    assert hourly_price([]) is None


def test_two_prices_for_one_type_are_refused() -> None:
    with pytest.raises(ValueError, match=r"more than one on-demand price: \[1\.0, 2\.0\]"):
        hourly_price([product("1"), product("2")])


def test_the_price_list_is_asked_for_linux_on_shared_tenancy() -> None:
    fields = {chosen["Field"]: chosen["Value"] for chosen in product_filters("eu-west-1", "g5.xlarge")}
    assert fields == {
        "operatingSystem": "Linux",
        "preInstalledSw": "NA",
        "tenancy": "Shared",
        "capacitystatus": "Used",
        "licenseModel": "No License required",
        "regionCode": "eu-west-1",
        "instanceType": "g5.xlarge",
    }


def test_a_type_that_the_region_lacks_keeps_its_facts_and_loses_its_price() -> None:
    content = yaml.safe_load(INSTANCE_TYPES_FILE.read_text(encoding="utf-8"))
    source = {"date": TODAY, "url": "https://example.com"}
    answers = Answers(
        region="eu-west-1", day=TODAY, descriptions={}, prices={}, facts_source=source, price_source=source
    )
    revision = revise(content, answers)
    after = revision.content["instance_types"]["g7.2xlarge"]
    assert "g7.2xlarge" in revision.not_described
    assert {change.key for change in revision.changes} == {"on_demand_usd_per_hour", "price_missing_because"}
    assert after["facts_source"] == content["instance_types"]["g7.2xlarge"]["facts_source"]
    assert after["vcpus"] == 8
    assert after["price_missing_because"].endswith("has no on-demand price in eu-west-1")
    assert list(revision.content["sources"]) == [after["facts_source"]]


def test_dates_of_the_shipped_catalogue_are_in_the_past() -> None:
    shipped = read_instance_catalogue(INSTANCE_TYPES_FILE)
    days: list[date] = [shipped.date, *(source.date for source in shipped.sources.values())]
    assert max(days) <= datetime.now(UTC).date()
