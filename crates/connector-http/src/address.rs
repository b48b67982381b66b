//! Which addresses belong to the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::Ipv4Net;

/// IPv4 addresses that are not of the public internet (IANA's registry of special-purpose addresses, multicast and reserved).
const NOT_PUBLIC: [Ipv4Net; 16] = [
    net([0, 0, 0, 0], 8),       // this network
    net([10, 0, 0, 0], 8),      // private
    net([100, 64, 0, 0], 10),   // shared by a provider's customers
    net([127, 0, 0, 0], 8),     // loopback
    net([169, 254, 0, 0], 16),  // link-local, and the metadata of cloud machines
    net([172, 16, 0, 0], 12),   // private
    net([192, 0, 0, 0], 24),    // protocol assignments
    net([192, 0, 2, 0], 24),    // documentation
    net([192, 31, 196, 0], 24), // a sink for name servers
    net([192, 52, 193, 0], 24), // tunnels to multicast
    net([192, 88, 99, 0], 24),  // relays of 6to4
    net([192, 168, 0, 0], 16),  // private
    net([198, 18, 0, 0], 15),   // benchmarks
    net([198, 51, 100, 0], 24), // documentation
    net([203, 0, 113, 0], 24),  // documentation
    net([224, 0, 0, 0], 3),     // multicast, reserved, broadcast
];

const fn net([a, b, c, d]: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

/// Whether an address is one of the public internet: not of a private network, of this machine, of this link, of a provider's
/// inside, of many at once, of nobody, or of documentation; and not another spelling of such an address.
pub fn is_public(address: IpAddr) -> bool {
    match plain(address) {
        IpAddr::V4(address) => !NOT_PUBLIC.iter().any(|net| net.contains(&address)),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// The address that packets go to in the end: IPv6 has ways to write IPv4 addresses.
pub(crate) fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else {
        return address;
    };
    // `::ffff:a.b.c.d`, and `64:ff9b::a.b.c.d` where a network translates (RFC 6052).
    match v6.segments() {
        [0, 0, 0, 0, 0, 0xffff, _, _] | [0x64, 0xff9b, 0, 0, 0, 0, _, _] => {
            let [.., a, b, c, d] = v6.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        _ => address,
    }
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    match (first, second) {
        // Protocol assignments, Teredo and benchmarks among them; documentation; 6to4, which leads to any IPv4 address;
        // documentation again.
        (0x2001, 0..=0x01ff | 0x0db8) | (0x2002, _) | (0x3fff, 0..=0x0fff) => false,
        // Of the rest, only 2000::/3 has been given out: neither loopback nor private, link-local or multicast.
        _ => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        for (address, public) in [
            ("1.1.1.1", true),
            ("8.8.8.8", true),
            ("9.255.255.255", true),
            ("11.0.0.0", true),
            ("100.63.255.255", true),
            ("100.128.0.0", true),
            ("172.15.255.255", true),
            ("172.32.0.0", true),
            ("192.0.1.0", true),
            ("198.20.0.0", true),
            ("223.255.255.255", true),
            ("0.0.0.0", false),
            ("0.1.2.3", false),
            ("10.0.0.1", false),
            ("100.64.0.1", false),
            ("100.127.255.255", false),
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.0.0.8", false),
            ("192.0.2.1", false),
            ("192.88.99.1", false),
            ("192.168.1.1", false),
            ("198.18.0.1", false),
            ("198.19.255.255", false),
            ("198.51.100.7", false),
            ("203.0.113.9", false),
            ("224.0.0.1", false),
            ("239.255.255.255", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700:4700::1111", true),
            ("2a00:1450:4001::1", true),
            ("2001:200::1", true),
            ("3ffe::1", true),
            ("::", false),
            ("::1", false),
            ("::7f00:1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("::ffff:8.8.8.8", true),
            ("::ffff:0:127.0.0.1", false),
            ("64:ff9b::127.0.0.1", false),
            ("64:ff9b::10.1.2.3", false),
            ("64:ff9b::8.8.8.8", true),
            ("64:ff9b:1::8.8.8.8", false),
            ("100::1", false),
            ("2001::1", false),
            ("2001:2::1", false),
            ("2001:10::1", false),
            ("2001:1ff::1", false),
            ("2001:db8::1", false),
            ("2002:7f00:1::", false),
            ("2002:808:808::1", false),
            ("3fff::1", false),
            ("3fff:fff::1", false),
            ("3fff:1000::1", true),
            ("5f00::1", false),
            ("fc00::1", false),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
        ] {
            let parsed = address.parse().expect("an address");
            assert_eq!(is_public(parsed), public, "{address}");
        }
    }
}
