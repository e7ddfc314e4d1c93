#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep images as declared"""

DOCUMENTATION = r"""
module: ec2_images
short_description: Keep images (AMIs) as declared
version_added: 0.1.0
description:
  - Registers images from snapshots, copies them from other regions, shares them, and keeps when they are deprecated and whether
    they are protected.
  - What an image was made of never changes. Images that are not declared are left alone and not reported;
    M(groundswell.aws.ec2_images_retention) retires them.
  - An image that AWS gave up on is reported with AWS's reason.
options:
  items:
    description:
      - The images to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, unique in the account and region.
        type: str
        required: true

      description:
        description: What it is.
        type: str
      snapshot_id:
        description: Snapshot that it is registered from. Either this or O(items[].source_image_id).
        type: str
      source_image_id:
        description: Image that it is a copy of.
        type: str
      source_region:
        description: Region of O(items[].source_image_id).
        type: str
      kms_key_arn:
        description: Key of this region that a copy is encrypted with. A registered image has its snapshot's key.
        type: str
      architecture:
        description: Architecture of the instances that it is for.
        type: str
        choices: [x86_64, arm64]
      boot_mode:
        description: How its instances boot.
        type: str
        choices: [uefi, uefi-preferred, legacy-bios]
      ena_support:
        description: Whether it has the driver for enhanced networking.
        type: bool
      imds_support:
        description: V(v2.0) makes its instances ask for session tokens at the metadata service, unless their launch says otherwise.
        type: str
        choices: [v2.0]
      tpm_support:
        description: V(v2.0) gives its instances a NitroTPM. Needs O(items[].boot_mode=uefi).
        type: str
        choices: [v2.0]
      root_device_name:
        description: Name of the root device. C(/dev/xvda) if not given.
        type: str
      volume_type:
        description: Type of the root volume. V(gp3) if not given.
        type: str
      volume_size:
        description: Size of the root volume in GiB. That of the snapshot if not given.
        type: int
      image_tags:
        description: Tags beside those of O(tags), such as the digest of what it was baked from.
        type: dict
      launch_permission_accounts:
        description: Accounts that may launch it, and read its snapshots. What its key allows is for the key's policy.
        type: list
        elements: str
      launch_permission_organizations:
        description: ARNs of organisations and organisational units whose accounts may launch it.
        type: list
        elements: str
      deprecate_after_days:
        description: Days from its making on after which AWS lists it no more to those it is shared with.
        type: int
      deregistration_protection:
        description: Whether it can be deregistered; with a cool-down for another 24 hours after the protection was taken away.
        type: str
        choices: [disabled, enabled-without-cooldown, enabled-with-cooldown]
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
- name: Register the image
  groundswell.aws.ec2_images:
    tags: {Project: acme, ManagedBy: groundswell}
    layer: images
    items:
      - name: acme-web-arm64-0f3a1b2c
        snapshot_id: snap-0123456789abcdef0
        architecture: arm64
        boot_mode: uefi
        ena_support: true
        imds_support: v2.0

- name: Copy it to the standby region
  groundswell.aws.ec2_images:
    region: us-east-1
    tags: {Project: acme, ManagedBy: groundswell}
    layer: images
    items:
      - name: acme-web-arm64-0f3a1b2c
        source_image_id: ami-0123456789abcdef0
        source_region: ap-southeast-1
        kms_key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    id:
      description: Id of the image.
      type: str
      returned: always
    snapshot_ids:
      description: Ids of its snapshots.
      type: list
      elements: str
      returned: always
    created:
      description: When it was made.
      type: str
      returned: always
changes:
  description: What was, or in check mode would be, done. Each with C(kind), C(name), C(action) and C(options).
  returned: always
  type: list
  elements: dict
undeclared:
  description: Always empty, for images that are not declared are left alone.
  returned: always
  type: list
  elements: str
waiting:
  description: Declared resources that are not ready yet, as C(module/name). Empty with O(wait=true).
  returned: always
  type: list
  elements: str
"""

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.ec2_images import Images
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Images, DOCUMENTATION)
