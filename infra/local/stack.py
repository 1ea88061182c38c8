"""The local stack: what `cargo xtask up` does once an emulator of AWS runs, and commands to look into it.

Runs with the emulator's own Python, whose boto3 it uses. Addresses and names come from the file that `cargo xtask up` leaves.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import boto3

import built
import neighbours
import policies

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".hedgerow" / "local-stack.json"
STACK = "hedgerow"
CODE_BUCKET = "hedgerow-code"
REGION = "us-east-1"
FUNCTIONS = ["process-events", "export-events", "run-tasks"]
SAMPLE = ROOT / "examples" / "events.jsonl"
PROJECT = Path(__file__).with_name("hedgerow.toml")
# The emulator's own root; of a real account's credentials there may be none in reach of what runs here.
VARIABLES = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true"}


class Stack:
    """Clients of the emulator, and the outputs of the stack once it is there. Or those of a real account, without an endpoint."""

    def __init__(self, endpoint, name=STACK, session=None):
        self.name = name
        self.session = session or boto3.Session(VARIABLES["AWS_ACCESS_KEY_ID"], VARIABLES["AWS_SECRET_ACCESS_KEY"], region_name=REGION)
        self.endpoint = endpoint

    def client(self, service):
        return self.session.client(service, endpoint_url=self.endpoint)

    def role_of(self, function):
        """The name of the role of a function, which goes by its name in the template."""
        role = self.client("cloudformation").describe_stack_resource(StackName=self.name, LogicalResourceId=f"{function}Role")
        return role["StackResourceDetail"]["PhysicalResourceId"]

    def as_function(self, function):
        """The same stack with what the role of a function may do, and no more."""
        arn = self.client("iam").get_role(RoleName=self.role_of(function))["Role"]["Arn"]
        taken = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="policies")["Credentials"]
        session = boto3.Session(taken["AccessKeyId"], taken["SecretAccessKey"], taken["SessionToken"], region_name=REGION)
        return Stack(self.endpoint, session=session)

    def outputs(self):
        stacks = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}


BUNDLE = "hedgerow-imports.bundle"


def archive_of(binary):
    """The function's archive: its binary as `bootstrap`, and the imports bundle where it is built."""
    files = {"bootstrap": binary.read_bytes()}
    bundle = binary.parents[1] / "imports" / BUNDLE
    if bundle.is_file():
        files[BUNDLE] = bundle.read_bytes()
    return built.zipped(files)


def packaged(template, code):
    """The template with the addresses of the uploaded archives in place of the folders of code, as `sam package` writes it.
    Nothing else changes."""
    for name, key in code.items():
        template, found = re.subn(rf"(?m)^(      CodeUri: )functions/{name}$", rf"\g<1>s3://{CODE_BUCKET}/{key}", template)
        if found != 1:
            raise SystemExit(f"template.yaml: expected one `CodeUri: functions/{name}`, found {found}")
    return template


def upload_code(stack, archive):
    """Uploads every function of the template, whose archives `archive` gives by their names; the keys by these."""
    s3 = stack.client("s3")
    s3.create_bucket(Bucket=CODE_BUCKET)
    code = {}
    for name in FUNCTIONS:
        content = archive(name)
        code[name] = f"{name}-{hashlib.sha256(content).hexdigest()[:16]}.zip"
        s3.put_object(Bucket=CODE_BUCKET, Key=code[name], Body=content)
    return code


def upload_template(stack, template):
    """Uploads the template; its address."""
    stack.client("s3").put_object(Bucket=CODE_BUCKET, Key="template.yaml", Body=template.encode())
    return f"{stack.endpoint}/{CODE_BUCKET}/template.yaml"


def create_stack(stack, code):
    """Creates the stack and waits until it is complete."""
    cloudformation = stack.client("cloudformation")
    cloudformation.create_stack(
        StackName=STACK,
        # Too large to be sent with the call.
        TemplateURL=upload_template(stack, packaged((ROOT / "template.yaml").read_text(), code)),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": "Architecture", "ParameterValue": "x86_64"},
                    {"ParameterKey": "Scale", "ParameterValue": "small"}],
    )
    while True:
        status = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]
        if status == "CREATE_COMPLETE":
            return
        if not status.endswith("IN_PROGRESS"):
            for event in cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]:
                if event["ResourceStatus"].endswith("FAILED"):
                    print(event["LogicalResourceId"], event.get("ResourceStatusReason", ""), file=sys.stderr)
            raise SystemExit(f"the stack is {status}")
        time.sleep(0.1)


def install(hedgerow, endpoint, file, address):
    """Applies a project file with the `hedgerow` command. `address` is where the neighbours of the example apps answer."""
    environment = dict(os.environ, **VARIABLES, AWS_ENDPOINT_URL=endpoint, **neighbours.variables(address))
    # Whoever changes an example app wants to see that, and not to be asked about its lock file.
    command = [hedgerow, "apply", "--stack", STACK, "--yes", "--update", "--json", "--file", file]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise SystemExit(f"`hedgerow apply` ended with {done.returncode}")
    return json.loads(done.stdout)


def send(stack, lines):
    """Sends each line as a message to the events queue."""
    sqs, url = stack.client("sqs"), stack.outputs()["EventsQueueUrl"]
    for line in lines:
        sqs.send_message(QueueUrl=url, MessageBody=line)


def receive(stack, wait_seconds):
    """Takes the final events that are there within that time."""
    sqs, url = stack.client("sqs"), stack.outputs()["OutputQueueUrl"]
    deadline = time.monotonic() + wait_seconds
    while (left := deadline - time.monotonic()) > 0:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=min(20, max(1, int(left))))
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            yield message["Body"]


def logs(stack, function):
    """What a function wrote, the oldest first."""
    events = stack.client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{STACK}-{function}")
    for page in events:
        for event in page["events"]:
            yield event["message"].rstrip()


def waiting(stack):
    """How many messages each queue holds: available, in flight, delayed."""
    sqs = stack.client("sqs")
    for url in sqs.list_queues().get("QueueUrls", []):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        yield url.rsplit("/", 1)[1], [int(counts[name]) for name in names]


def step(text, started):
    print(f"{time.monotonic() - started:5.1f} s  {text}", flush=True)


def up(stack, binaries, address):
    """Everything from an empty emulator to a processed event. Without neighbours of the example apps at an address, it has its own."""
    started = time.monotonic()
    address = address or neighbours.serve()
    code = upload_code(stack, lambda name: archive_of(Path(binaries) / name))
    step("uploaded the functions", started)
    create_stack(stack, code)
    policies.fit_emulator(stack)
    step("created the stack from template.yaml", started)
    applied = install(Path(binaries) / "hedgerow", stack.endpoint, PROJECT, address)
    slugs = [app["slug"] for app in applied["changes"]["apps"]]
    step(f"installed {', '.join(slugs)}", started)
    send(stack, SAMPLE.read_text().splitlines()[:1])
    step("sent the first event of examples/events.jsonl to the events queue", started)
    event = next(receive(stack, 20), None)
    if event is None:
        raise SystemExit("no final event reached the output queue within 20 s; see `stack.py logs process-events`")
    step("the output queue holds the final event:", started)
    print(json.dumps(json.loads(event), indent=2))


def main():
    parser = argparse.ArgumentParser(description="Look into the local stack that `cargo xtask up` started.")
    parser.add_argument("--endpoint", help="address of an emulator [default: of the one that `cargo xtask up` started]")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", help="fill an empty emulator (cargo xtask up does it)")
    start.add_argument("--binaries", required=True, help="folder of the binaries of the functions and of `hedgerow`")
    start.add_argument("--neighbours", help="where infra/local/neighbours.py answers [default: this program does, while it runs]")
    commands.add_parser("send", help="send events to the events queue, a JSON line each").add_argument("file", type=Path)
    commands.add_parser("receive", help="take final events").add_argument("--seconds", type=float, default=5)
    commands.add_parser("logs", help="what a function wrote").add_argument("function", choices=FUNCTIONS)
    commands.add_parser("waiting", help="how many messages each queue holds: available, in flight, delayed")
    commands.add_parser("policies", help="try what the functions' roles allow and refuse")
    commands.add_parser("outputs", help="addresses and names of the stack")
    options = parser.parse_args()
    if options.endpoint:
        stack = Stack(options.endpoint)
    elif STATE.is_file():
        stack = Stack(json.loads(STATE.read_text())["endpoint"])
    else:
        raise SystemExit("there is no local stack; start one with `cargo xtask up`")
    if options.command == "up":
        up(stack, options.binaries, options.neighbours)
    elif options.command == "policies":
        allowed, refused = policies.check(stack)
        print(f"the functions' roles allow {allowed} calls that they need, and refuse {refused} others")
    elif options.command == "send":
        send(stack, options.file.read_text().splitlines())
    elif options.command == "receive":
        for event in receive(stack, options.seconds):
            print(event, flush=True)
    elif options.command == "logs":
        for line in logs(stack, options.function):
            print(line)
    elif options.command == "waiting":
        for name, counts in waiting(stack):
            print(f"{name:50} {counts[0]:6} {counts[1]:6} {counts[2]:6}")
    else:
        for name, value in sorted(stack.outputs().items()):
            print(f"{name:28} {value}")


if __name__ == "__main__":
    main()
