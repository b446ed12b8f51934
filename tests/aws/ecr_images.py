"""Images in ministack's ECR store, with honest manifests: an index lists children, an image has a config blob."""

import hashlib
import json
import time

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region
from ministack.services import ecr as store

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"

BLOBS: dict[str, bytes] = {}
"""Config blobs by digest, whoever owns them: content decides the digest."""

_LAYERS = AccountRegionScopedDict()
"""Layer digests that a repository has, by repository name."""


def digest(content: bytes) -> str:
    """As registries name content."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def find(repository: str, wanted: dict) -> dict | None:
    """The image that an imageId names: by digest, by tag, or both agreeing."""
    for image in store._images.get(repository, []):
        if wanted.get("imageDigest") not in (None, image["imageDigest"]):
            continue
        if wanted.get("imageTag") is not None and wanted["imageTag"] not in image["imageTags"]:
            continue
        return image
    return None


def put(repository: str, tags: list[str], *, platforms: tuple[str, ...] = ("linux/amd64",), kind: str = "oci",
        seed: str = "", pushed: float | None = None, size: int = 48_211_904, status: str = "ACTIVE",
        pulled: float | None = None, children: bool = True, lost_layers: int = 0) -> dict:
    """Pushes an image and moves `tags` to it. `kind` is `oci`, `docker` (single manifest), `oci-index` or `list`.

    Sizes are bytes, compressed; times Unix seconds. `lost_layers` so many layers are not in the repository.
    """
    pushed = time.time() if pushed is None else pushed
    docker = kind in ("docker", "list")
    if kind in ("oci", "docker"):
        manifest, media = _single(repository, platforms[0], seed or "+".join(tags), size, docker)
    else:
        entries = []
        for platform in platforms:
            child, child_media = _single(repository, platform, (seed or "+".join(tags)) + platform, size, docker)
            entry = {"mediaType": child_media, "size": len(child), "digest": digest(child.encode()),
                     "platform": _platform(platform)}
            if platform == "unknown/unknown":
                entry["annotations"] = {"vnd.docker.reference.type": "attestation-manifest",
                                        "vnd.docker.reference.digest": entries[0]["digest"] if entries else ""}
            entries.append(entry)
            if children:
                _store(repository, child, child_media, [], pushed, size, status, pulled)
            _lose(repository, child, lost_layers)
        media = DOCKER_LIST if docker else OCI_INDEX
        manifest = json.dumps({"schemaVersion": 2, "mediaType": media, "manifests": entries}, indent=2)
    _lose(repository, manifest, lost_layers)
    return _store(repository, manifest, media, tags, pushed, size, status, pulled)


def _lose(repository: str, manifest: str, count: int) -> None:
    lost = [layer["digest"] for layer in json.loads(manifest).get("layers", [])[:count]]
    _LAYERS.get(repository, set()).difference_update(lost)


def put_manifest(repository: str, manifest: str, media: str | None, tag: str | None, pushed: float) -> dict:
    """What PutImage does with a manifest of the caller's."""
    parsed = json.loads(manifest)
    media = media or parsed.get("mediaType") or DOCKER_IMAGE
    size = sum(layer.get("size", 0) for layer in parsed.get("layers", []))
    return _store(repository, manifest, media, [tag] if tag else [], pushed, size, "ACTIVE", None)


def _store(repository: str, manifest: str, media: str, tags: list[str], pushed: float, size: int, status: str,
           pulled: float | None) -> dict:
    images = store._images.setdefault(repository, [])
    name = digest(manifest.encode())
    for other in images:
        other["imageTags"] = [tag for tag in other["imageTags"] if tag not in tags]
    image = next((image for image in images if image["imageDigest"] == name), None)
    if image is None:
        image = {"registryId": get_account_id(), "repositoryName": repository, "imageDigest": name, "imageTags": [],
                 "imageManifest": manifest, "imageManifestMediaType": media, "imagePushedAt": pushed,
                 "imageSizeInBytes": size, "imageStatus": status}
        parsed = json.loads(manifest)
        if "config" in parsed:
            image["artifactMediaType"] = parsed["config"]["mediaType"]
        if pulled:
            image["lastRecordedPullTime"] = pulled
        images.append(image)
    image["imageTags"] += [tag for tag in tags if tag not in image["imageTags"]]
    return image


def _platform(text: str) -> dict:
    system, architecture, *variant = text.split("/")
    found = {"architecture": architecture, "os": system}
    if system == "windows":
        found["os.version"] = variant[0] if variant else "10.0.20348.2700"
    elif variant:
        found["variant"] = variant[0]
    return found


def _single(repository: str, platform: str, seed: str, size: int, docker: bool) -> tuple[str, str]:
    about = _platform(platform)
    layers = [digest(f"{repository}/{seed}/{number}".encode()) for number in range(3)]
    config = json.dumps({**about, "created": "2025-01-01T00:00:00Z", "config": {"Env": ["PATH=/usr/bin"]},
                         "rootfs": {"type": "layers", "diff_ids": layers}}).encode()
    BLOBS[digest(config)] = config
    _LAYERS.setdefault(repository, set()).update([digest(config), *layers])
    media = DOCKER_IMAGE if docker else OCI_IMAGE
    layer_media = ("application/vnd.docker.image.rootfs.diff.tar.gzip" if docker
                   else "application/vnd.oci.image.layer.v1.tar+gzip")
    manifest = {"schemaVersion": 2, "mediaType": media,
                "config": {"mediaType": DOCKER_CONFIG if docker else OCI_CONFIG, "size": len(config),
                           "digest": digest(config)},
                "layers": [{"mediaType": layer_media, "size": size // 3, "digest": layer} for layer in layers]}
    return json.dumps(manifest, indent=2), media


def has_layer(repository: str, layer: str) -> bool:
    """Whether the repository has a blob of that digest."""
    return layer in _LAYERS.get(repository, set())


def uri(repository: str) -> str:
    """As an image reference begins."""
    return f"{get_account_id()}.dkr.ecr.{get_region()}.amazonaws.com/{repository}"


def reset() -> None:
    """Forgets layers and blobs."""
    _LAYERS.clear()
    BLOBS.clear()
