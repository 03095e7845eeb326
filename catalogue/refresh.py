"""Refreshes the instance catalogue from AWS: `python -m catalogue.refresh`, with credentials to read."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import typer

from catalogue.data_file import CatalogueError, display_name, read_yaml, render_yaml, replace_file
from catalogue.instance_description import Description, is_accelerator_family
from catalogue.instance_types import INSTANCE_TYPES_FILE, read_instance_catalogue
from catalogue.price_list import hourly_price, product_filters
from catalogue.revision import Answers, Content, Revision, revise

if TYPE_CHECKING:
    from botocore.client import BaseClient

PRICE_LIST_REGION: Final = "us-east-1"  # the Price List API answers for all regions from a few
FILTER_VALUES: Final = 200  # what one filter of DescribeInstanceTypes may hold


class RefreshError(Exception):
    """A reason for which nothing was refreshed."""


def describe(ec2: "BaseClient", names: Sequence[str]) -> dict[str, Description]:
    """What EC2 describes of these types; a type that the region does not have is missing in the answer."""
    found: dict[str, Description] = {}
    pages = ec2.get_paginator("describe_instance_types")
    for start in range(0, len(names), FILTER_VALUES):
        filters = [{"Name": "instance-type", "Values": list(names[start : start + FILTER_VALUES])}]
        for page in pages.paginate(Filters=filters):
            found |= {description["InstanceType"]: description for description in page["InstanceTypes"]}
    return found


def on_demand_prices(pricing: "BaseClient", region: str, names: Iterable[str]) -> dict[str, float | None]:
    """The on-demand price of each type in the region; None where the price list has none."""
    pages = pricing.get_paginator("get_products")
    prices: dict[str, float | None] = {}
    for name in names:
        products = pages.paginate(ServiceCode="AmazonEC2", Filters=product_filters(region, name))
        try:
            prices[name] = hourly_price(product for page in products for product in page["PriceList"])
        except ValueError as error:
            raise RefreshError(f"{name}: {error}") from error
    return prices


def plan(content: Content, region: str, day: date, added: Sequence[str]) -> tuple[Revision, list[str]]:
    """The revision of the catalogue by what AWS answers now, and accelerator types that it does not name."""
    import boto3  # noqa: PLC0415 - only a refresh needs it, and it is not installed for `pulumi up`
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - comes with boto3

    names = list(dict.fromkeys((*content["instance_types"], *added)))
    try:
        ec2 = cast("BaseClient", boto3.client("ec2", region_name=region))
        pricing = cast("BaseClient", boto3.client("pricing", region_name=PRICE_LIST_REGION))
        answers = Answers(
            region=region,
            day=day,
            descriptions=describe(ec2, names),
            prices=on_demand_prices(pricing, region, names),
            facts_source={"date": day, "url": _reference("AWSEC2", "DescribeInstanceTypes")},
            price_source={"date": day, "url": _reference("aws-cost-management", "pricing_GetProducts")},
        )
    except (BotoCoreError, ClientError) as error:
        raise RefreshError(
            f"AWS could not be asked: {error} (needs credentials that may call ec2:DescribeInstanceTypes and "
            "pricing:GetProducts)"
        ) from error
    known = cast("Any", ec2.meta.service_model.shape_for("InstanceType")).enum
    unlisted = [
        name for name in known if is_accelerator_family(name) and name not in names and name not in content["left_out"]
    ]
    try:
        return revise(content, answers, added), unlisted
    except ValueError as error:
        raise RefreshError(str(error)) from error


def refresh(
    *,
    region: Annotated[str, typer.Option(help="Region whose facts and prices are asked for.")] = "us-east-1",
    add: Annotated[list[str] | None, typer.Option(help="A type to list from now on; repeatable.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    file: Annotated[Path, typer.Option(help="The catalogue to refresh.")] = INSTANCE_TYPES_FILE,
) -> None:
    """Refresh catalogue/instance-types.yaml from DescribeInstanceTypes and the price list."""
    try:
        read_instance_catalogue(file)
        content = cast("Content", read_yaml(file))
        revision, unlisted = plan(content, region, datetime.now(UTC).date(), add or ())
        if not dry_run:
            replace_file(file, render_yaml(file, revision.content), read_instance_catalogue)
    except (CatalogueError, RefreshError) as error:
        typer.echo(f"refresh: {error}", err=True)
        raise typer.Exit(1) from error
    _report(file, revision, unlisted, written=not dry_run, as_json=as_json)


def _report(file: Path, revision: Revision, unlisted: list[str], *, written: bool, as_json: bool) -> None:
    if as_json:
        result = {
            "file": str(file),
            "region": revision.content["region"],
            "written": written,
            "changes": [asdict(change) for change in revision.changes],
            "not_described": revision.not_described,
            "unlisted": unlisted,
        }
        typer.echo(json.dumps(result, indent=2, default=str))
        return
    for change in revision.changes:
        typer.echo(f"{change.instance_type}: {change.key}: {change.old} -> {change.new}")
    for name in revision.not_described:
        typer.echo(f"{name}: not described in {revision.content['region']}; its facts stay as they were")
    for name in unlisted:
        typer.echo(f"{name}: known to EC2, neither listed nor left out (--add {name} lists it)")
    done = "written" if written else "nothing written (dry run)"
    typer.echo(f"{display_name(file)}: {len(revision.changes)} changes, {done}")


def _reference(guide: str, operation: str) -> str:
    return f"https://docs.aws.amazon.com/{guide}/latest/APIReference/API_{operation}.html"


if __name__ == "__main__":
    sys.exit(typer.run(refresh))
