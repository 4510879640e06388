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
    /// An ordinary user's, whose own ids are the same inside, or these.
    KeepId {
        uid: Option<u32>,
        gid: Option<u32>,
    },
    /// An ordinary user's, in which the user's own ids don't occur.
    NoMap,
    /// The ids given: as the host counts them for root, as the user's usual user namespace counts them for an ordinary user.
    Mapped(Mapping),
}

/// `--userns auto[:size=N,uidmapping=…,gidmapping=…]`: a range that no other container has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Auto {
    /// How many ids, if that was said.
    pub size: Option<u32>,
    /// Ids that are to stand for given ones of the host.
    pub uids: Vec<IdRange>,
    pub gids: Vec<IdRange>,
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
            ("keep-id", options) => keep_id(options.unwrap_or_default()),
            ("nomap", None) => Ok(Self::NoMap),
            _ => Kind::Invalid
                .err(format!("invalid USER mode: {text} (use host, private, auto, keep-id or nomap)")),
        }
    }
}

fn keep_id(options: &str) -> Result<UserMode> {
    let (mut uid, mut gid) = (None, None);
    for option in options.split(',').filter(|o| !o.is_empty()) {
        let (slot, value) = match option.split_once('=') {
            Some(("uid", value)) => (&mut uid, value),
            Some(("gid", value)) => (&mut gid, value),
            _ => return Kind::Invalid.err(format!("invalid USER mode: keep-id has no option {option:?}")),
        };
        let id = value.parse::<u32>().ok().filter(|id| i32::try_from(*id).is_ok());
        *slot = Some(id.with_context(|| {
            Kind::Invalid.error(format!("invalid USER mode: keep-id: {option} is not an id"))
        })?);
    }
    Ok(UserMode::KeepId { uid, gid })
}

fn auto(options: &str) -> Result<Auto> {
    let mut auto = Auto::default();
    for option in options.split(',').filter(|o| !o.is_empty()) {
        match option.split_once('=') {
            Some(("size", value)) => {
                let size = value.parse().ok().filter(|s| *s > 0).with_context(|| {
                    Kind::Invalid
                        .error(format!("invalid USER mode: auto: size={value} is not a number of ids"))
                })?;
                auto.size = Some(size);
            }
            Some(("uidmapping", value)) => auto.uids.push(value.parse()?),
            Some(("gidmapping", value)) => auto.gids.push(value.parse()?),
            _ => return Kind::Invalid.err(format!("invalid USER mode: auto has no option {option:?}")),
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

/// How many ids a container of root's has by default: all that programs use.
const USUAL_SIZE: u32 = 65_536;

/// A mapping for `auto` that shares no id of the host with those in use.
pub fn allocate(auto: &Auto, used: &[Mapping]) -> Result<Mapping> {
    allocate_from([&pool("/etc/subuid")?, &pool("/etc/subgid")?], auto, auto.size.unwrap_or(USUAL_SIZE), used)
}

/// The same for an ordinary user: of its subordinate ids as its usual user namespace counts them, so that its own are not among them.
pub fn allocate_nested(usual: &Mapping, auto: &Auto, size: u32, used: &[Mapping]) -> Result<Mapping> {
    let pools = [&usual.uids, &usual.gids].map(|ids| vec![SubRange { start: 1, count: total(ids) - 1 }]);
    Ok(cut(&allocate_from([&pools[0], &pools[1]], auto, size, used)?, usual))
}

/// How many ids a user namespace has.
fn total(ranges: &[IdRange]) -> u32 {
    ranges.iter().map(|r| r.size).fold(0, u32::saturating_add)
}

/// The ids of `keep-id` and `nomap`, as the user's usual user namespace counts them: 0 is the user's own, those from 1 on its subordinate ones.
pub fn nested(mode: &UserMode, usual: &Mapping, own: (u32, u32)) -> Result<Option<Mapping>> {
    let (uids, gids) = (total(&usual.uids), total(&usual.gids));
    if usual.is_single() {
        return Kind::Unsupported.err(
            "no USER mode but the usual one: this user has no subordinate ids to map besides its own (see `dhow doctor`)",
        );
    }
    let mapping = match mode {
        UserMode::KeepId { uid, gid } => {
            Some(Mapping { uids: kept(uids, uid.unwrap_or(own.0)), gids: kept(gids, gid.unwrap_or(own.1)) })
        }
        UserMode::NoMap => Some(Mapping { uids: all_but_own(uids), gids: all_but_own(gids) }),
        UserMode::Mapped(mapping) => {
            for (ranges, total) in [(&mapping.uids, uids), (&mapping.gids, gids)] {
                if let Some(range) = ranges.iter().find(|r| r.outside.saturating_add(r.size) > total) {
                    return Kind::Invalid.err(format!(
                        "--uidmap, --gidmap: {}:{}:{} is beyond the {total} ids of this user (0 is its own, the subordinate ones follow)",
                        range.inside, range.outside, range.size
                    ));
                }
            }
            Some(mapping.clone())
        }
        _ => None,
    };
    Ok(mapping.map(|m| cut(&m, usual)))
}

/// The same mapping in ranges that the kernel takes: each must lie within one range of the user namespace around.
fn cut(mapping: &Mapping, around: &Mapping) -> Mapping {
    let cut = |ranges: &[IdRange], around: &[IdRange]| {
        let mut pieces = Vec::new();
        for mut rest in ranges.iter().copied() {
            while rest.size > 0 {
                let fits =
                    around.iter().find(|r| rest.outside >= r.inside && rest.outside - r.inside < r.size);
                let room = fits.map_or(rest.size, |r| r.size - (rest.outside - r.inside));
                let size = rest.size.min(room);
                pieces.push(IdRange { size, ..rest });
                let next = |id: u32| id.saturating_add(size);
                rest = IdRange {
                    inside: next(rest.inside),
                    outside: next(rest.outside),
                    size: rest.size - size,
                };
            }
        }
        pieces
    };
    Mapping { uids: cut(&mapping.uids, &around.uids), gids: cut(&mapping.gids, &around.gids) }
}

fn kept(total: u32, id: u32) -> Vec<IdRange> {
    let below = id.min(total - 1);
    let above = (total - 1).saturating_sub(id);
    let ranges = [
        IdRange { inside: 0, outside: 1, size: below },
        IdRange { inside: id, outside: 0, size: 1 },
        IdRange { inside: id + 1, outside: id.saturating_add(1), size: above },
    ];
    ranges.into_iter().filter(|r| r.size > 0).collect()
}

fn all_but_own(total: u32) -> Vec<IdRange> {
    vec![IdRange { inside: 0, outside: 1, size: total - 1 }]
}

fn allocate_from(pools: [&[SubRange]; 2], auto: &Auto, size: u32, used: &[Mapping]) -> Result<Mapping> {
    let all = |ranges: fn(&Mapping) -> &Vec<IdRange>| {
        used.iter().flat_map(ranges).map(|r| SubRange { start: r.outside, count: r.size }).collect::<Vec<_>>()
    };
    let uids = lay_out(size, &auto.uids, pools[0], &all(|m| &m.uids))?;
    let gids = lay_out(size, &auto.gids, pools[1], &all(|m| &m.gids))?;
    Ok(Mapping { uids, gids })
}

/// `size` ids from 0 on: the wanted ones at their places, the rest out of the first hole of the pool that is large enough.
fn lay_out(size: u32, wanted: &[IdRange], pool: &[SubRange], used: &[SubRange]) -> Result<Vec<IdRange>> {
    let Some(mut outside) = first_hole(size, pool, used) else {
        return Kind::Unavailable.err(format!(
            "USER mode auto: no {size} ids are free; remove containers, or give the user \"containers\" more in /etc/subuid and /etc/subgid"
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
            UserMode::Auto(Auto { size: Some(10), ..Auto::default() })
        );
        let mapped = "auto:uidmapping=1:2:3".parse::<UserMode>().unwrap();
        assert_eq!(mapped, UserMode::Auto(Auto { uids: vec![range(1, 2, 3)], ..Auto::default() }));
        assert_eq!("keep-id".parse::<UserMode>().unwrap(), UserMode::KeepId { uid: None, gid: None });
        let given = "keep-id:uid=7,gid=8".parse::<UserMode>().unwrap();
        assert_eq!(given, UserMode::KeepId { uid: Some(7), gid: Some(8) });
        for bad in [
            "keep-id:uid=-1",
            "keep-id:x=1",
            "nomap:1",
            "auto:size=0",
            "auto:x",
            "privat",
            "host:1",
            "auto:uidmapping=1",
        ] {
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
    fn an_ordinary_users_ids_are_put_where_they_are_wanted() {
        let ids = vec![range(0, 1001, 1), range(1, 100_000, 65_536)];
        let usual = Mapping { uids: ids.clone(), gids: ids };
        let mapped = |mode: &UserMode| nested(mode, &usual, (1001, 1002)).unwrap().unwrap();
        // What podman has in its configuration of such a container.
        let kept = mapped(&UserMode::KeepId { uid: None, gid: Some(0) });
        assert_eq!(kept.uids, [range(0, 1, 1001), range(1001, 0, 1), range(1002, 1002, 64_535)]);
        assert_eq!(kept.gids, [range(0, 0, 1), range(1, 1, 65_536)]);
        let far = mapped(&UserMode::KeepId { uid: Some(100_000), gid: None });
        assert_eq!(far.uids, [range(0, 1, 65_536), range(100_000, 0, 1)]);
        assert_eq!(mapped(&UserMode::NoMap).uids, [range(0, 1, 65_536)]);
        let given = Mapping { uids: vec![range(5, 0, 10)], gids: vec![range(0, 1, 2)] };
        assert_eq!(
            mapped(&UserMode::Mapped(given)).uids,
            [range(5, 0, 1), range(6, 1, 9)],
            "cut where the usual ids are"
        );
        let beyond = Mapping { uids: vec![range(0, 60_000, 6_000)], gids: vec![range(0, 0, 1)] };
        assert!(nested(&UserMode::Mapped(beyond), &usual, (0, 0)).is_err());
        let auto = allocate_nested(&usual, &Auto::default(), 1024, std::slice::from_ref(&kept));
        assert!(auto.is_err(), "keep-id has them all");
        let first = allocate_nested(&usual, &Auto::default(), 1024, &[]).unwrap();
        assert_eq!(first.uids, [range(0, 1, 1024)]);
        let second = allocate_nested(&usual, &Auto::default(), 1024, &[first]).unwrap();
        assert_eq!(second.uids, [range(0, 1025, 1024)]);
        let single = Mapping { uids: vec![range(0, 5, 1)], gids: vec![range(0, 5, 1)] };
        assert!(nested(&UserMode::NoMap, &single, (5, 5)).is_err());
    }

    #[test]
    fn wanted_ids_lie_among_the_others() {
        let pool = [SubRange { start: 1000, count: 100 }];
        let laid = lay_out(10, &[range(3, 77, 1)], &pool, &[]).unwrap();
        assert_eq!(laid, [range(0, 1000, 3), range(3, 77, 1), range(4, 1003, 6)]);
    }
}
