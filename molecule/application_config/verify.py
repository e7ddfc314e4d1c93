# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role should have made, seen by plain boto3. Called with the region and the prefix of every name."""

from __future__ import annotations

import sys

import boto3

region, prefix = sys.argv[1:]
project, environment = prefix.split("-", 1)
path = f"/{project}/{environment}/{region}"
found = boto3.client("ssm", region_name=region).get_parameters_by_path(Path=path, Recursive=True)["Parameters"]
values = {parameter["Name"].removeprefix(path + "/"): parameter["Value"] for parameter in found}
domain = values.pop("site/domain-name")
assert domain.endswith("example"), values
assert values == {
    "site/app-address": f"internal-{region}.{domain}",
    "database/engine": "mysql",
    "database/writer-address": "writer.database.example.org",
    "database/port": "3306",
    "cache/tls": "true",
    "buckets/assets": "the-assets",
    "buckets/uploads": "the-uploads",
}, values
