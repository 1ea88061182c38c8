"""Shows that the checks of template.yaml find what they are for: copies of it with one mistake each.

    PYTHONPATH=TOOLS python3 infra/seeded_mistakes.py

The first list runs through all fast checks, and says which of them have to find the mistake. The second runs through our own rules
alone and leaves none of them without a mistake that only it is for.
"""

import inspect
import re
import unittest
from typing import NamedTuple

from checks import linters
from checks.template import ROOT, Template
from lint import OWN


class Mistake(NamedTuple):
    """In the text of the template, in its part that begins with `part`: the first `right` becomes `wrong`."""

    name: str
    part: str
    right: str
    wrong: str
    # By which checks it has to be found; with others it may be, too.
    found_by: tuple

    def made_in(self, text):
        before, found, after = text.partition(self.part)
        if not found or self.right not in after:
            raise AssertionError(f"template.yaml has no `{self.right}` after `{self.part}` any more")
        return before + found + after.replace(self.right, self.wrong, 1)


SEEDED = [
    Mistake(
        "visibility below the time-out",
        "  EventsQueue:\n",
        "VisibilityTimeout: 721",
        "VisibilityTimeout: 60",
        ("cfn-lint E3505", "cloudformation-validate E3505", "visibility"),
    ),
    Mistake(
        "time-out that Lambda does not have",
        "  RunTasks:\n",
        "Timeout: 900",
        "Timeout: 901",
        ("cfn-lint E3717", "cloudformation-validate E3717", "visibility", "alarms"),
    ),
    Mistake(
        "runtime that is none",
        "Globals:\n",
        "Runtime: provided.al2023",
        "Runtime: provided.al2032",
        ("cfn-lint E3030", "cloudformation-validate W3030"),
    ),
    Mistake(
        "response type that is none",
        "  RunTasks:\n",
        "[ReportBatchItemFailures]",
        "[ReportBatchItemFailure]",
        ("cfn-lint E3030", "cloudformation-validate W3030", "partial-batches"),
    ),
    Mistake(
        "concurrency of 1",
        "        Exports:\n",
        "!FindInMap [Concurrency, !Ref Scale, Exports]",
        "1",
        ("cfn-lint E3034", "cloudformation-validate F3034", "concurrency"),
    ),
    Mistake(
        "action that IAM does not know",
        "  RunTasksRole:\n",
        "sqs:DeleteMessage,",
        "sqs:DeleteMesage,",
        ("cfn-lint W3037", "queue-access"),
    ),
    Mistake(
        "large batch without a window",
        "  ExportEvents:\n",
        "            MaximumBatchingWindowInSeconds: 10\n",
        "",
        ("batch-window",),
    ),
    Mistake(
        "cron with two days",
        "        EveryDay:\n",
        "cron(0 0 * * ? *)",
        "cron(0 0 * * * *)",
        ("cfn-lint E3027", "cloudformation-validate E3027", "schedule"),
    ),
    Mistake(
        "plural of one minute",
        "        EveryMinute:\n",
        "rate(1 minute)",
        "rate(1 minutes)",
        ("cfn-lint E3027", "cloudformation-validate E3027", "schedule"),
    ),
    Mistake("more concurrency than is reserved", "    medium:", "Events: 40", "Events: 41", ("concurrency",)),
    Mistake(
        "policy on everything",
        "  ExportEventsRole:\n",
        "                Resource: !GetAtt Key.Arn\n",
        '                Resource: "*"\n',
        ("least-privilege",),
    ),
    Mistake(
        "dead letters that end before their messages",
        "  EventsDeadLetterQueue:\n",
        "MessageRetentionPeriod: 1209600",
        "MessageRetentionPeriod: 345600",
        ("dead-letter-queue", "retention"),
    ),
]

OF_OWN_RULES = [
    Mistake("sum of concurrency", "    small:", "DeadLetters: 2, RunTasks: 15", "DeadLetters: 3, RunTasks: 15", ("concurrency",)),
    Mistake("few receives", "  JobsQueue:\n", "maxReceiveCount: 10", "maxReceiveCount: 3", ("dead-letter-queue",)),
    Mistake(
        "no dead-letter queue",
        "  JobsQueue:\n",
        "      RedrivePolicy: { deadLetterTargetArn: !GetAtt JobsDeadLetterQueue.Arn, maxReceiveCount: 10 }\n",
        "",
        ("dead-letter-queue", "alarms"),
    ),
    Mistake(
        "another's dead letters",
        "  JobsDeadLetterQueue:\n",
        "${AWS::StackName}-jobs",
        "${AWS::StackName}-exports",
        ("dead-letter-queue",),
    ),
    Mistake(
        "queue kept for short",
        "  OutputQueue:\n",
        "MessageRetentionPeriod: 1209600",
        "MessageRetentionPeriod: 86400",
        ("retention",),
    ),
    Mistake(
        "queue that two functions read",
        "  RunTasks:\n",
        "Queue: !GetAtt JobsQueue.Arn",
        "Queue: !GetAtt ExportsQueue.Arn",
        ("readers", "queue-access"),
    ),
    Mistake("cron of five fields", "        EveryHour:\n", "cron(0 * * * ? *)", "cron(0 * * * ?)", ("schedule",)),
    Mistake("schedule of another kind", "        EveryHour:\n", "cron(0 * * * ? *)", "at(2026-01-01T00:00:00)", ("schedule",)),
    Mistake(
        "role of another",
        "  ExportEvents:\n",
        "!GetAtt ExportEventsRole.Arn",
        "!GetAtt RunTasksRole.Arn",
        ("roles", "queue-access"),
    ),
    Mistake("role for anybody", "  RunTasksRole:\n", "{ Service: lambda.amazonaws.com }", '{ AWS: "*" }', ("roles",)),
    Mistake(
        "managed policy",
        "  RunTasksRole:\n",
        "    Properties:\n",
        "    Properties:\n      ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]\n",
        ("roles",),
    ),
    Mistake(
        "all actions of a table", "  RunTasksRole:\n", "Action: dynamodb:Query", 'Action: "dynamodb:*"', ("least-privilege",)
    ),
    Mistake("whole bucket", "  RunTasksRole:\n", "${Bucket.Arn}/blobs/*", "${Bucket.Arn}/*", ("least-privilege",)),
    Mistake(
        "object parameter that may be a pattern",
        "  GeoIpObject:\n",
        '    AllowedPattern: "^[^*?$]*$"\n',
        "",
        ("least-privilege",),
    ),
    Mistake(
        "output from another function",
        "  RunTasksRole:\n",
        "                  - !GetAtt JobsQueue.Arn\n              - Sid: KeepState",
        "                  - !GetAtt JobsQueue.Arn\n                  - !GetAtt OutputQueue.Arn\n              - Sid: KeepState",
        ("queue-access",),
    ),
    Mistake(
        "function that installs apps",
        "  ProcessEventsRole:\n",
        "Action: dynamodb:GetItem\n                Resource: !GetAtt RegistryTable.Arn",
        "Action: dynamodb:PutItem\n                Resource: !GetAtt RegistryTable.Arn",
        ("registry",),
    ),
    Mistake("bucket that may be public", "  Bucket:\n", "BlockPublicAcls: true", "BlockPublicAcls: false", ("bucket",)),
    Mistake(
        "bucket without TLS", "  BucketPolicy:\n", 'aws:SecureTransport: "false"', 'aws:SecureTransport: "true"', ("bucket",)
    ),
    Mistake("log in the clear", "  RunTasksLogs:\n", "      KmsKeyId: !GetAtt Key.Arn\n", "", ("encryption",)),
    Mistake("key that stays", "  Key:\n", "EnableKeyRotation: true", "EnableKeyRotation: false", ("encryption",)),
    Mistake("secret that is shown", "  PostHogToken:\n", "    NoEcho: true\n", "", ("secrets",)),
    Mistake(
        "table that can be deleted",
        "  DueTable:\n",
        "DeletionProtectionEnabled: true",
        "DeletionProtectionEnabled: false",
        ("kept",),
    ),
    Mistake("table that ends with the stack", "  RegistryTable:\n", "    DeletionPolicy: Retain\n", "", ("kept",)),
    Mistake(
        "table without its past",
        "  StorageTable:\n",
        "PointInTimeRecoveryEnabled: true",
        "PointInTimeRecoveryEnabled: false",
        ("kept",),
    ),
    Mistake(
        "claims that end too soon", "            Prefix: claims/\n", "ExpirationInDays: 30", "ExpirationInDays: 14", ("ends",)
    ),
    Mistake("logs for ever", "  ExportEventsLogs:\n", "      RetentionInDays: !Ref LogRetentionDays\n", "", ("ends",)),
    Mistake("queue without tags", "  JobsQueue:\n", "Key: Project", "Key: Projekt", ("tags",)),
    Mistake(
        "alarm on another queue",
        "  JobsAgeAlarm:\n",
        "!GetAtt JobsQueue.QueueName",
        "!GetAtt ExportsQueue.QueueName",
        ("alarms",),
    ),
    Mistake(
        "alarm that tells nobody", "  JobsAgeAlarm:\n", "AlarmActions: [!Ref NotificationsTopic]", "AlarmActions: []", ("alarms",)
    ),
    Mistake("alarm at another time-out", "  RunTasksDurationAlarm:\n", "Threshold: 720000", "Threshold: 96000", ("alarms",)),
    Mistake(
        "disabled apps that are counted elsewhere",
        "  AppDisabledAlarm:\n",
        "Namespace: !Sub hedgerow/${AWS::StackName}",
        "Namespace: hedgerow",
        ("disabled-apps",),
    ),
    Mistake("alarm that ends by itself", "  AppDisabledAlarm:\n", "Statistic: Maximum", "Statistic: Minimum", ("disabled-apps",)),
    Mistake(
        "alarm on no dead letters",
        "  DeadLettersAlarm:\n",
        "MetricName: dead_letters",
        "MetricName: deadLetters",
        ("alarms", "dashboard"),
    ),
    Mistake("alarm that nobody explains", "  # ---", "  JobsAgeAlarm:\n", "  OldJobsAlarm:\n", ("documented",)),
    Mistake("dashboard that is no JSON", "  Dashboard:\n", '"widgets": [', '"widgets": [,', ("dashboard",)),
    Mistake(
        "apps of another namespace on the dashboard",
        "Apps: calls that failed",
        "hedgerow/${AWS::StackName}",
        "hedgerow",
        ("dashboard",),
    ),
    Mistake("table that is not on the dashboard", "Tables: units", "${CacheTable}", "cache", ("dashboard",)),
]


class TheTemplate(unittest.TestCase):
    """What follows shows nothing if the template itself is not in order."""

    @classmethod
    def setUpClass(cls):
        cls.right = Template.read()
        cls.text = (ROOT / "template.yaml").read_text()

    def found(self, mistake, checks):
        """The names of the checks that find something in the copy of the template."""
        wrong = Template(mistake.made_in(self.text), self.right.documentation)
        return {finding.check for check in checks for finding in check(wrong)}

    def test_nothing_is_found_in_it(self):
        self.assertEqual([str(finding) for check in OWN + linters.FAST for finding in check(self.right)], [])

    def test_each_seeded_mistake_is_found(self):
        self.assertGreaterEqual(len(SEEDED), 10)
        for mistake in SEEDED:
            with self.subTest(mistake.name):
                found = self.found(mistake, OWN + linters.FAST)
                self.assertLessEqual(set(mistake.found_by), found)
                print(f"{mistake.name}: {', '.join(sorted(found))}")

    def test_each_rule_of_our_own_finds_its_mistakes(self):
        for mistake in OF_OWN_RULES:
            with self.subTest(mistake.name):
                self.assertEqual(self.found(mistake, OWN), set(mistake.found_by))

    def test_no_rule_of_our_own_is_without_a_mistake(self):
        seeded = {check for mistake in SEEDED + OF_OWN_RULES for check in mistake.found_by}
        rules = set()
        for check in OWN:
            rules |= set(re.findall(r'Finding\("([a-z-]+)"', inspect.getsource(check)))
        self.assertLessEqual(rules, seeded)


if __name__ == "__main__":
    unittest.main()
