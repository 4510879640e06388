//! The Internet checksum (RFC 1071).

use std::net::IpAddr;

/// Adds bytes to a sum that has not been folded yet. All but the last piece have an even length.
pub fn add(sum: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<4>();
    let mut sum = words.iter().fold(sum, |sum, word| sum + u64::from(u32::from_be_bytes(*word)));
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    sum += u64::from(u32::from_be_bytes(last));
    sum
}

/// The one's complement sum in 16 bits. The checksum is its complement.
pub fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

/// The sum of the addresses, the protocol and the length, which protocols above IP cover.
pub fn pseudo(from: IpAddr, to: IpAddr, protocol: u8, length: usize) -> u64 {
    let address = |sum, address: IpAddr| match address {
        IpAddr::V4(four) => add(sum, &four.octets()),
        IpAddr::V6(six) => add(sum, &six.octets()),
    };
    address(address(0, from), to) + u64::from(protocol) + length as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(fold(add(0, &bytes)), 0xddf2);
        assert_eq!(fold(add(0, &[bytes.as_slice(), &[0xff]].concat())), fold(0xddf2 + 0xff00));
        assert_eq!(fold(add(add(0, &bytes[..2]), &bytes[2..])), 0xddf2);
    }
}
