//! What was asked for a container's user namespace (`--userns`, `--uidmap`, `--gidmap`), and the ranges of `auto`.

use std::path::Path;
use std::str::FromStr;

use super::idmap::{IdRange, Mapping};
use super::subid::{self, SubRange};
use crate::error::{Context, Error, Kind, Result};

/// `--userns MODE`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum UserMode {
    /// The host's for root, one with this user's ids for an ordinary user.
    #[default]
    Usual,
    Host,
    Private,
    Auto(Auto),
    /// The ids given, as the host counts them.
    Mapped(Mapping),
}

/// `--userns auto[:size=N,uidmapping=…,gidmapping=…]`: a range that no other container has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auto {
    /// How many ids.
    pub size: u32,
    /// Ids that are to stand for given ones of the host.
    pub uids: Vec<IdRange>,
    pub gids: Vec<IdRange>,
}

impl Default for Auto {
    fn default() -> Self {
        Self { size: 65_536, uids: Vec::new(), gids: Vec::new() }
    }
}

impl FromStr for UserMode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (mode, options) = text.split_once(':').map_or((text, None), |(m, o)| (m, Some(o)));
        match (mode, options) {
            ("", None) => Ok(Self::Usual),
            ("host", None) => Ok(Self::Host),
            ("private", None) => Ok(Self::Private),
            ("auto", options) => auto(options.unwrap_or_default()).map(Self::Auto),
            ("keep-id" | "nomap", _) => Kind::Unsupported.err(format!(
                "--userns {text}: not supported; it needs image layers with shifted owners, which only root can have (use auto or --uidmap as root)"
            )),
            _ => Kind::Invalid.err(format!("--userns {text}: unknown mode, use host, private or auto[:size=N]")),
        }
    }
}

fn auto(options: &str) -> Result<Auto> {
    let mut auto = Auto::default();
    for option in options.split(',').filter(|o| !o.is_empty()) {
        match option.split_once('=') {
            Some(("size", value)) => {
                auto.size = value.parse().ok().filter(|s| *s > 0).with_context(|| {
                    Kind::Invalid.error(format!("--userns auto: size={value} is not a number of ids"))
                })?;
            }
            Some(("uidmapping", value)) => auto.uids.push(value.parse()?),
            Some(("gidmapping", value)) => auto.gids.push(value.parse()?),
            _ => return Kind::Invalid.err(format!("--userns auto: unknown option {option:?}")),
        }
    }
    Ok(auto)
}

/// `CONTAINER:HOST[:SIZE]`, as in `--uidmap`.
impl FromStr for IdRange {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid =
            || Kind::Invalid.error(format!("invalid id mapping {text:?}: want CONTAINER:HOST[:SIZE]"));
        let numbers = text.split(':').map(str::parse::<u32>).collect::<std::result::Result<Vec<_>, _>>();
        let range = match numbers.map_err(|_| invalid())?.as_slice() {
            [inside, outside] => Self { inside: *inside, outside: *outside, size: 1 },
            [inside, outside, size] => Self { inside: *inside, outside: *outside, size: *size },
            _ => return Err(invalid()),
        };
        let ends = [range.inside.checked_add(range.size), range.outside.checked_add(range.size)];
        if range.size == 0 || ends.contains(&None) { Err(invalid()) } else { Ok(range) }
    }
}

/// `--uidmap` and `--gidmap` together; where one is missing the other serves for both, as podman has it.
pub fn mapped(uids: &[IdRange], gids: &[IdRange]) -> Result<Mapping> {
    let or =
        |list: &[IdRange], other: &[IdRange]| if list.is_empty() { other.to_vec() } else { list.to_vec() };
    let mapping = Mapping { uids: or(uids, gids), gids: or(gids, uids) };
    for (what, ranges) in [("--uidmap", &mapping.uids), ("--gidmap", &mapping.gids)] {
        if Mapping::to_outside(ranges, 0).is_none() {
            return Kind::Invalid.err(format!("{what}: the container's id 0 must be mapped"));
        }
        if overlaps(ranges, |r| r.inside) || overlaps(ranges, |r| r.outside) {
            return Kind::Invalid.err(format!("{what}: the ranges overlap"));
        }
    }
    Ok(mapping)
}

fn overlaps(ranges: &[IdRange], start: impl Fn(&IdRange) -> u32) -> bool {
    let mut sorted: Vec<(u32, u32)> = ranges.iter().map(|r| (start(r), r.size)).collect();
    sorted.sort_unstable();
    sorted.windows(2).any(|w| w[0].0 + w[0].1 > w[1].0)
}

/// Where the ranges of `auto` come from: the subordinate ids of the user `dhow` or `containers`, else a part of the ids that
/// systemd's documentation sets aside for containers (UIDS-GIDS.md: 524288 to 1879048191), far above what useradd(8) gives out.
fn pool(file: &str) -> Result<Vec<SubRange>> {
    for user in ["dhow", "containers"] {
        // No user has this number, so only the name counts.
        let ranges = subid::ranges(Path::new(file), u32::MAX, Some(user))?;
        if !ranges.is_empty() {
            return Ok(ranges);
        }
    }
    Ok(vec![SubRange { start: 0x4000_0000, count: 0x3000_0000 }])
}

/// A mapping for `auto` that shares no id of the host with those in use.
pub fn allocate(auto: &Auto, used: &[Mapping]) -> Result<Mapping> {
    let all = |ranges: fn(&Mapping) -> &Vec<IdRange>| {
        used.iter().flat_map(ranges).map(|r| SubRange { start: r.outside, count: r.size }).collect::<Vec<_>>()
    };
    let uids = lay_out(auto.size, &auto.uids, &pool("/etc/subuid")?, &all(|m| &m.uids))?;
    let gids = lay_out(auto.size, &auto.gids, &pool("/etc/subgid")?, &all(|m| &m.gids))?;
    Ok(Mapping { uids, gids })
}

/// `size` ids from 0 on: the wanted ones at their places, the rest out of the first hole of the pool that is large enough.
fn lay_out(size: u32, wanted: &[IdRange], pool: &[SubRange], used: &[SubRange]) -> Result<Vec<IdRange>> {
    let Some(mut outside) = first_hole(size, pool, used) else {
        return Kind::Unavailable.err(format!(
            "--userns auto: no {size} ids are free; remove containers, or give the user \"containers\" more in /etc/subuid and /etc/subgid"
        ));
    };
    let mut fixed = wanted.to_vec();
    fixed.sort_unstable_by_key(|r| r.inside);
    let mut ranges = Vec::new();
    let mut inside = 0;
    let mut fill = |from: u32, to: u32, ranges: &mut Vec<IdRange>| {
        if to > from {
            ranges.push(IdRange { inside: from, outside, size: to - from });
            outside += to - from;
        }
    };
    for range in fixed {
        fill(inside, range.inside.min(size), &mut ranges);
        ranges.push(range);
        inside = range.inside + range.size;
    }
    fill(inside, size, &mut ranges);
    Ok(ranges)
}

fn first_hole(size: u32, pool: &[SubRange], used: &[SubRange]) -> Option<u32> {
    let mut used = used.to_vec();
    used.sort_unstable_by_key(|r| r.start);
    pool.iter().find_map(|range| {
        let end = range.start + range.count;
        let mut start = range.start;
        for taken in &used {
            if taken.start + taken.count > start && taken.start < start.checked_add(size)? {
                start = taken.start + taken.count;
            }
        }
        (start.checked_add(size)? <= end).then_some(start)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(inside: u32, outside: u32, size: u32) -> IdRange {
        IdRange { inside, outside, size }
    }

    #[test]
    fn modes_are_read_and_nonsense_is_refused() {
        assert_eq!(
            "auto:size=10".parse::<UserMode>().unwrap(),
            UserMode::Auto(Auto { size: 10, ..Auto::default() })
        );
        let mapped = "auto:uidmapping=1:2:3".parse::<UserMode>().unwrap();
        assert_eq!(mapped, UserMode::Auto(Auto { uids: vec![range(1, 2, 3)], ..Auto::default() }));
        for bad in ["auto:size=0", "auto:x", "privat", "host:1", "auto:uidmapping=1"] {
            assert!(bad.parse::<UserMode>().is_err(), "{bad}");
        }
        for bad in ["", "1", "a:b", "0:1:0", "0:4294967295:2", "1:2:3:4"] {
            assert!(bad.parse::<IdRange>().is_err(), "{bad}");
        }
    }

    #[test]
    fn one_list_serves_for_both_and_overlaps_are_refused() {
        let both = mapped(&[range(0, 100, 10)], &[]).unwrap();
        assert_eq!(both.uids, both.gids);
        assert!(mapped(&[range(0, 100, 10), range(5, 200, 1)], &[]).is_err());
        assert!(mapped(&[range(0, 100, 10), range(10, 109, 1)], &[]).is_err());
        assert!(mapped(&[range(1, 100, 10)], &[]).is_err());
    }

    #[test]
    fn each_range_is_its_own_and_holes_are_used_again() {
        let pool = [SubRange { start: 1000, count: 30 }];
        let used = |list: &[(u32, u32)]| -> Vec<SubRange> {
            list.iter().map(|&(start, count)| SubRange { start, count }).collect()
        };
        assert_eq!(first_hole(10, &pool, &used(&[])), Some(1000));
        assert_eq!(first_hole(10, &pool, &used(&[(1010, 10), (1000, 10)])), Some(1020));
        assert_eq!(first_hole(10, &pool, &used(&[(1005, 10), (1016, 4)])), Some(1020));
        assert_eq!(first_hole(10, &pool, &used(&[(1000, 10), (1020, 10)])), Some(1010));
        assert_eq!(first_hole(10, &pool, &used(&[(1001, 21)])), None);
        // Beyond the end of all ids.
        assert_eq!(first_hole(u32::MAX, &pool, &[]), None);
    }

    #[test]
    fn wanted_ids_lie_among_the_others() {
        let pool = [SubRange { start: 1000, count: 100 }];
        let laid = lay_out(10, &[range(3, 77, 1)], &pool, &[]).unwrap();
        assert_eq!(laid, [range(0, 1000, 3), range(3, 77, 1), range(4, 1003, 6)]);
    }
}
