#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What surrounds servers in containers: surroundings.py <address> <URL of the simulator>

Hands on to the simulator, which listens on this machine's loopback only, and answers as the instance metadata service.
"""

import asyncio
import sys
from pathlib import Path
from urllib.parse import urlsplit

sys.path.append(str(Path(__file__).parents[2] / "collections/ansible_collections/groundswell/aws/plugins/plugin_utils"))
from metadata_service import MetadataService, instance

API, METADATA = 5620, 5621  # ports


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while content := await reader.read(65536):
            writer.write(content)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main(address: str, simulator: str) -> None:
    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner = await asyncio.open_connection(urlsplit(simulator).hostname, urlsplit(simulator).port)
        await asyncio.gather(copy(reader, inner[1]), copy(inner[0], writer))

    MetadataService((address, METADATA), instance("ap-southeast-1", "x86_64", "02:00:00:00:00:01", address))
    server = await asyncio.start_server(hand_on, address, API)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
