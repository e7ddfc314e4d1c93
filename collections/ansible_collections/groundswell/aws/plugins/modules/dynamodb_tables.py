#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep DynamoDB tables as declared"""

DOCUMENTATION = r"""
module: dynamodb_tables
short_description: Keep DynamoDB tables as declared
version_added: 0.1.0
description:
  - Tables with their indexes, streams, expiry, point-in-time recovery and copies in other regions (global tables, version 2019.11.21).
  - AWS changes most of a table one thing at a time, and makes or removes one index at a time, which takes about ten minutes even while the table is
    empty. The module makes each change by itself and waits between them.
  - The keys of a table never change. A declaration that asks for it is refused before anything is touched, and no consent replaces the table.
options:
  items:
    description:
      - The tables to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, 3 to 255 letters, digits, C(_), C(.) and C(-).
        type: str
        required: true
      partition_key:
        description: Attribute by which items are spread. Cannot change.
        type: dict
        required: true
        suboptions: &key
          name:
            description: Name of the attribute.
            type: str
            required: true
          type:
            description: String, number or binary.
            type: str
            required: true
            choices: [S, N, B]
      sort_key:
        description: Attribute by which items of one partition are sorted. Cannot change.
        type: dict
        suboptions: *key
      indexes:
        description: Every global secondary index. Others are removed. The keys and the projection of one cannot change.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the index.
            type: str
            required: true
          partition_key:
            description: Attribute by which its entries are spread.
            type: dict
            required: true
            suboptions: *key
          sort_key:
            description: Attribute by which they are sorted.
            type: dict
            suboptions: *key
          projection:
            description: What of an item stands in the index.
            type: str
            choices: [all, keys_only, include]
            default: all
          projected_attributes:
            description: With V(include), the attributes beside the keys.
            type: list
            elements: str
      billing:
        description: Whether each request is paid for, or a capacity by the hour, which M(groundswell.aws.application_autoscaling_targets) moves.
        type: str
        choices: [on_demand, provisioned]
      read_capacity:
        description:
          - Units that a provisioned table and each of its indexes begin with, when they are made or become provisioned.
          - What autoscaling makes of it from then on is left alone.
        type: int
      write_capacity:
        description: The same of writes.
        type: int
      table_class:
        description: What storage costs, and requests.
        type: str
        choices: [standard, standard_infrequent_access]
      stream:
        description: What a stream of changes tells of an item. Empty for no stream.
        type: str
        choices: ["", keys_only, new_image, old_image, new_and_old_images]
      ttl_attribute:
        description: Attribute with the second of the epoch at which an item expires. Empty for none. AWS takes one change an hour.
        type: str
      pitr_days:
        description: Days back to which the table can be restored, second by second, from 1 to 35. 0 for none.
        type: int
      deletion_protection:
        description: Whether AWS refuses to delete the table. The module switches it off before it removes a table by consent.
        type: bool
      kms_key_arn:
        description: ARN of the KMS key. An empty string for the one that DynamoDB has for everybody.
        type: str
      replicas:
        description: Copies in other regions, all of which can be written to. Those that are there and not declared are left alone.
        type: list
        elements: dict
        suboptions:
          region:
            description: Region of the copy.
            type: str
            required: true
          kms_key_arn:
            description: ARN of a key or an alias there. Needed where the table has a key of its own, and counts when the copy is made.
            type: str
          cell:
            description: Whose the copy is, for the tag C(Cell) of the table there.
            type: str
            required: true
      replica_of:
        description: Region of the table that this one is a copy of. Such a table is never made, only kept.
        type: str
      tags:
        description: Tags of this table beside those that all carry.
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
- name: Keep the table of the back end
  groundswell.aws.dynamodb_tables:
    tags: "{{ resource_tags }}"
    layer: tables
    items:
      - name: acme-prod-app
        partition_key: {name: pk, type: S}
        sort_key: {name: sk, type: S}
        indexes:
          - name: by-change
            partition_key: {name: pk, type: S}
            sort_key: {name: changed, type: S}
        billing: on_demand
        stream: new_and_old_images
        ttl_attribute: expires
        pitr_days: 35
        deletion_protection: true
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN of the table.
      type: str
      returned: always
    id:
      description: Id that no other table ever has.
      type: str
      returned: always
    stream_arn:
      description: ARN of the stream, empty without one.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.dynamodb import Tables
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Tables, DOCUMENTATION)
