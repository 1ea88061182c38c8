"""Checks template.yaml, as AWS itself transforms it: cfn-lint, cloudformation-validate, checkov, and rules of our own that no linter knows.

    PYTHONPATH=TOOLS python3 infra/lint.py

`.ci/run` installs the tools and runs it. infra/seeded_mistakes.py shows that it finds what it is for.
"""

import sys

from checks import access, delivery, linters, upkeep
from checks.template import Template

OWN = [*delivery.CHECKS, *access.CHECKS, *upkeep.CHECKS]


def main():
    template = Template.read()
    found = [finding for check in [*OWN, *linters.CHECKS] for finding in check(template)]
    for finding in found:
        print(finding)
    print(f"template.yaml: {len(found)} to mend" if found else "template.yaml: nothing to mend")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
