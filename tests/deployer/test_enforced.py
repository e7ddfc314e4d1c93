# SPDX-License-Identifier: GPL-3.0-or-later
"""Every playbook that changes something, run by its deployer in an account that allows what the deployers' policies say and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import sleep

import pytest

sys.path.append(str(Path(__file__).parents[1] / "recovery"))

from accounts import contents
from deployers import role_for
from pairs import AWAY, HOME, NAME, Pair, leads_to, rolled_out
from rollouts import CALLS, ROOT, Run, play

pytestmark = pytest.mark.long

BUCKET = f"{NAME}-123456789012-us-east-1-runs"
UPLOADS = f"{NAME}-123456789012-{HOME}-uploads"
IMAGE = "ami-0d5b1a13a4e64aa02"
# What services say to whom they do not allow something.
DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "AuthorizationErrorException", "NotAuthorized")


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """An administrator has made the deployers and what protects the account, and they the site. Where calls are noted, nothing is refused."""
    with rolled_out(tmp_path_factory.mktemp("enforced"), *([] if CALLS else ["--enforce-iam"]), deployers=True) as pair:
        yield pair


def judged(run: Run, role: str) -> Run:
    """Itself, if it came to its end, all its calls were the role's, and none was denied."""
    run.succeeded()
    denied = [(call["service"], call["operation"], call["error"]) for call in run.calls if call["error"] in DENIED or call["status"] == 403]
    assert denied == []
    # The function that keeps the users of the database calls as itself.
    callers = {call["principal"] for call in run.calls if "-database-users/" not in call["principal"]}
    assert callers == {f"arn:aws:sts::123456789012:assumed-role/{NAME}-{role}/run"}
    return run


def done(pair: Pair, playbook: str, *arguments: str) -> Run:
    """A run by the deployer whose playbook it is."""
    if playbook == "site":
        run = play(pair.simulator, *arguments, *pair.options, inventory=pair.inventory, record=pair.records / "site.json")
    else:
        run = pair.run(playbook, *arguments)
    return judged(run, role_for(playbook, *arguments))


def consent(playbook: str) -> tuple[str, str]:
    return "-e", f"{playbook}_consent=sandbox"


def now() -> str:
    """A time to go back to, of which something is known."""
    sleep(1.1)
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def published(pair: Pair, folder: Path, environment: str) -> None:
    """What a bake ends with, of a disk that nobody has baked; the pointer of an environment leads to it."""
    subprocess.run([sys.executable, str(ROOT / "molecule/image_publish/disk.py"), str(folder), "web"], check=True)
    given = json.dumps({"folder": str(folder), "run_directory": str(pair.records), "image_publish_force": True})
    judged(play(pair.simulator, "-e", given, playbook="tests/images/publish.yml", inventory=pair.inventory), "deployer-images")
    if environment != "sandbox":
        ssm = pair.client("ssm", HOME)
        image = ssm.get_parameter(Name="/groundswell/sandbox/images/web")["Parameter"]["Value"]
        tags = {"Project": "groundswell", "Environment": environment, "ManagedBy": "groundswell", "Cell": f"{environment}-apse1", "Layer": "fleets"}
        ssm.put_parameter(
            Name=f"/groundswell/{environment}/images/web", Value=image, Type="String", DataType="aws:ec2:image",
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )  # fmt: skip


# Each from the account as it was rolled out, which is copied -----------------------------------------------------------------


def site(pair: Pair, folder: Path) -> None:
    """What an administrator declared is as it was, and what they made themselves too."""
    run = done(pair, "site")
    assert (run.mutating, run.changes) == ([], [])
    run = done(pair, "site", "--check")
    assert (run.mutating, run.changes) == ([], [])


def records(pair: Pair, folder: Path) -> None:
    """Who is at work, who was, and a lock that somebody has left."""
    held = {"run": "20260504T030217Z-3f9a2c", "playbook": "site", "who": "somebody", "host": "laptop", "since": "2026-05-04T03:02:17Z", "seconds": 900}
    pair.client("s3", "us-east-1").put_object(Bucket=BUCKET, Key="lock.json", Body=json.dumps(held).encode())
    done(pair, "unlock", "--check")
    done(pair, "unlock", "-e", f"unlock_consent={held['run']}")
    assert "unlock" in done(pair, "history").output


def people(pair: Pair, folder: Path) -> None:
    """By whoever breaks the glass."""
    who = ("-e", "person=example.person")
    done(pair, "onboard", *who, "-e", "person_contact=example.person@example.org", "-e", "jobs=web,developer")
    (ROOT / "build" / "people" / "sandbox-example.person").unlink()
    done(pair, "access_review")
    done(pair, "offboard", *who, "-e", "offboard_consent=example.person")


def deploy(pair: Pair, folder: Path) -> None:
    """There and back."""
    ec2, tags = pair.client("ec2", HOME), [{"ResourceType": "image", "Tags": [{"Key": "Tier", "Value": "web"}]}]
    given = ("-e", '{"deployment_unsigned_images": true}', "-e", "deploy_tiers=web", "--limit", "sandbox-apse1")
    for name in ("one", "two"):
        image = ec2.copy_image(Name=name, SourceImageId=IMAGE, SourceRegion=HOME, TagSpecifications=tags)["ImageId"]
        assert done(pair, "deploy", *given, "-e", f"image_id={image}").mutating
    assert done(pair, "rollback", *given).mutating


def images(pair: Pair, folder: Path) -> None:
    """Published, promoted from another environment, retired."""
    published(pair, folder, "dev")
    published(pair, folder, "sandbox")
    given = ("-i", str(ROOT / "inventories/dev"), "-e", "promote_from=dev", "-e", "promote_to=sandbox", "-e", '{"image_tiers": ["web"]}')
    assert "ssm:PutParameter" in done(pair, "promote_image", *given, "--limit", "localhost,dev-apse1,sandbox-apse1").mutating
    done(pair, "images_retention", "-e", '{"image_publish_keep": 1}')


def secrets(pair: Pair, folder: Path) -> None:
    assert done(pair, "rotate_secrets").mutating


def zone(pair: Pair, folder: Path) -> None:
    for tier in ("web", "app"):
        pair.client("autoscaling", HOME).set_desired_capacity(AutoScalingGroupName=f"{NAME}-{tier}", DesiredCapacity=2)
    given = ("-e", f"evacuate_zone={HOME}a", "-e", '{"evacuate_zone_watch": 0}')
    assert done(pair, "evacuate_zone", *given, "-e", '{"evacuate_zone_database": true}', *consent("evacuate_zone")).mutating
    assert done(pair, "evacuate_zone", *given, "-e", '{"evacuate_zone_end": true}', *consent("evacuate_zone")).mutating
    assert done(pair, "drill", "-e", "drill=zone", *given, *consent("drill")).mutating


def objects(pair: Pair, folder: Path) -> None:
    s3 = pair.client("s3", HOME)
    s3.put_object(Bucket=UPLOADS, Key="media/one.png", Body=b"picture", ServerSideEncryption="aws:kms")
    before = now()
    sleep(1.1)
    s3.delete_object(Bucket=UPLOADS, Key="media/one.png")
    given = ("-e", "restore_bucket=uploads", "-e", f"restore_at={before}")
    done(pair, "restore_objects", *given, *consent("restore_objects"))
    assert s3.get_object(Bucket=UPLOADS, Key="media/one.png")["Body"].read() == b"picture"
    done(pair, "drill", "-e", "drill=restore_objects", *consent("drill"))


def database(pair: Pair, folder: Path) -> None:
    """Restored and thrown away, as a drill too; restored and taken."""
    done(pair, "drill", "-e", "drill=restore_database", "-e", f"restore_at={now()}", *consent("drill"))
    done(pair, "restore_database", "-e", f"restore_at={now()}", *consent("restore_database"))
    done(pair, "restore_database", "-e", "restore_discard=true", *consent("restore_database"))
    done(pair, "restore_database", "-e", f"restore_at={now()}", *consent("restore_database"))
    assert done(pair, "exchange_database", *consent("exchange_database")).mutating


def lost(pair: Pair, folder: Path) -> None:
    """A region is lost and comes back."""
    pair.lose(HOME)
    done(pair, "failover", *consent("failover"))
    pair.lose()
    assert leads_to(pair) == AWAY
    # No runbook waits for the administrator who would have to mend this.
    pair.client("iam", "us-east-1").update_account_password_policy(MinimumPasswordLength=6)
    done(pair, "failback", *consent("failback"))
    assert leads_to(pair) == HOME


def switched(pair: Pair, folder: Path) -> None:
    """There, as a drill there and back."""
    done(pair, "switchover", "-e", "switchover_to=sandbox-use1", *consent("switchover"))
    assert leads_to(pair) == AWAY
    done(pair, "follow", *consent("follow"))


def destroy(pair: Pair, folder: Path) -> None:
    """But for deployers, jobs, the boundary, and what protects the account."""
    done(pair, "destroy", "-e", "destroy_consent=sandbox", "-e", "destroy_data_consent=sandbox")
    left = [name for name in contents(pair.simulator, HOME) if "describe_instances" in name or "describe_vpcs" in name or "describe_db" in name]
    assert left == []


CASES = [site, records, people, deploy, images, secrets, zone, objects, database, lost, switched, destroy]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_playbooks(case: Callable[[Pair, Path], None], account: Pair, tmp_path: Path) -> None:
    with account.copy(tmp_path / "account") as pair:
        pair.records.mkdir(exist_ok=True)
        case(pair, tmp_path / "images")
