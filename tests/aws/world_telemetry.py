"""Logs and metrics of a world, put into ministack through its own operations."""

import json

from ministack.services import cloudwatch, cloudwatch_logs

from .scenario import before


def build(whole: dict, nat: str, now: float) -> None:
    """The awslogs group of every service, the groups of `[logs]`, and the series of `[[metrics]]` (`{nat}` filled in)."""
    for name in whole["services"]:
        _group(f"/ecs/{name}", {"retention": 30, "streams": {}}, now)
    for name, wanted in whole["logs"].items():
        _group(name, wanted, now)
    for series in whole["metrics"]:
        for number, value in enumerate(reversed(series["values"])):
            at = now - number * series["every"]
            cloudwatch._put_metric_data({}, {"Namespace": series["namespace"], "MetricData": [{
                "MetricName": series["name"], "Value": float(value), "Unit": series["unit"], "Timestamp": at,
                "Dimensions": [{"Name": key, "Value": text.replace("{nat}", nat)} for key, text in series["dimensions"].items()]}]},
                False, True)


def _group(name: str, wanted: dict, now: float) -> None:
    cloudwatch_logs._create_log_group({"logGroupName": name})
    cloudwatch_logs._put_retention_policy({"logGroupName": name, "retentionInDays": wanted["retention"]})
    for stream, events in wanted["streams"].items():
        cloudwatch_logs._create_log_stream({"logGroupName": name, "logStreamName": stream})
        rows = [{"timestamp": int(before(now, event["time"]) * 1000),
                 "message": event["message"] if isinstance(event["message"], str) else json.dumps(event["message"])}
                for event in events]
        cloudwatch_logs._put_log_events({"logGroupName": name, "logStreamName": stream,
                                         "logEvents": sorted(rows, key=lambda row: row["timestamp"])})


def trail(group: str, records: list[tuple[float, str]]) -> None:
    """The log group of a trail, with the account's events."""
    cloudwatch_logs._create_log_group({"logGroupName": group})
    cloudwatch_logs._create_log_stream({"logGroupName": group, "logStreamName": "events"})
    cloudwatch_logs._put_log_events({"logGroupName": group, "logStreamName": "events", "logEvents": [
        {"timestamp": int(at * 1000), "message": record} for at, record in records]})
