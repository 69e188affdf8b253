//! AES-GCM (NIST SP 800-38D) for any key length and any nonce length.
//!
//! sops writes nonces of 32 bytes but reads any (file format §3.1), so files of other tools may
//! carry 12, 16 or 7. Long texts with the common length are [`aes_gcm`]'s work. That crate fixes
//! the length of a nonce in its type, so for all others the mode is put together here, from the
//! same parts. So it is for texts that are taken in pieces, and for short ones: what wide
//! instructions need set up for each call costs more than a value of a few blocks, and a
//! [session](Gcm::session) does it once for all.

pub(super) use aes_gcm::P_MAX;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aes::cipher::consts::{U16, U32};
use aes_gcm::aes::cipher::{
    BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, InnerIvInit,
    StreamCipher,
};
use aes_gcm::aes::{Aes128, Aes192, Aes256};
use aes_gcm::{AeadInOut, AesGcm, KeyInit};
use ctr::{Ctr32BE, CtrCore};
use ghash::universal_hash::UniversalHash;
use ghash::{Block, GHash};
use subtle::ConstantTimeEq;

/// Length of a tag in bytes.
pub(super) const TAG_LEN: usize = 16;

/// A key schedule, ready to encrypt and decrypt in place.
pub(super) trait Gcm: Send + Sync {
    /// Encrypts `buffer` and gives the tag.
    ///
    /// # Panics
    ///
    /// If `buffer` holds 64 GiB or more, which the mode cannot encrypt.
    fn encrypt(&self, nonce: &[u8], aad: &[u8], buffer: &mut [u8]) -> [u8; TAG_LEN];

    /// Decrypts `buffer` if the tag is right, and leaves it as it is if not.
    #[must_use]
    fn decrypt(&self, nonce: &[u8], aad: &[u8], buffer: &mut [u8], tag: &[u8; TAG_LEN]) -> bool;

    /// The two halves of the mode, for a text that comes in pieces: what turns plaintext into
    /// ciphertext and back, and what makes the tag of the ciphertext. The text must be shorter than
    /// [`P_MAX`]; what is decrypted must not be used before the tag is known to be right.
    fn halves<'a>(&'a self, nonce: &[u8], aad: &[u8]) -> (Box<dyn KeyStream + 'a>, TagHash);

    /// Calls `work` with a cipher that is set up for short texts.
    fn session(&self, work: &mut dyn FnMut(&Session<'_>));
}

/// Encrypts or decrypts a text piece by piece.
pub(super) trait KeyStream: Send {
    /// Takes the next piece, of any length.
    fn apply(&mut self, piece: &mut [u8]);
}

impl<A> KeyStream for Ctr32BE<&A>
where
    A: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + Sync,
{
    fn apply(&mut self, piece: &mut [u8]) {
        self.apply_keystream(piece);
    }
}

/// Makes the tag of a ciphertext piece by piece.
pub(super) struct TagHash {
    mask: Block,
    ghash: GHash,
    aad: usize,
    ciphertext: usize,
}

impl TagHash {
    fn new(mask: Block, mut ghash: GHash, aad: &[u8]) -> Self {
        ghash.update_padded(aad);
        Self { mask, ghash, aad: aad.len(), ciphertext: 0 }
    }

    /// Takes the next piece; all but the last must be whole blocks of 16 bytes.
    pub(super) fn update(&mut self, piece: &[u8]) {
        debug_assert!(self.ciphertext.is_multiple_of(16), "only the last piece may end within a block");
        self.ghash.update_padded(piece);
        self.ciphertext += piece.len();
    }

    /// The tag.
    pub(super) fn finish(mut self) -> [u8; TAG_LEN] {
        self.ghash.update(&[lengths(self.aad, self.ciphertext)]);
        xor(self.ghash.finalize().into(), self.mask)
    }
}

/// Whether two tags are the same, as numbers, in the same time whatever they are.
fn same_tag(one: [u8; TAG_LEN], other: [u8; TAG_LEN]) -> bool {
    u128::from_ne_bytes(one).ct_eq(&u128::from_ne_bytes(other)).into()
}

/// Texts up to this length are encrypted block by block.
const SHORT: usize = 256;

/// A cipher that is set up once for many short texts.
pub(super) struct Session<'a> {
    gcm: &'a dyn Gcm,
    block: &'a dyn Fn(&mut Block),
    ghash: &'a GHash,
}

impl Session<'_> {
    /// The cipher itself, for long texts.
    pub(super) fn whole(&self) -> &dyn Gcm {
        self.gcm
    }

    /// As [`Gcm::encrypt`].
    pub(super) fn encrypt(&self, nonce: &[u8], aad: &[u8], buffer: &mut [u8]) -> [u8; TAG_LEN] {
        if buffer.len() > SHORT {
            return self.gcm.encrypt(nonce, aad, buffer);
        }
        let (counter, mask) = self.begin(nonce);
        self.apply_key_stream(counter, buffer);
        self.tag(&mask, aad, buffer)
    }

    /// As [`Gcm::decrypt`].
    #[must_use]
    pub(super) fn decrypt(
        &self,
        nonce: &[u8],
        aad: &[u8],
        buffer: &mut [u8],
        expected: &[u8; TAG_LEN],
    ) -> bool {
        if buffer.len() > SHORT {
            return self.gcm.decrypt(nonce, aad, buffer, expected);
        }
        let (counter, mask) = self.begin(nonce);
        let authentic = same_tag(self.tag(&mask, aad, buffer), *expected);
        if authentic {
            self.apply_key_stream(counter, buffer);
        }
        authentic
    }

    /// The first counter block and the mask for the tag.
    fn begin(&self, nonce: &[u8]) -> (Block, Block) {
        let counter = first_counter(nonce, self.ghash);
        let mut mask = counter;
        (self.block)(&mut mask);
        (counter, mask)
    }

    fn tag(&self, mask: &Block, aad: &[u8], ciphertext: &[u8]) -> [u8; TAG_LEN] {
        hash_at_once::<8>(self.ghash, aad, ciphertext)
            .or_else(|| hash_at_once::<24>(self.ghash, aad, ciphertext))
            .map_or_else(|| tag(mask, self.ghash.clone(), aad, ciphertext), |hash| xor(hash.into(), *mask))
    }

    fn apply_key_stream(&self, mut counter: Block, buffer: &mut [u8]) {
        let mut number = u32::from_be_bytes([counter[12], counter[13], counter[14], counter[15]]);
        let mut next_key = || {
            number = number.wrapping_add(1);
            counter[12..].copy_from_slice(&number.to_be_bytes());
            let mut key = counter;
            (self.block)(&mut key);
            key
        };
        let (blocks, rest) = buffer.as_chunks_mut();
        for block in blocks {
            *block = xor(*block, next_key());
        }
        if !rest.is_empty() {
            for (byte, key) in rest.iter_mut().zip(next_key()) {
                *byte ^= key;
            }
        }
    }
}

fn xor(one: [u8; 16], other: Block) -> [u8; 16] {
    (u128::from_ne_bytes(one) ^ u128::from_ne_bytes(other.into())).to_ne_bytes()
}

/// The block J0 of SP 800-38D, 7.1.
fn first_counter(nonce: &[u8], ghash: &GHash) -> Block {
    if let Ok(usual) = <&[u8; USUAL]>::try_from(nonce) {
        // What the general case does, of constant size.
        let mut blocks = [[0; 16]; AT_ONCE];
        blocks[AT_ONCE - 1 - USUAL / 16..AT_ONCE - 1].as_flattened_mut().copy_from_slice(usual);
        blocks[AT_ONCE - 1] = lengths(0, USUAL).into();
        return hash_blocks(ghash.clone(), &blocks);
    }
    if nonce.len() == 12 {
        let mut j0 = Block::default();
        j0[..12].copy_from_slice(nonce);
        j0[15] = 1;
        return j0;
    }
    let mut hash = ghash.clone();
    hash.update_padded(nonce);
    hash.update(&[lengths(0, nonce.len())]);
    hash.finalize()
}

/// Length of the nonces that sops writes.
const USUAL: usize = 32;

/// Blocks that GHASH takes in one step.
const AT_ONCE: usize = 4;

/// GHASH of two texts, each filled up to whole blocks, and their lengths (SP 800-38D, 7.1); nothing if they
/// are too long to be laid out in `ROOM` blocks, a multiple of [`AT_ONCE`]. To hand over a block costs more
/// than to hash it, so all are handed over in one call, and as many at the front as make whole steps are
/// zero: they leave the hash as it begins.
fn hash_at_once<const ROOM: usize>(ghash: &GHash, first: &[u8], second: &[u8]) -> Option<Block> {
    let mut room = [[0; 16]; ROOM];
    let (texts, last) = room.split_at_mut(ROOM - 1);
    last[0] = lengths(first.len(), second.len()).into();
    let texts = texts.as_flattened_mut();
    let second_at = texts.len().checked_sub(second.len().next_multiple_of(16))?;
    let first_at = second_at.checked_sub(first.len().next_multiple_of(16))?;
    texts[first_at..][..first.len()].copy_from_slice(first);
    texts[second_at..][..second.len()].copy_from_slice(second);
    let unused = first_at / 16 / AT_ONCE * AT_ONCE;
    Some(hash_blocks(ghash.clone(), &room[unused..]))
}

/// GHASH of whole steps of [`AT_ONCE`] blocks.
fn hash_blocks(mut hash: GHash, blocks: &[[u8; 16]]) -> Block {
    hash.update(Block::cast_slice_from_core(blocks));
    hash.finalize()
}

/// Expands a key of 16, 24 or 32 bytes; nothing for other lengths.
pub(super) fn expand(key: &[u8]) -> Option<Box<dyn Gcm>> {
    Some(match key.len() {
        16 => Box::new(Expanded::new(Aes128::new_from_slice(key).ok()?)),
        24 => Box::new(Expanded::new(Aes192::new_from_slice(key).ok()?)),
        32 => Box::new(Expanded::new(Aes256::new_from_slice(key).ok()?)),
        _ => return None,
    })
}

struct Expanded<A> {
    usual: AesGcm<A, U32>,
    aes: A,
    ghash: GHash,
}

impl<A> Expanded<A>
where
    A: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + Clone,
{
    fn new(aes: A) -> Self {
        let mut h = ghash::Key::default();
        aes.encrypt_block(&mut h);
        let ghash = GHash::new(&h);
        zeroize::Zeroize::zeroize(&mut h[..]);
        Self { usual: AesGcm::from(aes.clone()), aes, ghash }
    }

    /// For nonces of other lengths: the key stream behind the mask, and the mask for the tag.
    /// (SP 800-38D, 7.1 and 7.2, whose names are used.)
    fn begin(&self, nonce: &[u8]) -> (Ctr32BE<&A>, Block) {
        let j0 = first_counter(nonce, &self.ghash);
        let mut stream = Ctr32BE::from_core(CtrCore::inner_iv_init(&self.aes, &j0));
        let mut mask = Block::default();
        stream.apply_keystream(&mut mask);
        (stream, mask)
    }
}

/// The work of a session, which runs where the instructions for it are set up.
struct Work<'a> {
    gcm: &'a dyn Gcm,
    ghash: &'a GHash,
    work: &'a mut dyn FnMut(&Session<'_>),
}

impl BlockSizeUser for Work<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for Work<'_> {
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let block = |block: &mut Block| backend.encrypt_block(block.into());
        (self.work)(&Session { gcm: self.gcm, block: &block, ghash: self.ghash });
    }
}

/// The tag of a whole ciphertext.
fn tag(mask: &Block, ghash: GHash, aad: &[u8], ciphertext: &[u8]) -> [u8; TAG_LEN] {
    let mut hash = TagHash::new(*mask, ghash, aad);
    hash.update(ciphertext);
    hash.finish()
}

/// Two lengths in bits, in one block.
fn lengths(first: usize, second: usize) -> Block {
    let mut block = Block::default();
    block[..8].copy_from_slice(&(first as u64 * 8).to_be_bytes());
    block[8..].copy_from_slice(&(second as u64 * 8).to_be_bytes());
    block
}

impl<A> Gcm for Expanded<A>
where
    A: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + Clone + Send + Sync,
{
    fn encrypt(&self, nonce: &[u8], aad: &[u8], buffer: &mut [u8]) -> [u8; TAG_LEN] {
        assert!(buffer.len() as u64 <= P_MAX, "GCM encrypts less than 64 GiB at a time");
        if let Ok(nonce) = nonce.try_into()
            && let Ok(tag) = self.usual.encrypt_inout_detached(nonce, aad, InOutBuf::from(&mut *buffer))
        {
            return tag.into();
        }
        let (mut stream, mask) = self.begin(nonce);
        stream.apply_keystream(buffer);
        tag(&mask, self.ghash.clone(), aad, buffer)
    }

    fn decrypt(&self, nonce: &[u8], aad: &[u8], buffer: &mut [u8], expected: &[u8; TAG_LEN]) -> bool {
        if buffer.len() as u64 > P_MAX {
            return false;
        }
        if let Ok(nonce) = nonce.try_into() {
            let buffer = InOutBuf::from(buffer);
            return self.usual.decrypt_inout_detached(nonce, aad, buffer, expected.into()).is_ok();
        }
        let (mut stream, mask) = self.begin(nonce);
        let authentic = same_tag(tag(&mask, self.ghash.clone(), aad, buffer), *expected);
        if authentic {
            stream.apply_keystream(buffer);
        }
        authentic
    }

    fn halves<'a>(&'a self, nonce: &[u8], aad: &[u8]) -> (Box<dyn KeyStream + 'a>, TagHash) {
        let (stream, mask) = self.begin(nonce);
        (Box::new(stream), TagHash::new(mask, self.ghash.clone(), aad))
    }

    fn session(&self, work: &mut dyn FnMut(&Session<'_>)) {
        self.aes.encrypt_with_backend(Work { gcm: self, ghash: &self.ghash, work });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    #[test] // test cases 4-6, 10-12 and 16-18 of the GCM specification (McGrew and Viega)
    fn the_vectors_of_the_specification() {
        let key = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        let plaintext = bytes(concat!(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72",
            "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
        ));
        let aad = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let long_nonce = concat!(
            "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728",
            "c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b"
        );
        #[rustfmt::skip]
        let cases = [
            (16, "cafebabefacedbaddecaf888", "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091", "5bc94fbc3221a5db94fae95ae7121a47"),
            (16, "cafebabefacedbad", "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c742373806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598", "3612d2e79e3b0785561be14aaca2fccb"),
            (16, long_nonce, "8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca701e4a9a4fba43c90ccdcb281d48c7c6fd62875d2aca417034c34aee5", "619cc5aefffe0bfa462af43c1699d050"),
            (24, "cafebabefacedbaddecaf888", "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710", "2519498e80f1478f37ba55bd6d27618c"),
            (24, "cafebabefacedbad", "0f10f599ae14a154ed24b36e25324db8c566632ef2bbb34f8347280fc4507057fddc29df9a471f75c66541d4d4dad1c9e93a19a58e8b473fa0f062f7", "65dcc57fcf623a24094fcca40d3533f8"),
            (24, long_nonce, "d27e88681ce3243c4830165a8fdcf9ff1de9a1d8e6b447ef6ef7b79828666e4581e79012af34ddd9e2f037589b292db3e67c036745fa22e7e9b7373b", "dcf566ff291c25bbb8568fc3d376a6d9"),
            (32, "cafebabefacedbaddecaf888", "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662", "76fc6ece0f4e1768cddf8853bb2d551b"),
            (32, "cafebabefacedbad", "c3762df1ca787d32ae47c13bf19844cbaf1ae14d0b976afac52ff7d79bba9de0feb582d33934a4f0954cc2363bc73f7862ac430e64abe499f47c9b1f", "3a337dbf46a792c45e454913fe2ea8f2"),
            (32, long_nonce, "5a8def2f0c9e53f1f75d7853659e2a20eeb2b22aafde6419a058ab4f6f746bf40fc0c3b780f244452da3ebf1c5d82cdea2418997200ef82e44ae7e3f", "a44a8266ee1c8eb0c8b5d4cf5ae9f19a"),
        ];
        for (key_len, nonce, ciphertext, tag) in cases {
            let gcm = expand(&key[..key_len]).unwrap();
            let (nonce, ciphertext) = (bytes(nonce), bytes(ciphertext));
            let mut buffer = plaintext.clone();
            let made = gcm.encrypt(&nonce, &aad, &mut buffer);
            assert_eq!(buffer, ciphertext, "AES-{}, nonce of {}", key_len * 8, nonce.len());
            assert_eq!(made[..], bytes(tag));
            assert!(gcm.decrypt(&nonce, &aad, &mut buffer, &made));
            assert_eq!(buffer, plaintext);
            let (mut stream, mut hash) = gcm.halves(&nonce, &aad);
            for piece in buffer.chunks_mut(32) {
                stream.apply(piece);
                hash.update(piece);
            }
            assert_eq!(buffer, ciphertext);
            assert_eq!(hash.finish(), made);
            assert!(gcm.decrypt(&nonce, &aad, &mut buffer, &made));
            gcm.session(&mut |session| {
                assert_eq!(session.encrypt(&nonce, &aad, &mut buffer), made);
                assert_eq!(buffer, ciphertext);
                assert!(session.decrypt(&nonce, &aad, &mut buffer, &made));
                assert_eq!(buffer, plaintext);
            });
        }
    }

    #[test]
    fn what_is_not_authentic_is_not_decrypted() {
        let gcm = expand(&[7; 32]).unwrap();
        for nonce in [&[1; 12][..], &[1; 13], &[1; 32]] {
            let mut buffer = *b"attack at dawn";
            let mut tag = gcm.encrypt(nonce, b"a:", &mut buffer);
            let ciphertext = buffer;
            assert!(!gcm.decrypt(nonce, b"b:", &mut buffer, &tag));
            tag[15] ^= 1;
            assert!(!gcm.decrypt(nonce, b"a:", &mut buffer, &tag));
            assert_eq!(buffer, ciphertext);
        }
    }

    #[test]
    fn short_and_long_texts_are_one_cipher() {
        let gcm = expand(&[7; 32]).unwrap();
        for (length, nonce) in
            (0..600).step_by(7).zip([&[1; 12][..], &[2; 32], &[0xFF; 7]].into_iter().cycle())
        {
            let text: Vec<u8> = (0..length).map(|byte: u32| byte.to_le_bytes()[0]).collect();
            for path in [0, 2, 15, 16, 17, 64, 200, 379, 500].map(|length| vec![b'a'; length]) {
                let (mut long, mut short) = (text.clone(), text.clone());
                let tag = gcm.encrypt(nonce, &path, &mut long);
                gcm.session(&mut |session| {
                    assert_eq!(session.encrypt(nonce, &path, &mut short), tag);
                    assert_eq!(short, long);
                    assert!(!session.decrypt(nonce, b"b:", &mut short, &tag));
                    assert_eq!(short, long);
                    assert!(session.decrypt(nonce, &path, &mut short, &tag));
                    assert_eq!(short, text);
                });
            }
        }
    }

    #[test] // what is laid out in little room, in much, and not at all, around the borders of blocks
    fn every_length_is_one_cipher() {
        let gcm = expand(&[7; 32]).unwrap();
        let around = |border: usize| border.saturating_sub(1)..=border + 1;
        let paths: Vec<usize> =
            [0, 16, 32, 48, 96, 112, 128, 352, 368].into_iter().flat_map(around).collect();
        let nonce = [0x5A; 32];
        gcm.session(&mut |session| {
            for length in (0..=130).chain(SHORT - 1..=SHORT + 1) {
                for &path in &paths {
                    let (path, text) = (vec![0xA5; path], vec![length as u8; length]);
                    let (mut one, mut other) = (text.clone(), text.clone());
                    let tag = gcm.encrypt(&nonce, &path, &mut one);
                    assert_eq!(session.encrypt(&nonce, &path, &mut other), tag, "{length} {}", path.len());
                    assert_eq!(one, other);
                    assert!(session.decrypt(&nonce, &path, &mut other, &tag));
                    assert_eq!(other, text);
                }
            }
        });
    }

    #[test]
    fn every_byte_of_a_tag_counts() {
        let gcm = expand(&[7; 32]).unwrap();
        gcm.session(&mut |session| {
            let mut buffer = *b"attack at dawn";
            let tag = session.encrypt(&[1; 32], b"a:", &mut buffer);
            for bit in 0..8 * TAG_LEN {
                let mut forged = tag;
                forged[bit / 8] ^= 1 << (bit % 8);
                assert!(!session.decrypt(&[1; 32], b"a:", &mut buffer, &forged), "{bit}");
            }
            assert!(session.decrypt(&[1; 32], b"a:", &mut buffer, &tag));
        });
    }

    #[test]
    fn keys_of_other_lengths_are_refused() {
        for len in [0, 1, 15, 17, 31, 33, 64] {
            assert!(expand(&vec![0; len]).is_none(), "{len}");
        }
    }
}
