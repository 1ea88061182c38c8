"""Metrics and alarms of the local stack are what CloudWatch would make of them."""

import unittest

import metrics
from metrics import Datum

ALARM = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 0.0, "EvaluationPeriods": 1, "TreatMissingData": "notBreaching"}


class Embedded(unittest.TestCase):
    def test_each_metric_of_each_set_of_dimensions(self):
        directive = {"Namespace": "n", "Dimensions": [["app"], []], "Metrics": [{"Name": "calls", "Unit": "Count"}, {"Name": "ms"}]}
        line = {"_aws": {"Timestamp": 1500, "CloudWatchMetrics": [directive]}, "app": "1", "calls": 2, "ms": [3, 4]}
        of_app, of_all = (("app", "1"),), ()
        self.assertEqual(
            list(metrics.embedded(line)),
            [
                Datum("n", name, value, unit, dimensions, 1.5)
                for dimensions in (of_app, of_all)
                for name, value, unit in (("calls", 2, "Count"), ("ms", 3, "None"), ("ms", 4, "None"))
            ],
        )

    def test_another_line_has_none(self):
        self.assertEqual(list(metrics.embedded({"message": "x"})), [])

    def test_the_line_that_ends_an_invocation(self):
        line = "REPORT RequestId: 6937f63e\tDuration: 15 ms\tBilled Duration: 15 ms"
        found = {datum.name: datum.value for datum in metrics.reported("f", line, 1.0)}
        self.assertEqual(found, {"Invocations": 1.0, "Duration": 15.0})
        self.assertEqual(list(metrics.reported("f", "END RequestId: 6937f63e", 1.0)), [])


class Alarms(unittest.TestCase):
    def test_one_period(self):
        for periods, state in (([1.0], "ALARM"), ([0.0], "OK"), ([None], "OK")):
            self.assertEqual(metrics.judged(periods, ALARM), state)

    def test_each_of_several_periods_counts(self):
        three = ALARM | {"EvaluationPeriods": 3}
        self.assertEqual(metrics.judged([1.0, 1.0, 0.0], three), "OK")
        self.assertEqual(metrics.judged([1.0, 1.0, 1.0], three), "ALARM")
        self.assertEqual(metrics.judged([1.0, None, 1.0], three), "OK")
        self.assertEqual(metrics.judged([1.0, None, 1.0], three | {"DatapointsToAlarm": 2}), "ALARM")

    def test_what_is_missing(self):
        self.assertEqual(metrics.judged([None], ALARM | {"TreatMissingData": "breaching"}), "ALARM")
        self.assertEqual(metrics.judged([None], ALARM | {"TreatMissingData": "missing"}), "INSUFFICIENT_DATA")
        self.assertIsNone(metrics.judged([None], ALARM | {"TreatMissingData": "ignore"}))

    def test_the_oldest_message_that_does_not_wait_for_its_time(self):
        message = {"SentTimestamp": 10, "IsVisible": True, "ReceiveCount": 0}
        delayed = {"SentTimestamp": 1, "IsVisible": False, "ReceiveCount": 0}
        in_flight = {"SentTimestamp": 5, "IsVisible": False, "ReceiveCount": 1}

        def age(*messages):
            return metrics.oldest({"messages": {"account": {"region": {"queue": list(messages)}}}}, 20)

        self.assertEqual([age(message, delayed), age(message, in_flight), age(delayed)], [10, 15, 0])


if __name__ == "__main__":
    unittest.main()
