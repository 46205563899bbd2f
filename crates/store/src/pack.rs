//! How statements are packed: zstd with a dictionary that was trained on records of our own.
//!
//! zstd writes the number of the dictionary into what it packs. `examples/dictionary.rs` trained the one in
//! `dictionaries/`; a better one would be added there under the next number, and the old one stays for what
//! was packed with it.

use record::bounds::STATEMENT_BYTES_MAX;
use std::cell::RefCell;
use std::sync::LazyLock;
use zstd::bulk::Compressor;
use zstd::bulk::Decompressor;
use zstd::dict::DecoderDictionary;
use zstd::dict::EncoderDictionary;

/// zstd's default level: 9 gains 50 bytes a record more and takes four times as long.
const LEVEL: i32 = 3;

const DICTIONARY: &[u8] = include_bytes!("../dictionaries/1.zdict");

static ENCODER: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
static DECODER: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));

thread_local! {
    // To make one costs more than to pack or unpack one statement.
    static PACKER: RefCell<Compressor<'static>> = RefCell::new(
        Compressor::with_prepared_dictionary(&ENCODER).expect("our own dictionary is one"),
    );
    static UNPACKER: RefCell<Decompressor<'static>> = RefCell::new(
        Decompressor::with_prepared_dictionary(&DECODER).expect("our own dictionary is one"),
    );
}

/// Packs a statement.
pub(crate) fn pack(statement: &[u8]) -> Vec<u8> {
    PACKER.with_borrow_mut(|packer| packer.compress(statement).expect("packing into memory takes any bytes"))
}

/// The statement that was packed; `None` for other bytes.
pub(crate) fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let length = Decompressor::upper_bound(packed)?.min(STATEMENT_BYTES_MAX);
    UNPACKER.with_borrow_mut(|unpacker| unpacker.decompress(packed, length).ok())
}

#[cfg(test)]
mod tests {
    use crate::pack::pack;
    use crate::pack::unpack;

    #[test]
    fn what_was_packed_unpacks_and_rubbish_does_not() {
        let statement = "Baumbewässerung mit Sensoren ".repeat(50).into_bytes();
        let packed = pack(&statement);
        assert!(packed.len() < statement.len() / 10);
        assert_eq!(unpack(&packed), Some(statement));
        assert_eq!(unpack(b"rubbish that nobody packed"), None);
        assert_eq!(unpack(&packed[..packed.len() - 3]), None);
    }

    #[test]
    fn a_lying_length_is_not_believed() {
        let huge = pack(&vec![0; 10 * record::bounds::STATEMENT_BYTES_MAX]);
        assert_eq!(unpack(&huge), None);
    }
}
