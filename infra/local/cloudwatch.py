"""What CloudWatch does by itself and the emulator does not: metrics out of logs and queues, and alarms over them.

    python infra/local/cloudwatch.py --endpoint ADDRESS [--once]

Of the functions' logs it takes the lines of the embedded metric format, and how often the functions ran and how long; of the queues how many messages they hold and how old the oldest is. Failed invocations leave no trace in the logs here,
so each mapping whose last batch failed counts as one error a pass. The emulator itself counts only what is invoked by name.

Of alarms the emulator has an idea of its own, which infra/local/emulator.py takes away: all metrics of a name were one to it, whatever
their dimensions, and all periods one. This program judges them as AWS documents it, over periods that end now, and sets their states.
Alarms over what nobody measures here stay as they are.
"""

import argparse
import json
import time
import urllib.parse
import urllib.request
from datetime import datetime, timezone

from botocore.exceptions import BotoCoreError, ClientError

import neighbours
from metrics import Datum, embedded, judged, named, oldest, reported
from stack import STACK, Stack

# A log event may come a little later than one that is younger.
LATE_MS = 5_000
# The emulator lists so many log events at most, and has no further page.
PAGE = 10_000
# One period for everything that is asked for: the window is in the times.
ENDLESS = 10**10
MEASURED = {"AWS/SQS", "AWS/Lambda", f"hedgerow/{STACK}"}


class CloudWatch:
    """The stack at an emulator, and up to where its logs were read."""

    def __init__(self, stack, now=time.time):
        self.stack, self.now = stack, now
        self.logs, self.metrics, self.sqs = stack.client("logs"), stack.client("cloudwatch"), stack.client("sqs")
        # By log group: the time of the latest event that was seen, and the names of those near it.
        self.seen = {}

    def one_pass(self):
        """Brings metrics and alarms up to date. How many values were put."""
        by_namespace = {}
        for datum in [*self.of_logs(), *self.of_mappings(), *self.of_queues()]:
            by_namespace.setdefault(datum.namespace, []).append(datum.as_sent())
        for namespace, data in by_namespace.items():
            self.metrics.put_metric_data(Namespace=namespace, MetricData=data)
        self.judge()
        return sum(map(len, by_namespace.values()))

    def of_logs(self):
        for group in self.logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{STACK}-")["logGroups"]:
            name = group["logGroupName"]
            for event in self.new_events(name):
                at = event["timestamp"] / 1000
                yield from reported(name.removeprefix("/aws/lambda/"), event["message"], at)
                try:
                    line = json.loads(event["message"])
                except ValueError:
                    continue
                if isinstance(line, dict):
                    yield from embedded(line)

    def new_events(self, group):
        latest, near = self.seen.get(group, (0, set()))
        while True:
            found = self.logs.filter_log_events(logGroupName=group, startTime=max(0, latest - LATE_MS))["events"]
            new = {name: event for name, event in named(found) if name not in near}
            yield from new.values()
            latest = max([latest, *(event["timestamp"] for event in new.values())])
            near = {name for name in near | new.keys() if name[1] >= latest - LATE_MS}
            self.seen[group] = (latest, near)
            if len(found) < PAGE or not new:
                return

    def of_mappings(self):
        now = self.now()
        for page in self.stack.client("lambda").get_paginator("list_event_source_mappings").paginate():
            for mapping in page["EventSourceMappings"]:
                function = mapping["FunctionArn"].rsplit(":", 1)[1]
                is_error = mapping.get("LastProcessingResult", "").startswith("FAILED")
                yield Datum("AWS/Lambda", "Errors", float(is_error), "Count", (("FunctionName", function),), now)

    def of_queues(self):
        now = self.now()
        peek = f"{self.stack.endpoint}/_ministack/sqs/messages?QueueUrl="
        for url in self.sqs.list_queues(QueueNamePrefix=f"{STACK}-").get("QueueUrls", []):
            attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            dimensions = (("QueueName", url.rsplit("/", 1)[1]),)
            counts = {
                "ApproximateNumberOfMessagesVisible": "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible": "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed": "ApproximateNumberOfMessagesDelayed",
            }
            for name, attribute in counts.items():
                yield Datum("AWS/SQS", name, int(attributes[attribute]), "Count", dimensions, now)
            age = 0
            if int(attributes["ApproximateNumberOfMessages"]) or int(attributes["ApproximateNumberOfMessagesNotVisible"]):
                with urllib.request.urlopen(peek + urllib.parse.quote(url, safe="")) as answer:
                    age = oldest(json.load(answer), now)
            yield Datum("AWS/SQS", "ApproximateAgeOfOldestMessage", age, "Seconds", dimensions, now)

    def judge(self):
        """Sets the state of each alarm over what is measured here."""
        now = self.now()
        for page in self.metrics.get_paginator("describe_alarms").paginate():
            for alarm in page["MetricAlarms"]:
                if alarm["Namespace"] not in MEASURED:
                    continue
                length = alarm["Period"]
                ends = [now - number * length for number in range(alarm["EvaluationPeriods"])]
                periods = [self.value(alarm, end - length, end) for end in ends]
                state = judged(periods, alarm)
                if state and state != alarm["StateValue"]:
                    values = ", ".join("none" if value is None else f"{value:g}" for value in periods)
                    reason = f"{alarm['MetricName']}, the latest period first: {values}; threshold {alarm['Threshold']:g}"
                    self.metrics.set_alarm_state(AlarmName=alarm["AlarmName"], StateValue=state, StateReason=reason)

    def value(self, alarm, start, end):
        """The alarm's statistic of that time, or None."""
        statistic = alarm.get("ExtendedStatistic") or alarm["Statistic"]
        which = "ExtendedStatistics" if alarm.get("ExtendedStatistic") else "Statistics"
        found = self.metrics.get_metric_statistics(
            Namespace=alarm["Namespace"],
            MetricName=alarm["MetricName"],
            Dimensions=alarm.get("Dimensions", []),
            StartTime=datetime.fromtimestamp(start, timezone.utc),
            EndTime=datetime.fromtimestamp(end, timezone.utc),
            Period=ENDLESS,
            **{which: [statistic]},
        )["Datapoints"]
        if not found:
            return None
        return found[0]["ExtendedStatistics"][statistic] if which == "ExtendedStatistics" else found[0][statistic]


def main():
    parser = argparse.ArgumentParser(description="Metrics and alarms of the local stack, as CloudWatch would have them.")
    parser.add_argument("--endpoint", required=True, help="address of the emulator: with it this ends")
    parser.add_argument("--once", action="store_true", help="one pass over everything so far, and end; another one counts it again")
    parser.add_argument("--seconds", type=float, default=5, help="pause between two passes")
    options = parser.parse_args()
    cloudwatch = CloudWatch(Stack(options.endpoint))
    if options.once:
        print(f"put {cloudwatch.one_pass()} values")
        return
    while neighbours.runs(options.endpoint):
        try:
            cloudwatch.one_pass()
        except (BotoCoreError, ClientError, OSError) as error:
            # The stack may not be there yet, or any more.
            print(error, flush=True)
        time.sleep(options.seconds)


if __name__ == "__main__":
    main()
