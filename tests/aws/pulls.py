"""Would a task's pull work? Small and honest: the scenario's declared fault first, then image and role.

It decides; it does not simulate a network. What it does not know it lets run.
"""

import dataclasses
import json

from ministack.core.responses import get_account_id, get_region, request_scope

from . import callers, ec2_world, ecr_images, world_access
from .ecs_definitions import ECR_HOST

FAULTS: dict[tuple[str, str, str], dict] = {}
"""The scenario's declared fault by (account, region, family)."""

CONDITIONS = ("image_exists", "platform_matches", "role_allows", "role_exists", "public_ip", "route_out", "forced",
              "never")
"""What `heals_when` may list, next to `revision:FAMILY:N`."""

NO_TASK = "0" * 32
"""Stands for the task's id until there is a task."""

_PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


@dataclasses.dataclass
class Failure:
    """How a task that does not start (or does not go on) looks."""

    stopped_reason: str
    stop_code: str
    container: str
    container_reason: str = ""
    exit_code: int | None = None
    injected: dict | None = None
    """The container with the reason, where AWS adds it to the task: its name and image."""
    pulled: bool = False
    reached_pull: bool = True
    ran: float = 0.0

    def of_task(self, task: str) -> "Failure":
        """With the id of the task that shows it: texts name the role session, which is the task's id."""
        return dataclasses.replace(self, stopped_reason=self.stopped_reason.replace(NO_TASK, task),
                                   container_reason=self.container_reason.replace(NO_TASK, task))


@dataclasses.dataclass
class Place:
    """What is about to be started, and where."""

    cluster: str
    definition: dict
    subnet: str
    public: bool
    launch_type: str
    overrides: dict = dataclasses.field(default_factory=dict)
    forced: bool = False

    @property
    def role(self) -> str:
        """The execution role's name, empty where none."""
        arn = self.overrides.get("executionRoleArn") or self.definition.get("executionRoleArn") or ""
        return arn.rsplit("/", 1)[-1]


def decide(place: Place) -> Failure | None:
    """None where the task will run."""
    fault = FAULTS.get((get_account_id(), get_region(), place.definition["family"]))
    if fault and not all(_holds(condition, place) for condition in fault["heals_when"]):
        return failure(fault, place)
    for one in place.definition["containerDefinitions"]:
        if (found := ECR_HOST.match(one["image"])) is None:
            continue
        account, region, _ = found.groups()
        if account != get_account_id():
            continue
        if place.role and not _role_may(place.role, one["image"]):
            return _role_refusal(place, one)
        if not image_exists(one["image"]):
            text = (f"CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref "
                    f"{one['image']}: {one['image']}: not found")
            return Failure(text, "TaskFailedToStart", one["name"], text)
    return None


def _holds(condition: str, place: Place) -> bool:
    images = [one["image"] for one in place.definition["containerDefinitions"]]
    if condition == "image_exists":
        return all(image_exists(image) for image in images)
    if condition == "platform_matches":
        return all(_platform_matches(image, place.definition) for image in images)
    if condition == "role_allows":
        return bool(place.role) and all(_role_may(place.role, image) for image in images if ECR_HOST.match(image))
    if condition == "role_exists":
        return bool(place.role)
    if condition == "public_ip":
        return place.public
    if condition == "route_out":
        return ec2_world.has_way_out(place.subnet, place.public)
    if condition == "forced":
        return place.forced
    if condition.startswith("revision:"):
        return place.definition["taskDefinitionArn"].rsplit("/", 1)[-1] == condition.removeprefix("revision:")
    return False


def failure(fault: dict, place: Place) -> Failure:
    """The declared fault, its text filled in for this task."""
    one = next((one for one in place.definition["containerDefinitions"] if one["name"] == fault.get("container")),
               place.definition["containerDefinitions"][0])
    reason = filled(fault["reason"], place, one)
    where = fault["where"]
    headline = reason if where in ("task", "both") else filled(fault["headline"], place, one)
    return Failure(headline, fault["stop_code"], one["name"], reason if where in ("container", "both") else "",
                   fault.get("exit_code"), fault.get("injected"), pulled=fault["pulled"], reached_pull=fault["reached_pull"],
                   ran=fault["ran"])


def filled(text: str, place: Place, one: dict) -> str:
    """`{image}`, `{repository}`, `{tag}`, `{registry}`, `{host}`, `{role}`, `{task}`, `{account}`, `{region}` and what `named` fills."""
    image = one["image"]
    host, _, rest = image.partition("/")
    name, _, tag = rest.rpartition(":") if ":" in rest else (rest, "", "latest")
    account, region = get_account_id(), get_region()
    values = {"image": image, "repository": name, "tag": tag, "host": host, "account": account, "region": region,
              "registry": f"{account}.dkr.ecr.{region}.amazonaws.com", "role": place.role, "container": one["name"],
              "task": NO_TASK, "cluster": place.cluster, "family": place.definition["family"],
              "definition": place.definition["taskDefinitionArn"].rsplit("/", 1)[-1]}
    for member, value in values.items():
        text = text.replace("{" + member + "}", value)
    return world_access.named(text)


def image_exists(image: str) -> bool:
    """Whether ECR has it; True for registries that are not ECR."""
    return ECR_HOST.match(image) is None or digest_of(image) is not None


def digest_of(image: str) -> str | None:
    """The digest that the reference resolves to in the ECR of this process."""
    found = _image(image)
    return found["imageDigest"] if found else None


def _image(image: str) -> dict | None:
    if (found := ECR_HOST.match(image)) is None:
        return None
    account, region, rest = found.groups()
    name, _, digest = rest.partition("@")
    repository, _, tag = name.partition(":")
    wanted = {"imageDigest": digest} if digest else {"imageTag": tag or "latest"}
    with request_scope(account, region):
        found_image = ecr_images.find(repository, wanted)
    return found_image if found_image and found_image["imageStatus"] == "ACTIVE" else None


def _platform_matches(image: str, definition: dict) -> bool:
    found = _image(image)
    if found is None:
        return ECR_HOST.match(image) is None
    manifests = json.loads(found["imageManifest"]).get("manifests")
    about = definition.get("runtimePlatform", {})
    system = "windows" if about.get("operatingSystemFamily", "LINUX").startswith("WINDOWS") else "linux"
    architecture = "arm64" if about.get("cpuArchitecture") == "ARM64" else "amd64"
    return manifests is None or any((one["platform"]["os"], one["platform"]["architecture"]) == (system, architecture)
                                    for one in manifests)


def _role_may(role: str, image: str) -> bool:
    account, region, rest = ECR_HOST.match(image).groups()
    repository = rest.partition("@")[0].partition(":")[0]
    arn = f"arn:aws:ecr:{region}:{account}:repository/{repository}"
    mine = get_account_id()
    return callers.role_may(mine, role, "ecr:GetAuthorizationToken", "*", get_region()) and all(
        callers.role_may(mine, role, action, arn, get_region()) for action in _PULL)


def _role_refusal(place: Place, one: dict) -> Failure:
    region = ECR_HOST.match(one["image"]).group(2)
    who = f"arn:aws:sts::{get_account_id()}:assumed-role/{place.role}/{NO_TASK}"
    if not callers.role_may(get_account_id(), place.role, "ecr:GetAuthorizationToken", "*", region):
        text = ("ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
                "failed: unable to retrieve ecr registry auth: service call has been retried 1 time(s): "
                f"AccessDeniedException: User: {who} is not authorized to perform: ecr:GetAuthorizationToken on "
                "resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action")
        return Failure(text, "TaskFailedToStart", one["name"], reached_pull=False)
    text = (f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
            f"{one['image']}: pulling from host {one['image'].partition('/')[0]} failed with status code "
            f"[manifests {one['image'].rpartition(':')[2]}]: 403 Forbidden")
    return Failure(text, "TaskFailedToStart", one["name"], text)
