//! Blocks: many neighbouring pairs of the index in one value of sled.
//!
//! sled holds at most 16 pairs in a page, keeps up to ten changes of a page beside it, and writes the page above anew
//! each time one is split: pairs of 60 bytes take 200 to 300 on the disk. A block of them takes twice its bytes.
//!
//! | part   | bytes | meaning                                             |
//! |--------|-------|-----------------------------------------------------|
//! | shared | 1     | bytes that the key has in common with the one before |
//! | rest   | 1     | length of what follows of the key                   |
//! | value  | 1     | length of the value                                 |
//! | bytes  |       | the rest of the key, the value                      |
//!
//! The keys of a block ascend. The first one is its name.

/// A block is ended when it has so many bytes.
const BLOCK_BYTES: usize = 4 * 1024;

/// A key and its value.
pub(crate) type Pair = (Vec<u8>, Vec<u8>);

/// Puts ascending pairs into blocks.
#[derive(Debug, Default)]
pub(crate) struct Packing {
    name: Vec<u8>,
    last: Vec<u8>,
    bytes: Vec<u8>,
}

impl Packing {
    /// Takes the next pair. Answers with a block and its name where one is full.
    pub(crate) fn put(&mut self, key: &[u8], value: &[u8]) -> Option<Pair> {
        let full = if self.bytes.len() >= BLOCK_BYTES { self.end() } else { None };
        if self.bytes.is_empty() {
            key.clone_into(&mut self.name);
        }
        let shared = key.iter().zip(&self.last).take_while(|(one, other)| one == other).count();
        let (_, rest) = key.split_at(shared);
        for length in [shared, rest.len(), value.len()] {
            self.bytes
                .push(u8::try_from(length).expect("keys and values of the index have at most 114 bytes"));
        }
        self.bytes.extend_from_slice(rest);
        self.bytes.extend_from_slice(value);
        key.clone_into(&mut self.last);
        full
    }

    /// The last block and its name, if anything is in it.
    pub(crate) fn end(&mut self) -> Option<Pair> {
        let Packing { name, bytes, .. } = std::mem::take(self);
        (!bytes.is_empty()).then_some((name, bytes))
    }
}

/// The pairs of a block one after the other; the key is made in one place.
struct Walk<'a> {
    rest: &'a [u8],
    key: Vec<u8>,
    value: &'a [u8],
}

impl<'a> Walk<'a> {
    fn of(block: &'a [u8]) -> Walk<'a> {
        Walk { rest: block, key: Vec::new(), value: &[] }
    }

    /// Goes on to the next pair; whether there is one. `None` where the bytes are no block.
    fn step(&mut self) -> Option<bool> {
        if self.rest.is_empty() {
            return Some(false);
        }
        let ([shared, length, value], rest) = self.rest.split_first_chunk::<3>()?;
        let kept = self.key.get(..usize::from(*shared))?.len();
        self.key.truncate(kept);
        let (key, rest) = rest.split_at_checked(usize::from(*length))?;
        self.key.extend_from_slice(key);
        (self.value, self.rest) = rest.split_at_checked(usize::from(*value))?;
        Some(true)
    }
}

/// The value at a key of a block. `None` where the bytes are no block.
pub(crate) fn find(block: &[u8], key: &[u8]) -> Option<Option<Vec<u8>>> {
    let mut walk = Walk::of(block);
    while walk.step()? {
        if walk.key.as_slice() >= key {
            return Some((walk.key == key).then(|| walk.value.to_vec()));
        }
    }
    Some(None)
}

/// All pairs of a block. `None` where the bytes are none.
pub(crate) fn pairs(block: &[u8]) -> Option<Vec<Pair>> {
    let (mut walk, mut pairs) = (Walk::of(block), Vec::new());
    while walk.step()? {
        pairs.push((walk.key.clone(), walk.value.to_vec()));
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use crate::blocks::BLOCK_BYTES;
    use crate::blocks::Packing;
    use crate::blocks::Pair;
    use crate::blocks::find;
    use crate::blocks::pairs;

    fn some() -> Vec<Pair> {
        let name = |number: u32| format!("Rth.ort-{:04}\0{number:016}", number / 7).into_bytes();
        (0..1_000).map(|number| (name(number * 2), number.to_be_bytes().to_vec())).collect()
    }

    fn packed(given: &[Pair]) -> Vec<Pair> {
        let mut packing = Packing::default();
        let mut blocks: Vec<Pair> = given.iter().filter_map(|(key, value)| packing.put(key, value)).collect();
        blocks.extend(packing.end());
        blocks
    }

    #[test]
    fn pairs_come_back_and_take_little_more_than_what_differs() {
        let (given, blocks) = (some(), packed(&some()));
        assert!(blocks.len() > 2 && blocks.iter().all(|(_, block)| block.len() < BLOCK_BYTES + 256));
        let back: Vec<Pair> = blocks.iter().flat_map(|(_, block)| pairs(block).unwrap()).collect();
        assert_eq!(back, given);
        let all: usize = given.iter().map(|(key, value)| key.len() + value.len()).sum();
        assert!(blocks.iter().map(|(_, block)| block.len()).sum::<usize>() * 2 < all);
        for (name, block) in &blocks {
            assert_eq!(&pairs(block).unwrap()[0].0, name);
        }
    }

    #[test]
    fn what_is_in_a_block_is_found_and_nothing_else() {
        for (_, block) in packed(&some()) {
            for (key, value) in pairs(&block).unwrap() {
                assert_eq!(find(&block, &key), Some(Some(value)));
                let beside = [key.as_slice(), &[0]].concat();
                assert_eq!(find(&block, &beside), Some(None));
            }
            assert_eq!((find(&block, b""), find(&block, b"Z")), (Some(None), Some(None)));
        }
    }

    #[test]
    fn other_bytes_are_no_block() {
        let (_, block) = packed(&some()).swap_remove(0);
        // The first key has nothing before it that it could share.
        assert_eq!(pairs(&[&[1], &block[1..]].concat()), None);
        for length in 1..block.len() {
            let cut = pairs(&block[..length]);
            assert!(cut.is_none_or(|cut| pairs(&block).unwrap().starts_with(&cut)), "{length} bytes");
        }
        assert_eq!(pairs(&[]), Some(Vec::new()));
        let _ = (pairs(&[255; 100]), find(&[0, 0, 0, 0], b"key"));
    }
}
