"""Queues, what they feed, and what invokes functions by time: the numbers that belong together."""

import re

from .finding import Finding
from .template import items, resource_of

DAY = 86400
# Rules that may invoke RunTasks at the same time.
TIMERS = {"RunTasks": 3}
# AWS: a queue with few receives gives messages up for a throttle or two.
FEWEST_RECEIVES = 5
LONGEST_RETENTION = 14 * DAY


def visibility(template):
    """AWS refuses a mapping whose queue shows a message again before the function's time-out, and advises six times that, plus the window."""
    for function, queue, mapping in template.sources():
        timeout = template.properties(function).get("Timeout", 3)
        needed = 6 * timeout + mapping.get("MaximumBatchingWindowInSeconds", 0)
        hidden = template.properties(queue).get("VisibilityTimeout", 30)
        if hidden < needed:
            yield Finding(
                "visibility", queue, f"hides messages for {hidden} s; {function} needs {needed} s (6 x {timeout} s + window)"
            )


def batch_window(template):
    """AWS refuses batches of more than 10 without a window; no linter knows."""
    for function, queue, mapping in template.sources():
        size, window = mapping.get("BatchSize", 10), mapping.get("MaximumBatchingWindowInSeconds", 0)
        if not 1 <= size <= 10_000 or size > 10 and window < 1:
            yield Finding("batch-window", queue, f"a batch of {size} for {function} with a window of {window} s: AWS refuses it")


def partial_batches(template):
    """Without it one message that fails brings back all those of its batch."""
    for function, queue, mapping in template.sources():
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield Finding(
                "partial-batches", queue, f"{function} does not report which messages failed: set ReportBatchItemFailures"
            )


def concurrency(template):
    """SQS does not know of reserved concurrency: what is throttled counts as received and ends as a dead letter."""
    for scale in template.root["Mappings"]["Concurrency"]:
        for function in template.functions():
            taken = TIMERS.get(function, 0)
            for source, queue, mapping in template.sources():
                if source != function:
                    continue
                most = template.in_mapping(mapping["ScalingConfig"]["MaximumConcurrency"], scale)
                if not 2 <= most <= 1000:
                    yield Finding("concurrency", queue, f"{scale}: MaximumConcurrency {most}: AWS takes 2 to 1000")
                taken += most
            for reserved in items(template.properties(function)["ReservedConcurrentExecutions"]):
                reserved = template.in_mapping(reserved, scale)
                if taken > reserved:
                    yield Finding(
                        "concurrency", function, f"{scale}: its sources may ask for {taken}, and {reserved} are reserved"
                    )


def dead_letter_queues(template):
    """What crashes a function ends in a queue that keeps it for at least as long, and that nobody else fills."""
    fed = {queue: function for function, queue, _ in template.sources()}
    targets = {template.dead_letter_queue(queue) for queue in template.queues()} - {None}
    for queue in fed:
        target = template.dead_letter_queue(queue)
        if target is None:
            if queue not in targets:
                yield Finding(
                    "dead-letter-queue", queue, "has none: a message that crashes its function would come back until it ends"
                )
            continue
        properties, of_target = template.properties(queue), template.properties(target)
        receives = properties["RedrivePolicy"]["maxReceiveCount"]
        if receives < FEWEST_RECEIVES:
            yield Finding(
                "dead-letter-queue",
                queue,
                f"maxReceiveCount {receives}: throttles alone would make dead letters; at least {FEWEST_RECEIVES}",
            )
        # Counted from when a message was first sent.
        kept, needed = of_target.get("MessageRetentionPeriod", 4 * DAY), properties.get("MessageRetentionPeriod", 4 * DAY)
        if kept < needed:
            yield Finding(
                "dead-letter-queue", target, f"keeps messages for {kept} s, {queue} for {needed} s: what it takes may end at once"
            )
        if not _is_allowed_only(of_target, properties):
            yield Finding("dead-letter-queue", target, f"RedriveAllowPolicy has to name {queue} and no other")
        if target not in fed:
            yield Finding("dead-letter-queue", target, "nothing imports its messages")


def _is_allowed_only(of_target, properties):
    policy = of_target.get("RedriveAllowPolicy", {})
    # By its name: the ARN itself would make the two queues wait for each other.
    name = properties.get("QueueName", {}).get("Fn::Sub")
    arn = f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{name}"
    return policy == {"redrivePermission": "byQueue", "sourceQueueArns": [{"Fn::Sub": arn}]}


def retention(template):
    """Messages are kept as long as SQS can: that is the time to mend what stops them."""
    for queue in template.queues():
        kept = template.properties(queue).get("MessageRetentionPeriod", 4 * DAY)
        if kept != LONGEST_RETENTION:
            yield Finding("retention", queue, f"keeps messages for {kept} s; SQS can for {LONGEST_RETENTION} s")


def readers(template):
    """Two functions on one queue would share its messages out between them; with none they only end."""
    counts = {queue: 0 for queue in template.queues()}
    for _, queue, _ in template.sources():
        counts[queue] += 1
    for queue, count in counts.items():
        if count != (0 if queue == "OutputQueue" else 1):
            yield Finding("readers", queue, f"feeds {count} functions")


_CRON_FIELDS = [
    re.compile(r"[0-9*,/-]+"),  # minutes
    re.compile(r"[0-9*,/-]+"),  # hours
    re.compile(r"[0-9*,/?LW-]+"),  # day of month
    re.compile(r"[0-9A-Z*,/-]+"),  # month
    re.compile(r"[0-9A-Z*,/?#L-]+"),  # day of week
    re.compile(r"[0-9*,/-]+"),  # year
]


def schedules(template):
    """What AWS refuses at deployment: `rate(1 minutes)`, and a cron that does not leave one of the two days open with `?`."""
    for name in template.named("AWS::Events::Rule"):
        expression = template.properties(name).get("ScheduleExpression", "")
        problem = _schedule_problem(expression)
        if problem:
            yield Finding("schedule", name, f"`{expression}`: {problem}")


def _schedule_problem(expression):
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)(s?)\)", expression):
        is_one, is_plural = rate[1] == "1", rate[3] == "s"
        return None if int(rate[1]) > 0 and is_one != is_plural else "1 takes the singular, and what is more the plural"
    cron = re.fullmatch(r"cron\((.*)\)", expression)
    if not cron:
        return "is neither rate(...) nor cron(...)"
    fields = cron[1].split(" ")
    if len(fields) != len(_CRON_FIELDS):
        return f"has {len(fields)} fields; AWS wants {len(_CRON_FIELDS)}"
    if [fields[2], fields[4]].count("?") != 1:
        return "one of day of month and day of week has to be `?`, and not both"
    bad = [field for field, form in zip(fields, _CRON_FIELDS) if not form.fullmatch(field)]
    return f"does not understand {bad[0]}" if bad else None


CHECKS = [visibility, batch_window, partial_batches, concurrency, dead_letter_queues, retention, readers, schedules]
