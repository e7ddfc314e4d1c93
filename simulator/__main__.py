# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the simulator: python -m simulator --port 5000"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from simulator.api import Settings, Simulator
from simulator.server import HOST, Server


def rate(text: str) -> float:
    """A share of calls, 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must lie between 0 and 1")
    return value


def scale(text: str) -> float:
    """A divisor of durations, above 0."""
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def settings(arguments: list[str] | None = None) -> Settings:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description="An AWS that runs here, on 127.0.0.1 only.")
    parser.add_argument("--port", type=int, required=True, help="TCP port of the API, and UDP port of the DNS responder")
    parser.add_argument("--journal", type=Path, metavar="FILE", help="append one JSON line per API call")
    parser.add_argument("--seed", type=int, metavar="N", help="make identifiers and injected faults reproducible")
    parser.add_argument("--throttle", type=rate, default=0.0, metavar="RATE", help="share of calls answered with the service's throttling error")
    parser.add_argument(
        "--error",
        type=rate,
        default=0.0,
        metavar="RATE",
        help="share of calls answered with a server error, some after the change was made",
    )
    parser.add_argument("--latency", choices=["aws"], help="resources take as long as on AWS to get ready (without: at once)")
    parser.add_argument("--time-scale", type=scale, default=1.0, metavar="N", help="divide those durations by N")
    parser.add_argument("--enforce-iam", action="store_true", help="check credentials and IAM policies")
    parser.add_argument("--journal-demands", action="store_true", help="say in the journal which permissions each call demands (with --enforce-iam it does)")
    parser.add_argument("--undelegated", action="append", default=[], metavar="DOMAIN", help="a domain whose parent does not point at our zone yet")
    parser.add_argument("--preload", action="store_true", help="load all services before the first call, for copies that are to start at once")
    chosen = parser.parse_args(arguments)
    chosen.undelegated = tuple(domain.rstrip(".").lower() for domain in chosen.undelegated)
    return Settings(**vars(chosen))


def main() -> int:
    """Serve until SIGTERM or SIGINT."""
    chosen = settings()
    simulator = Simulator(chosen)
    if chosen.preload:
        simulator.preload()
    server = Server(simulator, chosen.port)

    def stop(*_: object) -> None:
        # Every line of the journal is written by now; taking moto's heap apart would only take time.
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"simulator ready on http://{HOST}:{chosen.port}", file=sys.stderr, flush=True)
    with server:
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
