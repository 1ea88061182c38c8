"""What the example apps talk to on the local stack, in the place of the services of a shop: each answers, and none keeps anything.

    python infra/local/neighbours.py --port PORT --endpoint ADDRESS_OF_THE_EMULATOR

Ends with the emulator. `cargo xtask up` starts it; `stack.py up` runs it for itself where nobody did.
"""

import argparse
import json
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# The answer to whatever begins like this, and the variable in which infra/local/hedgerow.toml finds the address.
SERVICES = {
    "/billing": ("BILLING_URL", {"plan": "garden"}),
    "/chat": ("CHAT_URL", {}),
    "/webhook": ("WEBHOOK_URL", {}),
    "/collector": ("COLLECTOR_URL", {}),
    # The app takes the host alone, and asks for /orders there: a shop that has sold nothing yet.
    "/orders": ("SHOP_URL", []),
    "/releases": ("RELEASES_URL", []),
}
SECRETS = {"BILLING_KEY": "key-of-the-local-stack", "COLLECTOR_KEY": "signs-on-the-local-stack"}


def variables(address):
    """The variables of infra/local/hedgerow.toml, for services at that address."""
    return {variable: address + path for path, (variable, _) in SERVICES.items()} | SECRETS


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = next((answer for path, (_, answer) in SERVICES.items() if self.path.startswith(path)), None)
        body = json.dumps(found).encode()
        self.send_response(404 if found is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = _answer

    def log_message(self, *_):
        """Nothing: an access log of one's own apps tells nobody anything."""


def serve(port=0):
    """Answers on a thread of its own, until the process ends. Its address."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def runs(endpoint):
    """Whether the emulator still answers; one that is busy is asked again."""
    for _ in range(3):
        try:
            with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=10) as answer:
                return answer.status == 200
        except OSError:
            time.sleep(1)
    return False


def main():
    parser = argparse.ArgumentParser(description="What the example apps talk to on the local stack.")
    parser.add_argument("--port", type=int, required=True, help="where to answer on 127.0.0.1")
    parser.add_argument("--endpoint", required=True, help="address of the emulator: with it this ends")
    options = parser.parse_args()
    serve(options.port)
    while runs(options.endpoint):
        time.sleep(5)


if __name__ == "__main__":
    main()
