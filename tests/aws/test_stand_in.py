"""The stand-in seen through boto3: shapes that AWS's own models parse, and the mends that rules depend on.

Run from tests/: `python -m unittest discover -s aws -t .`
"""

import json
import time
import urllib.request

from .testing import Case, until


class Ecs(Case):
    def test_failed_tasks_carry_what_aws_gives(self) -> None:
        world = self.world()
        ecs = world.client("ecs")
        arns = ecs.list_tasks(cluster="prod", serviceName="payments", desiredStatus="STOPPED")["taskArns"]
        self.assertEqual(len(arns), 9)
        task = ecs.describe_tasks(cluster="prod", tasks=arns)["tasks"][0]
        image = f"{world.account}.dkr.ecr.eu-west-1.amazonaws.com/payments:1.4.3"
        self.assertIn(f"failed to resolve ref {image}: {image}: not found", task["stoppedReason"])
        self.assertEqual(task["stopCode"], "TaskFailedToStart")
        self.assertEqual(task["containers"][0]["reason"], task["stoppedReason"])
        details = {one["name"]: one["value"] for one in task["attachments"][0]["details"]}
        self.assertIn(details["subnetId"], world.loaded["network"]["subnets"].values())
        self.assertTrue(details["privateIPv4Address"].startswith("10.0.1"))
        for member in ("pullStartedAt", "pullStoppedAt", "stoppingAt", "stoppedAt", "executionStoppedAt", "createdAt"):
            self.assertIn(member, task)
        self.assertEqual((task["group"], task["platformVersion"]), ("service:payments", "1.4.0"))

    def test_lists_page_as_aws_pages(self) -> None:
        ecs = self.world().client("ecs")
        first = ecs.list_tasks(cluster="prod", serviceName="payments", desiredStatus="STOPPED", maxResults=4)
        second = ecs.list_tasks(cluster="prod", serviceName="payments", desiredStatus="STOPPED", maxResults=100,
                                nextToken=first["nextToken"])
        self.assertEqual((len(first["taskArns"]), len(second["taskArns"])), (4, 5))
        self.assertNotIn("nextToken", second)

    def test_unknown_names_are_told_apart(self) -> None:
        world = self.world()
        ecs = world.client("ecs")
        self.refused("ClusterNotFoundException", ecs.list_tasks, cluster="prd")
        self.refused("ServiceNotFoundException", ecs.list_tasks, cluster="prod", serviceName="payment")
        self.refused("InvalidParameterException", ecs.describe_tasks, cluster="prod", tasks=["payments"])
        self.refused("ClientException", ecs.describe_task_definition, taskDefinition="payments:7")
        self.assertEqual(ecs.describe_tasks(cluster="prod", tasks=["f" * 32])["failures"][0]["reason"], "MISSING")
        self.assertEqual(ecs.describe_services(cluster="prod", services=["no"])["failures"][0]["reason"], "MISSING")
        self.assertEqual(ecs.describe_clusters(clusters=["prd"])["failures"][0]["reason"], "MISSING")

    def test_the_old_revision_serves_while_the_new_one_fails(self) -> None:
        ecs = self.world().client("ecs")
        service = ecs.describe_services(cluster="prod", services=["payments"], include=["TAGS"])["services"][0]
        states = [(one["status"], one["taskDefinition"].rsplit(":", 1)[-1], one["runningCount"], one["rolloutState"])
                  for one in service["deployments"]]
        self.assertEqual(states, [("PRIMARY", "42", 0, "IN_PROGRESS"), ("ACTIVE", "41", 2, "COMPLETED")])
        self.assertEqual(service["deployments"][0]["failedTasks"], 9)
        times = [event["createdAt"] for event in service["events"]]
        self.assertEqual(times, sorted(times, reverse=True))
        row = ecs.list_service_deployments(cluster="prod", service="payments")["serviceDeployments"][0]
        self.assertEqual(row["status"], "IN_PROGRESS")
        found = ecs.describe_service_revisions(serviceRevisionArns=[row["targetServiceRevisionArn"]])
        self.assertNotIn("imageDigest", found["serviceRevisions"][0]["containerImages"][0])

    def test_definitions_carry_what_aws_computes(self) -> None:
        ecs = self.world().client("ecs")
        definition = ecs.describe_task_definition(taskDefinition="payments", include=["TAGS"])["taskDefinition"]
        names = {one["name"] for one in definition["requiresAttributes"]}
        self.assertIn("ecs.capability.execution-role-ecr-pull", names)
        self.assertEqual(definition["revision"], 42)
        kept = {key: definition[key] for key in ("family", "containerDefinitions", "requiresCompatibilities", "cpu",
                                                 "memory", "networkMode", "executionRoleArn", "runtimePlatform")}
        again = ecs.register_task_definition(**kept)["taskDefinition"]
        self.assertEqual(again["revision"], 43)
        del kept["executionRoleArn"]
        self.assertIn("execution role ARN", self.refused("ClientException", ecs.register_task_definition, **kept))

    def test_rolling_back_heals_and_the_old_task_goes(self) -> None:
        ecs = self.world().client("ecs")
        ecs.update_service(cluster="prod", service="payments", taskDefinition="payments:41")

        def done() -> bool:
            service = ecs.describe_services(cluster="prod", services=["payments"])["services"][0]
            return len(service["deployments"]) == 1 and service["deployments"][0]["rolloutState"] == "COMPLETED" \
                and service["runningCount"] == 2

        self.assertTrue(until(done))

    def test_forcing_does_not_heal_a_missing_tag_and_pushing_it_does(self) -> None:
        world = self.world()
        ecs = world.client("ecs")
        ecs.update_service(cluster="prod", service="payments", forceNewDeployment=True)

        def primary() -> dict:
            return ecs.describe_services(cluster="prod", services=["payments"])["services"][0]["deployments"][0]

        self.assertTrue(until(lambda: primary()["failedTasks"] == 2))
        world.control("push_image", repository="payments", tag="1.4.3")
        world.control("tick")
        self.assertTrue(until(lambda: primary()["rolloutState"] == "COMPLETED"))


class Ecr(Case):
    def test_missing_images_and_repositories_are_errors_with_aws_texts(self) -> None:
        world = self.world()
        ecr = world.client("ecr")
        text = self.refused("ImageNotFoundException", ecr.describe_images, repositoryName="payments",
                            imageIds=[{"imageTag": "1.4.3"}])
        self.assertEqual(text, "The image with imageId {imageDigest:'null', imageTag:'1.4.3'} does not exist within "
                               f"the repository with name 'payments' in the registry with id '{world.account}'")
        text = self.refused("RepositoryNotFoundException", ecr.describe_images, repositoryName="team/payments")
        self.assertIn(f"in the registry with id '{world.account}'", text)
        self.refused("RepositoryPolicyNotFoundException", ecr.get_repository_policy, repositoryName="payments")
        self.refused("LifecyclePolicyNotFoundException", ecr.get_lifecycle_policy, repositoryName="payments")
        self.refused("RegistryPolicyNotFoundException", ecr.get_registry_policy)
        self.refused("AccessDeniedException", ecr.describe_images, registryId="999999999999", repositoryName="payments")

    def test_a_row_a_tag_and_an_index_with_its_children(self) -> None:
        ecr = self.world().client("ecr")
        tags = [row["imageTag"] for row in ecr.list_images(
            repositoryName="payments", filter={"tagStatus": "TAGGED"})["imageIds"]]
        self.assertEqual(len(tags), 14)
        detail = ecr.describe_images(repositoryName="payments", imageIds=[{"imageTag": "1.4.2"}])["imageDetails"][0]
        self.assertEqual(detail["imageManifestMediaType"], "application/vnd.oci.image.index.v1+json")
        image = ecr.batch_get_image(repositoryName="payments", imageIds=[{"imageTag": "1.4.2"}])["images"][0]
        manifests = json.loads(image["imageManifest"])["manifests"]
        self.assertEqual([one["platform"]["architecture"] for one in manifests], ["amd64", "unknown"])
        child = ecr.batch_get_image(repositoryName="payments", imageIds=[{"imageDigest": manifests[0]["digest"]}])
        config = json.loads(child["images"][0]["imageManifest"])["config"]["digest"]
        url = ecr.get_download_url_for_layer(repositoryName="payments", layerDigest=config)["downloadUrl"]
        with urllib.request.urlopen(url, timeout=5) as blob:
            self.assertEqual(json.load(blob)["architecture"], "amd64")
        failures = ecr.batch_get_image(repositoryName="payments", imageIds=[{"imageTag": "no"}])["failures"]
        self.assertEqual(failures[0]["failureCode"], "ImageNotFound")


    def test_archived_images_hide_and_other_accounts_open_by_policy(self) -> None:
        world = self.written("""
            [[repositories.payments.images]]
            tags = ["2.0.0"]
            status = "ARCHIVED"

            [repositories.shared]
            account = "other"
            policy = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::{account}:root" }, Action = ["ecr:DescribeImages", "ecr:BatchGetImage"] }] }

            [repositories.hidden]
            account = "other"

            [registry]
            pull_through_rules = [{ ecrRepositoryPrefix = "docker-hub", upstreamRegistryUrl = "registry-1.docker.io", failure = "the secret is gone" }]
            """)
        ecr, other = world.client("ecr"), f"{int(world.account) + 1:012d}"
        asked = {"repositoryName": "payments", "imageIds": [{"imageTag": "2.0.0"}]}
        self.refused("ImageNotFoundException", ecr.describe_images, **asked)
        detail = ecr.describe_images(**asked, filter={"imageStatus": "ANY"})["imageDetails"][0]
        self.assertEqual(detail["imageStatus"], "ARCHIVED")
        self.assertTrue(ecr.describe_images(registryId=other, repositoryName="shared")["imageDetails"])
        self.assertIn("because no resource-based policy allows the ecr:DescribeImages action", self.refused(
            "AccessDeniedException", ecr.describe_images, registryId=other, repositoryName="hidden"))
        self.assertIn(f"arn:aws:ecr:eu-west-1:{other}:repository/shared", self.refused(
            "AccessDeniedException", ecr.get_repository_policy, registryId=other, repositoryName="shared"))
        rule = ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="docker-hub")
        self.assertEqual((rule["isValid"], rule["failure"]), (False, "the secret is gone"))

    def test_removing_the_last_tag_removes_the_image(self) -> None:
        ecr = self.world().client("ecr")
        image = ecr.batch_get_image(repositoryName="payments", imageIds=[{"imageTag": "1.4.2"}])["images"][0]
        ecr.put_image(repositoryName="payments", imageTag="1.4.3", imageManifest=image["imageManifest"],
                      imageManifestMediaType=image["imageManifestMediaType"])
        digest = image["imageId"]["imageDigest"]
        for tag in ("1.4.2", "1.4.3"):
            found = ecr.describe_images(repositoryName="payments", imageIds=[{"imageDigest": digest}])["imageDetails"]
            self.assertIn(tag, found[0]["imageTags"])
            ecr.batch_delete_image(repositoryName="payments", imageIds=[{"imageTag": tag}])
        self.refused("ImageNotFoundException", ecr.describe_images, repositoryName="payments",
                     imageIds=[{"imageDigest": digest}])


class Access(Case):
    def test_roles_read_as_iam_gives_them(self) -> None:
        iam = self.world().client("iam")
        self.assertEqual(self.refused("NoSuchEntity", iam.get_role, RoleName="gone"),
                         "The role with name gone cannot be found.")
        role = iam.get_role(RoleName="ecsTaskExecutionRole")["Role"]
        self.assertEqual(role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"],
                         {"Service": "ecs-tasks.amazonaws.com"})
        arn = iam.list_attached_role_policies(RoleName="ecsTaskExecutionRole")["AttachedPolicies"][0]["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        self.assertIn("ecr:GetAuthorizationToken", document["Statement"][0]["Action"])
        text = '{"Version":"2012-10-17",  "Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}'
        iam.put_role_policy(RoleName="ecsTaskExecutionRole", PolicyName="p", PolicyDocument=text)
        self.assertEqual(iam.get_role_policy(RoleName="ecsTaskExecutionRole", PolicyName="p")["PolicyDocument"],
                         json.loads(text))
        iam.delete_role_policy(RoleName="ecsTaskExecutionRole", PolicyName="p")
        self.assertEqual(iam.list_role_policies(RoleName="ecsTaskExecutionRole")["PolicyNames"], [])

    def test_boundaries_and_simulation(self) -> None:
        world = self.written("""
            [policies]
            ceiling = { Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "logs:*", Resource = "*" }] }

            [roles.ecsTaskExecutionRole]
            boundary = "ceiling"
            """)
        iam = world.client("iam")
        boundary = iam.get_role(RoleName="ecsTaskExecutionRole")["Role"]["PermissionsBoundary"]
        self.assertEqual(boundary["PermissionsBoundaryArn"], f"arn:aws:iam::{world.account}:policy/ceiling")
        role = f"arn:aws:iam::{world.account}:role/ecsTaskExecutionRole"
        result = iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=["ecr:BatchGetImage"])
        self.assertEqual(result["EvaluationResults"][0]["EvalDecision"], "implicitDeny")

    def test_a_session_may_what_role_and_session_policy_allow_together(self) -> None:
        world = self.world()
        wanted = world.control("require_external_id")["external_id"]
        sts = world.client("sts")
        policy = json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "iam:PutRolePolicy",
             "Resource": f"arn:aws:iam::{world.account}:role/ecsTaskExecutionRole"}]})
        given = {"RoleArn": world.loaded["remediation_role_arn"], "RoleSessionName": "epw-1"}
        self.refused("AccessDenied", sts.assume_role, **given)
        self.refused("AccessDenied", sts.assume_role, **given, ExternalId="guessed")
        keys = sts.assume_role(**given, ExternalId=wanted, Policy=policy)["Credentials"]
        session = {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"],
                   "aws_session_token": keys["SessionToken"]}
        self.assertEqual(world.client("sts", **session).get_caller_identity()["Arn"],
                         f"arn:aws:sts::{world.account}:assumed-role/ecs-pull-why-remediation/epw-1")
        iam = world.client("iam", **session)
        document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}'
        iam.put_role_policy(RoleName="ecsTaskExecutionRole", PolicyName="p", PolicyDocument=document)
        text = self.refused("AccessDenied", iam.delete_role_policy, RoleName="ecsTaskExecutionRole", PolicyName="p")
        self.assertIn("no session policy allows the iam:DeleteRolePolicy action", text)
        self.refused("AccessDenied", iam.put_role_policy, RoleName="ecs-pull-why-read", PolicyName="p",
                     PolicyDocument=document)
        self.refused("AccessDeniedException", world.client("ecs", **session).update_service, cluster="prod",
                     service="payments", forceNewDeployment=True)
        writes = json.load(urllib.request.urlopen(
            f"{self.stand_in.address}/_control/calls?account={world.account}&writes=1", timeout=5))["calls"]
        self.assertEqual([(one["operation"], one["error"]) for one in writes],
                         [("PutRolePolicy", None), ("DeleteRolePolicy", "AccessDenied"),
                          ("PutRolePolicy", "AccessDenied"), ("UpdateService", "AccessDeniedException")])
        trail = world.client("cloudtrail", region="us-east-1").lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "PutRolePolicy"}])["Events"]
        self.assertEqual({one["Username"] for one in trail}, {"epw-1"})

    def test_unknown_and_missing_credentials_are_refused(self) -> None:
        world = self.world()
        stranger = {"aws_access_key_id": "AKIANOBODY", "aws_secret_access_key": "x"}
        self.refused("UnrecognizedClientException", world.client("ecs", **stranger).list_clusters)
        self.refused("InvalidClientTokenId", world.client("sts", **stranger).get_caller_identity)
        self.refused("AuthFailure", world.client("ec2", **stranger).describe_vpcs)


class Trail(Case):
    def test_the_deployment_is_an_event_and_seeding_is_not(self) -> None:
        world = self.world()
        events = world.client("cloudtrail").lookup_events(LookupAttributes=[
            {"AttributeKey": "EventSource", "AttributeValue": "ecs.amazonaws.com"}])["Events"]
        mine = [one for one in events if any(row["ResourceName"] == "payments" for row in one["Resources"])]
        self.assertEqual([one["EventName"] for one in mine], ["UpdateService", "RegisterTaskDefinition"])
        record = json.loads(mine[0]["CloudTrailEvent"])
        self.assertEqual(record["userIdentity"]["userName"], "ci-deploy")
        first = world.client("cloudtrail").lookup_events(MaxResults=1)
        self.assertIn("NextToken", first)

    def test_health_needs_a_support_plan(self) -> None:
        health = self.world().client("health", region="us-east-1")
        self.refused("SubscriptionRequiredException", health.describe_events)


class Faults(Case):
    def test_each_protocol_refuses_in_its_own_shape(self) -> None:
        world = self.world()
        world.control("faults", faults=[{"kind": "deny", "action": "*:Describe*"}, {"kind": "deny", "action": "iam:*"},
                                        {"kind": "throttle", "action": "ecs:List*", "times": 1}])
        self.refused("AccessDeniedException", world.client("ecr").describe_images, repositoryName="payments")
        self.refused("AccessDenied", world.client("iam").get_role, RoleName="ecsTaskExecutionRole")
        self.refused("UnauthorizedOperation", world.client("ec2").describe_vpcs)
        self.refused("ThrottlingException", world.client("ecs").list_clusters)
        self.assertTrue(world.client("ecs").list_clusters()["clusterArns"])

    def test_delay_fail_and_drop(self) -> None:
        world = self.world()
        world.control("faults", faults=[{"kind": "fail", "action": "ecr:*", "times": 1},
                                        {"kind": "drop", "action": "ecs:*", "times": 1},
                                        {"kind": "delay", "action": "sts:*", "milliseconds": 60}])
        self.refused("ServerException", world.client("ecr").describe_repositories)
        with self.assertRaises(Exception) as dropped:
            world.client("ecs").list_clusters()
        self.assertIn("onnection", type(dropped.exception).__name__)
        world.client("sts").get_caller_identity()
        took = json.load(urllib.request.urlopen(
            f"{self.stand_in.address}/_control/calls?account={world.account}", timeout=5))["calls"][-1]["took"]
        self.assertGreaterEqual(took, 0.06)


class Control(Case):
    def test_accounts_do_not_see_each_other(self) -> None:
        one, two = self.world(), self.world()
        one.client("ecr").delete_repository(repositoryName="payments", force=True)
        self.refused("RepositoryNotFoundException", one.client("ecr").describe_images, repositoryName="payments")
        self.assertTrue(two.client("ecr").describe_images(repositoryName="payments")["imageDetails"])

    def test_aws_calls_for_seeding_leave_no_trace(self) -> None:
        world = self.world()
        made = world.control("aws", service="ecr", operation="CreateRepository", params={"repositoryName": "extra"})
        self.assertEqual(made["repository"]["repositoryName"], "extra")
        calls = json.load(urllib.request.urlopen(
            f"{self.stand_in.address}/_control/calls?account={world.account}", timeout=5))["calls"]
        self.assertEqual(calls, [])

    def test_logs_and_metrics_answer(self) -> None:
        world = self.world()
        groups = world.client("logs").describe_log_groups(logGroupNamePrefix="/ecs/")["logGroups"]
        self.assertEqual([one["logGroupName"] for one in groups], ["/ecs/payments", "/ecs/web"])
        now = time.time()
        data = world.client("cloudwatch").get_metric_data(
            StartTime=now - 86400, EndTime=now, MetricDataQueries=[{"Id": "pulls", "MetricStat": {
                "Metric": {"Namespace": "AWS/ECR", "MetricName": "RepositoryPullCount",
                           "Dimensions": [{"Name": "RepositoryName", "Value": "payments"}]},
                "Period": 300, "Stat": "Sum"}}])
        self.assertEqual(data["MetricDataResults"][0]["Id"], "pulls")
