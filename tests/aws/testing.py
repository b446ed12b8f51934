"""What the stand-in's own tests share: one process for all of them, and boto3 clients for a world."""

import atexit
import json
import pathlib
import signal
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = pathlib.Path(__file__).resolve().parent.parent


class StandIn:
    """A running stand-in."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-m", "aws", "--scenarios", "scenarios"], cwd=HERE,
                                        stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip().removeprefix("listening on ")

    def control(self, operation: str, /, **given: object) -> dict:
        request = urllib.request.Request(f"{self.address}/_control/{operation}", json.dumps(given).encode(),
                                         method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            raise AssertionError(refused.read().decode()) from None

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.close()
        return self.process.wait(timeout=10)


class World:
    """A loaded scenario and clients for it."""

    def __init__(self, stand_in: StandIn, **wanted: str) -> None:
        self.stand_in, self.loaded = stand_in, stand_in.control("scenario", **wanted)
        self.account, self.region = self.loaded["account"], self.loaded["region"]

    def client(self, service: str, region: str | None = None, **session: str):
        keys = {"aws_access_key_id": self.account, "aws_secret_access_key": "x"} | session
        return boto3.client(service, region_name=region or self.region, endpoint_url=self.stand_in.address,
                            config=Config(retries={"total_max_attempts": 1}), **keys)

    def control(self, operation: str, /, **given: object) -> dict:
        return self.stand_in.control(operation, account=self.account, **given)


def until(true, seconds: float = 8.0):
    """Asks until the answer is true; the last answer otherwise."""
    end = time.monotonic() + seconds
    while not (answer := true()) and time.monotonic() < end:
        threading.Event().wait(0.05)
    return answer


class Case(unittest.TestCase):
    @property
    def stand_in(self) -> StandIn:
        return the_stand_in()

    def world(self, name: str = "tag_not_found-typo") -> World:
        return World(self.stand_in, name=name)

    def written(self, toml: str) -> World:
        """A world described in the test itself."""
        return World(self.stand_in, toml=toml)

    def refused(self, code: str, call, **given: object) -> str:
        with self.assertRaises(ClientError) as refused:
            call(**given)
        self.assertEqual(refused.exception.response["Error"]["Code"], code)
        return refused.exception.response["Error"]["Message"]


_RUNNING: list[StandIn] = []


def the_stand_in() -> StandIn:
    """Started at first use, stopped when the tests are over."""
    if not _RUNNING:
        _RUNNING.append(StandIn())
        atexit.register(_RUNNING[0].stop)
    return _RUNNING[0]
