"""docker-compose.yml: accepted by the command where there is one, and safe to start in any case."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
import yaml

from lrs.config import Settings
from tests.house.settings_table import README

ROOT = README.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
LASTING = sorted(set(SERVICES) - {"mongo-init"})
STACK = {"web", "worker", "mongo", "mongo-init", "redis"}
PINNED = re.compile(r"[\w./-]+:\d+\.\d+\.\d+[\w.-]*")


@pytest.mark.skipif(
    shutil.which("docker-compose") is None, reason="not run: docker-compose is absent"
)
def test_docker_compose_accepts_it() -> None:
    done = subprocess.run(
        ["docker-compose", "config", "-q"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_the_stack_is_whole_and_has_no_obsolete_key() -> None:
    assert set(SERVICES) == STACK
    assert "version" not in COMPOSE


@pytest.mark.parametrize("service", LASTING)
def test_every_lasting_service_says_whether_it_is_well(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"]
    assert SERVICES[service]["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_image_is_pinned_to_a_patch_release(service: str) -> None:
    assert PINNED.fullmatch(SERVICES[service]["image"])


def test_every_image_of_the_dockerfile_is_pinned_to_a_patch_release() -> None:
    images = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

    assert images
    assert all(PINNED.fullmatch(image) for image in images)


@pytest.mark.parametrize("service", ["web", "worker"])
def test_the_store_is_whole_before_anything_uses_it(service: str) -> None:
    needs = SERVICES[service]["depends_on"]

    assert needs["mongo-init"]["condition"] == "service_completed_successfully"
    assert needs["redis"]["condition"] == "service_healthy"


def test_only_the_web_port_is_published_and_only_to_this_machine() -> None:
    published = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}

    assert set(published) == {"web"}
    assert all(port.startswith("127.0.0.1:") for port in published["web"])


def test_every_named_volume_is_declared() -> None:
    mounts = [mount for each in SERVICES.values() for mount in each.get("volumes", [])]

    assert {mount.partition(":")[0] for mount in mounts} == set(COMPOSE["volumes"])


def test_a_stopping_container_has_longer_than_the_server_drains() -> None:
    grace = int(SERVICES["web"]["stop_grace_period"].removesuffix("s"))

    assert grace > Settings.model_fields["drain_seconds"].default
