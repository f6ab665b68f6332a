"""A stand-in for `modiste serve`, which starts at once: `python stand_in.py NOTES [MODE]`.

It notes every request in a file. The mode is what is wrong: `empty` finds nothing to complete, `broken` refuses to
refine, `dead` doesn't start.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    """Ready when it is asked for the second time."""

    protocol_version = "HTTP/1.1"
    asked = 0

    def do_GET(self) -> None:
        Handler.asked += 1
        self._answer(200 if Handler.asked > 1 else 503, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        with notes.open("a") as file:
            file.write(json.dumps([self.path, self.client_address[1], json.loads(body)]) + "\n")
        if mode == "broken" and self.path == "/v1/refine":
            self._answer(500, {"title": "it broke"})
        elif mode == "empty" and self.path == "/v1/complete":
            self._answer(200, {"hits": []})
        else:
            self._answer(200, {"hits": [{"id": "1"}]})

    def log_message(self, *_: object) -> None:
        """Nothing is said of requests."""

    def _answer(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Server(ThreadingHTTPServer):
    """Many may knock at once."""

    request_queue_size = 64
    daemon_threads = True


if __name__ == "__main__":
    notes, mode = Path(sys.argv[1]), "".join(sys.argv[2:])
    if mode == "dead":
        sys.exit("modiste: there is no shop")
    server = Server(("127.0.0.1", 0), Handler)
    sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}, indent=2) + "\n")
    sys.stdout.flush()
    server.serve_forever()
