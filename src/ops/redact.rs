//! An encrypted file for readers of diffs who have no key, or are not to see what it says.

use sha2::{Digest, Sha256};

use super::open::{OpenFileError, parse};
use crate::crypto::token;
use crate::document::{Block, Copies, Edits, EmitStyle, Format, Replacement};
use crate::leaf::ValueRef;
use crate::metadata::Metadata;

/// A file without its values and without its metadata block.
pub struct Redacted {
    /// What was encrypted is a mark: `ENC[str 1f3a9c02d4]`.
    pub text: Vec<u8>,
    /// What the block said.
    pub metadata: Metadata,
}

/// Puts a mark in place of each encrypted value. No key is needed.
///
/// The mark is a digest of the ciphertext, nonce and all. So it changes when a value is encrypted anew, stays
/// while its ciphertext stays, and tells nothing about the value that the file itself does not tell: nobody
/// can try values against it.
///
/// # Errors
///
/// [`OpenFileError`] if it is no encrypted file.
pub fn redact(source: Vec<u8>, format: Format) -> Result<Redacted, OpenFileError> {
    let (document, metadata) = parse(source, format)?;
    let marks = (0..document.leaves().len()).filter_map(|leaf| match document.value(leaf) {
        ValueRef::Str(text) | ValueRef::Comment(text) => mark(text).map(|mark| (leaf, mark)),
        _ => None,
    });
    let marks: Vec<(usize, String)> = marks.collect();
    let edits = Edits {
        leaves: marks.iter().map(|(leaf, mark)| (*leaf, Replacement::Sealed(mark.as_bytes()))).collect(),
        block: Block::Remove,
        style: EmitStyle::default(),
        copies: Copies::OneLine,
    };
    let text = document.splice(&edits)?.bytes;
    Ok(Redacted { text, metadata })
}

fn mark(text: &[u8]) -> Option<String> {
    let kind = String::from_utf8_lossy(token::type_of(text)?).into_owned();
    let digest = Sha256::digest(text);
    let digest: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    Some(format!("ENC[{kind} {digest}]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_made_of_the_whole_token() {
        let token = |iv: &str| format!("ENC[AES256_GCM,data:qg==,iv:{iv},tag:dA==,type:int]");
        let mark_of = |iv| mark(token(iv).as_bytes()).expect("a token");
        assert!(mark_of("aQ==").starts_with("ENC[int "));
        assert_eq!(mark_of("aQ=="), mark_of("aQ=="));
        assert_ne!(mark_of("aQ=="), mark_of("ag=="));
        assert_eq!(mark(b"ENC[x]"), None);
    }
}
