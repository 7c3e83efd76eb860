"""Addresses and networks of clients, the same however they are written."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_MAPPED = IPv6Network("::ffff:0:0/96")


def parse_address(text: str) -> Address | None:
    """None where it is none. An address of IPv4 may come as one of IPv6 (RFC 4291, 2.5.5.2)."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def parse_network(text: str) -> Network:
    """An address alone is a network of one. Raises ValueError where it is neither, or names a host in one."""
    network = ip_network(text.strip())
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        mapped = network.network_address.ipv4_mapped
        return IPv4Network((int(mapped or 0), network.prefixlen - _MAPPED.prefixlen))
    return network


def packed(network: Network | None) -> bytes:
    """The address and the length of its prefix; empty for None."""
    return network.network_address.packed + bytes([network.prefixlen]) if network else b""


def unpacked(value: bytes) -> Network | None:
    """Raises ValueError for what `packed` does not make."""
    return ip_network((value[:-1], value[-1])) if value else None
