#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep S3 buckets as declared"""

DOCUMENTATION = r"""
module: s3_buckets
short_description: Keep S3 buckets as declared
version_added: 0.1.0
description:
  - Keeps buckets with their encryption, versioning, policy, logging, lifecycle, archive tiers and CORS.
  - Removing a bucket deletes every version of every object in it.
options:
  items:
    description:
      - The buckets to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the bucket, unique among all accounts of AWS.
        type: str
        required: true

      tags:
        description: Tags of this bucket beside those that all carry.
        type: dict
      kms_key_arn:
        description: ARN of the KMS key that new objects are encrypted with, over a bucket key. An empty string lets S3 use keys of its own (SSE-S3).
        type: str
      versioning:
        description: Whether overwritten and deleted objects are kept as versions.
        type: bool
      object_lock_days:
        description:
          - Days for which nobody deletes a version, unless they may bypass governance (C(s3:BypassGovernanceRetention)). Needs O(items[].versioning).
          - V(0) asks for none of new objects. Once it was on, object lock itself stays on.
        type: int
      public_access_blocked:
        description: Whether every way of making the bucket or its objects public is shut.
        type: bool
      object_ownership:
        description: Who owns what others put. V(BucketOwnerEnforced) switches access control lists off.
        type: str
        choices: [BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter]
      policy:
        description: The bucket policy.
        type: json
      log_bucket:
        description: Bucket in the same region that gets the access log. An empty string logs nothing.
        type: str
      log_prefix:
        description: What the keys of the access log begin with.
        type: str
      lifecycle_rules:
        description: All lifecycle rules. S3 does not move objects under 128 KiB to another class.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the rule.
            type: str
            required: true
          prefix:
            description: Concerns objects whose keys begin so. All, if not given.
            type: str
          transitions:
            description: When objects move to another storage class.
            type: list
            elements: dict
            suboptions:
              days:
                description: Days after which it happens.
                type: int
                required: true
              storage_class:
                description: The class to move to. V(GLACIER) is Glacier Flexible Retrieval.
                type: str
                required: true
                choices: [STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_IR, GLACIER, DEEP_ARCHIVE]
          noncurrent_transitions:
            description: When versions that were overwritten or deleted move, counted from then.
            type: list
            elements: dict
            suboptions:
              days:
                description: Days after which it happens.
                type: int
                required: true
              storage_class:
                description: The class to move to. V(GLACIER) is Glacier Flexible Retrieval.
                type: str
                required: true
                choices: [STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_IR, GLACIER, DEEP_ARCHIVE]
          expire_days:
            description: Days after which objects are deleted.
            type: int
          expire_noncurrent_days:
            description: Days after which a version that was overwritten or deleted is gone for good.
            type: int
          noncurrent_versions_kept:
            description: How many of those versions are kept nonetheless.
            type: int
          abort_upload_days:
            description: Days after which the parts of an unfinished multipart upload are deleted.
            type: int
          expire_delete_markers:
            description: Whether delete markers go when no version is left behind them. Not together with O(items[].lifecycle_rules[].expire_days).
            type: bool
      intelligent_tiering:
        description: All archive configurations for objects in the class INTELLIGENT_TIERING. Archived objects must be restored before they can be read.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the configuration.
            type: str
            required: true
          prefix:
            description: Concerns objects whose keys begin so. All, if not given.
            type: str
          archive_days:
            description: Days without being read after which an object goes to the archive access tier, from 90 to 730.
            type: int
          deep_archive_days:
            description: Days without being read after which it goes to the deep archive access tier, from 180 to 730.
            type: int
      cors_rules:
        description: All rules on which pages of other origins may use the bucket, in order.
        type: list
        elements: dict
        suboptions:
          origins:
            description: Origins, such as C(https://www.example.org).
            type: list
            elements: str
            required: true
          methods:
            description: Methods they may use.
            type: list
            elements: str
            required: true
            choices: [GET, PUT, POST, DELETE, HEAD]
          headers:
            description: Request headers they may send. V(*) is any.
            type: list
            elements: str
          expose_headers:
            description: Response headers that scripts may see.
            type: list
            elements: str
          max_age_seconds:
            description: How long a browser may remember the rule.
            type: int
      replication_role_arn:
        description:
          - Role that S3 takes to replicate. It must trust C(s3.amazonaws.com), read versions here, write replicas there, and use the keys of both.
          - An empty string where nothing is replicated.
        type: str
      replication_rules:
        description:
          - All rules on what is replicated, the one that goes before the others first. An empty list replicates nothing.
          - Versioning must be on in both buckets. What was there before a rule is not replicated, nor is the deletion of a version.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the rule.
            type: str
            required: true
          prefix:
            description: Concerns objects whose keys begin so. All, if not given.
            type: str
          bucket_arn:
            description: ARN of the bucket that gets the replicas, in this or another region.
            type: str
            required: true
          kms_key_arn:
            description:
              - ARN of the KMS key there, or of its alias, that replicas are encrypted with.
              - Without it objects under KMS keys are left out.
            type: str
          storage_class:
            description: Storage class of the replicas. That of the object, if not given.
            type: str
            choices: [STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_IR, GLACIER, DEEP_ARCHIVE]
          delete_markers:
            description: Whether what is deleted here looks deleted there too.
            type: bool
          metrics:
            description: Whether CloudWatch is told how much waits, and for how long. Costs per metric.
            type: bool
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
- name: Keep a bucket for uploads
  groundswell.aws.s3_buckets:
    tags: "{{ resource_tags }}"
    layer: object_storage
    items:
      - name: acme-prod-123456789012-eu-west-1-uploads
        versioning: true
        public_access_blocked: true
        lifecycle_rules:
          - {name: tier, transitions: [{days: 0, storage_class: INTELLIGENT_TIERING}], abort_upload_days: 7}
        intelligent_tiering:
          - {name: archive, archive_days: 180}
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the bucket.
      type: str
      returned: always
    regional_domain_name:
      description: Where the bucket answers in its region.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.s3 import Buckets
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Buckets, DOCUMENTATION)
