#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server does about itself: fetch its configuration, say when it is ready, leave in good order.

    groundswell-instance configure    settings and secrets from Parameter Store and Secrets Manager, at every boot
    groundswell-instance ready        wait until the tier answers, then let Auto Scaling put the server into service
    groundswell-instance abandon      give the server up: Auto Scaling replaces it
    groundswell-instance watch        wait for Auto Scaling to take the server out of service, finish, and say so

Python's own library and the AWS CLI are all it needs. /etc/groundswell/instance.json says who the server is.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

METADATA = "http://169.254.169.254/latest"
INSTANCE = Path("/etc/groundswell/instance.json")
SETTINGS = Path("/etc/groundswell/settings.json")
SECRETS = Path("/run/groundswell/secrets.json")  # in memory: it goes when the server stops
LOOK_AGAIN = 5  # seconds


def metadata(path):
    """A value of the instance metadata service, by session token; None where there is none."""
    lifetime = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
    with urllib.request.urlopen(urllib.request.Request(f"{METADATA}/api/token", method="PUT", headers=lifetime), timeout=5) as answer:
        token = answer.read().decode()
    request = urllib.request.Request(f"{METADATA}/meta-data/{path}", headers={"X-aws-ec2-metadata-token": token})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise


def aws(instance, *command):
    """The answer of the AWS CLI."""
    shown = subprocess.run(["aws", *command, "--region", instance["region"], "--output", "json"], check=True, stdout=subprocess.PIPE).stdout
    return json.loads(shown) if shown.strip() else {}


def write(path, content, mode, group=None):
    """Replace a file as a whole, never readable by more than it should be."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        json.dump(content, file, indent=1, sort_keys=True)
    if group is not None:
        import shutil

        shutil.chown(new, group=group)
    new.replace(path)


def configure(instance):
    """/acme/prod/database/writer-address becomes database_writer_address; a setting *_secret_arn brings the secret along."""
    settings = {}
    for section in instance["parameter_sections"]:
        path = f"{instance['parameter_root']}/{section}"
        found = aws(instance, "ssm", "get-parameters-by-path", "--recursive", "--path", path)
        for parameter in found.get("Parameters", []):
            key = parameter["Name"][len(instance["parameter_root"]) :].strip("/").replace("/", "_").replace("-", "_").lower()
            settings[key] = parameter["Value"]
    secrets = {}
    for key, arn in settings.items():
        if key.endswith("_secret_arn"):
            value = aws(instance, "secretsmanager", "get-secret-value", "--secret-id", arn)
            secrets[key[: -len("_secret_arn")]] = value["SecretString"]
    write(SETTINGS, settings, 0o644)
    write(SECRETS, secrets, 0o640, instance.get("group"))


def complete(instance, hook, result):
    """Tell Auto Scaling how a hook ended. That it waits for nothing any more is no error: somebody was quicker, or nobody asked."""
    command = [
        "autoscaling", "complete-lifecycle-action", "--auto-scaling-group-name", instance["group_name"],
        "--lifecycle-hook-name", hook, "--instance-id", metadata("instance-id"), "--lifecycle-action-result", result,
    ]  # fmt: skip
    try:
        aws(instance, *command)
    except subprocess.CalledProcessError as error:
        print(f"hook {hook} was not completed: {error}", file=sys.stderr)


def answers(instance):
    """Whether the tier answers here as the load balancer will ask it."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{instance['port']}{instance['health_path']}", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def ready(instance):
    """Auto Scaling gives the server up by itself when this takes longer than the hook's timeout."""
    while not answers(instance):
        time.sleep(LOOK_AGAIN)
    complete(instance, instance["launch_hook"], "CONTINUE")


def watch(instance):
    """The load balancer has stopped sending requests when the hook begins; what runs is given the time to end."""
    while metadata("autoscaling/target-lifecycle-state") != "Terminated":
        time.sleep(LOOK_AGAIN)
    subprocess.run(["systemctl", "stop", *instance["services"]], check=False)
    complete(instance, instance["terminate_hook"], "CONTINUE")


def main(words):
    instance = json.loads(INSTANCE.read_text())
    doing = {
        "configure": configure,
        "ready": ready,
        "abandon": lambda about: complete(about, about["launch_hook"], "ABANDON"),
        "watch": watch,
    }
    if len(words) != 1 or words[0] not in doing:
        print(__doc__, file=sys.stderr)
        return 2
    doing[words[0]](instance)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
