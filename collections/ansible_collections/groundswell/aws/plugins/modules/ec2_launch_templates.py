#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep launch templates as declared"""

DOCUMENTATION = r"""
module: ec2_launch_templates
short_description: Keep launch templates as declared
version_added: 0.1.0
description:
  - Keeps templates by which instances are launched. A changed option makes a new version that is whole; without a change there is none.
    What is as an older version was is that version again. The default version is the one that is as declared.
  - Old versions stay, to go back to, as many as O(items[].versions_kept) says. Which version a group launches is the group's option, see
    M(groundswell.aws.autoscaling_groups).
options:
  items:
    description:
      - The launch templates to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in the region, 3 to 128 characters.
        type: str
        required: true
      versions_kept:
        description:
          - How many versions stay, the newest among them. Older ones are deleted but for the default and those that an Auto Scaling group or
            an instance uses. Without it all stay, up to EC2's limit of 10000.
        type: int
      image_id:
        description: Id of the image. An id and not a reference to a parameter, because a rollout of such a template cannot be rolled back.
        type: str
        required: true
      instance_type:
        description: Type of the instances, where the group does not name others.
        type: str
        required: true
      instance_profile:
        description: Name of the instance profile.
        type: str
      security_group_ids:
        description: Ids of security groups.
        type: list
        elements: str
      user_data:
        description: What the instance runs when it boots first, as plain text of at most 16 KB. Everyone who may describe the template reads it.
        type: str
      detailed_monitoring:
        description: Whether metrics come every minute instead of every five.
        type: bool
      cpu_credits:
        description: Whether burstable instances may burst for money once their credits are used up.
        type: str
        choices: [standard, unlimited]
      metadata_tokens:
        description: Whether the instance metadata service insists on session tokens (IMDSv2).
        type: str
        choices: [required, optional]
      metadata_hop_limit:
        description: How many network hops an answer of the metadata service survives. 1 keeps it from containers behind a bridge.
        type: int
      metadata_tags:
        description: Whether the metadata service tells the instance its tags.
        type: bool
      volume:
        description: The root volume. It goes with its instance.
        type: dict
        suboptions:
          device:
            description: Device name of the image's root volume, such as C(/dev/xvda).
            type: str
            required: true
          size:
            description: Size in GiB.
            type: int
          type:
            description: Type.
            type: str
            choices: [gp3, io2]
          iops:
            description: I/O operations a second, at least 3000 with C(gp3).
            type: int
          throughput:
            description: MiB a second, C(gp3) only, at least 125.
            type: int
          encrypted:
            description: Whether it is encrypted.
            type: bool
          kms_key_arn:
            description: ARN of the key; the account's default key if not given.
            type: str
      instance_tags:
        description: Tags of instances, their volumes and their network interfaces.
        type: dict
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
- name: Keep the template of the web servers
  groundswell.aws.ec2_launch_templates:
    tags: "{{ resource_tags }}"
    layer: fleets
    items:
      - name: acme-prod-web
        image_id: ami-0abc
        instance_type: t4g.small
        metadata_tokens: required
        metadata_hop_limit: 1
        volume: {device: /dev/xvda, size: 16, type: gp3, encrypted: true}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the template.
      type: str
      returned: always
    version:
      description: Number of the version that is as declared, which is the default version.
      type: int
      returned: always
    newest_version:
      description: Number of the newest version.
      type: int
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_compute import LaunchTemplates
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(LaunchTemplates, DOCUMENTATION)
