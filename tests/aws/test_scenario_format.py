"""The scenario format: a typo is an error that says where."""

import tempfile
import unittest
from pathlib import Path

from . import scenario


class Format(unittest.TestCase):
    def test_what_is_not_said_is_healthy(self) -> None:
        whole = scenario.complete({}, "empty")
        self.assertEqual(list(whole["services"]), ["payments", "web"])
        self.assertIsNone(whole["services"]["payments"]["failure"])
        self.assertEqual(whole["network"]["kind"], "private_nat")

    def test_unknown_keys_are_refused_where_they_stand(self) -> None:
        for raw, where in (({"sevices": {}}, "`sevices`"),
                           ({"services": {"payments": {"imagee": "x"}}}, "services.payments: unknown `imagee`"),
                           ({"services": {"payments": {"failure": {"reason": "x", "were": "task"}}}}, "`were`"),
                           ({"network": {"endpoints": [{"servce": "s3"}]}}, "network.endpoints: unknown `servce`"),
                           ({"network": {"groups": {"app": {"egres": []}}}}, "network.groups.app"),
                           ({"expect": {"outcom": "x"}}, "expect: unknown `outcom`"),
                           ({"denied": [{"actoin": "x"}]}, "denied"),
                           ({"network": {"nats": "none"}}, "network: unknown `nats`"),
                           ({"repositories": {"a": {"images": [{"tag": "x"}]}}}, "repositories.a.images")):
            with self.subTest(where), self.assertRaises(scenario.ScenarioError) as refused:
                scenario.complete(raw, "s")
            self.assertIn(where, str(refused.exception))

    def test_conditions_and_places_are_checked(self) -> None:
        for failure in ({"reason": "x", "heals_when": ["hope"]}, {"reason": "x", "where": "there"}, {}):
            with self.subTest(failure), self.assertRaises(scenario.ScenarioError):
                scenario.complete({"services": {"payments": {"failure": failure}}}, "s")

    def test_times_are_seconds_before_now(self) -> None:
        self.assertEqual(scenario.before(10_000.0, "-1h30m"), 4_600.0)
        self.assertEqual(scenario.before(100.0, "-90s"), 10.0)
        for wrong in ("9m", "-9", "-m", "soon"):
            with self.subTest(wrong), self.assertRaises(scenario.ScenarioError):
                scenario.before(0.0, wrong)

    def test_a_name_cannot_leave_the_folder(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("../secret", "none"):
                with self.subTest(name), self.assertRaises(scenario.ScenarioError):
                    scenario.read(Path(folder), name)
