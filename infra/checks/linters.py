"""Linters of others, over what AWS makes of the template.

Over a SAM template as it is they miss most of what AWS refuses: a visibility below the time-out, a runtime that is none, a concurrency
of 1.
"""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from cfnlint.api import lint_file
from cloudformation_validate import CompositeEngine

from .finding import Finding

# Of cloudformation-validate: rules that are wrong at a place, with the reason.
NOT_HERE = {
    # The condition HasVpc keeps the parameters' empty default out; it tries that all the same.
    ("F3031", "VpcConfig"),
    ("E1150", "VpcConfig"),
}
# Of checkov: rules that are not ours, with the reason.
SKIPPED = {
    "CKV_AWS_18": "access logs of a bucket that only the functions and operators reach: CloudTrail data events serve the account that wants them",
    "CKV_AWS_116": "a dead-letter queue of a function takes what is invoked asynchronously; messages have those of their queues, ticks come again",
}


@contextmanager
def _file(template):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "transformed.json"
        path.write_text(json.dumps(template.root, indent=1))
        yield path


def cfn_lint(template):
    with _file(template) as path:
        for match in lint_file(path):
            yield Finding(f"cfn-lint {match.rule.id}", f"line {match.linenumber}", match.message)


def cloudformation_validate(template):
    with _file(template) as path:
        diagnostics = CompositeEngine().validate_template(path).diagnostics
    for item in diagnostics:
        # What is merely worth a thought is left out; of it, what outlives the stack is a rule of our own.
        is_excused = any(item.rule_id == rule and part in str(item.property_path) for rule, part in NOT_HERE)
        if item.severity.name != "INFO" and not is_excused:
            yield Finding(f"cloudformation-validate {item.rule_id}", str(item.entity), item.message)


def checkov(template):
    """A process of its own: as a library it takes the program's arguments and logging for its own."""
    with _file(template) as path:
        command = [sys.executable, "-m", "checkov.main", "--framework", "cloudformation", "--file", str(path)]
        command += ["--output", "json", "--quiet", "--compact", "--skip-download"]
        # Told apart from nothing to say: with no finding it exits with 0, with findings with 1.
        done = subprocess.run(command, stdout=subprocess.PIPE, env={**os.environ, "LOG_LEVEL": "ERROR"}, check=False)
    report = json.loads(done.stdout)
    failed = report["results"]["failed_checks"]
    for check in failed:
        if check["check_id"] not in SKIPPED:
            yield Finding(f"checkov {check['check_id']}", check["resource"], check["check_name"])
    # A reason that nothing needs any more would hide the next mistake.
    for unused in sorted(SKIPPED.keys() - {check["check_id"] for check in failed}):
        yield Finding("checkov", unused, "is skipped in infra/checks/linters.py and not found: take it out")
    if report["summary"]["resource_count"] < len(template.root["Resources"]):
        yield Finding("checkov", "template", "was not read as a whole")


FAST = [cfn_lint, cloudformation_validate]
CHECKS = [*FAST, checkov]
