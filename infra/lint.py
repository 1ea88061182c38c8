"""Checks template.yaml with cfn-lint and cloudformation-validate, after the transform that AWS itself makes of it.

Over a SAM template as it is, linters miss most of what AWS refuses: a visibility below the time-out, a runtime that is none, a
concurrency of 1. What no linter knows is in tests/it/template.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

from cfnlint.api import lint_file
from cloudformation_validate import CompositeEngine
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"


class NoManagedPolicies:
    """The transform asks for AWS's managed policies by name; the template uses none."""

    def load(self):
        return {}


def transformed():
    """What AWS makes of the template; the code is said to be uploaded, as the transform asks for that."""
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    template = yaml_parse(TEMPLATE.read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    return transform(template, {}, NoManagedPolicies())


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "transformed.json"
        path.write_text(json.dumps(transformed(), indent=1))
        found = [f"{match.rule.id} {match.message} (line {match.linenumber})" for match in lint_file(path)]
        diagnostics = CompositeEngine().validate_template(path).diagnostics
        # What is merely worth a thought is left out; of it, what outlives the stack is checked by our own tests.
        found += [f"{item.rule_id} {item.message}" for item in diagnostics if item.severity.name != "INFO"]
    for line in found:
        print(line)
    print(f"template.yaml: {len(found)} to mend" if found else "template.yaml: nothing to mend")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
