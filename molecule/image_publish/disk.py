# SPDX-License-Identifier: GPL-3.0-or-later
"""A small disk with holes, zeros and data, and the papers of a bake that went well. Called with the folder and the tier; the same each time."""

from __future__ import annotations

import hashlib
import json
import random
import sys
from pathlib import Path

BLOCK = 524288
folder, tier = Path(sys.argv[1]), sys.argv[2]
folder.mkdir(parents=True, exist_ok=True)
noise = random.Random(tier)
with (folder / "disk.raw").open("wb") as disk:
    disk.truncate(8 * 2**20)
    for at, data in ((0, noise.randbytes(4096)), (3 * BLOCK - 100, noise.randbytes(200)), (7 * BLOCK, bytes(BLOCK)), (15 * BLOCK, noise.randbytes(BLOCK))):
        disk.seek(at)
        disk.write(data)
manifest = {
    "name": "groundswell",
    "tier": tier,
    "architecture": "arm64",
    "digest": hashlib.sha256(tier.encode()).hexdigest(),
    "base": "trixie",
    "tests_passed": ["the health page answers"],
}
(folder / "manifest.json").write_text(json.dumps(manifest) + "\n", encoding="utf-8")
(folder / "sbom.spdx.json").write_text('{"spdxVersion": "SPDX-2.3"}\n', encoding="utf-8")
(folder / "tests.json").write_text('{"checks": []}\n', encoding="utf-8")
