"""Scaling of an asynchronous SageMaker endpoint with its backlog, down to no instance at all."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import appautoscaling, cloudwatch


@dataclass(frozen=True, kw_only=True)
class BacklogScalingArgs:
    """What `BacklogScaling` needs."""

    endpoint_name: pulumi.Input[str]
    variant_name: str
    max_instances: int
    backlog_per_instance: int
    """Waiting requests per instance that scaling aims at."""


class BacklogScaling(pulumi.ComponentResource):
    """Target tracking on the backlog per instance, and the step that leaves zero at the first request.

    Target tracking alone can't leave zero before the backlog passes its target: a backlog per instance does
    not exist while there is no instance.
    https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html
    """

    def __init__(self, name: str, args: BacklogScalingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("llm-platform:backlog_scaling:BacklogScaling", name, None, opts)

        target = appautoscaling.Target(
            f"{name}-target",
            service_namespace="sagemaker",
            scalable_dimension="sagemaker:variant:DesiredInstanceCount",
            resource_id=pulumi.Output.concat("endpoint/", args.endpoint_name, "/variant/", args.variant_name),
            min_capacity=0,
            max_capacity=args.max_instances,
            opts=pulumi.ResourceOptions(parent=self),
        )
        appautoscaling.Policy(
            f"{name}-backlog",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration={
                "target_value": args.backlog_per_instance,
                "scale_in_cooldown": 600,
                "scale_out_cooldown": 300,
                "customized_metric_specification": {
                    "namespace": "AWS/SageMaker",
                    "metric_name": "ApproximateBacklogSizePerInstance",
                    "dimensions": [{"name": "EndpointName", "value": args.endpoint_name}],
                    "statistic": "Average",
                },
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        leave_zero = appautoscaling.Policy(
            f"{name}-leave-zero",
            policy_type="StepScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            step_scaling_policy_configuration={
                "adjustment_type": "ChangeInCapacity",
                "metric_aggregation_type": "Average",
                "cooldown": 300,
                "step_adjustments": [{"metric_interval_lower_bound": "0", "scaling_adjustment": 1}],
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        cloudwatch.MetricAlarm(
            f"{name}-waiting",
            alarm_description="Requests wait and no instance runs",
            namespace="AWS/SageMaker",
            metric_name="HasBacklogWithoutCapacity",
            dimensions={"EndpointName": args.endpoint_name},
            statistic="Average",
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=1,
            period=60,
            evaluation_periods=2,
            datapoints_to_alarm=2,
            treat_missing_data="missing",
            alarm_actions=[leave_zero.arn],
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.register_outputs({})
