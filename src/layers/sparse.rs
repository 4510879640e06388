//! Sparse files: which parts of a file a tar entry stores. GNU's old format and the PAX formats 0.1 and 1.0
//! (GNU tar manual, "Storing Sparse Files").
//!
//! Pure: maps are parsed and checked here, read and written elsewhere.

use tar::GnuSparseHeader;

use super::pax;

/// More segments than any tool writes for a file that is worth it; a limit on memory.
const MAX_SEGMENTS: usize = 1 << 20;

/// The stored parts of a file in order of their offset, and its whole size.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SparseMap {
    pub size: u64,
    /// (offset, length), both in bytes, not overlapping.
    pub segments: Vec<(u64, u64)>,
}

impl SparseMap {
    /// Adds a segment; segments must come in order, inside the file.
    pub fn push(&mut self, offset: u64, length: u64) -> Result<(), &'static str> {
        let start = self.segments.last().map_or(0, |(o, l)| o + l);
        let end = offset.checked_add(length).ok_or("a sparse segment that overflows")?;
        if offset < start || end > self.size || self.segments.len() >= MAX_SEGMENTS {
            return Err("a sparse map out of order or out of bounds");
        }
        self.segments.push((offset, length));
        Ok(())
    }

    /// How many bytes the archive stores.
    pub fn stored(&self) -> u64 {
        self.segments.iter().map(|s| s.1).sum()
    }

    /// Adds the used ones of the four or 21 descriptors of an old GNU header.
    pub fn push_gnu(&mut self, headers: &[GnuSparseHeader]) -> Result<(), &'static str> {
        for header in headers.iter().filter(|h| !h.is_empty()) {
            let (Ok(offset), Ok(length)) = (header.offset(), header.length()) else {
                return Err("a sparse map that is not made of numbers");
            };
            self.push(offset, length)?;
        }
        Ok(())
    }

    /// The map of format 0.1: `offset,length,offset,length…`.
    pub fn parse_list(size: u64, text: &[u8]) -> Result<Self, &'static str> {
        let mut map = Self { size, ..Self::default() };
        let numbers = text
            .split(|&b| b == b',')
            .map(pax::decimal)
            .collect::<Option<Vec<_>>>()
            .ok_or("a sparse map that is not made of numbers")?;
        if numbers.len() % 2 != 0 {
            return Err("a sparse map of an odd length");
        }
        for pair in numbers.chunks_exact(2) {
            map.push(pair[0], pair[1])?;
        }
        Ok(map)
    }

    /// The map of format 1.0, which stands before the data: decimal numbers, one a line. `next_line` gives the lines.
    pub fn parse_lines<E: From<&'static str>>(
        size: u64,
        mut next_line: impl FnMut() -> Result<u64, E>,
    ) -> Result<Self, E> {
        let mut map = Self { size, ..Self::default() };
        let count = next_line()?;
        if count > MAX_SEGMENTS as u64 {
            return Err("a sparse map that is too long".into());
        }
        for _ in 0..count {
            let offset = next_line()?;
            map.push(offset, next_line()?)?;
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_ordered_and_inside_the_file() {
        let map = SparseMap::parse_list(100, b"0,10,50,50").unwrap();
        assert_eq!(map.stored(), 60);
        for bad in ["0,10,5,5", "50,51", "0", "a,b", "18446744073709551615,2", ""] {
            assert!(SparseMap::parse_list(100, bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
