"""The internet of the lab: what phones ask to learn whether they are online, and one site worth reaching.

    python -m hardware_tests.lab.internet ADDRESS CERTIFICATE KEY

Every name has one address (dnsmasq beside this sees to that); port 80 answers each system's probe as its real
host does, port 443 is a site with TLS. Facts: reference of the probes is each system's own source.
"""

import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

# path: (status, type, body), as the real hosts answer
PROBES: Final = {
    "/generate_204": (204, "", b""),
    "/hotspot-detect.html": (
        200,
        "text/html",
        b"<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n",
    ),
    "/connecttest.txt": (200, "text/plain", b"Microsoft Connect Test"),
    "/success.txt": (200, "text/plain", b"success\n"),
}
BULK_PATH: Final = "/bulk"  # something large, to see how fast it comes
BULK: Final = bytes(1_000_000)
SITE: Final = b"<!doctype html><html lang=en><title>The internet</title><h1>The internet is here</h1></html>"
ANSWERS: Final = {**PROBES, BULK_PATH: (200, "application/octet-stream", BULK)}
HTTP_PORT, HTTPS_PORT = 80, 443


class Handler(BaseHTTPRequestHandler):
    """Probes by their path; anything else is the site."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer one request."""
        status, kind, body = ANSWERS.get(self.path.partition("?")[0], (200, "text/html", SITE))
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Who came is of no interest."""


class Server(ThreadingHTTPServer):
    """A server for a crowd, among them clients that do not trust it and hang up."""

    request_queue_size = 1024
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that broke is of no interest either."""


def main(address: str, certificate: str, key: str) -> None:
    """Serve until killed."""
    secured = Server((address, HTTPS_PORT), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    secured.socket = context.wrap_socket(secured.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=secured.serve_forever, daemon=True).start()
    Server((address, HTTP_PORT), Handler).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:4])
