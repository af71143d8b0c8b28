"""Which hosts are this machine itself: what is said to them unprotected, nobody else hears."""

import ipaddress


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
