"""What the functions' roles allow and refuse, tried at the emulator: it enforces the policies of template.yaml nearly as IAM does.

Each call is made with a role's own credentials. What a role needs has to be answered, what is outside it has to be refused for that reason:
a call that fails otherwise, or that is answered, fails the check.
"""

import json
from typing import Callable, NamedTuple

from botocore.exceptions import ClientError

FUNCTIONS = ["ProcessEvents", "ExportEvents", "RunTasks"]
# Of whom each function takes messages; nobody takes final events.
TAKES = {
    "ProcessEvents": ["EventsQueue", "ContinuationsQueue"],
    "ExportEvents": ["ExportsQueue"],
    "RunTasks": ["JobsQueue", "EventsDeadLetterQueue"],
}
SENDS = {"ProcessEvents": ["EventsQueue", "OutputQueue"], "ExportEvents": ["EventsQueue"], "RunTasks": ["EventsQueue"]}
QUEUES = ["EventsQueue", "ContinuationsQueue", "ExportsQueue", "JobsQueue", "EventsDeadLetterQueue", "OutputQueue"]
# Of these SQS has a call for several messages, too.
BATCHED = {"sqs:SendMessage", "sqs:DeleteMessage"}
REFUSED = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}


def fit_emulator(stack):
    """Two places where the emulator does not do as AWS does, which would stop everything; the template is right for AWS.

    Nobody comes over TLS here, and the bucket's policy refuses whoever does not. And the emulator knows actions such as
    `sqs:SendMessageBatch`, which IAM does not have: a batch needs `sqs:SendMessage`. So whoever has that gets the other, on the same queues.
    """
    stack.client("s3").delete_bucket_policy(Bucket=stack.outputs()["Bucket"])
    iam = stack.client("iam")
    for function in FUNCTIONS:
        role = stack.role_of(function)
        batches = []
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for statement in document["Statement"]:
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                batches += [{**statement, "Action": f"{action}Batch"} for action in actions if action in BATCHED]
        policy = json.dumps({"Version": "2012-10-17", "Statement": batches})
        iam.put_role_policy(RoleName=role, PolicyName="emulator", PolicyDocument=policy)


class Call(NamedTuple):
    """A call, in words, and whether the role has to be allowed it."""

    text: str
    is_allowed: bool
    make: Callable


def _calls(stack, function, outputs):
    """Calls that change nothing even where they are answered though they should not be."""
    table, queue, objects = stack.client("dynamodb"), stack.client("sqs"), stack.client("s3")
    row = {"key": {"S": "policies"}, "ttl": {"N": "1"}}
    bucket, registry = outputs["Bucket"], outputs["RegistryTable"]
    yield Call("read another object", False, lambda: objects.get_object(Bucket=bucket, Key="another"))
    yield Call("keep a claim", True, lambda: objects.put_object(Bucket=bucket, Key="claims/policies", Body=b""))
    yield Call("remove a blob", False, lambda: objects.delete_object(Bucket=bucket, Key="blobs/policies"))
    yield Call("read the registry", True, lambda: table.get_item(TableName=registry, Key={"key": row["key"]}))
    yield Call("list the registry", False, lambda: table.scan(TableName=registry))
    yield Call("write the registry", False, lambda: table.put_item(TableName=registry, Item=row))
    yield Call("write the cache", True, lambda: table.put_item(TableName=outputs["CacheTable"], Item=row))
    yield Call("read all of the cache", False, lambda: table.scan(TableName=outputs["CacheTable"]))
    yield Call("describe a table", False, lambda: table.describe_table(TableName=outputs["StorageTable"]))
    for name in QUEUES:
        url = outputs[f"{name}Url"]
        yield Call(
            f"take from {name}", name in TAKES[function], lambda url=url: queue.receive_message(QueueUrl=url, VisibilityTimeout=0)
        )
    for name in ["EventsQueue", "OutputQueue", "EventsDeadLetterQueue"]:
        url, entries = outputs[f"{name}Url"], [{"Id": "1", "MessageBody": ""}]
        if name not in SENDS[function]:
            yield Call(
                f"send to {name}", False, lambda url=url, entries=entries: queue.send_message_batch(QueueUrl=url, Entries=entries)
            )
    yield Call("list roles", False, stack.client("iam").list_roles)
    yield Call("list functions", False, stack.client("lambda").list_functions)
    yield Call("list keys", False, stack.client("kms").list_keys)


def _problem(call):
    """What is wrong with how the call ended, or None."""
    try:
        call.make()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in REFUSED:
            return f"failed with {code}: {error}"
        return f"was refused: {error}" if call.is_allowed else None
    return None if call.is_allowed else "was answered, and has to be refused"


def check(stack):
    """Makes the calls of every function; prints what is wrong. How many calls were allowed, and how many refused, as they should be."""
    outputs = stack.outputs()
    counts, problems = {True: 0, False: 0}, []
    for function in FUNCTIONS:
        for call in _calls(stack.as_function(function), function, outputs):
            problem = _problem(call)
            if problem:
                problems.append(f"{function}: {call.text}: {problem}")
            else:
                counts[call.is_allowed] += 1
    if problems:
        raise SystemExit("\n".join(problems))
    return counts[True], counts[False]
