"""The template as AWS gets it: after the transform that turns functions and their events into plain resources."""

import json
import logging
import os
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
# It warns of metrics of its own that nobody collects.
logging.getLogger("samtranslator").setLevel(logging.ERROR)
NO_VALUE = {"Ref": "AWS::NoValue"}


class _NoManagedPolicies:
    """The transform asks for AWS's managed policies by name; the template uses none."""

    def load(self):
        return {}


def transformed(text):
    """What AWS makes of the template; the code is said to be uploaded, as the transform asks for that."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    template = yaml_parse(text)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    return transform(template, {}, _NoManagedPolicies())


class Template:
    """The transformed template, with what checks ask of it; and the operator's documentation, which has to keep up with it."""

    def __init__(self, text, documentation):
        # Through JSON, so that what the transform leaves is plain data.
        self.root = json.loads(json.dumps(transformed(text)))
        self.documentation = documentation

    @classmethod
    def read(cls):
        return cls((ROOT / "template.yaml").read_text(), (ROOT / "docs" / "operations.md").read_text())

    def resource(self, name):
        return self.root["Resources"][name]

    def properties(self, name):
        return self.resource(name).get("Properties", {})

    def named(self, kind):
        """The names of all resources of a type."""
        return [name for name, resource in self.root["Resources"].items() if resource["Type"] == kind]

    def functions(self):
        return self.named("AWS::Lambda::Function")

    def queues(self):
        return self.named("AWS::SQS::Queue")

    def tables(self):
        return self.named("AWS::DynamoDB::Table")

    def sources(self):
        """Every queue that feeds a function: the function, the queue, the properties of the mapping."""
        for name in self.named("AWS::Lambda::EventSourceMapping"):
            mapping = self.properties(name)
            yield mapping["FunctionName"]["Ref"], resource_of(mapping["EventSourceArn"]), mapping

    def dead_letter_queue(self, queue):
        """The queue that takes what this one gives up, or None."""
        policy = self.properties(queue).get("RedrivePolicy")
        return resource_of(policy["deadLetterTargetArn"]) if policy else None

    def in_mapping(self, value, scale):
        """A number: as it is, or looked up in the mapping `Concurrency` for a scale."""
        if isinstance(value, int):
            return value
        mapping, _, column = value["Fn::FindInMap"]
        return self.root["Mappings"][mapping][scale][column]


def resource_of(value):
    """The resource that a value refers to: of `!Ref X`, `!GetAtt X.Arn`. None if it is neither."""
    if not isinstance(value, dict):
        return None
    path = value.get("Fn::GetAtt")
    return value.get("Ref") or (path.split(".")[0] if isinstance(path, str) else path and path[0])


def branches(value):
    """What a value may be, whatever the conditions are."""
    if isinstance(value, dict) and "Fn::If" in value:
        _, then, otherwise = value["Fn::If"]
        return branches(then) + branches(otherwise)
    return [] if value == NO_VALUE else [value]


def items(value):
    """A list, or the one thing in its place, with every branch of it."""
    return [branch for item in (value if isinstance(value, list) else [value]) for branch in branches(item)]
