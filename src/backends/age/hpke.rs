//! HPKE (RFC 9180), base mode, in the one suite that age's hybrid recipients use: KEM
//! MLKEM768-X25519 (X-Wing), KDF HKDF-SHA256, AEAD ChaCha20Poly1305 (keys §3.2).
//!
//! To be dropped when the `age` crate has these recipients.

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use hkdf::{Hkdf, HkdfExtract};
use ml_kem::kem::Decapsulate;
use ml_kem::{B32, EncapsulateDeterministic, EncodedSizeUser, KemCore, MlKem768};
use sha2_0_10::Sha256;
use sha3::digest::{ExtendableOutput, XofReader};
use sha3::{Digest, Sha3_256, Shake256};
use zeroize::Zeroizing;

type DecapsulationKey = <MlKem768 as KemCore>::DecapsulationKey;
type EncapsulationKey = <MlKem768 as KemCore>::EncapsulationKey;
type Bytes32 = Zeroizing<[u8; 32]>;

/// Bytes of an ML-KEM-768 encapsulation key.
const ML_KEM_KEY: usize = 1184;
/// Bytes of an ML-KEM-768 ciphertext.
const ML_KEM_CIPHERTEXT: usize = 1088;
/// Bytes of a public key: ML-KEM-768, then X25519.
pub(super) const PUBLIC_KEY: usize = ML_KEM_KEY + 32;
/// Bytes of an encapsulated key: ML-KEM-768 ciphertext, then an ephemeral X25519 key.
pub(super) const ENCAPSULATED: usize = ML_KEM_CIPHERTEXT + 32;
/// `HPKE`, KEM 0x647a, KDF 1, AEAD 3.
const SUITE: &[u8] = b"HPKE\x64\x7a\x00\x01\x00\x03";
/// What X-Wing hashes last.
const X_WING: &[u8] = br"\.//^\";

/// An X25519 share of low order: the result would be the same for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WeakShare;

/// The private key that a seed of 32 bytes stands for.
pub(super) struct PrivateKey {
    ml_kem: DecapsulationKey,
    x25519: Bytes32,
    x25519_public: [u8; 32],
}

impl PrivateKey {
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        let mut shake = Shake256::default();
        sha3::digest::Update::update(&mut shake, seed);
        let mut stream = shake.finalize_xof();
        let mut part = || {
            let mut bytes = Bytes32::default();
            stream.read(&mut bytes[..]);
            bytes
        };
        let (d, z, x25519) = (part(), part(), part());
        let (mut d, mut z) = (B32::from(*d), B32::from(*z));
        let (ml_kem, _) = MlKem768::generate_deterministic(&d, &z);
        zeroize::Zeroize::zeroize(&mut d.0);
        zeroize::Zeroize::zeroize(&mut z.0);
        let x25519_public = x25519_dalek::x25519(*x25519, x25519_dalek::X25519_BASEPOINT_BYTES);
        Self { ml_kem, x25519, x25519_public }
    }

    /// The public key that goes with it.
    pub(super) fn public_key(&self) -> Vec<u8> {
        let mut key = self.ml_kem.encapsulation_key().as_bytes().to_vec();
        key.extend_from_slice(&self.x25519_public);
        key
    }

    /// The shared secret of an encapsulated key. A key that is not for us gives another secret: the
    /// AEAD finds out.
    fn decapsulate(&self, encapsulated: &[u8; ENCAPSULATED]) -> Result<Bytes32, WeakShare> {
        let (ciphertext, share) = encapsulated.split_at(ML_KEM_CIPHERTEXT);
        let (ciphertext, share) = (ciphertext.try_into(), <[u8; 32]>::try_from(share));
        let (Ok(ciphertext), Ok(share)) = (ciphertext, share) else { return Err(WeakShare) };
        let Ok(secret) = self.ml_kem.decapsulate(ciphertext) else { return Err(WeakShare) };
        let x25519 = exchange(&self.x25519, &share)?;
        Ok(combine(&Zeroizing::new(secret.0), &x25519, &share, &self.x25519_public))
    }

    /// Opens what was sealed to this key; `None` if it is for another one.
    pub(super) fn open(
        &self,
        encapsulated: &[u8; ENCAPSULATED],
        info: &[u8],
        ciphertext: &[u8],
    ) -> Result<Option<Zeroizing<Vec<u8>>>, WeakShare> {
        let context = Context::new(&self.decapsulate(encapsulated)?, info);
        let nonce = context.nonce.into();
        Ok(context.cipher().decrypt(&nonce, ciphertext).ok().map(Zeroizing::new))
    }
}

/// Seals `plaintext` to a public key; gives the encapsulated key and the ciphertext.
///
/// `randomness` must be fresh: it is the ML-KEM message and the ephemeral X25519 key.
pub(super) fn seal(
    public_key: &[u8; PUBLIC_KEY],
    info: &[u8],
    plaintext: &[u8],
    randomness: &Zeroizing<[u8; 64]>,
) -> Result<(Vec<u8>, Vec<u8>), WeakShare> {
    let (encapsulated, secret) = encapsulate(public_key, randomness)?;
    let context = Context::new(&secret, info);
    let nonce = context.nonce.into();
    let ciphertext = context.cipher().encrypt(&nonce, plaintext);
    // It fails beyond 256 GiB only.
    Ok((encapsulated, ciphertext.unwrap_or_default()))
}

fn encapsulate(
    public_key: &[u8; PUBLIC_KEY],
    randomness: &Zeroizing<[u8; 64]>,
) -> Result<(Vec<u8>, Bytes32), WeakShare> {
    let (ml_kem, x25519) = public_key.split_at(ML_KEM_KEY);
    let (Ok(ml_kem), Ok(x25519)) = (ml_kem.try_into(), <[u8; 32]>::try_from(x25519)) else {
        return Err(WeakShare);
    };
    let (mut message, mut ephemeral) = (Bytes32::default(), Bytes32::default());
    message.copy_from_slice(&randomness[..32]);
    ephemeral.copy_from_slice(&randomness[32..]);

    let share = x25519_dalek::x25519(*ephemeral, x25519_dalek::X25519_BASEPOINT_BYTES);
    let classic = exchange(&ephemeral, &x25519)?;
    let key = EncapsulationKey::from_bytes(ml_kem);
    let mut message = B32::from(*message);
    let result = key.encapsulate_deterministic(&message);
    zeroize::Zeroize::zeroize(&mut message.0);
    let Ok((ciphertext, secret)) = result else { return Err(WeakShare) };
    let secret = combine(&Zeroizing::new(secret.0), &classic, &share, &x25519);
    Ok(([&ciphertext[..], &share].concat(), secret))
}

fn exchange(private: &Bytes32, public: &[u8; 32]) -> Result<Bytes32, WeakShare> {
    let shared = Zeroizing::new(x25519_dalek::x25519(**private, *public));
    if shared.iter().fold(0, |all, byte| all | byte) == 0 { Err(WeakShare) } else { Ok(shared) }
}

/// X-Wing's combiner (draft-connolly-cfrg-xwing-kem §5.3).
fn combine(ml_kem: &Bytes32, x25519: &Bytes32, share: &[u8; 32], public: &[u8; 32]) -> Bytes32 {
    let mut hash = Sha3_256::new();
    for part in [&ml_kem[..], &x25519[..], share, public, X_WING] {
        Digest::update(&mut hash, part);
    }
    Zeroizing::new(hash.finalize().into())
}

/// RFC 9180 §5.1 for mode 0, without PSK; good for one message.
struct Context {
    key: Bytes32,
    nonce: [u8; 12],
}

impl Context {
    fn new(secret: &Bytes32, info: &[u8]) -> Self {
        let (psk_id_hash, _) = extract(b"", b"psk_id_hash", b"");
        let (info_hash, _) = extract(b"", b"info_hash", info);
        let schedule = [&[0], &psk_id_hash[..], &info_hash[..]].concat();
        let (_, expander) = extract(&secret[..], b"secret", b"");
        let (mut key, mut nonce) = (Bytes32::default(), [0; 12]);
        expand(&expander, b"key", &schedule, &mut key[..]);
        expand(&expander, b"base_nonce", &schedule, &mut nonce);
        Self { key, nonce }
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new((&*self.key).into())
    }
}

/// `LabeledExtract`.
fn extract(salt: &[u8], label: &[u8], input: &[u8]) -> (Bytes32, Hkdf<Sha256>) {
    let mut extract = HkdfExtract::<Sha256>::new(Some(salt));
    for part in [b"HPKE-v1", SUITE, label, input] {
        extract.input_ikm(part);
    }
    let (key, expander) = extract.finalize();
    (Zeroizing::new(key.into()), expander)
}

/// `LabeledExpand`.
fn expand(expander: &Hkdf<Sha256>, label: &[u8], info: &[u8], out: &mut [u8]) {
    let length = (out.len() as u16).to_be_bytes();
    let parts = [&length, &b"HPKE-v1"[..], SUITE, label, info];
    // It fails beyond 8160 bytes only; we ask for 32 and 12.
    let _ = expander.expand_multi_info(&parts, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use chacha20poly1305::aead::Payload;

    /// `testdata/vectors/hpke-mlkem768-x25519.txt`, both ways.
    #[test]
    fn test_vector() {
        let path = "/testdata/vectors/hpke-mlkem768-x25519.txt";
        let text = std::fs::read_to_string([env!("CARGO_MANIFEST_DIR"), path].concat()).unwrap();
        let field = |name: &str| -> Vec<u8> {
            let hex = text.lines().find_map(|line| line.strip_prefix(&format!("{name} = ")));
            let byte = |i| u8::from_str_radix(&hex.unwrap()[i..i + 2], 16).unwrap();
            (0..hex.unwrap().len()).step_by(2).map(byte).collect()
        };
        let key = PrivateKey::new(&field("skRm").try_into().unwrap());
        let public_key: [u8; PUBLIC_KEY] = field("pkRm").try_into().unwrap();
        assert_eq!(key.ml_kem.encapsulation_key().as_bytes()[..], public_key[..ML_KEM_KEY]);
        assert_eq!(key.x25519_public, public_key[ML_KEM_KEY..]);

        let randomness = Zeroizing::new(field("ikmE").try_into().unwrap());
        let (encapsulated, secret) = encapsulate(&public_key, &randomness).unwrap();
        assert_eq!(encapsulated, field("enc"));
        assert_eq!(secret[..], field("shared_secret"));
        let back = key.decapsulate(&encapsulated.try_into().unwrap()).unwrap();
        assert_eq!(back, secret);

        let context = Context::new(&secret, &field("info"));
        assert_eq!(context.key[..], field("key"));
        assert_eq!(context.nonce[..], field("base_nonce"));
        let (pt, aad) = (field("pt"), field("aad"));
        let sealed = context.cipher().encrypt(&context.nonce.into(), Payload { msg: &pt, aad: &aad });
        assert_eq!(sealed.unwrap(), field("ct"));
    }

    #[test]
    fn weak_shares_are_refused() {
        let key = PrivateKey::new(&[7; 32]);
        let encapsulated = [0; ENCAPSULATED];
        assert!(key.open(&encapsulated, b"", b"").is_err());
        let mut public_key = [0; PUBLIC_KEY];
        public_key[..ML_KEM_KEY].copy_from_slice(&key.ml_kem.encapsulation_key().as_bytes());
        assert_eq!(seal(&public_key, b"", b"", &Zeroizing::new([1; 64])), Err(WeakShare));
    }
}
