//! Writes new files without the pages that hold nothing but zeros: archives of layers have no other way to tell of holes.

use std::fs::File;
use std::io::Result;
use std::os::unix::fs::FileExt;

/// A page, which is what file systems make holes of.
const PAGE: u64 = 4096;

/// Writes what belongs at `at` of a new file of `size` bytes. Pieces come in order.
pub fn write(file: &File, piece: &[u8], at: u64, size: u64) -> Result<()> {
    let mut written = at;
    let mut begin = at;
    let end = at + piece.len() as u64;
    let part = |from: u64, to: u64| &piece[(from - at) as usize..(to - at) as usize];
    while begin < end {
        let next = ((begin / PAGE + 1) * PAGE).min(end);
        if is_zero(part(begin, next)) {
            file.write_all_at(part(written, begin), written)?;
            written = next;
        }
        begin = next;
    }
    file.write_all_at(part(written, end), written)?;
    if end == size && written == end { file.set_len(size) } else { Ok(()) }
}

fn is_zero(bytes: &[u8]) -> bool {
    // Nearly all data is told by its beginning.
    let start = &bytes[..bytes.len().min(16)];
    start.iter().all(|&b| b == 0) && bytes.iter().all(|&b| b == 0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn every_byte_is_there_and_zeros_take_no_room() {
        let mut data = vec![0u8; 1 << 20];
        data[5] = 1;
        data[300_000..300_100].fill(2);
        for (length, last) in [(1 << 20, 0), (1 << 20, 3), (300_050, 2), (10, 0), (4096, 0)] {
            let mut data = data[..length].to_vec();
            data[length - 1] = last;
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("f");
            let file = File::create(&path).unwrap();
            let mut at = 0;
            for piece in data.chunks(77_777) {
                write(&file, piece, at, length as u64).unwrap();
                at += piece.len() as u64;
            }
            assert!(std::fs::read(&path).unwrap() == data, "{length} {last}");
            let blocks = file.metadata().unwrap().blocks();
            assert!(length < 1 << 20 || blocks < 200, "{length} {last}: {blocks} blocks");
        }
    }
}
