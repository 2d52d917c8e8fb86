"""nginx's configuration as text: what stands between guests' phones and the portal.

It takes what is slow, halting or endless, so that the portal only ever sees whole requests: a header that is
not there after HEADER_WAIT_S ends the connection, and one address has few connections (the firewall counts
those as well, also the ones that never say a word). Requests for hosts that are not ours are captured ones;
they end their connection, because after a grant a connection from before it would still lead here.

Nothing is logged about who asked for what.
"""

from gateway.portal.settings import NetworkSettings, PortalSettings

HEADER_WAIT_S, BODY_WAIT_S, SEND_WAIT_S = 5, 5, 10
IDLE_WAIT_S = 15  # of a page's connection between two requests
PORTAL_WAIT_S = 10  # longer than the portal waits for anybody
CONNECTIONS_MAX = 4_096
CONNECTIONS_PER_GUEST = 24  # that have asked for something
REQUESTS_PER_GUEST_S, REQUESTS_BURST = 20, 80  # a page and what it needs are ten
BODY_BYTES_MAX = "16k"  # the largest form has 2 kB

_AWAY = (
    "<!doctype html><html lang=zh-CN><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    "<meta http-equiv=refresh content=5><title>Wi-Fi</title>"
    "<p>这一页马上回来。已经能上网的手机不受影响。"
    "<p lang=en>This page will be back in a moment. Phones that are online stay online."
)


def proxy(network: NetworkSettings, portal: PortalSettings, folder: str) -> str:
    """The whole nginx.conf; temporary files go into `folder`, which nginx must be able to write."""
    return _main(folder, portal) + _captured(network) + _pages(network) + _secured(network) + "}\n"


def _main(folder: str, portal: PortalSettings) -> str:
    paths = "".join(
        f"    {kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""\
# Written by `shopbell network write`; changes here are lost. The settings are [network] and [portal].
daemon off;
pid {folder}/nginx.pid;
error_log stderr crit;
worker_processes auto;
worker_rlimit_nofile {2 * CONNECTIONS_MAX + 512};

events {{
    worker_connections {CONNECTIONS_MAX};
}}

http {{
{paths}    access_log off;
    server_tokens off;
    default_type application/octet-stream;
    reset_timedout_connection on;
    client_header_timeout {HEADER_WAIT_S}s;
    client_body_timeout {BODY_WAIT_S}s;
    send_timeout {SEND_WAIT_S}s;
    client_header_buffer_size 1k;
    large_client_header_buffers 4 4k;
    client_body_buffer_size {BODY_BYTES_MAX};
    client_max_body_size {BODY_BYTES_MAX};
    limit_conn_zone $binary_remote_addr zone=guests:1m;
    limit_conn guests {CONNECTIONS_PER_GUEST};
    limit_req_zone $binary_remote_addr zone=asking:1m rate={REQUESTS_PER_GUEST_S}r/s;
    limit_req zone=asking burst={REQUESTS_BURST} nodelay;
    limit_req_status 429;
    limit_conn_status 429;

    upstream portal {{
        server {portal.http_host}:{portal.http_port} max_fails=0;
        keepalive 16;
    }}

    proxy_http_version 1.1;
    proxy_connect_timeout 2s;
    proxy_read_timeout {PORTAL_WAIT_S}s;
    proxy_send_timeout {PORTAL_WAIT_S}s;
    proxy_next_upstream off;
    proxy_set_header Host $http_host;
    proxy_set_header Connection "";
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
"""


def _captured(network: NetworkSettings) -> str:
    return f"""
    # Whoever asked for another host was led here by the firewall.
    server {{
        listen {network.interface.ip}:{network.http_port} default_server backlog=511;
        server_name _;
        keepalive_timeout 0;
        location / {{
            proxy_pass http://portal;
            error_page 502 504 =302 @away;
        }}
        location @away {{
            add_header Cache-Control no-store always;
            return 302 {home(network)};
        }}
    }}
"""


def _pages(network: NetworkSettings) -> str:
    return f"""
    server {{
        listen {network.interface.ip}:{network.http_port};
        server_name {network.name} {network.interface.ip};
{_ours()}    }}
"""


def _secured(network: NetworkSettings) -> str:
    if not network.certificate_file:
        return ""
    return f"""
    server {{
        listen {network.interface.ip}:{network.https_port} ssl default_server backlog=511;
        server_name {network.name};
        ssl_certificate {network.certificate_file};
        ssl_certificate_key {network.certificate_key_file};
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_session_cache shared:tls:1m;
        ssl_session_timeout 1h;
        ssl_stapling on;
        resolver {network.interface.ip} valid=300s;
        resolver_timeout 2s;
{_ours()}    }}
"""


def _ours() -> str:
    return f"""\
        keepalive_timeout {IDLE_WAIT_S}s;
        location / {{
            proxy_pass http://portal;
            error_page 502 504 =503 @away;
        }}
        location @away {{
            internal;
            default_type "text/html; charset=utf-8";
            add_header Cache-Control no-store always;
            add_header Retry-After 5 always;
            return 503 "{_AWAY}";
        }}
"""


def home(network: NetworkSettings) -> str:
    """The page's plain address: it opens whatever has become of the certificate."""
    port = "" if network.http_port == 80 else f":{network.http_port}"
    return f"http://{network.name}{port}/"
