"""Scenarios: every file loads and shows what it says, and each fault heals by what mends it on AWS and not before."""

import tomllib
import json

from .testing import HERE, Case, World, until


class Healing(Case):
    """What mends each declared fault, and what does not."""

    def settled(self, world: World, service: str = "payments") -> str:
        """`healed` or `failing`, once the newest deployment's first attempt is over."""
        ecs = world.client("ecs")

        def primary() -> dict:
            shown = ecs.describe_services(cluster="prod", services=[service])["services"][0]
            return shown["deployments"][0]

        state = until(lambda: "healed" if primary()["rolloutState"] == "COMPLETED" else
                      "failing" if primary()["failedTasks"] else "")
        return state or "nothing happened"

    def forced(self, world: World, **given: object) -> str:
        given = {"forceNewDeployment": True} | given
        world.client("ecs").update_service(**{"cluster": "prod", "service": "payments"} | given)
        return self.settled(world, given.get("service", "payments"))

    def test_the_missing_rights_heal_and_half_of_them_do_not(self) -> None:
        for name in ("auth_token_denied-no_policy", "auth_token_denied-on_repository_only",
                     "pull_actions_denied-other_repository", "pull_actions_denied-download_missing"):
            with self.subTest(name):
                world = self.world(name)
                self.assertEqual(self.forced(world), "failing")
                role = world.client("ecs").describe_task_definition(
                    taskDefinition="payments:42")["taskDefinition"]["executionRoleArn"].rsplit("/", 1)[-1]
                document = {"Version": "2012-10-17", "Statement": [
                    {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
                    {"Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                     "Resource": f"arn:aws:ecr:{world.region}:{world.account}:repository/payments"}]}
                world.client("iam").put_role_policy(RoleName=role, PolicyName="ecs-pull-why",
                                                    PolicyDocument=json.dumps(document))
                self.assertEqual(self.forced(world), "healed")

    def test_a_public_address_heals(self) -> None:
        world = self.world("public_subnet_without_public_ip-service")
        network = world.client("ecs").describe_services(
            cluster="prod", services=["payments"])["services"][0]["networkConfiguration"]
        network["awsvpcConfiguration"]["assignPublicIp"] = "ENABLED"
        self.assertEqual(self.forced(world, networkConfiguration=network), "healed")

    def test_a_route_heals(self) -> None:
        world = self.world("no_route_to_registry-implicit_main")
        self.assertEqual(self.forced(world), "failing")
        network = world.loaded["network"]
        world.client("ec2").associate_route_table(RouteTableId=network["tables"]["private"],
                                                  SubnetId=network["subnets"]["private-b"])
        self.assertEqual(self.forced(world), "healed")

    def test_waiting_out_a_limit_heals(self) -> None:
        self.assertEqual(self.forced(self.world("dockerhub_rate_limited-toomanyrequests")), "healed")

    def test_an_image_for_another_platform_heals_by_rolling_back(self) -> None:
        world = self.world("platform_mismatch-arm64_only")
        self.assertEqual(self.forced(world), "failing")
        self.assertEqual(self.forced(world, taskDefinition="payments:41"), "healed")

    def test_the_demo_has_three_faults_that_heal_in_three_ways(self) -> None:
        world = self.world("demo")
        self.assertEqual(self.forced(world, taskDefinition="payments:41"), "healed")
        self.assertEqual(self.forced(world, service="search"), "healed")
        self.assertEqual(self.forced(world, service="checkout"), "failing")

    def test_the_circuit_breaker_brings_the_last_good_revision_back(self) -> None:
        world = self.world("healthy-rolled_back")
        ecs = world.client("ecs")
        ecs.update_service(cluster="prod", service="payments", taskDefinition="payments:42")

        def states() -> list:
            world.control("tick")
            return [row["status"] for row in ecs.list_service_deployments(
                cluster="prod", service="payments")["serviceDeployments"]][:2]

        self.assertTrue(until(lambda: states() == ["SUCCESSFUL", "ROLLBACK_SUCCESSFUL"]), states())


class Scenarios(Case):
    def test_every_failing_world_shows_a_failed_task_with_its_text_filled_in(self) -> None:
        for path in sorted((HERE / "scenarios").glob("*.toml")):
            with self.subTest(path.stem):
                world = self.world(path.stem)
                if world.loaded["expect"]["outcome"] not in ("pull_failure", "other_failure"):
                    continue
                scenario = tomllib.loads(path.read_text())
                if "services" not in scenario:
                    tasks = world.loaded["tasks"]
                else:
                    tasks = world.loaded["services"]["payments"]["failed_tasks"]
                if scenario.get("services", {}).get("payments", {}).get("state") == "stuck":
                    self.assertEqual(tasks, [])
                    continue
                shown = world.client("ecs").describe_tasks(cluster="prod", tasks=tasks)
                self.assertEqual(shown["failures"], [])
                for task in shown["tasks"]:
                    text = task["stoppedReason"] + "".join(one.get("reason", "") for one in task["containers"])
                    self.assertNotIn("{", text)
                    self.assertEqual(task["lastStatus"], "STOPPED")

    def test_every_scenario_loads(self) -> None:
        for path in sorted((HERE / "scenarios").glob("*.toml")):
            with self.subTest(path.stem):
                loaded = self.stand_in.control("scenario", name=path.stem)
                self.assertEqual(loaded["scenario"], path.stem)
                self.stand_in.control("reset", account=loaded["account"])
