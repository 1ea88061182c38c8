"""What functions may do, and who else gets at what they keep."""

from .finding import Finding
from .template import items, resource_of

# Parts of resources that a policy may name: two folders of objects that have names of their own, two objects, an index.
PARTS = {
    "${Bucket.Arn}/blobs/*",
    "${Bucket.Arn}/claims/*",
    "${Bucket.Arn}/${InstallationsKey}",
    "arn:${AWS::Partition}:s3:::${In}/${GeoIpObject}",
    "${DueTable.Arn}/index/by_time",
}
# Actions that IAM cannot bind to a resource, with the reason. Everything else names its resources.
ANY_RESOURCE = {
    # Lambda makes the interfaces with the function's role, and only in a VPC (condition HasVpc).
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
}
# Parameters in those parts, which no operator may set to a pattern.
OBJECTS = {"GeoIpBucket", "GeoIpObject", "InstallationsKey"}
SECRETS = {"PostHogToken", "PostHogPersonalKey"}
TAKING = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
READING = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan"}
# All functions put work into these; final events leave through one function only.
WORK_QUEUES = {"EventsQueue", "ContinuationsQueue", "ExportsQueue", "JobsQueue"}
OUTPUT_OF = {"ProcessEvents": {"OutputQueue"}}
KEY = {"Fn::GetAtt": ["Key", "Arn"]}


def _role(template, function):
    return resource_of(template.properties(function)["Role"])


def _statements(template, role):
    for policy in template.properties(role).get("Policies", []):
        yield from items(policy["PolicyDocument"]["Statement"])


def _allowed(template, role):
    """Each action with each resource that it is allowed on."""
    for statement in _statements(template, role):
        for action in items(statement["Action"]):
            for resource in items(statement["Resource"]):
                yield action, resource


def roles(template):
    """A role of its own for each function, which only Lambda takes, with one inline policy that only allows."""
    functions = template.functions()
    used = {_role(template, function) for function in functions}
    if used != set(template.named("AWS::IAM::Role")) or len(used) != len(functions):
        yield Finding(
            "roles", ", ".join(sorted(map(str, used))), "each function has to have a role of its own, and there are no others"
        )
    for role in used - {None}:
        properties = template.properties(role)
        if properties.get("ManagedPolicyArns") or len(properties.get("Policies", [])) != 1:
            yield Finding("roles", role, "has to have one inline policy and nothing else: managed ones allow more than is needed")
        trusted = [statement["Principal"] for statement in items(properties["AssumeRolePolicyDocument"]["Statement"])]
        if trusted != [{"Service": "lambda.amazonaws.com"}]:
            yield Finding("roles", role, f"may be taken by {trusted}; only by Lambda")
        if any(statement["Effect"] != "Allow" for statement in _statements(template, role)):
            yield Finding("roles", role, "denies something: say what is allowed instead")


def least_privilege(template):
    """Actions by name, on resources of this stack by name."""
    for parameter in OBJECTS:
        if not template.root["Parameters"][parameter].get("AllowedPattern", "").startswith(("^[^*?", "^[a-z")):
            yield Finding("least-privilege", parameter, "could be set to a pattern, which policies would allow: AllowedPattern")
    for role in template.named("AWS::IAM::Role"):
        for action, resource in _allowed(template, role):
            if "*" in action:
                yield Finding("least-privilege", role, f"{action} allows more than one action")
            problem = _resource_problem(template, action, resource)
            if problem:
                yield Finding("least-privilege", role, f"{action} on {resource}: {problem}")


def _resource_problem(template, action, resource):
    if resource == "*":
        return None if action in ANY_RESOURCE else "name the resource"
    if isinstance(resource, str):
        return "is nothing of this stack"
    if "Fn::Sub" in resource:
        text = items(resource["Fn::Sub"])[0]
        return None if text in PARTS else "is a part of a resource that infra/checks/access.py does not know"
    return None if resource_of(resource) in template.root["Resources"] else "is nothing of this stack"


def queues(template):
    """A function takes from what feeds it, sends to the queues of work, and to the output if it has a sink."""
    for function in template.functions():
        role = _role(template, function)
        fed = {queue for source, queue, _ in template.sources() if source == function}
        allowed = list(_allowed(template, role)) if role else []
        for action, expected in [(action, fed) for action in sorted(TAKING)] + [
            ("sqs:SendMessage", WORK_QUEUES | OUTPUT_OF.get(function, set()))
        ]:
            may = {resource_of(resource) for allowed_action, resource in allowed if allowed_action == action}
            if may != expected:
                yield Finding("queue-access", role or function, f"{action} on {sorted(map(str, may))}; needs {sorted(expected)}")


def registry(template):
    """What is installed is for operators to change; a function that an app broke out of could not install another."""
    for role in template.named("AWS::IAM::Role"):
        actions = {action for action, resource in _allowed(template, role) if resource_of(resource) == "RegistryTable"}
        if not actions or not actions <= READING:
            yield Finding("registry", role, f"may {sorted(actions)} on RegistryTable; it reads it and nothing more")


def bucket(template):
    """Nobody gets at the bucket but who the account's own policies let, and over TLS only."""
    properties = template.properties("Bucket")
    block = properties.get("PublicAccessBlockConfiguration", {})
    if len(block) != 4 or not all(value is True for value in block.values()):
        yield Finding("bucket", "Bucket", "all four parts of PublicAccessBlockConfiguration have to be true")
    statements = items(template.properties("BucketPolicy")["PolicyDocument"]["Statement"])
    over_http = {"Bool": {"aws:SecureTransport": "false"}}
    if any(statement["Effect"] != "Deny" for statement in statements) or all(
        statement.get("Condition") != over_http for statement in statements
    ):
        yield Finding("bucket", "BucketPolicy", "has to refuse what comes without TLS, and to give nobody access")


def encryption(template):
    """Everything that is kept is under the stack's key."""
    places = [
        (name, template.properties(name).get("KmsMasterKeyId")) for name in template.queues() + template.named("AWS::SNS::Topic")
    ]
    places += [(name, template.properties(name).get("SSESpecification", {}).get("KMSMasterKeyId")) for name in template.tables()]
    places += [(name, template.properties(name).get("KmsKeyId")) for name in template.named("AWS::Logs::LogGroup")]
    places += [(name, template.properties(name).get("KmsKeyArn")) for name in template.functions()]
    rules = template.properties("Bucket").get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [{}])
    places.append(("Bucket", rules[0].get("ServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")))
    for name, key in places:
        if key != KEY:
            yield Finding("encryption", name, "is not encrypted with Key")
    if template.properties("Key").get("EnableKeyRotation") is not True:
        yield Finding("encryption", "Key", "does not rotate")


def secrets(template):
    """CloudFormation shows parameters to whoever may look at the stack, unless told not to."""
    for name in SECRETS:
        if template.root["Parameters"][name].get("NoEcho") is not True:
            yield Finding("secrets", name, "is shown to whoever may look at the stack: NoEcho")


CHECKS = [roles, least_privilege, queues, registry, bucket, encryption, secrets]
