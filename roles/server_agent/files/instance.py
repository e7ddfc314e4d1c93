#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server does about itself: fetch its configuration, say when it is ready, leave in good order.

    groundswell-instance configure    settings and secrets from Parameter Store and Secrets Manager
    groundswell-instance ready        wait until the tier answers, then let Auto Scaling put the server into service
    groundswell-instance abandon      give the server up: Auto Scaling replaces it
    groundswell-instance watch        wait for Auto Scaling to take the server out of service, finish, and say so
    groundswell-instance report       let the CloudWatch agent report what the tier's configuration says

Python's own library is all it needs, so that it works on any image. /etc/groundswell/instance.json says who the server is.
"""

import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

METADATA = "http://169.254.169.254/latest"
INSTANCE = Path("/etc/groundswell/instance.json")
SETTINGS = Path("/etc/groundswell/settings.json")
SECRETS = Path("/run/groundswell/secrets.json")  # in memory: it goes when the server stops
READERS = "groundswell"  # the group that may read secrets
SERVING = "groundswell-serving.target"
AGENT = "/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl"
LOOK_AGAIN = 5  # seconds
TRIES = 5


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


def credentials():
    """Key id, secret key and session token: of the instance's role, or those of the environment."""
    if "AWS_ACCESS_KEY_ID" in os.environ:
        return os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], os.environ.get("AWS_SESSION_TOKEN")
    role = metadata("iam/security-credentials/").split()[0]
    found = json.loads(metadata(f"iam/security-credentials/{role}"))
    return found["AccessKeyId"], found["SecretAccessKey"], found["Token"]


def signed(url, headers, body, region, service, keys, now):
    """The headers of a POST with Signature Version 4."""
    key_id, secret, token = keys
    stamp = time.strftime("%Y%m%dT%H%M%SZ", now)
    signing = {**headers, "host": urllib.parse.urlsplit(url).netloc, "x-amz-date": stamp}
    if token:
        signing["x-amz-security-token"] = token
    names = ";".join(sorted(signing))
    lines = "".join(f"{name}:{signing[name]}\n" for name in sorted(signing))
    request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return {**signing, "authorization": f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signature}"}


def call(region, service, headers, body):
    """The answer of a service; tried again where it is busy or out of reach."""
    url = os.environ.get("AWS_ENDPOINT_URL") or f"https://{service}.{region}.amazonaws.com/"
    keys = credentials()
    for attempt in range(TRIES):
        try:
            request = urllib.request.Request(url, body, signed(url, headers, body, region, service, keys, time.gmtime()))
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            if attempt == TRIES - 1 or (error.code < 500 and "Throttl" not in said):
                raise RuntimeError(f"{service}: {error.code} {said[:500]}") from None
        except OSError:
            if attempt == TRIES - 1:
                raise
        time.sleep(2**attempt / 2)
    return None


def ask(region, service, action, **options):
    """A service that speaks JSON."""
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": action}
    return json.loads(call(region, service, headers, json.dumps(options).encode()))


def write(path, content, mode, group=None):
    """Replace a file as a whole, never readable by more than it should be. Who reads it sees by its time that it is new."""
    text = json.dumps(content, indent=1, sort_keys=True)
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    if group is not None:
        try:
            shutil.chown(new, group=group)
        except LookupError:
            pass  # nobody but root is to read it
    new.replace(path)


def configure(instance):
    """/acme/prod/database/writer-address becomes database_writer_address; a setting *_secret_arn brings the secret along."""
    region, root = instance["region"], instance["parameter_root"]
    if not root:
        return  # somebody else sees to the files
    settings = {"region": region}
    for section in instance["parameter_sections"]:
        more = {}
        while True:
            found = ask(region, "ssm", "AmazonSSM.GetParametersByPath", Path=f"{root}/{section}", Recursive=True, **more)
            for parameter in found["Parameters"]:
                key = parameter["Name"][len(root) :].strip("/").replace("/", "_").replace("-", "_").lower()
                settings[key] = parameter["Value"]
            if not found.get("NextToken"):
                break
            more = {"NextToken": found["NextToken"]}
    secrets = {}
    for key, arn in settings.items():
        if key.endswith("_secret_arn"):
            secrets[key[: -len("_secret_arn")]] = ask(region, "secretsmanager", "secretsmanager.GetSecretValue", SecretId=arn)["SecretString"]
    write(SETTINGS, settings, 0o644)
    write(SECRETS, secrets, 0o640, READERS)


def complete(instance, hook, result):
    """Tell Auto Scaling how a hook ended. That it waits for nothing any more is no error: somebody was quicker, or nobody asked."""
    if not instance["group_name"]:
        return
    about = {
        "Action": "CompleteLifecycleAction", "Version": "2011-01-01", "AutoScalingGroupName": instance["group_name"],
        "LifecycleHookName": hook, "InstanceId": metadata("instance-id"), "LifecycleActionResult": result,
    }  # fmt: skip
    try:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        call(instance["region"], "autoscaling", headers, urllib.parse.urlencode(about).encode())
    except RuntimeError as error:
        print(f"hook {hook} was not completed: {error}", file=sys.stderr)


def answers(instance):
    """Whether the tier works, asked where the load balancer will ask."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{instance['health_port']}{instance['health_path']}", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def ready(instance):
    """Auto Scaling gives the server up by itself when this takes longer than the hook's timeout."""
    while not ((SECRETS.exists() or not instance["parameter_root"]) and answers(instance)):
        time.sleep(0.2)
    complete(instance, instance["launch_hook"], "CONTINUE")


def leave():
    """Take no more requests and finish those that run. A target alone is stopped before its services are, and nobody waits for them."""
    shown = subprocess.run(["systemctl", "show", "--property=ConsistsOf", "--value", SERVING], capture_output=True, text=True, check=False)
    subprocess.run(["systemctl", "stop", SERVING, *shown.stdout.split()], check=False)


def watch(instance):
    """The load balancer has stopped sending requests when the hook begins; what runs is given the time to end."""
    if not instance["group_name"]:
        return
    while metadata("autoscaling/target-lifecycle-state") != "Terminated":
        time.sleep(LOOK_AGAIN)
    leave()
    complete(instance, instance["terminate_hook"], "CONTINUE")


def report(instance):
    """The agent fetches its configuration itself."""
    source = f"ssm:{instance['parameter_root']}/cloudwatch-agent/{instance['tier']}"
    subprocess.run([AGENT, "-a", "fetch-config", "-m", "ec2", "-s", "-c", source], check=True)


def main(words):
    doing = {
        "configure": configure,
        "ready": ready,
        "abandon": lambda about: complete(about, about["launch_hook"], "ABANDON"),
        "watch": watch,
        "report": report,
    }
    if len(words) != 1 or words[0] not in doing:
        print(__doc__, file=sys.stderr)
        return 2
    doing[words[0]](json.loads(INSTANCE.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
