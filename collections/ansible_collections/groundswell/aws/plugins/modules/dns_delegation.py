#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find out whether a domain is delegated to our hosted zone."""

DOCUMENTATION = r"""
module: dns_delegation
short_description: Find out whether a domain is delegated to our hosted zone
version_added: 0.1.0
description:
  - Asks Route 53 for the name servers of a hosted zone, and the public DNS for those of its domain. Only where these are
    the same can ACM validate certificates and visitors find the site.
  - With a custom endpoint (E(AWS_ENDPOINT_URL)) the question goes over UDP to that host and port.
  - Changes nothing.
options:
  domain:
    description:
      - Domain that is going to be served. It is the zone's own or lies below it.
    type: str
    required: true
  zone_id:
    description:
      - Id of the hosted zone. A placeholder, as check mode hands it on for a zone that does not exist yet, is answered as if
        the zone were there and delegated.
    type: str
    required: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
requirements:
  - dnspython
attributes:
  check_mode:
    description: Changes nothing anyway.
    support: full
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Ask whether the world finds our zone
  groundswell.aws.dns_delegation:
    domain: acme.example
    zone_id: Z0ABC
  register: delegation
"""

RETURN = r"""
delegated:
  description: Whether the public DNS names the zone's name servers and no others.
  returned: always
  type: bool
name_servers:
  description: Name servers of the zone, which the parent domain must delegate to.
  returned: always
  type: list
  elements: str
found:
  description: Name servers that the public DNS knows.
  returned: always
  type: list
  elements: str
zone_name:
  description: Domain of the zone.
  returned: always
  type: str
"""

import typing as t

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.groundswell.aws.plugins.module_utils import delegation
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec
from ansible_collections.groundswell.aws.plugins.module_utils.resource import PLACEHOLDER, Problem, Session

try:
    import botocore.exceptions
except ImportError:
    pass  # AnsibleAWSModule says which package is missing


def ask(session: Session, domain: str, zone_id: str) -> dict[str, t.Any]:
    """The whole answer."""
    if zone_id == PLACEHOLDER:
        return {"delegated": True, "name_servers": [], "found": [], "zone_name": domain}
    zone = session.client("route53").get_hosted_zone(Id=zone_id)
    zone_name = zone["HostedZone"]["Name"].rstrip(".")
    if domain != zone_name and not domain.endswith("." + zone_name):
        raise Problem(f"hosted zone {zone_id} is of {zone_name}, which {domain} does not lie in")
    if zone["HostedZone"]["Config"].get("PrivateZone"):
        raise Problem(f"hosted zone {zone_id} is private: the site needs a public one")
    wanted = sorted(server.rstrip(".").lower() for server in zone["DelegationSet"]["NameServers"])
    found = delegation.found_name_servers(zone_name, delegation.resolver())
    return {"delegated": delegation.is_delegated(found, wanted), "name_servers": wanted, "found": found, "zone_name": zone_name}


def main() -> None:
    """Ansible's entry point."""
    module = AnsibleAWSModule(argument_spec=argument_spec(DOCUMENTATION), supports_check_mode=True)
    if not delegation.HAS_DNSPYTHON:
        module.fail_json(msg=missing_required_lib("dnspython"))
    try:
        answer = ask(Session(module), module.params["domain"], module.params["zone_id"])
    except Problem as problem:
        module.fail_json(msg=str(problem))
    except botocore.exceptions.ClientError as error:
        module.fail_json(msg=f"{error.operation_name} was refused: {error}")
    except botocore.exceptions.BotoCoreError as error:
        module.fail_json(msg=f"AWS could not be asked: {error}")
    except delegation.dns.exception.DNSException as error:
        module.fail_json(msg=f"the public DNS could not be asked for the name servers of {module.params['domain']}: {error}")
    module.exit_json(changed=False, **answer)


if __name__ == "__main__":
    main()
