"""`python -m preflight.dashboards prod`: after an update, the dashboards in the environment's Managed Grafana."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Annotated, Final

import boto3
import botocore.exceptions
import typer

from components.naming import parameter_name
from observability.dashboards.grafana_api import GrafanaApi, GrafanaError
from observability.dashboards.publish import Published, amazon_prometheus, publish, told
from preflight.access import AccessError, read_settings, sign_in
from preflight.grafana_token import short_token
from stacks.settings import Settings, SettingsError

WORKSPACE, ENDPOINT, METRICS = "grafana/workspace-id", "grafana/endpoint", "metrics/query-url"
"""Outputs of the stack that say where Grafana is and what it reads."""
TERMINATED: Final = 128 + signal.SIGTERM


def dashboards(
    stack: Annotated[str, typer.Argument(help="Stack: the name in stacks/Pulumi.<stack>.yaml.")] = "dev",
) -> None:
    """Publish the dashboards of charts/monitoring, and the data source that they read."""
    # Whoever ends the job must not leave the token behind: as an exception, it goes through what is left to do.
    signal.signal(signal.SIGTERM, _end)
    try:
        settings = read_settings(stack)
        if settings.observability.grafana is None:
            sys.stdout.write(f"{stack} has no Managed Grafana; the cluster's own reads the dashboards by itself\n")
            return
        published = publish_to(settings, sign_in(settings))
    except (AccessError, SettingsError, GrafanaError) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from error
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        sys.stderr.write(f"AWS: {error}\n")
        raise typer.Exit(1) from error
    for line in told(published):
        sys.stdout.write(f"{line}\n")


def publish_to(settings: Settings, session: boto3.Session) -> Published:
    """Publish into the environment's workspace, with a token for just that."""
    environment, region = settings.ownership.environment, settings.aws.region
    outputs = _outputs(session, environment)
    workspace_id = outputs[WORKSPACE]
    with short_token(session.client("grafana", region_name=region), workspace_id) as token:
        grafana = GrafanaApi(_address(outputs[ENDPOINT]), token)
        if query_url := outputs.get(METRICS):
            grafana.put_data_source(amazon_prometheus(query_url, region))
        return publish(grafana)


def _outputs(session: boto3.Session, environment: str) -> dict[str, str]:
    names = {
        parameter_name(environment, "observability", *path.split("/")): path for path in (WORKSPACE, ENDPOINT, METRICS)
    }
    answer = session.client("ssm").get_parameters(Names=list(names))
    found = {names[each["Name"]]: each["Value"] for each in answer["Parameters"]}
    if missing := [path for path in (WORKSPACE, ENDPOINT) if path not in found]:
        raise AccessError(f"no output observability/{missing[0]} of {environment} in SSM: run `pulumi up` first")
    return found


def _address(endpoint: str) -> str:
    """AWS tells the endpoint without a scheme."""
    return endpoint if "://" in endpoint else f"https://{endpoint}"


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(TERMINATED)


def main() -> None:
    """Run the command."""
    typer.run(dashboards)


if __name__ == "__main__":
    main()
