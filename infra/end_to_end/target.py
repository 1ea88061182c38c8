"""The stack that the end-to-end run is about: events in and out, what apps counted, and the `hedgerow` command."""

import json
import os
import subprocess
import threading
import time
import urllib.parse
import urllib.request
import uuid
from datetime import datetime, timezone

TEAM = 2
TOKEN = "phc_end_to_end"
MINUTE_RULE = "every-minute"


class Target:
    """A stack, at an emulator or in an account. Everything that was sent and received is remembered."""

    def __init__(self, stack, hedgerow):
        self.stack, self.hedgerow_binary = stack, hedgerow
        self.outputs = stack.outputs()
        self.environment = dict(os.environ)
        # When each event was sent, in seconds of the epoch.
        self.sent_at = {}
        self.received = []
        self._seen = set()
        self._ended = threading.Event()
        self._receiver = threading.Thread(target=self._receive, daemon=True)
        self._receiver.start()

    @property
    def is_emulator(self):
        return self.stack.endpoint is not None

    def end(self):
        self._ended.set()
        self._receiver.join()

    def hedgerow(self, *words):
        """What the command prints with --json; it ends the run if the command fails."""
        command = [self.hedgerow_binary, *words, "--stack", self.stack.name, "--json"]
        done = subprocess.run(command, env=self.environment, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"`hedgerow {' '.join(words)}` ended with {done.returncode}: {done.stdout}")
        return json.loads(done.stdout) if done.stdout.strip() else None

    def send(self, count, seconds=0.0):
        """Sends so many events, spread over that time. Their uuids."""
        sqs, url = self.stack.client("sqs"), self.outputs["EventsQueueUrl"]
        started, sent = time.monotonic(), []
        while len(sent) < count:
            time.sleep(max(0.0, started + seconds * len(sent) / count - time.monotonic()))
            names = [str(uuid.uuid4()) for _ in range(min(10, count - len(sent)))]
            entries = [
                {"Id": str(number), "MessageBody": _event(name), "MessageGroupId": str(TEAM)} for number, name in enumerate(names)
            ]
            # Before it goes out: what is looked at is what was sent later than something.
            self.sent_at |= dict.fromkeys(names, time.time())
            failed = sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")
            if failed:
                raise SystemExit(f"the events queue refused {failed}")
            sent += names
        return sent

    def _receive(self):
        """Takes final events until the end. SQS may deliver one twice: its message has the same id then."""
        sqs, url = self.stack.client("sqs"), self.outputs["OutputQueueUrl"]
        while not self._ended.is_set():
            messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
            for message in messages:
                if message["MessageId"] not in self._seen:
                    self._seen.add(message["MessageId"])
                    self.received.append(json.loads(message["Body"]))
            if messages:
                entries = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(messages)]
                sqs.delete_message_batch(QueueUrl=url, Entries=entries)

    def received_of(self, uuids):
        wanted = set(uuids)
        return [event for event in list(self.received) if event["uuid"] in wanted]

    def wait_for(self, uuids, seconds):
        """Waits until as many final events are there, and a moment more in which one too many would come. Those."""
        until(lambda: len(self.received_of(uuids)) >= len(uuids), seconds)
        time.sleep(1)
        return self.received_of(uuids)

    def deliveries(self, app):
        """How often an app's onEvent has counted each event, by uuid: what stands in the table of the cache."""
        prefix = f"plain/{TEAM}/{len(app)}/{app}/delivered/"
        pages = self.stack.client("dynamodb").get_paginator("scan").paginate(
            TableName=self.outputs["CacheTable"],
            FilterExpression="begins_with(#key, :prefix)",
            ProjectionExpression="#key, #count",
            ExpressionAttributeNames={"#key": "key", "#count": "integer"},
            ExpressionAttributeValues={":prefix": {"S": prefix}},
            ConsistentRead=True,
        )
        return {item["key"]["S"].removeprefix(prefix): int(item["integer"]["N"]) for page in pages for item in page["Items"]}

    def forget(self, apps):
        """Removes what the apps counted."""
        table = self.stack.client("dynamodb")
        for app in apps:
            for name in self.deliveries(app):
                key = {"key": {"S": f"plain/{TEAM}/{len(app)}/{app}/delivered/{name}"}}
                table.delete_item(TableName=self.outputs["CacheTable"], Key=key)

    def dead_letters(self):
        """The functions of the dead letters that wait, one for each."""
        pages = self.stack.client("dynamodb").get_paginator("scan").paginate(
            TableName=self.outputs["DeadLettersTable"], ConsistentRead=True
        )
        items = [item for page in pages for item in page["Items"]]
        return [item.get("function", {}).get("S") for item in items if "redriven_at" not in item]

    def alarm(self, resource):
        """The state of an alarm of the template."""
        described = self.stack.client("cloudformation").describe_stack_resource(StackName=self.stack.name, LogicalResourceId=resource)
        name = described["StackResourceDetail"]["PhysicalResourceId"]
        return self.stack.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]

    def refresh_every(self, seconds):
        """Lets the functions look for changes more often, which starts them anew."""
        functions = self.stack.client("lambda")
        for output in ("ProcessEventsFunction", "ExportEventsFunction", "RunTasksFunction"):
            name = self.outputs[output]
            variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
            variables["HEDGEROW_REFRESH_SECONDS"] = str(seconds)
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})

    def bring_forward(self, count):
        """At the emulator, so many messages that wait for their time among the continuations come now. Whether they were there."""
        tick = {
            "source": "aws.events",
            "detail-type": "Scheduled Event",
            "time": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "resources": [f"arn:aws:events:us-east-1:000000000000:rule/{self.stack.name}-{MINUTE_RULE}"],
            "detail": {},
        }
        # What is due within a quarter of an hour goes from the due table to its queue.
        self.stack.client("lambda").invoke(FunctionName=self.outputs["RunTasksFunction"], Payload=json.dumps(tick))
        sqs, url = self.stack.client("sqs"), self.outputs["ContinuationsQueueUrl"]
        # The rule itself may have begun with some of them.
        if not until(lambda: len(self._peek(url)) >= count, 90, pause=1):
            return False
        messages = self._peek(url)
        sqs.purge_queue(QueueUrl=url)
        for message in messages:
            sqs.send_message(QueueUrl=url, MessageBody=message["Body"], MessageGroupId=message["MessageGroupId"] or str(TEAM))
        return True

    def _peek(self, url):
        """The messages of a queue, those that are delayed too: the emulator shows them, SQS does not."""
        address = f"{self.stack.endpoint}/_ministack/sqs/messages?QueueUrl={urllib.parse.quote(url, safe='')}"
        with urllib.request.urlopen(address) as answer:
            accounts = json.load(answer)["messages"].values()
        return [message for regions in accounts for queues in regions.values() for found in queues.values() for message in found]


def _event(name):
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    event = {"uuid": name, "event": "end to end", "distinct_id": f"person {name[:2]}", "timestamp": now, "now": now}
    return json.dumps(event | {"properties": {"token": TOKEN}})


def until(holds, seconds, pause=0.25):
    """Whether something holds within that time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
