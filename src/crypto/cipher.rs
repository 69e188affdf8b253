//! The leaf cipher: AES-256-GCM with sops' 32-byte nonce (file format §3).
//!
//! [`Cipher::seal`] turns a value into a token, [`Cipher::open`] a token into a value. Both bind
//! it to the additional authenticated data that the caller gives: the map keys on the leaf's path
//! (file format §4).
//!
//! Not done here: what is never encrypted. Null has no token, and neither has empty text or an
//! empty comment: sops leaves those as they are, whatever the selection rules say, and takes `""`
//! where it expects a token (file format §3.3). Callers must do the same.

use std::borrow::Cow;
use std::fmt;

use zeroize::Zeroizing;

use super::Random;
use super::gcm::{self, Gcm, TAG_LEN};
use super::long;
use super::token::{self, Token, Usual};
use crate::leaf::{Value, ValueRef, base64, number, time};

/// The key that encrypts every leaf of one file.
///
/// At rest it exists only wrapped by master keys. The bytes are wiped on drop; there is no
/// `Clone`, and `Debug` prints no key material.
pub struct DataKey(Zeroizing<Vec<u8>>);

impl DataKey {
    /// Length of a fresh key in bytes.
    pub const LEN: usize = 32;

    /// A fresh key.
    pub fn generate(random: &mut dyn Random) -> Self {
        let mut bytes = Zeroizing::new(vec![0; Self::LEN]);
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// A key recovered from a file: 16, 24 or 32 bytes. (sops writes 32 but reads all three, file
    /// format §2.)
    ///
    /// # Errors
    ///
    /// [`OpenError::KeyLength`] for any other length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, OpenError> {
        match bytes.len() {
            16 | 24 | 32 => Ok(Self(Zeroizing::new(bytes.to_vec()))),
            length => Err(OpenError::KeyLength(length)),
        }
    }

    /// The bytes, for wrapping.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

/// The nonce of one token; 32 bytes when we write, any length when we read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Nonce(Bytes);

/// The usual length costs no allocation.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Bytes {
    Usual([u8; Nonce::LEN]),
    Other(Box<[u8]>),
}

impl Nonce {
    /// Length of a fresh nonce in bytes.
    pub const LEN: usize = 32;

    /// A fresh one of 32 bytes.
    pub fn generate(random: &mut dyn Random) -> Self {
        let mut bytes = [0; Self::LEN];
        random.fill(&mut bytes);
        Self(Bytes::Usual(bytes))
    }

    /// Whether it has the length that sops writes; only such a nonce is ever used again.
    #[must_use]
    pub fn is_reusable(&self) -> bool {
        matches!(self.0, Bytes::Usual(_))
    }

    /// The nonce with these bytes.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.try_into().map_or_else(|_| Bytes::Other(bytes.into()), Bytes::Usual))
    }

    /// The bytes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Bytes::Usual(bytes) => bytes,
            Bytes::Other(bytes) => bytes,
        }
    }
}

/// What a token held.
#[derive(Debug)]
pub struct Opened {
    /// The value.
    pub value: Value,
    /// Its nonce.
    pub nonce: Nonce,
}

/// Why a token does not open. Names no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Wrong key, changed ciphertext, or a leaf moved to another path.
    #[error("Could not decrypt with AES_GCM: cipher: message authentication failed")]
    Forged,
    /// The text is no token.
    #[error("it is not a sops value (ENC[…])")]
    NotAToken,
    /// A part is not base64, or the nonce has no bytes.
    #[error("Error base64-decoding {0}")]
    Damaged(&'static str),
    /// The key has a length that AES does not know.
    #[error("crypto/aes: invalid key size {0}")]
    KeyLength(usize),
    /// The type tag is unknown.
    #[error("Unknown datatype")]
    UnknownType,
    /// The plaintext does not read as the type says.
    #[error("the plaintext is no {0}")]
    Mistyped(&'static str),
}

/// The bytes that stand for a value in its token and in the MAC, and the name of its type (file
/// format §3.2, §7.1).
///
/// There is one spelling for every value, and it is Go's: `1.50` is encrypted as `1.5`, `true` as
/// `True`. The author's spelling would decrypt to the same number, but it must not be encrypted:
/// when sops rewrites a file it gives an unchanged value its old nonce back (file format §8), and
/// it encrypts *its* spelling. One nonce would then have been used for two plaintexts under one
/// key, which gives away the difference of the two and the key that authenticates.
///
/// A [`ValueRef::BigInt`] is to sops the nearest double. [`ValueRef::Null`] has no bytes, and no
/// type that sops knows.
#[must_use]
pub fn plaintext(value: ValueRef<'_>) -> (Cow<'_, [u8]>, &'static str) {
    match value {
        ValueRef::Null => (Cow::Borrowed(b""), "null"),
        ValueRef::Bool(true) => (Cow::Borrowed(b"True"), "bool"),
        ValueRef::Bool(false) => (Cow::Borrowed(b"False"), "bool"),
        ValueRef::Int(int) => (Cow::Owned(int.to_string().into_bytes()), "int"),
        ValueRef::Float(float) => (Cow::Owned(number::format_plain(float).into_bytes()), "float"),
        ValueRef::BigInt(digits) => {
            let nearest = digits.parse().unwrap_or(f64::NAN);
            (Cow::Owned(number::format_plain(nearest).into_bytes()), "float")
        }
        ValueRef::Time(text) => (Cow::Borrowed(text.as_bytes()), "time"),
        ValueRef::Str(text) => (Cow::Borrowed(text), "str"),
        ValueRef::Comment(text) => (Cow::Borrowed(text), "comment"),
    }
}

/// The key schedule of one data key, expanded once per file.
pub struct Cipher {
    gcm: Box<dyn Gcm>,
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher(…)")
    }
}

impl Cipher {
    /// Expands the key.
    ///
    /// # Panics
    ///
    /// Never: a [`DataKey`] has a length that AES knows.
    #[must_use]
    pub fn new(key: &DataKey) -> Self {
        Self { gcm: gcm::expand(key.expose()).expect("a data key has 16, 24 or 32 bytes") }
    }

    /// Appends the token of `value` under `aad` to `out`. Empty text and null have no token:
    /// nothing is appended for them.
    ///
    /// The nonce must be fresh, or be the one that this very value had at this very path: see
    /// [`Nonce::is_reusable`].
    ///
    /// # Panics
    ///
    /// If the value holds 64 GiB or more.
    pub fn seal(&self, value: ValueRef<'_>, aad: &[u8], nonce: &Nonce, out: &mut Vec<u8>) {
        self.session(&mut |session| session.seal(value, aad, nonce, out));
    }

    /// Calls `work` with this cipher set up for many leaves in a row.
    pub fn session(&self, work: &mut dyn FnMut(&Session<'_>)) {
        self.gcm.session(&mut |gcm| work(&Session(gcm)));
    }

    /// Opens a token.
    ///
    /// The value is the one that sops would see: `007` of type `int` is the integer 7, and a
    /// timestamp comes back in Go's spelling. So a value that was sealed in an unusual spelling
    /// opens, but hashes differently in the MAC, as in sops (file format §3.2).
    ///
    /// Big data is decoded into one buffer, decrypted there, and handed out. A long text is decrypted
    /// on one thread while another computes its tag; it is wiped if that is wrong.
    ///
    /// # Errors
    ///
    /// [`OpenError`]. The empty text is [`OpenError::NotAToken`]; where sops takes it for an empty
    /// value is the caller's knowledge.
    ///
    /// # Compatibility
    ///
    /// The legacy type `bytes`, on which sops 3.13.2 crashes, is read as text.
    pub fn open(&self, token: &[u8], aad: &[u8]) -> Result<Opened, OpenError> {
        let mut opened = Err(OpenError::NotAToken);
        self.session(&mut |session| opened = session.open(token, aad));
        opened
    }

    /// Whether a token opens, under `aad`, to exactly this text. Nothing of it is kept, so a long text
    /// costs no memory.
    ///
    /// # Errors
    ///
    /// [`OpenError`], as [`Self::open`].
    pub fn opens_to(&self, token: &[u8], aad: &[u8], text: &[u8]) -> Result<bool, OpenError> {
        if text.len() >= long::LONG {
            let token = Token::split(token).ok_or(OpenError::NotAToken)?;
            if let Some(outcome) = long::opens_to(&*self.gcm, &token, aad, text) {
                return outcome;
            }
        }
        let opened = Zeroizing::new(match self.open(token, aad)?.value {
            Value::Str(opened) => opened,
            _ => return Ok(false),
        });
        Ok(*opened == text)
    }
}

/// A [`Cipher`] that is set up for many leaves in a row; see [`Cipher::session`].
pub struct Session<'a>(&'a gcm::Session<'a>);

impl Session<'_> {
    /// As [`Cipher::seal`].
    ///
    /// # Panics
    ///
    /// If the value holds 64 GiB or more.
    pub fn seal(&self, value: ValueRef<'_>, aad: &[u8], nonce: &Nonce, out: &mut Vec<u8>) {
        if !plaintext(value).0.is_empty() {
            self.seal_or_empty(value, aad, nonce, out);
        }
    }

    /// [`Self::seal`] that writes a token for the empty text too, as rops does.
    ///
    /// # Panics
    ///
    /// If the value holds 64 GiB or more.
    pub fn seal_or_empty(&self, value: ValueRef<'_>, aad: &[u8], nonce: &Nonce, out: &mut Vec<u8>) {
        let (plaintext, kind) = plaintext(value);
        let nonce = nonce.as_bytes();
        if plaintext.len() >= long::LONG {
            return long::seal(self.0.whole(), &plaintext, nonce, aad, kind, out);
        }
        token::write(&plaintext, nonce, kind, out, |buffer| self.0.encrypt(nonce, aad, buffer));
    }

    /// As [`Cipher::open`].
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn open(&self, token: &[u8], aad: &[u8]) -> Result<Opened, OpenError> {
        match Usual::read(token) {
            Some(token) if !token.data.is_empty() => self.open_usual(token, aad),
            _ => self.open_parts(Token::split(token).ok_or(OpenError::NotAToken)?, aad),
        }
    }

    /// [`Self::open`] that takes a token of the empty text too, as rops writes it.
    ///
    /// # Errors
    ///
    /// [`OpenError`].
    pub fn open_or_empty(&self, token: &[u8], aad: &[u8]) -> Result<Opened, OpenError> {
        match Usual::read(token) {
            Some(token) => self.open_usual(token, aad),
            None => self.open_parts(Token::split_or_empty(token).ok_or(OpenError::NotAToken)?, aad),
        }
    }

    fn open_usual(&self, token: Usual<'_>, aad: &[u8]) -> Result<Opened, OpenError> {
        let Usual { data, nonce, tag, kind } = token;
        self.decrypt(data, Nonce(Bytes::Usual(nonce)), aad, &tag, kind)
    }

    fn open_parts(&self, token: Token<'_>, aad: &[u8]) -> Result<Opened, OpenError> {
        if token.data.len() >= long::LONG
            && let Some(opened) = long::open(self.0.whole(), &token, aad)
        {
            return opened;
        }
        let mut buffer = Vec::with_capacity(decoded_capacity(token.data) + decoded_capacity(token.tag));
        base64::decode_into(token.data, &mut buffer).ok_or(OpenError::Damaged("data"))?;
        let nonce = decode_nonce(token.iv)?;
        // Ciphertext and tag are one run of bytes to sops; where it is parted into `data` and
        // `tag` does not matter.
        base64::decode_into(token.tag, &mut buffer).ok_or(OpenError::Damaged("tag"))?;
        let tag = *buffer.last_chunk::<TAG_LEN>().ok_or(OpenError::Forged)?;
        buffer.truncate(buffer.len() - TAG_LEN);
        self.decrypt(buffer, nonce, aad, &tag, token.kind)
    }

    fn decrypt(
        &self,
        mut data: Vec<u8>,
        nonce: Nonce,
        aad: &[u8],
        tag: &[u8; TAG_LEN],
        kind: &[u8],
    ) -> Result<Opened, OpenError> {
        if !self.0.decrypt(nonce.as_bytes(), aad, &mut data, tag) {
            return Err(OpenError::Forged);
        }
        Ok(Opened { value: read(data, kind)?, nonce })
    }
}

/// At least the number of bytes that a base64 text stands for.
const fn decoded_capacity(text: &[u8]) -> usize {
    text.len().div_ceil(4) * 3
}

pub(super) fn decode_nonce(text: &[u8]) -> Result<Nonce, OpenError> {
    if let Some(usual) = base64::decode_array(text) {
        return Ok(Nonce(Bytes::Usual(usual)));
    }
    let mut bytes = Vec::new();
    base64::decode_into(text, &mut bytes).ok_or(OpenError::Damaged("iv"))?;
    // A text of line breaks alone decodes to nothing, and GCM knows no empty nonce.
    if bytes.is_empty() { Err(OpenError::Damaged("iv")) } else { Ok(Nonce::from_bytes(&bytes)) }
}

/// The value that a decrypted text of some type stands for (file format §3.2).
pub(super) fn read(text: Vec<u8>, kind: &[u8]) -> Result<Value, OpenError> {
    let mistyped = OpenError::Mistyped;
    match kind {
        b"str" | b"bytes" => Ok(Value::Str(text)),
        b"comment" => Ok(Value::Comment(text)),
        b"int" => number::parse_go_int(&text).map(Value::Int).ok_or(mistyped("int")),
        b"float" => number::parse_go_float(&text).map(Value::Float).ok_or(mistyped("float")),
        b"bool" => number::parse_go_bool(&text).map(Value::Bool).ok_or(mistyped("bool")),
        b"time" => time::canonical(&text).map(|time| Value::Time(time.into())).ok_or(mistyped("time")),
        _ => Err(OpenError::UnknownType),
    }
}

#[cfg(test)]
#[path = "cipher_tests.rs"]
mod tests;
