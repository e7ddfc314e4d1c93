#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep what an account has once in each region as declared"""

DOCUMENTATION = r"""
module: region_settings
short_description: Keep what an account has once in each region as declared
version_added: 0.1.0
description:
  - Keeps settings that an account has once in each region, and the services that watch over it, of which it has one there. Unset ones are left alone,
    and nothing is ever switched off because it is not declared.
  - All environments of an account live by them, so one environment keeps them, the first that declares them, and a parameter of the account says which.
    For every other environment they are as declared, whatever they are.
  - C(resources_absent) removes, of the regions in O(regions), what is paid for or carries our name (AWS Config, GuardDuty, Security Hub, Inspector, analyzers).
    What only protects stays.
options:
  items:
    description:
      - Regions with their settings.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The region, such as C(eu-west-1). It has to be switched on in the account.
        type: str
        required: true
      ebs_encryption:
        description: Whether volumes and snapshots are encrypted, whoever makes them.
        type: bool
      ebs_key_arn:
        description: ARN of the key that encrypts them where none is named. An empty string for AWS's own.
        type: str
      snapshot_block_public_access:
        description: Which snapshots cannot be shared with everybody.
        type: str
        choices: [block-all-sharing, block-new-sharing, unblocked]
      image_block_public_access:
        description: Whether images cannot be shared with everybody any more. Those that are stay so.
        type: bool
      instance_metadata:
        description: What instances get whose launch, and whose image, says nothing about the metadata service.
        type: dict
        suboptions:
          http_tokens:
            description: Whether a session has to be begun first (IMDSv2).
            type: str
            choices: [required, optional, no-preference]
          hop_limit:
            description: How many networks the answer may pass, from 1 to 64. Containers need 2.
            type: int
          endpoint:
            description: Whether there is the service at all.
            type: str
            choices: [enabled, disabled, no-preference]
          tags:
            description: Whether it tells the instance's tags.
            type: str
            choices: [enabled, disabled, no-preference]
      serial_console_access:
        description: Whether EC2's serial console can be used.
        type: bool
      document_public_sharing:
        description: Whether documents of Systems Manager can be shared with everybody.
        type: bool
      default_vpc:
        description:
          - V(closed) takes all rules from its default security group and network ACL, and its subnets give out no public addresses.
          - V(deleted) removes it, which is refused while a network interface is in it. It does not come back.
        type: str
        choices: [closed, deleted]
      external_access_analyzer:
        description: Whether IAM Access Analyzer tells what others can get at.
        type: bool
      unused_access_analyzer_days:
        description: Days after which IAM Access Analyzer tells of access that nobody used, from 1 to 365. Paid for by user and role.
        type: int
      config:
        description: AWS Config, which records all types of resources.
        type: dict
        suboptions:
          role_arn:
            description: ARN of the role that it reads with, best its service-linked one.
            type: str
            required: true
          bucket:
            description: Bucket that it delivers to. Its policy must admit C(config.amazonaws.com).
            type: str
            required: true
          prefix:
            description: What the keys of its objects begin with.
            type: str
          global_resources:
            description: Whether IAM's users, groups, roles and policies are recorded here. In one region, or each is paid for in all.
            type: bool
          recording_frequency:
            description: Whether every change is recorded, or once a day what has changed.
            type: str
            choices: [continuous, daily]
          snapshots:
            description: How often the whole is delivered.
            type: str
            choices: [One_Hour, Three_Hours, Six_Hours, Twelve_Hours, TwentyFour_Hours]
      config_aggregator:
        description: Whether Config shows all regions in this one.
        type: bool
      guardduty:
        description: GuardDuty's detector.
        type: dict
        suboptions:
          finding_publishing_frequency:
            description: How often it tells again of what it has told already. New findings are told at once.
            type: str
            choices: [fifteen_minutes, one_hour, six_hours]
          features:
            description: What it looks at beside events, DNS queries and flow logs. A new detector gets no others.
            type: list
            elements: str
            choices: [s3_data_events, eks_audit_logs, ebs_malware_protection, rds_login_events, lambda_network_logs, runtime_monitoring]
      security_hub:
        description: Security Hub CSPM.
        type: dict
        suboptions:
          standards:
            description: What the account is judged by.
            type: list
            elements: str
            choices:
              - aws-foundational-security-best-practices/v/1.0.0
              - cis-aws-foundations-benchmark/v/1.4.0
              - cis-aws-foundations-benchmark/v/3.0.0
              - cis-aws-foundations-benchmark/v/5.0.0
              - nist-800-53/v/5.0.0
              - pci-dss/v/4.0.1
              - aws-resource-tagging-standard/v/1.0.0
          auto_enable_controls:
            description: Whether controls that AWS adds to a standard are on at once.
            type: bool
          consolidated_findings:
            description: Whether a control has one finding, however many standards have it. On where Security Hub is new.
            type: bool
      finding_aggregator:
        description: Whether Security Hub shows the findings of all regions, future ones too, in this one. An account has one such region.
        type: bool
      inspector:
        description: What Inspector looks for known vulnerabilities in.
        type: list
        elements: str
        choices: [ec2, ecr, lambda, lambda_code]
  keeper_region:
    description:
      - Region of the parameter C(/<Project>/account/baseline), which says which environment keeps the settings of the account.
    type: str
    default: us-east-1
  claim:
    description:
      - Whether this environment keeps them from now on where none does. Otherwise nothing is done then.
    type: bool
    default: true
  take_over:
    description:
      - Whether this environment keeps them from now on, although another one does.
    type: bool
    default: false
  regions:
    description:
      - Regions that C(resources_absent) looks at, given as its C(removal); that of the module, if none.
    type: list
    elements: str
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - groundswell.aws.ownership
  - groundswell.aws.resource_set
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Keep the settings of two regions
  groundswell.aws.region_settings:
    tags: "{{ resource_tags }}"
    layer: region_baseline
    items:
      - name: eu-west-1
        ebs_encryption: true
        guardduty: {features: [s3_data_events]}
      - {name: us-east-1, ebs_encryption: true, default_vpc: closed}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    kept_by:
      description: The environment that keeps them. Another one than C(tags.Environment) where nothing was done for that reason.
      type: str
      returned: always
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
undeclared:
  description: Resources that carry our tags and are not declared, as C(module/name).
  returned: always
  type: list
  elements: str
waiting:
  description: Declared resources that are not ready yet, as C(module/name). Empty with O(wait=true).
  returned: always
  type: list
  elements: str
"""

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.settings import RegionSettings
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(RegionSettings, DOCUMENTATION)
