#!/usr/bin/python
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Boot a disk as EC2 would, and find out whether it may be trusted; the work is done on the controller, by the action plugin of the same name."""

DOCUMENTATION = r"""
module: image_boot
short_description: Boot a disk as EC2 would, and find out whether it may be trusted
version_added: 0.1.0
description:
  - Starts a virtual machine with UEFI and the disk as NVMe volume, larger than it was made, beside a stand-in for the instance metadata
    service that tells nothing without a session token. Nothing else is within the machine's reach.
  - Fails unless the health page answers, cloud-init and all units came up without errors, nothing listens but the service and what answers
    its health checks, there is no SSH daemon, nothing asks for metadata without a token, the root file system grew, and every probe says
    what it must.
  - Tells while it waits what the machine says on its console. Of a failure the last lines are shown.
  - The disk is not written to. Whatever ends the run ends the machine.
options:
  disk:
    description: The disk, raw. What the machine writes goes beside it, until the test ends.
    type: path
    required: true
  architecture:
    description: Architecture of the disk's programs.
    type: str
    choices: [x86_64, arm64]
    required: true
  port:
    description: Port of the service.
    type: int
    required: true
  health_port:
    description: Port that the load balancer asks on whether the server works.
    type: int
    required: true
  health_path:
    description: Path of the health page, which answers 200.
    type: str
    required: true
  region:
    description: Region that the machine is told it is in.
    type: str
    required: true
  tier:
    description: Tier that the machine is told it belongs to.
    type: str
    required: true
  deep_health_path:
    description:
      - Path of a page that says as JSON how C(writer), C(reader) and C(cache) are, each with C(status) V(ok) or V(failed), of databases with the
        C(cipher), of the cache whether by C(tls). With it the machine finds a database and a cache around it that admit nobody without TLS, and
        under the reader's name a database whose certificate is for another.
      - Empty, and where MariaDB or Redis are not installed, there are none.
    type: str
    default: ""
  probes:
    description: Commands that are run in the machine when it has come up.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What it shows, as a sentence.
        type: str
        required: true
      command:
        description: Command and arguments.
        type: list
        elements: str
        required: true
      expect:
        description: Regular expressions that must be found in what it says.
        type: list
        elements: str
        required: true
  memory:
    description: The machine's memory in MiB.
    type: int
    default: 1024
  timeout:
    description: Seconds until the machine must have come up.
    type: int
    default: 300
  accelerator:
    description:
      - V(tcg) works everywhere, slowly. V(kvm) needs a processor that lends itself.
      - V(auto) means KVM where a kernel was really seen to start with it, which is tried once.
    type: str
    choices: [auto, kvm, tcg]
    default: auto
  kernel:
    description: Kernel that O(accelerator=auto) tries KVM with; empty means not to try.
    type: path
    default: ""
  serial_log:
    description: File that keeps what the machine writes on its console.
    type: path
    required: true
attributes:
  check_mode:
    description: Does nothing then.
    support: none
requirements:
  - QEMU and its UEFI firmware for the architecture, unshare and setpriv, root
author:
  - Groundswell maintainers (@groundswell)
"""

EXAMPLES = r"""
- name: Boot the disk
  groundswell.aws.image_boot:
    disk: build/disk.raw
    architecture: x86_64
    port: 80
    health_port: 8081
    health_path: /healthz
    tier: web
    region: eu-central-1
    serial_log: build/serial.log
    probes:
      - name: PHP has OPcache
        command: [php, -v]
        expect: [OPcache]
"""

RETURN = r"""
checks:
  description: What was looked at, each with C(name), C(passed) and what was C(found).
  returned: when the machine was started
  type: list
  elements: dict
seconds:
  description: Seconds from the start until the health page answered (C(health)) and until everything had come up (C(report)).
  returned: when the machine was started
  type: dict
accelerator:
  description: What ran the machine, V(kvm) or V(tcg).
  returned: when the machine was started
  type: str
left_out:
  description: What was not looked at, for want of tools.
  returned: when the machine was started
  type: list
  elements: str
report:
  description: What the machine said about itself.
  returned: when the machine got so far
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.groundswell.aws.plugins.module_utils.documentation import argument_spec


def main() -> None:
    """Ansible's entry point: never reached where the action plugin is."""
    AnsibleModule(argument_spec=argument_spec(DOCUMENTATION)).fail_json(msg="action plugin image_boot was not found")


if __name__ == "__main__":
    main()
