//! Data of the guest that came before what precedes it. Packets overtake one another inside when the sender moves to another processor.

use super::super::wire::segment::{BLOCKS, Blocks};
use super::before;

/// Pieces that are kept. More than a sender ever has under way in a window of ours, unless it means to be a burden.
const MAX_PIECES: usize = 1024;

#[derive(Debug, Default)]
pub struct Early {
    /// First sequence number and data, in order, none overlapping another.
    pieces: Vec<(u32, Vec<u8>)>,
    length: usize,
    /// The sequence number of the guest's end, once that has come.
    end: Option<u32>,
    /// Of the piece that came last.
    latest: u32,
}

fn after(piece: &(u32, Vec<u8>)) -> u32 {
    piece.0.wrapping_add(piece.1.len() as u32)
}

impl Early {
    /// Bytes that are kept.
    pub fn len(&self) -> usize {
        self.length
    }

    /// The end is to come at this number.
    pub fn set_end(&mut self, sequence: u32) {
        self.end = Some(sequence);
    }

    pub fn ends_at(&self, sequence: u32) -> bool {
        self.end == Some(sequence)
    }

    /// Keeps what isn't kept yet.
    pub fn keep(&mut self, mut sequence: u32, mut data: &[u8]) {
        self.latest = sequence;
        let at = self.pieces.partition_point(|p| before(p.0, sequence) || p.0 == sequence);
        if let Some(previous) = at.checked_sub(1).map(|n| after(&self.pieces[n]))
            && before(sequence, previous)
        {
            let known = previous.wrapping_sub(sequence) as usize;
            data = data.get(known..).unwrap_or_default();
            sequence = previous;
        }
        if let Some((next, _)) = self.pieces.get(at) {
            // Those who send again send the rest, too.
            data = &data[..data.len().min(next.wrapping_sub(sequence) as usize)];
        }
        if !data.is_empty() && self.pieces.len() < MAX_PIECES {
            self.length += data.len();
            self.pieces.insert(at, (sequence, data.to_vec()));
        }
    }

    /// What follows directly on everything before `next`, if it is here.
    pub fn take(&mut self, next: u32) -> Option<Vec<u8>> {
        while let Some(first) = self.pieces.first() {
            if before(next, first.0) {
                return None;
            }
            let (sequence, mut data) = self.pieces.remove(0);
            self.length -= data.len();
            let known = next.wrapping_sub(sequence) as usize;
            if known < data.len() {
                data.drain(..known);
                return Some(data);
            }
        }
        None
    }

    /// What there is, for the guest to know what it needn't send again (RFC 2018): the latest first.
    pub fn blocks(&self) -> Blocks {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for piece in &self.pieces {
            match runs.last_mut() {
                Some(run) if run.1 == piece.0 => run.1 = after(piece),
                _ => runs.push((piece.0, after(piece))),
            }
        }
        let latest = runs.iter().position(|r| !before(self.latest, r.0) && before(self.latest, r.1));
        if let Some(latest) = latest {
            runs.swap(0, latest);
        }
        let mut blocks = [None; BLOCKS];
        for (block, run) in blocks.iter_mut().zip(runs) {
            *block = Some(run);
        }
        blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_put_in_order() {
        let data: Vec<u8> = (0..100).collect();
        let base = u32::MAX - 50;
        let mut early = Early::default();
        for (from, to) in [(60, 70), (20, 30), (25, 40), (10, 22), (60, 65), (55, 80)] {
            early.keep(base.wrapping_add(from), &data[from as usize..to]);
        }
        let number = |n: u32| base.wrapping_add(n);
        assert_eq!(early.blocks(), [Some((number(55), number(70))), Some((number(10), number(40))), None]);
        assert_eq!((early.len(), early.take(number(9))), (45, None));
        let mut seen = Vec::new();
        while let Some(more) = early.take(number(12 + seen.len() as u32)) {
            seen.extend(more);
        }
        assert_eq!(seen, &data[12..40]);
        // All of it has come in another way.
        assert_eq!((early.take(number(70)), early.len(), early.blocks()), (None, 0, [None; BLOCKS]));
    }
}
