#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the application on the base image: answers that the server works, and nothing else."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 75  # seconds; longer than the load balancer keeps idle connections, or visitors see errors 502

    def do_GET(self):
        status, body = (200, {"status": "ok"}) if self.path == sys.argv[1] else (404, {"status": "not found"})
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


if __name__ == "__main__":
    for port in sys.argv[2:]:
        threading.Thread(target=ThreadingHTTPServer(("0.0.0.0", int(port)), Handler).serve_forever).start()
