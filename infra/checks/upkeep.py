"""What outlives mistakes, what ends by itself, what is watched, and whether the documentation says what an alarm means."""

import json
import re

from .finding import Finding
from .template import resource_of

# A message may be 14 days in a queue, after 10 days of attempts; what it names has to outlive it.
LONGEST_MESSAGE_DAYS = 14 + 10
TAGS = {"Project": "hedgerow", "Stack": {"Ref": "AWS::StackName"}}
TAGGED = {
    "AWS::CloudWatch::Alarm",
    "AWS::DynamoDB::Table",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
}
TOPIC = [{"Ref": "NotificationsTopic"}]
# An alarm for a slow function comes at four fifths of its time-out.
SLOW = 800


def kept(template):
    """Nothing that is kept is lost by a mistake: not with the stack, not by a deletion, not by an overwritten value."""
    for table in template.tables():
        properties = template.properties(table)
        if properties.get("BillingMode") != "PAY_PER_REQUEST":
            yield Finding("kept", table, "a capacity of its own would throttle: PAY_PER_REQUEST")
        if properties.get("PointInTimeRecoverySpecification") != {"PointInTimeRecoveryEnabled": True}:
            yield Finding("kept", table, "cannot be brought back to a point in time")
        if properties.get("DeletionProtectionEnabled") is not True:
            yield Finding("kept", table, "can be deleted by mistake")
    if template.properties("Bucket").get("VersioningConfiguration") != {"Status": "Enabled"}:
        yield Finding("kept", "Bucket", "has no versions")
    dead_letters = {template.dead_letter_queue(queue) for queue in template.queues()} - {None}
    for name in [*template.tables(), *sorted(dead_letters), "Bucket", "Key"]:
        resource = template.resource(name)
        if [resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")] != ["Retain", "Retain"]:
            yield Finding("kept", name, "ends with the stack: DeletionPolicy and UpdateReplacePolicy have to be Retain")


def ends(template):
    """Only bodies of messages end by themselves, and not before their messages; logs end when the operator says."""
    rules = template.properties("Bucket").get("LifecycleConfiguration", {}).get("Rules", [])
    ending = [(rule.get("Prefix"), rule["ExpirationInDays"]) for rule in rules if "ExpirationInDays" in rule]
    if [prefix for prefix, _ in ending] != ["claims/"] or ending[0][1] <= LONGEST_MESSAGE_DAYS:
        yield Finding("ends", "Bucket", f"{ending}: claims/ ends, and nothing else, after more than {LONGEST_MESSAGE_DAYS} days")
    for function in template.functions():
        group = resource_of(template.properties(function).get("LoggingConfig", {}).get("LogGroup"))
        if group is None or template.properties(group).get("RetentionInDays") != {"Ref": "LogRetentionDays"}:
            yield Finding("ends", function, "its log has to be a group of the template with RetentionInDays")


def tags(template):
    for name, resource in template.root["Resources"].items():
        if resource["Type"] in TAGGED:
            found = {tag["Key"]: tag["Value"] for tag in resource["Properties"].get("Tags", [])}
            if any(found.get(key) != value for key, value in TAGS.items()):
                yield Finding("tags", name, f"has to have the tags {', '.join(TAGS)}")


def _watched(template):
    """Each alarm with the metric and the resource that it watches."""
    for alarm in template.named("AWS::CloudWatch::Alarm"):
        properties = template.properties(alarm)
        for dimension in properties.get("Dimensions", [{"Value": None}]):
            yield alarm, properties["MetricName"], resource_of(dimension["Value"])


def alarms(template):
    """Whatever can fail has an alarm, and each tells the topic when it begins and ends."""
    expected = {("disabled_apps", None), ("dead_letters", None), ("Invocations", None)}
    targets = {template.dead_letter_queue(queue) for queue in template.queues()}
    for queue in template.queues():
        expected.add(("ApproximateNumberOfMessagesVisible" if queue in targets else "ApproximateAgeOfOldestMessage", queue))
    for function in template.functions():
        expected |= {(metric, function) for metric in ("Errors", "Throttles", "Duration")}
    watched = {(metric, resource): alarm for alarm, metric, resource in _watched(template)}
    for metric, resource in sorted(expected ^ watched.keys(), key=str):
        wrong = "has no alarm" if (metric, resource) in expected else "has an alarm that infra/checks/upkeep.py does not know"
        yield Finding("alarms", resource or "stack", f"{metric} {wrong}")
    for (metric, resource), alarm in watched.items():
        properties = template.properties(alarm)
        if properties.get("AlarmActions") != TOPIC or properties.get("OKActions") != TOPIC:
            yield Finding("alarms", alarm, "has to tell NotificationsTopic when it begins and ends")
        if metric == "Duration" and properties["Threshold"] != SLOW * template.properties(resource).get("Timeout", 3):
            yield Finding("alarms", alarm, f"does not come at four fifths of the time-out of {resource}")


def disabled_apps(template):
    """What functions count of disabled apps is what the alarm watches, and it stays until it is mended."""
    alarm = template.properties("AppDisabledAlarm")
    for function in template.functions():
        variables = template.properties(function)["Environment"]["Variables"]
        if alarm["Namespace"] != variables.get("HEDGEROW_METRICS_NAMESPACE"):
            yield Finding("disabled-apps", function, "does not count in the namespace that AppDisabledAlarm watches")
    if alarm["Statistic"] != "Maximum" or alarm.get("TreatMissingData") != "ignore":
        yield Finding("disabled-apps", "AppDisabledAlarm", "ends while an app is disabled: Maximum, and missing data ignored")


def documented(template):
    """Each alarm has a row in the table of docs/operations.md, and each row an alarm: whoever is woken up looks there."""
    rows = set(re.findall(r"(?m)^\| `(\w+Alarm)` \|", template.documentation))
    for alarm in sorted(rows ^ set(template.named("AWS::CloudWatch::Alarm"))):
        yield Finding("documented", alarm, "is no alarm of the template" if alarm in rows else "has no row in docs/operations.md")


def dashboard(template):
    """It shows what alarms watch, as that is where one looks then, and what each table costs."""
    body = template.properties("Dashboard")["DashboardBody"]["Fn::Sub"]
    try:
        widgets = json.loads(body)["widgets"]
    except ValueError as error:
        yield Finding("dashboard", "Dashboard", f"is no JSON: {error}")
        return
    rows = [row for widget in widgets for row in widget["properties"]["metrics"]]
    yield from _of_apps(row[0]["expression"] for row in rows if isinstance(row[0], dict))
    rows = [row for row in rows if isinstance(row[0], str)]
    # [namespace, metric, dimension, "${Resource.Attribute}"]; what has no dimension is the stack's own.
    shown = {(row[1], row[3].strip("${}").split(".")[0] if len(row) > 3 else None) for row in rows}
    expected = {(metric, resource) for alarm, metric, resource in _watched(template) if alarm != "TicksAlarm"}
    expected |= {(f"Consumed{kind}CapacityUnits", table) for kind in ("Read", "Write") for table in template.tables()}
    for metric, resource in sorted(expected - shown, key=str):
        yield Finding("dashboard", resource or "stack", f"{metric} is not shown")


def _of_apps(searches):
    """What apps do is found by search, as they come and go: in the namespace that the functions write to, by its dimensions."""
    schema = '{"hedgerow/${AWS::StackName}",installation,function}'
    searches = list(searches)
    for metric in ("failures", "retries", "duration_ms"):
        if not any(search.startswith(f"SEARCH('{schema} MetricName=\"{metric}\"'") for search in searches):
            yield Finding("dashboard", "apps", f"{metric} is not shown")


CHECKS = [kept, ends, tags, alarms, disabled_apps, documented, dashboard]
