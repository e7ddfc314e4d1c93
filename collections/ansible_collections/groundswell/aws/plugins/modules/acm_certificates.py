#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Keep TLS certificates of ACM as declared"""

DOCUMENTATION = r"""
module: acm_certificates
short_description: Keep TLS certificates of ACM as declared
version_added: 0.1.0
description:
  - Requests certificates, validated by DNS. ACM renews them by itself as long as their validation records stay.
  - Writes no record. RV(resources[].validation_records) says which ones prove control of the domain; they are the same for every
    certificate of a domain in an account, in every region.
  - A certificate that can never be used any more (validation timed out, expired, revoked) counts as undeclared and a new one is
    requested in its place.
  - Ready means issued.
options:
  items:
    description:
      - The certificates to keep.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name, kept in the tag C(Name).
        type: str
        required: true
      domain:
        description: Domain, at most 64 characters. Cannot change.
        type: str
        required: true
      alternative_names:
        description: Other names that the certificate is valid for, such as C(*.acme.example). Cannot change.
        type: list
        elements: str
      key_algorithm:
        description: Algorithm of the key. Cannot change.
        type: str
        choices: [RSA_2048, EC_prime256v1, EC_secp384r1]
      transparency_logging:
        description: Whether the certificate is entered into public transparency logs. Browsers refuse one that is not.
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
- name: Request the certificate of the site
  groundswell.aws.acm_certificates:
    tags: "{{ resource_tags }}"
    layer: certificates
    wait: false
    items:
      - name: acme-prod-site
        domain: acme.example
        alternative_names: ["*.acme.example"]
        key_algorithm: EC_prime256v1
"""

RETURN = r"""
resources:
  description: What is declared, by name, as it is now. In check mode as it would be.
  returned: always
  type: dict
  contains:
    arn:
      description: ARN.
      type: str
      returned: always

    issued:
      description: Whether it can be used.
      type: bool
      returned: always
    validation_records:
      description: Records that prove control of the domain, each with C(name), C(type) and C(value).
      type: list
      elements: dict
      returned: always
    expires:
      description: When it expires. Empty before it is issued.
      type: str
      returned: always
    renewal:
      description: Where the renewal stands, in ACM's word. Empty while none is due.
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
unpredicted:
  description: What check mode cannot foretell, in words.
  returned: always
  type: list
  elements: str
waiting:
  description: Declared resources that are not ready yet, as C(module/name). Empty with O(wait=true).
  returned: always
  type: list
  elements: str
"""

from ansible_collections.groundswell.aws.plugins.module_utils.kinds.acm import Certificates
from ansible_collections.groundswell.aws.plugins.module_utils.set_module import run_set

if __name__ == "__main__":
    run_set(Certificates, DOCUMENTATION)
