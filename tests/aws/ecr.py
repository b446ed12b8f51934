"""ECR as AWS answers, out of ministack's stores.

Shapes and codes: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Operations.html
"""

import base64
import json
import time

from ministack.core import iam_evaluator
from ministack.core.responses import AccountScopedDict, get_account_id, get_region, request_scope
from ministack.services import ecr as store

from . import address, answers, ecr_images
from .callers import Caller
from .ecs_definitions import page
from .requests import Asked

BLOBS = "/_blobs/"
"""Where config blobs are downloaded from, as from the presigned S3 URL on AWS."""

REGISTRY = AccountScopedDict()
"""What a registry has beyond repositories: `policy`, `pull_through_rules`, `replication`, by (region, member)."""


def blob(path: str) -> answers.Answer:
    """A blob that GetDownloadUrlForLayer pointed to."""
    content = ecr_images.BLOBS.get(path.removeprefix(BLOBS))
    if content is None:
        return answers.Answer(404, {"content-type": "application/xml"}, b"<Error><Code>NoSuchKey</Code></Error>")
    return answers.Answer(200, {"content-type": "application/octet-stream"}, content)


def _in_registry(operation):
    """Answers in the registry that `registryId` names, which another account's policy must open to the caller."""
    def answered(asked: Asked, caller: Caller) -> answers.Answer:
        owner = asked.parameters.get("registryId") or caller.account
        if owner == caller.account:
            return operation(asked, caller)
        name = asked.parameters.get("repositoryName") or (asked.parameters.get("repositoryNames") or ["*"])[0]
        arn = f"arn:aws:ecr:{asked.region}:{owner}:repository/{name}"
        policy = store._repo_policies.get_scoped(owner, asked.region, name)
        if policy is None or not _opens(policy, asked, caller, arn):
            raise answers.AwsError(
                "AccessDeniedException", f"User: {caller.arn} is not authorized to perform: {asked.action} on "
                f"resource: {arn} because no resource-based policy allows the {asked.action} action")
        with request_scope(owner, asked.region):
            return operation(asked, caller)
    return answered


def _opens(policy: str, asked: Asked, caller: Caller, arn: str) -> bool:
    context = iam_evaluator.EvalContext(
        principal_arn=caller.arn, principal_type="AssumedRole" if caller.session else "User",
        principal_account=caller.account, action=asked.action, resource_arn=arn, region=asked.region)
    # A repository policy names no resource: it is about its repository.
    document = json.loads(policy)
    for statement in document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]:
        statement.setdefault("Resource", "*")
    return iam_evaluator.resource_policy_allows(document, context, same_account=False)


def _repository(given: dict) -> dict:
    name = given.get("repositoryName", "")
    found = store._repositories.get(name)
    if found is None:
        raise _no_repository(name)
    return found


def _no_repository(name: str) -> answers.AwsError:
    return answers.AwsError("RepositoryNotFoundException",
                            f"The repository with name '{name}' does not exist in the registry with id "
                            f"'{get_account_id()}'")


def _describe_repositories(asked: Asked, caller: Caller) -> answers.Answer:
    names = asked.parameters.get("repositoryNames") or []
    for name in names:
        if name not in store._repositories:
            raise _no_repository(name)
    shown = [store._repo_shape(one) for name, one in sorted(store._repositories.items()) if not names or name in names]
    return answers.json_ok(page(shown, asked.parameters, "repositories", 1000))


def _no_image(given: dict, wanted: dict) -> answers.AwsError:
    return answers.AwsError(
        "ImageNotFoundException",
        f"The image with imageId {{imageDigest:'{wanted.get('imageDigest', 'null')}', "
        f"imageTag:'{wanted.get('imageTag', 'null')}'}} does not exist within the repository with name "
        f"'{given['repositoryName']}' in the registry with id '{get_account_id()}'")


def _shown(image: dict, given: dict) -> bool:
    chosen = given.get("filter") or {}
    tagged = "TAGGED" if image["imageTags"] else "UNTAGGED"
    return (chosen.get("tagStatus", "ANY") in ("ANY", tagged)
            and chosen.get("imageStatus", "ACTIVE") in ("ANY", image["imageStatus"]))


def _describe_images(asked: Asked, caller: Caller) -> answers.Answer:
    given = asked.parameters
    repository = _repository(given)["repositoryName"]
    wanted = given.get("imageIds")
    if wanted is not None and (given.get("maxResults") or given.get("nextToken")):
        raise answers.AwsError("InvalidParameterException",
                               "Invalid parameter at 'maxResults' failed to satisfy constraint: "
                               "'cannot be specified with imageIds'")
    if wanted:
        found = []
        for one in wanted:
            image = ecr_images.find(repository, one)
            # AWS: without imageStatus "only images with ACTIVE status are returned"; here for imageIds as well.
            if image is None or not _shown(image, given):
                raise _no_image(given, one)
            found.append(image)
    else:
        found = [image for image in store._images.get(repository, []) if _shown(image, given)]
    details = []
    for image in found:
        detail = {member: image[member] for member in (
            "registryId", "repositoryName", "imageDigest", "imageTags", "imageSizeInBytes", "imagePushedAt",
            "imageManifestMediaType", "artifactMediaType", "lastRecordedPullTime", "imageStatus", "lastArchivedAt")
            if image.get(member) not in (None, [])}
        details.append(detail)
    return answers.json_ok(page(details, given, "imageDetails", 100 if not given.get("maxResults") else 1000))


def _list_images(asked: Asked, caller: Caller) -> answers.Answer:
    given = asked.parameters
    repository = _repository(given)["repositoryName"]
    rows = []
    for image in store._images.get(repository, []):
        if _shown(image, given):
            rows += [{"imageDigest": image["imageDigest"], "imageTag": tag} for tag in image["imageTags"]] or \
                [{"imageDigest": image["imageDigest"]}]
    return answers.json_ok(page(rows, given, "imageIds", 100 if not given.get("maxResults") else 1000))


def _batch_get(asked: Asked, caller: Caller) -> answers.Answer:
    given = asked.parameters
    repository = _repository(given)["repositoryName"]
    images, failures = [], []
    for wanted in given.get("imageIds") or []:
        problem = _id_problem(repository, wanted)
        if problem:
            failures.append({"imageId": wanted, "failureCode": problem[0], "failureReason": problem[1]})
            continue
        image = ecr_images.find(repository, wanted)
        image["lastRecordedPullTime"] = time.time()
        identity = {"imageDigest": image["imageDigest"]}
        if wanted.get("imageTag"):
            identity["imageTag"] = wanted["imageTag"]
        images.append({"registryId": get_account_id(), "repositoryName": repository, "imageId": identity,
                       "imageManifest": image["imageManifest"],
                       "imageManifestMediaType": image["imageManifestMediaType"]})
    return answers.json_ok({"images": images, "failures": failures})


def _id_problem(repository: str, wanted: dict) -> tuple[str, str] | None:
    if not wanted.get("imageDigest") and not wanted.get("imageTag"):
        return "MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null"
    name = wanted.get("imageDigest")
    if name and (not name.startswith("sha256:") or len(name) != 71):
        return "InvalidImageDigest", "Invalid request parameters: image digest should satisfy the regex " \
                                     "'[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"
    image = ecr_images.find(repository, wanted)
    if image is None and name and wanted.get("imageTag") and ecr_images.find(repository, {"imageDigest": name}):
        return "ImageTagDoesNotMatchDigest", "Image tag does not map to the requested digest"
    if image is None or image["imageStatus"] != "ACTIVE":
        return "ImageNotFound", "Requested image not found"
    return None


def _batch_delete(asked: Asked, caller: Caller) -> answers.Answer:
    given = asked.parameters
    repository = _repository(given)["repositoryName"]
    deleted, failures = [], []
    for wanted in given.get("imageIds") or []:
        image = ecr_images.find(repository, wanted)
        if image is None:
            failures.append({"imageId": wanted, "failureCode": "ImageNotFound",
                             "failureReason": "Requested image not found"})
            continue
        gone = [wanted["imageTag"]] if wanted.get("imageTag") else list(image["imageTags"])
        image["imageTags"] = [tag for tag in image["imageTags"] if tag not in gone]
        # "When you remove the last tag from an image, the image is deleted from your repository."
        if not image["imageTags"]:
            store._images[repository].remove(image)
        deleted += [{"imageDigest": image["imageDigest"], "imageTag": tag} for tag in gone] or \
            [{"imageDigest": image["imageDigest"]}]
    return answers.json_ok({"imageIds": deleted, "failures": failures})


def _put_image(asked: Asked, caller: Caller) -> answers.Answer:
    given = asked.parameters
    repository = _repository(given)
    name, tag = repository["repositoryName"], given.get("imageTag")
    digest = ecr_images.digest(given["imageManifest"].encode())
    present = ecr_images.find(name, {"imageDigest": digest})
    if present and (tag is None or tag in present["imageTags"]):
        raise answers.AwsError(
            "ImageAlreadyExistsException", f"Image with digest '{digest}' and tag '{tag}' already exists in the "
                                           f"repository with name '{name}' in registry with id '{get_account_id()}'")
    if tag and repository["imageTagMutability"].startswith("IMMUTABLE") and ecr_images.find(name, {"imageTag": tag}):
        raise answers.AwsError(
            "ImageTagAlreadyExistsException", f"The image tag '{tag}' already exists in the '{name}' repository and "
                                              "cannot be overwritten because the tag is immutable.")
    image = ecr_images.put_manifest(name, given["imageManifest"], given.get("imageManifestMediaType"), tag,
                                    time.time())
    identity = {"imageDigest": image["imageDigest"], **({"imageTag": tag} if tag else {})}
    return answers.json_ok({"image": {"registryId": get_account_id(), "repositoryName": name, "imageId": identity,
                                      "imageManifest": image["imageManifest"],
                                      "imageManifestMediaType": image["imageManifestMediaType"]}})


def _storage_class(asked: Asked, caller: Caller) -> answers.Answer:
    """https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UpdateImageStorageClass.html, without the wait."""
    given = asked.parameters
    repository = _repository(given)["repositoryName"]
    image = ecr_images.find(repository, given.get("imageId") or {})
    if image is None:
        raise _no_image(given, given.get("imageId") or {})
    archive = given.get("targetStorageClass") == "ARCHIVE"
    image["imageStatus"] = "ARCHIVED" if archive else "ACTIVE"
    image["lastArchivedAt" if archive else "lastActivatedAt"] = time.time()
    return answers.json_ok({"registryId": get_account_id(), "repositoryName": repository,
                            "imageId": given["imageId"], "imageStatus": "ARCHIVED" if archive else "ACTIVATING"})


def _download_url(asked: Asked, caller: Caller) -> answers.Answer:
    repository = _repository(asked.parameters)["repositoryName"]
    layer = asked.parameters.get("layerDigest", "")
    if not ecr_images.has_layer(repository, layer):
        raise answers.AwsError("LayersNotFoundException",
                               f"The layer with digest '{layer}' does not exist in the repository with name "
                               f"'{repository}' in the registry with id '{get_account_id()}'")
    return answers.json_ok({"downloadUrl": f"{address.BASE}{BLOBS}{layer}", "layerDigest": layer})


def _layer_availability(asked: Asked, caller: Caller) -> answers.Answer:
    repository = _repository(asked.parameters)["repositoryName"]
    layers, failures = [], []
    for layer in asked.parameters.get("layerDigests") or []:
        if ecr_images.has_layer(repository, layer):
            layers.append({"layerDigest": layer, "layerAvailability": "AVAILABLE", "layerSize": 16_000_000})
        else:
            failures.append({"layerDigest": layer, "failureCode": "MissingLayerDigest",
                             "failureReason": "Layer not found"})
    return answers.json_ok({"layers": layers, "failures": failures})


def _policy(store_name: str, code: str, label: str, member: str, extra: dict | None = None):
    def answered(asked: Asked, caller: Caller) -> answers.Answer:
        name = _repository(asked.parameters)["repositoryName"]
        text = getattr(store, store_name).get(name)
        if text is None:
            raise answers.AwsError(code, f"{label} does not exist for the repository with name '{name}' in the "
                                         f"registry with id '{get_account_id()}'")
        answer = {"registryId": get_account_id(), "repositoryName": name, member: text}
        if extra is not None:
            answer |= {"lastEvaluatedAt": time.time() - 3600}
        return answers.json_ok(answer)
    return answered


def setting(member: str, default: object = None) -> object:
    """A setting of the registry at hand."""
    return REGISTRY.get((get_region(), member), default)


def _registry_policy(asked: Asked, caller: Caller) -> answers.Answer:
    policy = setting("policy")
    if policy is None:
        raise answers.AwsError("RegistryPolicyNotFoundException",
                               f"Registry policy does not exist in the registry with id '{caller.account}'")
    return answers.json_ok({"registryId": caller.account, "policyText": policy})


def _pull_through_rules(asked: Asked, caller: Caller) -> answers.Answer:
    rules = setting("pull_through_rules", [])
    for prefix in asked.parameters.get("ecrRepositoryPrefixes") or []:
        if not any(rule["ecrRepositoryPrefix"] == prefix for rule in rules):
            raise answers.AwsError("PullThroughCacheRuleNotFoundException",
                                   f"A pull through cache rule with prefix '{prefix}' does not exist in the registry "
                                   f"with id '{caller.account}'")
    wanted = asked.parameters.get("ecrRepositoryPrefixes")
    shown = [{key: value for key, value in rule.items() if key != "failure"} for rule in rules]
    return answers.json_ok(page([rule for rule in shown if not wanted or rule["ecrRepositoryPrefix"] in wanted],
                                asked.parameters, "pullThroughCacheRules", 100))


def _describe_registry(asked: Asked, caller: Caller) -> answers.Answer:
    return answers.json_ok({"registryId": caller.account,
                            "replicationConfiguration": setting("replication", {"rules": []})})


def _scanning(asked: Asked, caller: Caller) -> answers.Answer:
    return answers.json_ok({"registryId": caller.account, "scanningConfiguration": {"scanType": "BASIC", "rules": []}})


def _account_setting(asked: Asked, caller: Caller) -> answers.Answer:
    name = asked.parameters.get("name", "")
    defaults = {"REGISTRY_POLICY_SCOPE": "V2", "BASIC_SCAN_TYPE_VERSION": "AWS_NATIVE", "BLOB_MOUNTING": "DISABLED"}
    if name not in defaults:
        raise answers.AwsError("InvalidParameterException", f"Invalid parameter at 'name': {name}")
    return answers.json_ok({"name": name, "value": setting("account/" + name, defaults[name])})


def _validate_rule(asked: Asked, caller: Caller) -> answers.Answer:
    prefix = asked.parameters.get("ecrRepositoryPrefix", "")
    rule = next((rule for rule in setting("pull_through_rules", []) if rule["ecrRepositoryPrefix"] == prefix), None)
    if rule is None:
        raise answers.AwsError("PullThroughCacheRuleNotFoundException",
                               f"A pull through cache rule with prefix '{prefix}' does not exist in the registry with "
                               f"id '{caller.account}'")
    shown = {key: value for key, value in rule.items() if key != "failure"}
    failure = rule.get("failure")
    return answers.json_ok(shown | {"registryId": caller.account, "isValid": failure is None,
                                    **({"failure": failure} if failure else {})})


def _nothing(code: str, text: str):
    def answered(asked: Asked, caller: Caller) -> answers.Answer:
        name = _repository(asked.parameters)["repositoryName"]
        raise answers.AwsError(code, f"{text} for the repository with name '{name}' in the registry with id "
                                     f"'{get_account_id()}'")
    return answered


def _no_templates(asked: Asked, caller: Caller) -> answers.Answer:
    return answers.json_ok({"registryId": caller.account, "repositoryCreationTemplates": []})


def _token(asked: Asked, caller: Caller) -> answers.Answer:
    return answers.json_ok({"authorizationData": [{
        "authorizationToken": base64.b64encode(b"AWS:stand-in").decode(), "expiresAt": time.time() + 12 * 3600,
        "proxyEndpoint": f"https://{caller.account}.dkr.ecr.{asked.region}.amazonaws.com"}]})


OPERATIONS = {
    "DescribeRepositories": _in_registry(_describe_repositories), "DescribeImages": _in_registry(_describe_images),
    "ListImages": _in_registry(_list_images), "BatchGetImage": _in_registry(_batch_get),
    "BatchDeleteImage": _in_registry(_batch_delete), "PutImage": _in_registry(_put_image),
    "GetDownloadUrlForLayer": _in_registry(_download_url),
    "BatchCheckLayerAvailability": _in_registry(_layer_availability),
    "GetRepositoryPolicy": _in_registry(_policy("_repo_policies", "RepositoryPolicyNotFoundException",
                                                "Repository policy", "policyText")),
    "GetLifecyclePolicy": _in_registry(_policy("_lifecycle_policies", "LifecyclePolicyNotFoundException",
                                               "Lifecycle policy", "lifecyclePolicyText", {})),
    "UpdateImageStorageClass": _storage_class, "GetRegistryPolicy": _registry_policy,
    "DescribePullThroughCacheRules": _pull_through_rules,
    "DescribeRegistry": _describe_registry, "GetRegistryScanningConfiguration": _scanning,
    "ValidatePullThroughCacheRule": _validate_rule, "DescribeRepositoryCreationTemplates": _no_templates,
    "GetLifecyclePolicyPreview": _nothing("LifecyclePolicyPreviewNotFoundException",
                                          "Lifecycle policy preview does not exist"),
    "DescribeImageScanFindings": _nothing("ScanNotFoundException", "Image scan does not exist"),
    "GetAccountSetting": _account_setting, "GetAuthorizationToken": _token,
}
