"""The checks of the end-to-end run find what they are for."""

import unittest

import expected
from expected import Stamps


def out(uuid, a="1", b="1", kept=None):
    """A final event."""
    return {"uuid": uuid, "properties": {"a_config": a, "a_global": kept or a, "b_config": b}}


UUIDS = ["u1", "u2", "u3"]
OUT = [out(uuid) for uuid in UUIDS]
OLD, NEW = Stamps.both("1", "1"), Stamps.both("2", "2")


class Checks(unittest.TestCase):
    def nothing(self, found):
        self.assertEqual(list(found), [])

    def one(self, found, text):
        found = list(found)
        self.assertEqual(len(found), 1, found)
        self.assertIn(text, found[0])

    def test_nothing_is_wrong_where_nothing_is(self):
        self.nothing(expected.once_each(UUIDS, OUT))
        self.nothing(expected.no_mix(OUT, {OLD}))
        self.nothing(expected.delivered("A", UUIDS, dict.fromkeys(UUIDS, 1), 1))
        self.nothing(expected.delivered("A", UUIDS, {}, 0))

    def test_a_lost_event(self):
        self.one(expected.once_each(UUIDS, OUT[1:]), "1 events are lost: u1")

    def test_a_doubled_event(self):
        self.one(expected.once_each(UUIDS, [*OUT, OUT[0]]), "more than once: u1")

    def test_an_event_that_nobody_sent(self):
        self.one(expected.once_each(UUIDS, [*OUT, out("u4")]), "never sent: u4")

    def test_a_mix_of_two_configs(self):
        self.one(expected.no_mix([out("u1"), out("u2", a="2")], {OLD, NEW}), "1 events have ('2', '2', '1')")
        self.one(expected.no_mix([out("u1", kept="2")], {OLD, NEW}), "('1', '2', '1')")

    def test_an_app_that_was_left_out(self):
        self.one(expected.no_mix([{"uuid": "u1", "properties": {"b_config": "1"}}], {OLD}), "(None, None, '1')")
        self.nothing(expected.no_mix([{"uuid": "u1", "properties": {"b_config": "1"}}], {Stamps.both(None, "1")}))

    def test_the_old_config_for_too_long(self):
        sent = {"u1": 100.0, "u2": 131.5, "u3": 132.0}
        received = [out("u1"), out("u2"), out("u3", "2", "2")]
        self.one(expected.in_time(sent, received, 100.0, 31.0, {OLD}), "31.5 s after the change")
        self.nothing(expected.in_time(sent, received, 100.0, 32.0, {OLD}))
        self.assertEqual(expected.seen_after(sent, received, 100.0, {NEW}), 32.0)

    def test_a_change_that_nobody_saw(self):
        sent = {"u1": 100.0}
        self.one(expected.in_time(sent, [out("u1")], 100.0, 31.0, {OLD}), "no event has the new config")
        self.assertIsNone(expected.seen_after(sent, [out("u1")], 100.0, {NEW}))

    def test_deliveries(self):
        counts = {"u1": 1, "u2": 2}
        self.one(expected.delivered("A", UUIDS, counts, 1), "1 of them 0 times, 1 of them 2 times: u2, u3")
        self.one(expected.delivered("B", ["u1"], counts, 0), "1 of them 1 times")


if __name__ == "__main__":
    unittest.main()
