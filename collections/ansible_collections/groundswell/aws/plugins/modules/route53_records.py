#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep records of Route 53 as declared"""

DOCUMENTATION = r"""
module: route53_records
short_description: Keep records of Route 53 as declared
version_added: 0.1.0
description:
  - Keeps records. Those that others keep in the same zone are left alone.
  - Records have no tags. Beside each record stands a TXT record that says whose it is, C(_groundswell-a.www.acme.example) for
    C(www.acme.example A); both change in one batch, which Route 53 carries out wholly or not at all. A record of a declared
    name without it is refused.
  - Ready means that the name servers know the change.
  - Route 53 has one routing policy for all records of a name and type. Where another one is declared, those of ours with the one before give way
    in the same batch, without a consent.
options:
  items:
    description:
      - The records to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - The record as Route 53 tells records apart, its name, its type and, where it has one, its set identifier, with a space between.
          - Such as C(www.acme.example A) or C(origin.acme.example A primary).
        type: str
        required: true
      zone_id:
        description: Id of the hosted zone. Cannot change.
        type: str
        required: true
      alias:
        description: AWS resource that the name stands for.
        type: dict
        suboptions:
          dns_name:
            description: DNS name of the resource.
            type: str
            required: true
          zone_id:
            description: Hosted zone of that name, which AWS keeps.
            type: str
            required: true
          evaluate_target_health:
            description: Whether the resource's own health counts. Not possible for CloudFront.
            type: bool
            default: false
      values:
        description: Every value. A text need not be quoted.
        type: list
        elements: str
      ttl:
        description: Seconds that others may keep the answer. 300 if not given; aliases have none.
        type: int
      failover:
        description: Which of two records of the name and type this is.
        type: str
        choices: [PRIMARY, SECONDARY]
      region:
        description:
          - Region that this record leads to, where one of several is given out, that of the region with the lowest latency to whoever asks.
        type: str
      health_check_id:
        description: Health check that decides whether the record is given out.
        type: str
  zone_ids:
    description:
      - Zones to look for undeclared records in, beside those of the declared ones.
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
- name: Keep the addresses of the site
  groundswell.aws.route53_records:
    tags: "{{ resource_tags }}"
    layer: dns
    items:
      - name: acme.example A
        zone_id: Z0ABC
        alias: {dns_name: d111.cloudfront.net, zone_id: Z2FDTNDATAQYW2}
      - name: acme.example TXT
        zone_id: Z0ABC
        values: [v=spf1 -all]
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    zone_id:
      description: Id of the hosted zone.
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

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.route53 import Records
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Records, DOCUMENTATION)
