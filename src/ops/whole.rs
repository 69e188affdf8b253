//! The seal of a whole file: an authenticated digest over all that the MAC leaves out.
//!
//! It covers keys, their order, types, structure, nulls, empty maps, comments, the bounds of YAML
//! documents, ciphertexts with their type tags, and the metadata: selectors, recipients, threshold. It does not cover how
//! things are spelled: quotes, blank lines, indentation.
//!
//! The digest is taken over the *encrypted* file, so that no value is opened for it, and is stored
//! in the field `seal` of the metadata: encrypted under the data key, like the MAC. sops
//! skips that field and drops it when it rewrites a file (wishes §6). With the digest goes the MAC that it
//! was made beside: who rewrites the file and leaves the seal standing can be told from who changes the file and not
//! its MAC.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::seal::{EncryptError, parse_back, seal_text, would_not};
use crate::crypto::{self, Cipher, Random};
use crate::document::{Block, Copies, Document, Edits, EmitStyle, Format, Item, Pair, Tree};
use crate::leaf::{PathId, Step, Value, ValueRef};
use crate::metadata::Metadata;

/// The additional authenticated data of the seal. No leaf has it: theirs end with `:`.
const AAD: &[u8] = b"seal";

/// The first byte of a seal; another one means that a later version made it.
const VERSION: u8 = 1;

/// The name of the field.
const FIELD: &str = "seal";

/// Why a seal does not hold (exit 51).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// There is none, and one is demanded.
    #[error("the file has no seal, and --strict (or SOPS_STRICT) demands one")]
    Missing,
    /// It does not open under the file's data key.
    #[error("Seal mismatch. The seal does not open under the data key of this file")]
    Forged,
    /// It was made beside another MAC.
    #[error(
        "Seal mismatch. The seal is of another version of this file: a program that knows no seals \
         rewrote the file and left the seal standing, or somebody put it here"
    )]
    Stale,
    /// The file is not the one that it was made for.
    #[error(
        "Seal mismatch. Keys, their order, types, structure, empty values, comments or metadata of this file \
         were changed without its data key"
    )]
    Mismatch,
    /// A later release of this program made it.
    #[error("the seal was made by a later release of this program")]
    Unknown,
}

/// Checks the seal of an encrypted file. `metadata` is what was read of `document`.
///
/// # Errors
///
/// [`SealError`].
pub(super) fn check(document: &Document, metadata: &Metadata, cipher: &Cipher) -> Result<(), SealError> {
    let token = metadata.seal.as_deref().ok_or(SealError::Missing)?;
    let opened = cipher.open(token.as_bytes(), AAD).map_err(|_| SealError::Forged)?;
    let Value::Str(stored) = opened.value else { return Err(SealError::Forged) };
    match stored.split_first() {
        Some((&VERSION, rest)) if rest.len() == 64 => {
            let (beside, digest) = rest.split_at(32);
            if !bool::from(beside.ct_eq(&mac_digest(metadata))) {
                return Err(SealError::Stale);
            }
            let same: bool = digest.ct_eq(&file_digest(document, metadata)).into();
            if same { Ok(()) } else { Err(SealError::Mismatch) }
        }
        _ => Err(SealError::Unknown),
    }
}

/// Puts a new seal on an encrypted file whose format, as it stands there, is `form`. What is already in
/// its field goes; nothing else changes.
///
/// # Errors
///
/// [`EncryptError`] if it cannot be written, or would not hold.
pub(super) fn put(
    bytes: Vec<u8>,
    form: Format,
    cipher: &Cipher,
    style: EmitStyle,
    random: &mut dyn Random,
) -> Result<Vec<u8>, EncryptError> {
    let (document, metadata) = read(bytes, form)?;
    let mut content = vec![VERSION];
    content.extend_from_slice(&mac_digest(&metadata));
    content.extend_from_slice(&file_digest(&document, &metadata));
    let token = seal_text(cipher, &content, AAD, random);
    let Some(Ok(block)) = document.metadata() else { return Err(would_not("the metadata is gone")) };
    let block = with_field(block, &token)?;
    let edits = Edits { leaves: Vec::new(), block: Block::Put(&block), style, copies: Copies::default() };
    let sealed = document.splice(&edits)?.bytes;
    let (sealed, read_back) = read(sealed, form)?;
    check(&sealed, &read_back, cipher).map_err(|error| EncryptError::WouldNotComeBack(error.to_string()))?;
    Ok(sealed.into_source())
}

fn read(bytes: Vec<u8>, form: Format) -> Result<(Document, Metadata), EncryptError> {
    let form = if form == Format::Binary { Format::Json } else { form };
    let document = parse_back(bytes, form)?;
    let metadata =
        Metadata::of(&document).map_err(|error| EncryptError::WouldNotComeBack(error.to_string()))?;
    Ok((document, metadata))
}

/// The metadata block with this seal in the place of any other, and its fields in their order.
fn with_field(block: &Tree, token: &str) -> Result<Tree, EncryptError> {
    let Tree::Map(pairs) = block else { return Err(would_not("the metadata is no map")) };
    // As lenient as the reader of the block is with names.
    let is_seal =
        |pair: &Pair| matches!(pair, Pair::Entry(name, _) if name.eq_ignore_ascii_case(FIELD.as_bytes()));
    let mut pairs: Vec<Pair> = pairs.iter().filter(|pair| !is_seal(pair)).cloned().collect();
    let behind = |pair: &Pair| matches!(pair, Pair::Entry(name, _) if name.as_slice() > FIELD.as_bytes());
    let at = pairs.iter().position(behind).unwrap_or(pairs.len());
    pairs.insert(at, Pair::Entry(FIELD.into(), Tree::str(token)));
    Ok(Tree::Map(pairs))
}

/// What ties a seal to the MAC that it was made beside.
fn mac_digest(metadata: &Metadata) -> [u8; 32] {
    let mut hash = Hash::new(b"resops seal, MAC");
    hash.part(b't', metadata.mac_aad().unwrap_or_default().as_bytes());
    hash.part(b'm', metadata.mac.as_bytes());
    hash.finish()
}

fn file_digest(document: &Document, metadata: &Metadata) -> [u8; 32] {
    let mut hash = Hash::new(b"resops seal, file");
    hash.tree(&Metadata { seal: None, ..metadata.clone() }.to_tree());
    let mut walked = vec![false; document.leaves().len()];
    for item in document.outline() {
        match *item {
            Item::OpenMap(path) => hash.open(b'{', document, path),
            Item::OpenList(path) => hash.open(b'[', document, path),
            Item::Leaf(leaf) => {
                walked[leaf] = true;
                hash.leaf(document, leaf);
            }
            Item::Close => hash.part(b'}', b""),
        }
    }
    // What a format keeps and sops does not see: values that come again in an INI section.
    for leaf in (0..walked.len()).filter(|leaf| !walked[*leaf]) {
        hash.part(b'+', &document.paths().aad(document.leaves()[leaf].path));
        hash.leaf(document, leaf);
    }
    hash.finish()
}

/// A digest over parts that cannot run into each other: each has a mark and its length in front.
struct Hash(Sha256);

impl Hash {
    fn new(purpose: &[u8]) -> Self {
        let mut hash = Self(Sha256::new());
        hash.part(b'#', purpose);
        hash
    }

    fn part(&mut self, mark: u8, bytes: &[u8]) {
        self.0.update([mark]);
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }

    fn open(&mut self, mark: u8, document: &Document, path: PathId) {
        self.step(document, path);
        self.part(mark, b"");
    }

    fn step(&mut self, document: &Document, path: PathId) {
        match document.paths().last(path) {
            Some(Step::Key(key)) => self.part(b'k', key),
            // Its position is told by the order.
            Some(Step::Index(_)) => self.part(b'i', b""),
            None => self.part(b'r', b""),
        }
    }

    fn leaf(&mut self, document: &Document, leaf: usize) {
        if !document.leaves()[leaf].is_comment() {
            self.step(document, document.leaves()[leaf].path);
        }
        self.value(document.value(leaf));
    }

    fn value(&mut self, value: ValueRef<'_>) {
        self.part(b'=', value.kind().as_bytes());
        match value {
            // Two large numbers may be one to sops.
            ValueRef::BigInt(digits) => self.part(b'v', digits.as_bytes()),
            value => self.part(b'v', &crypto::plaintext(value).0),
        }
    }

    /// The depth of the metadata block is that of what [`Metadata`] writes.
    fn tree(&mut self, tree: &Tree) {
        match tree {
            Tree::Leaf(value) => self.value(value.as_ref()),
            Tree::List(items) => {
                self.part(b'[', b"");
                items.iter().for_each(|item| self.tree(item));
                self.part(b'}', b"");
            }
            Tree::Map(pairs) => {
                self.part(b'{', b"");
                for pair in pairs {
                    if let Pair::Entry(name, value) = pair {
                        self.part(b'k', name);
                        self.tree(value);
                    }
                }
                self.part(b'}', b"");
            }
        }
    }
}
