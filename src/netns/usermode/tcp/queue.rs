//! What was sent to the guest, or will be, and has not been acknowledged: in blocks as they were received, for nothing to be copied.

use std::collections::VecDeque;

/// The longest block, in bytes: what fits into one packet.
pub const BLOCK: usize = 65_535;
/// Blocks that are kept for the next who needs one. Memory that was used lately is in the processor's cache.
const SPARE: usize = 32;
/// Less than this is copied, and put to what was there before: a block is for much.
const LITTLE: usize = 8192;

/// Blocks of [`BLOCK`] bytes that nobody uses.
#[derive(Debug, Default)]
pub struct Pool {
    spare: Vec<Vec<u8>>,
}

impl Pool {
    /// A block with whatever is in it.
    pub fn take(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_else(|| vec![0; BLOCK])
    }

    pub fn put(&mut self, block: Vec<u8>) {
        if block.len() == BLOCK && self.spare.len() < SPARE {
            self.spare.push(block);
        }
    }
}

#[derive(Debug, Default)]
pub struct Queue {
    /// Bytes, and how many of them count.
    blocks: VecDeque<(Vec<u8>, usize)>,
    /// Of the first block.
    gone: usize,
    length: usize,
}

impl Queue {
    pub fn len(&self) -> usize {
        self.length
    }

    /// Adds the first `length` bytes of a block.
    pub fn push(&mut self, block: Vec<u8>, length: usize, pool: &mut Pool) {
        if length >= LITTLE {
            self.blocks.push_back((block, length));
        } else {
            match self.blocks.back_mut() {
                Some((last, used)) if last.len() < LITTLE => {
                    last.extend_from_slice(&block[..length]);
                    *used += length;
                }
                _ => self.blocks.push_back((block[..length].to_vec(), length)),
            }
            pool.put(block);
        }
        self.length += length;
    }

    /// Forgets the first bytes.
    pub fn advance(&mut self, mut count: usize, pool: &mut Pool) {
        count = count.min(self.length);
        self.length -= count;
        count += self.gone;
        while let Some((_, used)) = self.blocks.front()
            && count >= *used
        {
            count -= used;
            if let Some((block, _)) = self.blocks.pop_front() {
                pool.put(block);
            }
        }
        self.gone = count;
        if self.blocks.is_empty() {
            // Most connections have nothing in it most of the time.
            self.blocks = VecDeque::new();
        }
    }

    /// At most `count` bytes from `offset` on, as far as they lie together.
    pub fn slice(&self, offset: usize, count: usize) -> &[u8] {
        let mut offset = offset + self.gone;
        for (block, used) in &self.blocks {
            if offset < *used {
                return &block[offset..*used.min(&(offset + count))];
            }
            offset -= used;
        }
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_as_they_went_in() {
        let mut pool = Pool::default();
        let mut queue = Queue::default();
        let mut all: Vec<u8> = Vec::new();
        for n in [1usize, 65_535, 10, 8000, 500, 9000, 3] {
            let mut block = pool.take();
            for (i, byte) in block[..n].iter_mut().enumerate() {
                *byte = (i * 7 + n) as u8;
            }
            all.extend(&block[..n]);
            queue.push(block, n, &mut pool);
        }
        assert_eq!(queue.blocks.len(), 5, "little by little goes together");
        let mut seen: Vec<u8> = Vec::new();
        while seen.len() < queue.len() {
            let slice = queue.slice(seen.len(), 1000);
            assert!(!slice.is_empty() && slice.len() <= 1000);
            seen.extend(slice);
        }
        assert_eq!(seen, all);
        for n in [1, 5, 65_530, 0, 100] {
            queue.advance(n, &mut pool);
            all.drain(..n);
            assert_eq!(queue.slice(0, 3), &all[..3]);
        }
        queue.advance(usize::MAX, &mut pool);
        assert_eq!((queue.len(), queue.slice(0, 9).len(), queue.gone), (0, 0, 0));
        assert!(pool.spare.iter().all(|b| b.len() == BLOCK) && !pool.spare.is_empty());
    }
}
