"""The store's Wi-Fi: `shopbell portal`, guest pages without any privilege, and `shopbell netd`, which alone
may change the firewall. Neither imports the deciding gateway; they meet over Unix sockets (gateway/lines.py).
"""
