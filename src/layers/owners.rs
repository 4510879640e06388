//! Other owners than those that a layer names: for containers whose ids an idmapped mount can't give (an ordinary user may make none), the
//! layers are unpacked once more, with the owners that their user namespace shows as the right ones.

use serde::{Deserialize, Serialize};

/// `size` ids from `from` on become as many from `to` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerRange {
    pub from: u32,
    pub to: u32,
    pub size: u32,
}

/// What becomes of the owners of a layer's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerMap {
    pub uids: Vec<OwnerRange>,
    pub gids: Vec<OwnerRange>,
}

impl OwnerMap {
    /// Whether every owner that the map knows stays what it is.
    pub fn is_identity(&self) -> bool {
        self.uids.iter().chain(&self.gids).all(|r| r.from == r.to)
    }

    /// The way back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let turned = |list: &[OwnerRange]| {
            list.iter().map(|r| OwnerRange { from: r.to, to: r.from, size: r.size }).collect()
        };
        Self { uids: turned(&self.uids), gids: turned(&self.gids) }
    }

    pub fn uid(&self, uid: u32) -> u32 {
        find(&self.uids, uid)
    }

    pub fn gid(&self, gid: u32) -> u32 {
        find(&self.gids, gid)
    }
}

/// An id that the map doesn't know becomes the first that none of its ids becomes: nobody's in the container.
fn find(ranges: &[OwnerRange], id: u32) -> u32 {
    if let Some(range) = ranges.iter().find(|r| id >= r.from && id - r.from < r.size) {
        return range.to + (id - range.from);
    }
    let mut taken: Vec<_> = ranges.iter().map(|r| (r.to, r.size)).collect();
    taken.sort_unstable();
    taken.into_iter().fold(0, |free, (to, size)| if to <= free { free.max(to + size) } else { free })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(ranges: &[(u32, u32, u32)]) -> OwnerMap {
        let ranges: Vec<_> = ranges.iter().map(|&(from, to, size)| OwnerRange { from, to, size }).collect();
        OwnerMap { uids: ranges.clone(), gids: ranges }
    }

    #[test]
    fn owners_are_moved_and_unknown_ones_are_nobodys() {
        let keep = map(&[(0, 1, 1001), (1001, 0, 1), (1002, 1002, 10)]);
        assert_eq!([0, 1000, 1001, 1002].map(|id| keep.uid(id)), [1, 1001, 0, 1002]);
        assert_eq!(keep.gid(5000), 1012);
        let back = keep.inverse();
        assert!([0, 5, 1000, 1001, 1007].into_iter().all(|id| back.uid(keep.uid(id)) == id));
        let few = map(&[(0, 1, 100)]);
        assert_eq!((few.uid(0), few.uid(99), few.uid(100), few.gid(65_534)), (1, 100, 0, 0));
        let holes = map(&[(0, 0, 5), (5, 7, 5)]);
        assert_eq!(holes.uid(1000), 5);
        assert!(map(&[(0, 0, 1000)]).is_identity() && !few.is_identity());
    }
}
