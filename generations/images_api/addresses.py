"""Which addresses a result link may lead to: public ones only, whatever they are written or wrapped as."""

import ipaddress

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Written out because Python's own tables changed in patch releases. Some of these are public by the
# tables and private in fact.
_FORBIDDEN = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's metadata and DNS host
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",  # Teredo among others, which carries an IPv4 address inside
        "2001:db8::/32",
        "2002::/16",  # 6to4, which does too
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(text: str) -> bool:
    """Tell for an address as a look-up returns it; what is no address, or has a zone, is not public."""
    if "%" in text:
        return False
    try:
        address = _unwrapped(ipaddress.ip_address(text))
    except ValueError:
        return False
    if any(address.version == network.version and address in network for network in _FORBIDDEN):
        return False
    return address.is_global and not address.is_multicast


def _unwrapped(address: _Address) -> _Address:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        # A network without IPv4 reaches it through this prefix, so it is judged by what is behind it.
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
