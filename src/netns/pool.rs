//! Ranges that networks get their subnets from (docker's `default-address-pools`).

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::error::{Kind, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AddressPool {
    pub base: IpAddr,
    /// Length of the base's prefix in bits.
    pub prefix: u8,
    /// Length of the prefix of each subnet.
    pub size: u8,
}

impl AddressPool {
    /// `base` as `172.30.0.0/16`.
    pub fn new(base: &str, size: i64) -> Result<Self> {
        let invalid = |why: &str| Kind::Invalid.error(format!("address pool {base:?} of size {size}: {why}"));
        let parsed = base.split_once('/').and_then(|(a, p)| Some((a.parse().ok()?, p.parse::<u8>().ok()?)));
        let Some((address, prefix)) = parsed else { return Err(invalid("want ADDRESS/PREFIX")) };
        let (bits, value) = match address {
            IpAddr::V4(v4) => (32, u128::from(v4.to_bits())),
            IpAddr::V6(v6) => (128, v6.to_bits()),
        };
        if prefix == 0 || prefix > bits {
            return Err(invalid(&format!("the prefix must be 1 to {bits}")));
        }
        if value & ((1u128 << (bits - prefix)) - 1) != 0 {
            return Err(invalid("the address has bits beyond its prefix"));
        }
        // Below it there is no room for a gateway and a container.
        match u8::try_from(size) {
            Ok(size) if size >= prefix && size <= bits - 2 => Ok(Self { base: address, prefix, size }),
            _ => Err(invalid(&format!("the size must be {prefix} to {}", bits - 2))),
        }
    }
}

/// How published ports reach a container.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PublishMode {
    /// By rules of the kernel that change the destination address.
    #[default]
    Dnat,
    /// By a listener on this host, which firewalls treat as any local service.
    Proxy,
}

impl std::str::FromStr for PublishMode {
    type Err = crate::error::Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "dnat" => Ok(Self::Dnat),
            "proxy" => Ok(Self::Proxy),
            _ => Kind::Invalid.err(format!("publish mode {text:?}: want dnat or proxy")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_are_whole_and_large_enough() {
        for (base, size) in [("172.30.0.0/16", 24), ("10.0.0.0/8", 8), ("fd00:1::/48", 64)] {
            assert!(AddressPool::new(base, size).is_ok(), "{base}");
        }
        for (base, size) in [
            ("172.30.0.0", 24),
            ("172.30.0.1/16", 24),
            ("172.30.0.0/16", 15),
            ("172.30.0.0/16", 31),
            ("172.30.0.0/33", 33),
            ("0.0.0.0/0", 8),
            ("x/8", 8),
            ("fd00::/48", -1),
        ] {
            assert!(AddressPool::new(base, size).is_err(), "{base} {size}");
        }
    }
}
