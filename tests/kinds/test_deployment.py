# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments without Ansible in between: what is started, joined and refused, what came of it, and what is in the way."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.groundswell.aws.plugins.module_utils.deployment import Deployment, problems_of, settle_labels
from ansible_collections.groundswell.aws.plugins.module_utils.image_papers import PAPERS, Papers
from ansible_collections.groundswell.aws.plugins.module_utils.instance_refresh import NotStarted, Refreshes, counted, version
from ansible_collections.groundswell.aws.plugins.module_utils.resource import Problem, Session
from conftest import REGION, Module
from simulated import Simulated

OLD, NEW, INTEL = "ami-0d5b1a13a4e64aa01", "ami-0d5b1a13a4e64aa02", "ami-0d5b1a13a4e64a602"
ALARM, POINTER = "errors", "/acme/dev/images/web"
HOLD = {"checkpoint_percentages": [50, 100], "checkpoint_delay": 86400}


class Account:
    """A group on version 1 of its template (the old image), and version 2 (the new one)."""

    def __init__(self, simulator: Simulated) -> None:
        self.simulator = simulator
        self.ec2, self.asg, self.cloudwatch, self.ssm = (simulator.client(one, REGION) for one in ("ec2", "autoscaling", "cloudwatch", "ssm"))
        self.session = Session(Module(simulator.endpoint))
        self.subnets = ",".join(one["SubnetId"] for one in self.ec2.describe_subnets()["Subnets"])
        self.data = {"ImageId": OLD, "InstanceType": "t4g.small"}
        self.ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData=self.data)
        self.ec2.create_launch_template_version(LaunchTemplateName="web", LaunchTemplateData={**self.data, "ImageId": NEW})
        self.cloudwatch.put_metric_alarm(
            AlarmName=ALARM, Namespace="n", MetricName="m", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip

    def group(self, size: int = 2, **more: Any) -> Refreshes:
        settings = {} if "MixedInstancesPolicy" in more else {"LaunchTemplate": {"LaunchTemplateName": "web", "Version": "1"}}
        self.asg.create_auto_scaling_group(
            AutoScalingGroupName="g", MinSize=0, MaxSize=8, DesiredCapacity=size, VPCZoneIdentifier=self.subnets, HealthCheckGracePeriod=30, **settings, **more
        )
        self.until(lambda: self.count("InService") == size)
        return Refreshes(self.session, "g")

    def count(self, state: str) -> int:
        group = self.asg.describe_auto_scaling_groups(AutoScalingGroupNames=["g"])["AutoScalingGroups"][0]
        return sum(one["LifecycleState"] == state for one in group["Instances"])

    def point(self, *images: str) -> None:
        for image in images:
            self.ssm.put_parameter(Name=POINTER, Value=image, Type="String", DataType="aws:ec2:image", Overwrite=True)

    def look(self, **options: Any) -> tuple[list[Any], list[str], list[str]]:
        """(plans, problems, notes) of a deployment."""
        tier = {"name": "web", "group": "g", "image_parameter": POINTER, "instance_types": ["t4g.small"], "on_demand_percentage": 100, "alarms": [ALARM]}
        plans, wrong = Deployment(
            self.session,
            {
                "account": "123456789012",
                "tags": {},
                "tiers": [{**tier, **options.pop("tier", {})}],
                "only": [],
                "image_id": "",
                "image_owners": ["136693071363"],
                "images_name": "acme",
                "images_region": REGION,
                "unsigned_images": True,
                "back": False,
                "min_healthy_percentage": 100,
                "max_healthy_percentage": 150,
                "standby_instances": "Wait",
                "scale_in_protected_instances": "Wait",
                **options,
            },
        ).look()
        return plans, problems_of(plans) + wrong, [note for plan in plans for note in plan.notes]

    def until(self, true: Callable[[], Any]) -> None:
        deadline = time.monotonic() + 60
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture
def account(start_simulator: Callable[..., Simulated]) -> Account:
    return Account(start_simulator("--latency", "aws", "--time-scale", "600"))


def over(account: Account, refreshes: Refreshes, refresh: dict[str, Any], number: int = 2) -> tuple[str, dict[str, Any]]:
    """What came of it, in the end."""
    account.until(lambda: refreshes.outcome(refreshes.group(), refreshes.one(refresh["InstanceRefreshId"]), number) != "in_progress")
    last = refreshes.one(refresh["InstanceRefreshId"])
    return refreshes.outcome(refreshes.group(), last, number), last


def options(**more: Any) -> dict[str, Any]:
    return {"skip_matching": True, "auto_rollback": True, "min_healthy_percentage": 100, "max_healthy_percentage": 150, **more}


def test_brings_a_version_in(account):
    refreshes = account.group()
    before = refreshes.outdated(refreshes.group(), 2)
    refresh, joined = refreshes.start(2, options(), None)
    assert (len(before), joined) == (2, False)
    assert over(account, refreshes, refresh)[0] == "successful"
    assert version(refreshes.group()) == 2 and refreshes.done(refreshes.group(), 2)
    assert refreshes.start(2, options(), None) == (None, False)
    assert counted(refreshes.instances(refreshes.group())) == {"2": {"in service": 2}}


def test_joins_what_leads_there_and_refuses_the_rest(account):
    refreshes = account.group()
    first, _ = refreshes.start(2, options(**HOLD), None)
    again, joined = refreshes.start(2, options(), None)
    assert (again["InstanceRefreshId"], joined) == (first["InstanceRefreshId"], True)
    with pytest.raises(NotStarted, match=rf"{first['InstanceRefreshId']} of g is in progress since .* leads to version 2, not to version 1"):
        refreshes.start(1, options(), None)
    # Rolling back, it leads to the other one; and who wanted the new one is told how it ends.
    account.until(lambda: refreshes.one(first["InstanceRefreshId"])["PercentageComplete"] == 50)
    account.asg.suspend_processes(AutoScalingGroupName="g", ScalingProcesses=["Launch"])
    assert refreshes.roll_back()["Status"] == "RollbackInProgress"
    assert refreshes.start(1, options(), None)[1] and refreshes.start(2, options(), None)[1]
    account.asg.resume_processes(AutoScalingGroupName="g")
    assert over(account, refreshes, first, 2)[0] == "rolled_back"
    assert over(account, refreshes, first, 1)[0] == "successful"
    assert refreshes.roll_back() is None


def test_a_refresh_that_ended_unseen(account):
    refreshes = account.group()
    refresh, _ = refreshes.start(2, options(**HOLD), None)
    refreshes.cancel()
    assert over(account, refreshes, refresh)[0] == "cancelled"
    seen, joined = refreshes.start(2, options(), refresh["StartTime"])
    assert (seen["InstanceRefreshId"], joined) == (refresh["InstanceRefreshId"], True)
    another, joined = refreshes.start(2, options(), None)
    assert (another["InstanceRefreshId"] != refresh["InstanceRefreshId"], joined) == (True, False)


def test_an_answer_that_got_lost(start_simulator):
    """Started once, whatever is answered."""
    account = Account(start_simulator("--latency", "aws", "--time-scale", "600", "--seed", "3"))
    refreshes = account.group()
    account.simulator.door("faults", {"throttle": 0.2, "error": 0.4})
    refresh, _ = refreshes.start(2, options(**HOLD), None)
    account.simulator.door("faults", {"throttle": 0, "error": 0})
    assert [one["InstanceRefreshId"] for one in account.asg.describe_instance_refreshes(AutoScalingGroupName="g")["InstanceRefreshes"]] == [
        refresh["InstanceRefreshId"]
    ]


def test_the_alarm_is_named_when_it_is_quiet_again(account):
    refreshes = account.group()
    account.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="long ago")
    account.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="quiet")
    time.sleep(1.1)  # times of alarms are whole seconds
    refresh, _ = refreshes.start(2, options(alarms=[ALARM], **HOLD), None)
    assert refreshes.alarms(refresh) == []
    account.until(lambda: refreshes.one(refresh["InstanceRefreshId"])["PercentageComplete"] == 50)
    account.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="too many")
    account.until(lambda: refreshes.one(refresh["InstanceRefreshId"])["Status"] != "InProgress")
    account.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="quiet")
    outcome, last = over(account, refreshes, refresh)
    assert (outcome, refreshes.alarms(last)) == ("rolled_back", [{"name": ALARM, "reason": "too many"}])


def test_what_went_wrong_with_servers_is_said_once(account):
    hook = {"LifecycleHookName": "h", "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING", "HeartbeatTimeout": 300, "DefaultResult": "CONTINUE"}
    refreshes = account.group(1, LifecycleHookSpecificationList=[hook])
    account.asg.put_lifecycle_hook(AutoScalingGroupName="g", LifecycleHookName="h", DefaultResult="ABANDON")
    refresh, _ = refreshes.start(2, options(), None)
    outcome, last = over(account, refreshes, refresh)
    said = refreshes.activities(last)
    assert outcome == "rolled_back"
    assert len(said) == 1 and "was abandoned: Heartbeat Timeout" in said[0]
    assert refreshes.activities(last, but=last["StatusReason"]) == []


def test_a_mixed_group_keeps_its_policy(account):
    policy = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": {"LaunchTemplateName": "web", "Version": "1"},
            "Overrides": [{"InstanceType": "t4g.small"}, {"InstanceType": "t4g.medium"}],
        },
        "InstancesDistribution": {"OnDemandBaseCapacity": 1, "OnDemandPercentageAboveBaseCapacity": 50},
    }
    refreshes = account.group(MixedInstancesPolicy=policy)
    before = refreshes.group()["MixedInstancesPolicy"]
    refresh, _ = refreshes.start(2, options(**HOLD), None)
    account.until(lambda: refreshes.one(refresh["InstanceRefreshId"])["PercentageComplete"] == 50)
    refreshes.roll_back()
    assert over(account, refreshes, refresh)[0] == "rolled_back"
    assert refreshes.group()["MixedInstancesPolicy"] == before
    refresh, _ = refreshes.start(2, options(), None)
    assert over(account, refreshes, refresh)[0] == "successful"
    after = refreshes.group()["MixedInstancesPolicy"]
    assert after["InstancesDistribution"] == before["InstancesDistribution"]
    assert after["LaunchTemplate"]["Overrides"] == before["LaunchTemplate"]["Overrides"]
    assert version(refreshes.group()) == 2


def test_a_warm_pool_counts(account):
    refreshes = account.group(1)
    account.asg.put_warm_pool(AutoScalingGroupName="g", MaxGroupPreparedCapacity=2)
    account.until(lambda: counted(refreshes.instances(refreshes.group())).get("1") == {"in service": 1, "warmed": 1})
    assert len(refreshes.outdated(refreshes.group(), 2)) == 2
    refresh, _ = refreshes.start(2, options(), None)
    assert over(account, refreshes, refresh)[0] == "successful"
    assert refreshes.outdated(refreshes.group(), 2) == []


def test_what_is_refused_by_aws_is_not_started(account):
    refreshes = account.group(1)
    with pytest.raises(NotStarted, match="StartInstanceRefresh was refused"):
        refreshes.start(7, options(), None)
    with pytest.raises(Problem, match="no Auto Scaling group"):
        Refreshes(account.session, "nobody").group()


# What is in the way -----------------------------------------------------------------------------------------------------------


def test_a_plan_without_problems(account):
    account.group()
    account.point(OLD, NEW)
    plans, problems, notes = account.look()
    assert problems == [] and "is not known to be tested" in notes[0]
    found = plans[0].found
    assert (found["image"], found["image_in_service"], found["version"], found["desired_capacity"]) == (NEW, OLD, 1, 2)


@pytest.mark.parametrize(
    "given, words",
    [
        ({"image_id": NEW, "unsigned_images": False}, f"image {NEW} is not known to be tested: s3://acme-images-136693071363-{REGION}/"),
        ({"image_id": "ami-0123456789abcdef0"}, "does not exist"),
        ({"image_id": INTEL}, "x86_64"),
        ({"image_id": NEW, "image_owners": []}, "belongs to account 136693071363"),
        ({"tier": {"group": "nobody"}}, "roll the site out first"),
        ({"tier": {"alarms": ["lost"]}}, "there is no alarm lost"),
        ({"tier": {"alarms": [f"a{number}" for number in range(11)]}}, "11 alarms"),
        ({"only": ["mail"]}, "there is no tier mail"),
        ({"image_id": "debian"}, "is no id of an image"),
        ({"min_healthy_percentage": 0, "max_healthy_percentage": 150}, "more than 100 apart"),
        ({"min_healthy_percentage": 0, "max_healthy_percentage": 100}, "is none"),
    ],
)
def test_what_is_in_the_way(account, given, words):
    account.group(1)
    account.point(OLD)
    _, problems, _ = account.look(**given)
    assert [problem for problem in problems if words in problem], problems


def test_an_image_is_for_one_tier(account):
    account.group(1)
    account.point(OLD)
    tiers = [{"name": name, "group": "g", "image_parameter": POINTER, "instance_types": ["t4g.small"], "alarms": []} for name in ("app", "web")]
    _, problems, _ = account.look(image_id=NEW, tiers=tiers)
    assert problems == [f"image_id={NEW} is one image, and there are 2 tiers: say which, as deploy_tiers=app"]
    account.ec2.create_tags(Resources=[NEW], Tags=[{"Key": "Tier", "Value": "web"}])
    plans, problems, _ = account.look(image_id=NEW, tiers=tiers)
    assert ([plan.name for plan in plans], problems) == (["web"], [])


def test_the_only_server(account):
    account.group(1)
    account.point(OLD)
    _, problems, _ = account.look(min_healthy_percentage=90, max_healthy_percentage=100)
    assert "the only server would go before the next one serves" in problems[0]


def test_images_that_say_what_they_are(start_simulator):
    # Slower than the others' account: a copy is not to be ready before it was looked at.
    account = Account(start_simulator("--latency", "aws", "--time-scale", "60"))
    account.group(1)
    account.point(OLD)
    specification = [{"ResourceType": "image", "Tags": [{"Key": "Tier", "Value": "app"}]}]
    image = account.ec2.copy_image(Name="for-app", SourceImageId=OLD, SourceRegion=REGION, TagSpecifications=specification)["ImageId"]
    _, problems, notes = account.look(image_id=image, only=["web"])
    assert f"web: image {image} is pending, not available" in problems
    assert f"web: image {image} was made for the tier app" in problems
    assert "is not known to be tested" in notes[0]
    account.ec2.create_tags(Resources=[image], Tags=[{"Key": "Tier", "Value": "web"}])
    account.until(lambda: account.ec2.describe_images(ImageIds=[image])["Images"][0]["State"] == "available")
    publish(account, image)
    assert account.look(image_id=image, unsigned_images=False)[1:] == ([], [])


def publish(account: Account, image: str) -> None:
    """The papers of an image, and a key to sign them with."""
    s3, kms = account.simulator.client("s3", REGION), account.simulator.client("kms", REGION)
    bucket = f"acme-images-123456789012-{REGION}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    for paper in PAPERS:
        s3.put_object(Bucket=bucket, Key=f"for-app/{paper}", Body=b'{"tier": "web"}')
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/acme-image-signing", TargetKeyId=key)
    papers = Papers(account.session, "acme", REGION)
    assert papers.sign("for-app", {REGION: image}) is True
    assert papers.sign("for-app", {REGION: image}) is False


def test_papers_that_are_not_what_was_signed(account):
    """Each way of passing another image off as the one that was tested."""

    def copied(name: str) -> dict[str, Any]:
        copy = account.ec2.copy_image(Name=name, SourceImageId=OLD, SourceRegion=REGION)["ImageId"]
        return dict(account.ec2.describe_images(ImageIds=[copy])["Images"][0])

    papers, image = Papers(account.session, "acme", REGION), copied("for-app")
    s3, kms = account.simulator.client("s3", REGION), account.simulator.client("kms", REGION)

    def put(paper: str, body: bytes) -> bytes:
        place = {"Bucket": f"acme-images-123456789012-{REGION}", "Key": f"for-app/{paper}"}
        before = s3.get_object(**place)["Body"].read()
        s3.put_object(**place, Body=body)
        return bytes(before)

    publish(account, image["ImageId"])
    assert papers.judge(image) == ({"tier": "web"}, [])
    another = {**copied("other"), "Name": "for-app"}
    assert "was not signed for" in papers.judge(another)[1][0]
    assert "is not the manifest" in papers.judge({**image, "Tags": [{"Key": "Manifest", "Value": "0f"}]})[1][0]
    true = put("manifest.json", b'{"tier": "app"}')
    assert "is not the manifest" in papers.judge(image)[1][0]
    with pytest.raises(Problem, match="manifest.json: not what was signed"):
        papers.sign("for-app", {REGION: image["ImageId"]})
    put("manifest.json", true)
    signed = json.loads(put("signature.json", b"{}"))
    assert "is no signature" in papers.judge(image)[1][0]
    statement = signed["statement"].replace(image["ImageId"], another["ImageId"])
    put("signature.json", json.dumps({**signed, "statement": statement}).encode())
    assert "was not signed with" in papers.judge(another)[1][0]
    # A signature that holds, by a key of somebody else's.
    theirs = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    signature = kms.sign(KeyId=theirs, Message=statement.encode(), SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    forged = {**signed, "statement": statement, "signature": base64.b64encode(signature).decode(), "key": theirs}
    put("signature.json", json.dumps(forged).encode())
    assert "was not signed with" in papers.judge(another)[1][0]
    put("signature.json", json.dumps(signed).encode())
    assert papers.judge(image)[1] == []
    # Another region is added to what is signed.
    assert papers.sign("for-app", {"us-east-1": "ami-0123456789abcdef0"}) is True
    assert papers.judge(image)[1] == []


def test_all_that_a_group_may_have(account):
    """At once."""
    account.group(2)
    account.point(OLD, NEW)
    first, second = [one["InstanceId"] for one in account.asg.describe_auto_scaling_groups()["AutoScalingGroups"][0]["Instances"]]
    account.asg.set_instance_protection(AutoScalingGroupName="g", InstanceIds=[first], ProtectedFromScaleIn=True)
    account.asg.enter_standby(AutoScalingGroupName="g", InstanceIds=[second], ShouldDecrementDesiredCapacity=True)
    account.asg.suspend_processes(AutoScalingGroupName="g", ScalingProcesses=["Terminate", "AlarmNotification"])
    account.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="too many")
    account.simulator.door("quota", {"service": "ec2", "code": "L-1216C47A", "value": 1, "region": REGION})
    _, problems, _ = account.look()
    for words in (f"{first} is protected", f"{second} is in Standby", "suspended in g: Terminate.", "errors is in ALARM already (too many)", "the quota is 1"):
        assert any(words in problem for problem in problems), (words, problems)
    assert len(problems) == 5
    _, problems, _ = account.look(standby_instances="Ignore", scale_in_protected_instances="Refresh")
    assert len(problems) == 3


def test_a_group_with_a_moving_version(account):
    account.asg.create_auto_scaling_group(
        AutoScalingGroupName="g", MinSize=0, MaxSize=1, VPCZoneIdentifier=account.subnets, LaunchTemplate={"LaunchTemplateName": "web", "Version": "$Latest"}
    )
    account.point(OLD)
    _, problems, _ = account.look()
    assert "no way back" in problems[0]


def test_somebody_elses_refresh(account):
    refreshes = account.group()
    account.point(OLD, NEW)
    refresh, _ = refreshes.start(2, options(**HOLD), None)
    assert account.look()[1] == []
    _, problems, _ = account.look(image_id=OLD)
    assert refresh["InstanceRefreshId"] in problems[0] and f"({NEW}), and {OLD} is asked for" in problems[0]
    plans, problems, _ = account.look(back=True)
    assert (problems, plans[0].found["roll_back"], plans[0].found["image"]) == ([], True, OLD)


# What was in service ----------------------------------------------------------------------------------------------------------


def labels(account: Account) -> dict[str, str]:
    history = account.ssm.get_parameter_history(Name=POINTER)["Parameters"]
    return {label: one["Value"] for one in history for label in one["Labels"]}


def test_labels_tell_what_to_go_back_to(account):
    account.point(OLD)
    assert settle_labels(account.session, POINTER, OLD) == (["in-service"], OLD)
    assert settle_labels(account.session, POINTER, OLD) == ([], OLD)
    # A deployment that failed leaves no trace but its value.
    account.point(INTEL, OLD)
    assert settle_labels(account.session, POINTER, OLD) == ([], OLD)
    account.point(NEW)
    assert settle_labels(account.session, POINTER, NEW) == (["in-service", "previous"], NEW)
    assert labels(account) == {"in-service": NEW, "previous": OLD}
    # The way back does not make what was left the image before.
    account.point(OLD)
    assert settle_labels(account.session, POINTER, OLD) == (["in-service"], OLD)
    assert labels(account) == {"in-service": OLD, "previous": OLD}
    account.point(INTEL)
    settle_labels(account.session, POINTER, INTEL)
    assert labels(account) == {"in-service": INTEL, "previous": OLD}


def test_what_was_never_pointed_at_is_not_labelled(account):
    account.point(OLD)
    assert settle_labels(account.session, POINTER, NEW) == ([], OLD)
    assert labels(account) == {}


def test_going_back(account):
    account.group(1)
    account.point(OLD)
    plans, _, notes = account.look(back=True)
    assert plans[0].found["image"] == OLD and "nothing to go back to" in notes[0]
    account.point(NEW, OLD)
    settle_labels(account.session, POINTER, NEW)
    account.point(OLD)
    settle_labels(account.session, POINTER, OLD)
    plans, problems, _ = account.look(back=True)
    assert (plans[0].found["image"], problems) == (NEW, [])
