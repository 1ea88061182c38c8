"""How CloudWatch makes metrics of log lines and states of alarms: what infra/local/cloudwatch.py does for the emulator. Talks to nothing."""

import json
import re
from collections import Counter
from datetime import datetime, timezone
from typing import NamedTuple


class Datum(NamedTuple):
    """One value of one metric."""

    namespace: str
    name: str
    value: float
    unit: str
    dimensions: tuple
    # Seconds of the epoch.
    at: float

    def as_sent(self):
        return {
            "MetricName": self.name,
            "Value": self.value,
            "Unit": self.unit,
            "Dimensions": [{"Name": name, "Value": value} for name, value in self.dimensions],
            "Timestamp": datetime.fromtimestamp(self.at, timezone.utc),
        }


def embedded(line):
    """The values in a line of the embedded metric format: one for each metric and set of dimensions."""
    about = line.get("_aws")
    if not isinstance(about, dict):
        return
    for directive in about.get("CloudWatchMetrics", []):
        for names in directive.get("Dimensions") or [[]]:
            dimensions = tuple((name, str(line[name])) for name in names)
            for metric in directive["Metrics"]:
                values = line[metric["Name"]]
                for value in values if isinstance(values, list) else [values]:
                    yield Datum(
                        directive["Namespace"], metric["Name"], value, metric.get("Unit", "None"), dimensions, about["Timestamp"] / 1000
                    )


_REPORT = re.compile(r"REPORT RequestId: \S+\s+Duration: ([\d.]+) ms")


def reported(function, text, at):
    """What the line with which Lambda ends an invocation says of it."""
    report = _REPORT.match(text)
    if report:
        dimensions = (("FunctionName", function),)
        yield Datum("AWS/Lambda", "Invocations", 1.0, "Count", dimensions, at)
        yield Datum("AWS/Lambda", "Duration", float(report[1]), "Milliseconds", dimensions, at)


def judged(periods, alarm):
    """The state of an alarm by the value of each of its periods, the latest first, None where there is none; None: it stays."""
    missing = alarm.get("TreatMissingData", "missing")
    if all(value is None for value in periods) and missing in ("missing", "ignore"):
        return "INSUFFICIENT_DATA" if missing == "missing" else None
    compare = {
        "GreaterThanThreshold": float.__gt__,
        "GreaterThanOrEqualToThreshold": float.__ge__,
        "LessThanThreshold": float.__lt__,
        "LessThanOrEqualToThreshold": float.__le__,
    }[alarm["ComparisonOperator"]]
    threshold = float(alarm["Threshold"])
    breaching = [missing == "breaching" if value is None else compare(float(value), threshold) for value in periods]
    return "ALARM" if sum(breaching) >= alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"]) else "OK"


def named(events):
    """Each event with a name that it keeps: what a function wrote has no id here. Of one stream and one moment all are in the list."""
    counts = Counter()
    for event in events:
        place = (event["logStreamName"], event["timestamp"])
        yield (*place, counts[place]), event
        counts[place] += 1


def oldest(peeked, now):
    """The age in seconds of the oldest message that is not delayed: one that was never received and is not visible is."""
    queues = [messages for regions in peeked["messages"].values() for queues in regions.values() for messages in queues.values()]
    waiting = [message for messages in queues for message in messages if message["IsVisible"] or message["ReceiveCount"]]
    return max([0.0, *(now - message["SentTimestamp"] for message in waiting)])
