//! Sealing: the leaves of a plaintext document become ciphertext in their places, the metadata
//! is put at the end, and the result is read back before anyone gets it.

use super::previous::{Entry, Previous, by_place};
use super::read::{self, Reading};
use super::{Context, LeafError, Warning};
use crate::crypto::{self, Cipher, Mac, MacScope, Nonce, Random, token};
use crate::document::layout::{self, Encoding};
use crate::document::{
    Block, Copies, Document, Edits, EmitError, EmitStyle, Format, Item, ParseError, Replacement, SpliceError,
    Spliced, Tree, flat,
};
use crate::keys::WrapError;
use crate::leaf::{PathId, Span, Step, Value, ValueRef};
use crate::metadata::Metadata;
use crate::policy::{OnBadRegex, Selector, SelectorError};
use std::collections::HashMap;

/// The additional authenticated data of the layout patch. No leaf has it: theirs end with `:`.
pub(super) const LAYOUT_AAD: &[u8] = b"layout";

/// Rounds in which comments are given the path that they have in the encrypted file.
const COMMENT_ROUNDS: usize = 3;

/// An encrypted file.
pub struct Encrypted {
    /// The file.
    pub bytes: Vec<u8>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

/// Why a file is not encrypted. Nothing is written then. Names leaves, never values.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptError {
    /// The source is not what its type says (exit 2, 92 or 23: see its kind).
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The source has an entry `sops` at the top (exit 203).
    #[error("the file has a top-level entry 'sops' already")]
    AlreadyEncrypted,
    /// A later YAML document has one (exit 4).
    #[error("Found key \"sops\" in encrypted data, which is a reserved key used for SOPS metadata")]
    ReservedKey,
    /// The data key could not be wrapped for every master key (exit 1).
    #[error("Could not generate data key: {0}")]
    Wrap(#[from] WrapError),
    /// A selector is no regular expression: nothing would be encrypted, or everything (exit 1).
    #[error(transparent)]
    Selector(#[from] SelectorError),
    /// A leaf has no form that sops could read (exit 23).
    #[error("{path} (line {line}): {problem}")]
    Unwalkable {
        /// Where it is in the tree.
        path: String,
        /// Its line, counted from 1.
        line: usize,
        /// What is wrong, without the value.
        problem: &'static str,
    },
    /// The format cannot hold the result (exit 4).
    #[error(transparent)]
    Splice(#[from] SpliceError),
    /// The output format cannot hold the result (exit 4).
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// The result did not come back equal when it was read again in memory (exit 23).
    #[error("the encrypted file would not come back as it was ({0}); nothing is written")]
    WouldNotComeBack(String),
}

/// What is to be sealed.
pub(super) struct Job<'a> {
    pub(super) document: Document,
    pub(super) encoding: Encoding,
    /// The author's bytes where they are not the document's: UTF-16.
    pub(super) original: Option<Vec<u8>>,
    pub(super) output: Format,
    pub(super) style: EmitStyle,
    pub(super) previous: Option<&'a mut Previous>,
}

/// Seals `job` under the data key of `cipher`; `metadata` comes with its keys wrapped and with
/// `last_modified` set, MAC and layout are filled in.
pub(super) fn seal(
    job: Job<'_>,
    mut metadata: Metadata,
    cipher: &Cipher,
    context: &mut Context<'_>,
) -> Result<Encrypted, EncryptError> {
    let Job { mut document, encoding, original, output, style, mut previous } = job;
    if document.format() == Format::Yaml && output != Format::Yaml && has_merge_key(&document) {
        document = merged(&document)?;
    }
    if document.has_reserved_key() {
        return Err(EncryptError::ReservedKey);
    }
    let selector = Selector::compile(&metadata.selection, OnBadRegex::Refuse)?;
    let chosen = match document.format() {
        Format::Binary => vec![true; document.leaves().len()],
        Format::Yaml | Format::Json | Format::Ini | Format::Dotenv => selector.choose(&document, &|_| false),
    };
    // Where comments decide what is encrypted, a copy must have its comments.
    let copies = if metadata.selection.by_comments() { Copies::WithComments } else { Copies::OneLine };
    let mut sealer = Sealer::new(&document, &selector, cipher, copies);
    sealer.seal_all(&chosen, previous.as_deref_mut(), context.random)?;

    let mac = sealer.mac(&chosen, read::scope(&metadata));
    let mac_aad = metadata.mac_aad().unwrap_or_else(|_| metadata.last_modified.clone());
    metadata.mac = seal_text(cipher, mac.as_bytes(), mac_aad.as_bytes(), context.random);
    metadata.layout = None;

    let warnings = warnings(&document, &chosen);
    let bytes = if output == document.format() {
        let (sealed, opened, back) = sealer
            .splice_and_read_back(&metadata, &style, &mac, context.random)
            .map_err(|error| sealer.blame_alias(error))?;
        let source = original.as_deref().unwrap_or(&document.source);
        let patch =
            opened.as_ref().and_then(|opened| layout::diff(&document.source, encoding, &sealed, opened));
        match patch {
            None if opened.as_ref().is_none_or(|opened| opened.bytes == source) => {
                back.encrypted.into_source()
            }
            None => return Err(would_not("the text differs")),
            Some(patch) => {
                let fits = opened.and_then(|opened| layout::apply(&opened, &patch));
                if !back.says_the_same(&document) || fits.as_deref() != Some(source) {
                    return Err(would_not("the layout patch does not fit"));
                }
                metadata.layout = Some(match previous.and_then(|previous| previous.layout.take()) {
                    Some((old, token)) if old == patch => token,
                    _ => seal_text(cipher, &patch, LAYOUT_AAD, context.random),
                });
                sealer.splice(&metadata, &style)?.bytes
            }
        }
    } else {
        sealer.convert(&metadata, output, &style, &mac)?
    };
    Ok(Encrypted { bytes, warnings })
}

/// Whether a map of the document has a key `<<`.
fn has_merge_key(document: &Document) -> bool {
    document.outline().iter().any(|item| match *item {
        Item::OpenMap(path) | Item::OpenList(path) => document.paths().last(path) == Some(Step::Key(b"<<")),
        Item::Leaf(_) | Item::Close => false,
    })
}

/// The document with YAML's merge keys carried out, for a format that knows none (wishes §4.2, V10).
fn merged(document: &Document) -> Result<Document, EncryptError> {
    let mut parts = document.trees(&mut |leaf| document.value(leaf).to_owned());
    parts.iter_mut().for_each(crate::document::merge);
    let text = crate::document::emit(&parts, Format::Yaml, &EmitStyle::default())?;
    parse_back(text, Format::Yaml)
}

fn would_not(what: &str) -> EncryptError {
    EncryptError::WouldNotComeBack(what.to_owned())
}

pub(super) fn seal_text(cipher: &Cipher, text: &[u8], aad: &[u8], random: &mut dyn Random) -> String {
    let mut token = Vec::new();
    cipher.seal(ValueRef::Str(text), aad, &Nonce::generate(random), &mut token);
    String::from_utf8_lossy(&token).into_owned()
}

/// An encrypted file as it was read back.
struct Back {
    encrypted: Document,
    reading: Reading,
}

impl Back {
    fn says_the_same(&self, source: &Document) -> bool {
        read::says_the_same(&self.encrypted, &self.reading, source)
    }
}

/// From this many leaves on a second thread pays off.
pub(super) const MANY_LEAVES: usize = 2000;

/// Randomness that was drawn before: the nonce of one leaf.
struct Given<'a>(&'a Nonce);

impl Random for Given<'_> {
    fn fill(&mut self, out: &mut [u8]) {
        out.copy_from_slice(self.0.as_bytes());
    }
}

/// The token of one leaf, in the shared buffer.
#[derive(Clone, Copy)]
struct Sealed {
    span: Span,
    bare: bool,
}

struct Sealer<'a> {
    document: &'a Document,
    selector: &'a Selector,
    cipher: &'a Cipher,
    copies: Copies,
    /// Empty comments that stand in a list: sops would take them for items, so they are sealed
    /// as one blank.
    in_list: Vec<bool>,
    tokens: Vec<u8>,
    sealed: Vec<Option<Sealed>>,
}

impl<'a> Sealer<'a> {
    fn new(document: &'a Document, selector: &'a Selector, cipher: &'a Cipher, copies: Copies) -> Self {
        let in_list = empty_comments_in_lists(document);
        Self { document, selector, cipher, copies, in_list, tokens: Vec::new(), sealed: Vec::new() }
    }

    fn seal_all(
        &mut self,
        chosen: &[bool],
        mut previous: Option<&mut Previous>,
        random: &mut dyn Random,
    ) -> Result<(), EncryptError> {
        self.sealed = vec![None; chosen.len()];
        if previous.is_none() && chosen.len() >= MANY_LEAVES {
            return self.seal_many(chosen, random);
        }
        for leaf in by_place(self.document) {
            if chosen[leaf] {
                self.sealed[leaf] = self.seal_leaf(leaf, previous.as_deref_mut(), random)?;
            } else {
                self.check_plain(leaf)?;
            }
        }
        Ok(())
    }

    /// Seals the leaves of a large new file on two threads. Their tokens follow each other in the
    /// buffer as if there were one.
    fn seal_many(&mut self, chosen: &[bool], random: &mut dyn Random) -> Result<(), EncryptError> {
        let nonces: Vec<Nonce> = chosen.iter().map(|_| Nonce::generate(random)).collect();
        let half = chosen.len() / 2;
        type Part = (Vec<u8>, Vec<Option<Sealed>>);
        let part = |from: usize, to: usize| -> Result<Part, EncryptError> {
            let mut part = Sealer::new(self.document, self.selector, self.cipher, self.copies);
            part.sealed = vec![None; chosen.len()];
            for leaf in from..to {
                let random = &mut Given(&nonces[leaf]);
                if chosen[leaf] {
                    part.sealed[leaf] = part.seal_leaf(leaf, None, random)?;
                } else {
                    part.check_plain(leaf)?;
                }
            }
            Ok((part.tokens, part.sealed))
        };
        let (first, second) = std::thread::scope(|scope| {
            let second = scope.spawn(|| part(half, chosen.len()));
            (part(0, half), second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let ((tokens, sealed), (more, rest)) = (first?, second?);
        let shift = tokens.len();
        self.tokens = tokens;
        self.tokens.extend_from_slice(&more);
        self.sealed = sealed;
        for (sealed, mut later) in self.sealed.iter_mut().zip(rest).skip(half) {
            if let Some(later) = &mut later {
                later.span = Span::new(later.span.start + shift, later.span.end + shift);
            }
            *sealed = later;
        }
        Ok(())
    }

    fn seal_leaf(
        &mut self,
        leaf: usize,
        previous: Option<&mut Previous>,
        random: &mut dyn Random,
    ) -> Result<Option<Sealed>, EncryptError> {
        // Of the document's lifetime, not of this borrow.
        let document = self.document;
        let value = if self.in_list[leaf] { ValueRef::Comment(b" ") } else { document.value(leaf) };
        match value {
            ValueRef::Null | ValueRef::Str(b"") | ValueRef::Comment(b"") => return Ok(None),
            // A copy on one line has no comments; but it has to be written out, or a reader would
            // meet this one's ciphertext under another path.
            ValueRef::Comment(_) if self.copies == Copies::OneLine && self.document.is_copy(leaf) => {
                return Ok(Some(Sealed { span: Span::at(self.tokens.len()), bare: false }));
            }
            // Ciphertext that nobody could open is kept: encrypting it again would bury it.
            ValueRef::Comment(text) if token::looks_like(text) => return Ok(None),
            _ => {}
        }
        let path = self.document.leaves()[leaf].path;
        let sealed = match previous.and_then(|previous| previous.take(self.document, path, value)) {
            Some(Entry { token: Some(token), bare, .. }) => Sealed { span: self.push(&token), bare },
            Some(Entry { token: None, bare, number }) => {
                let value = number.as_ref().map_or(value, Value::as_ref);
                Sealed { span: self.encrypt(path, value, random), bare }
            }
            None => Sealed { span: self.encrypt(path, value, random), bare: false },
        };
        if matches!(value, ValueRef::Comment(_))
            && self.selector.would_unencrypt(sealed.span.of(&self.tokens))
        {
            return Err(self.unwalkable(
                leaf,
                "Encrypted comment matches UnencryptedCommentRegex! Make sure that UnencryptedCommentRegex cannot match an encrypted comment.",
            ));
        }
        Ok(Some(sealed))
    }

    fn encrypt(&mut self, path: PathId, value: ValueRef<'_>, random: &mut dyn Random) -> Span {
        let start = self.tokens.len();
        let aad = self.document.paths().aad(path);
        self.cipher.seal(value, &aad, &Nonce::generate(random), &mut self.tokens);
        Span::new(start, self.tokens.len())
    }

    fn push(&mut self, token: &[u8]) -> Span {
        let start = self.tokens.len();
        self.tokens.extend_from_slice(token);
        Span::new(start, self.tokens.len())
    }

    /// A leaf that stays plain must be one that sops can read.
    fn check_plain(&self, leaf: usize) -> Result<(), EncryptError> {
        match self.document.unreadable(leaf) {
            Some(problem) => Err(self.unwalkable(leaf, problem)),
            None => Ok(()),
        }
    }

    /// Where comments decide what is encrypted, an alias may stand at a place that has no room
    /// for the comments of what it stands for.
    fn blame_alias(&self, error: EncryptError) -> EncryptError {
        let copy = (0..self.sealed.len()).find(|leaf| self.document.is_copy(*leaf));
        match (&error, copy) {
            (EncryptError::WouldNotComeBack(_), Some(leaf)) if self.copies == Copies::WithComments => self.unwalkable(
                leaf,
                "an alias stands here for values whose comments decide what is encrypted; write the values in its place",
            ),
            _ => error,
        }
    }

    /// INI and dotenv know text alone: a value of another type that is not encrypted comes back as
    /// its text, which the MAC may tell from the value. The first such value.
    fn blame_type(&self, output: Format) -> Option<EncryptError> {
        if !matches!(output, Format::Ini | Format::Dotenv) {
            return None;
        }
        let plain = (0..self.sealed.len())
            .filter(|&leaf| self.sealed[leaf].is_none() && !self.document.leaves()[leaf].is_comment());
        let found = plain.filter_map(|leaf| {
            let value = self.document.value(leaf);
            let text = value.to_text();
            if crypto::plaintext(value).0 != text {
                return Some((leaf, value.kind()));
            }
            let comes_back = output != Format::Dotenv || flat::unescape(&flat::escape(&text)) == *text;
            (!comes_back).then_some((leaf, "backslash before an n"))
        });
        let (leaf, kind) = { found }.next()?;
        let path = self.document.paths().display(self.document.leaves()[leaf].path);
        Some(SpliceError::Unwritable { path, format: output, kind }.into())
    }

    fn unwalkable(&self, leaf: usize, problem: &'static str) -> EncryptError {
        let place = &self.document.leaves()[leaf];
        EncryptError::Unwalkable {
            path: self.document.paths().display(place.path),
            line: self.document.position(place.span.start).0,
            problem,
        }
    }

    fn mac(&self, chosen: &[bool], scope: MacScope) -> String {
        let mut mac = Mac::new(scope);
        for (leaf, place) in self.document.leaves().iter().enumerate() {
            if !place.is_comment()
                && self.document.counts(leaf)
                && (scope == MacScope::AllLeaves || chosen[leaf])
            {
                mac.update(self.document.value(leaf));
            }
        }
        mac.finish()
    }

    fn splice(&self, metadata: &Metadata, style: &EmitStyle) -> Result<Spliced, SpliceError> {
        let tree = metadata.to_tree();
        let leaves = self
            .sealed
            .iter()
            .enumerate()
            .filter_map(|(leaf, sealed)| {
                sealed.map(|Sealed { span, bare }| {
                    let token = span.of(&self.tokens);
                    (leaf, if bare { Replacement::Kept(token) } else { Replacement::Sealed(token) })
                })
            })
            .collect();
        self.document.splice(&Edits { leaves, block: Block::Put(&tree), style: *style, copies: self.copies })
    }

    /// Splices, and reads the result as a stranger would who has the data key: the encrypted
    /// file, the plaintext that it gives, and what was read. A comment that the YAML library
    /// hangs elsewhere in the encrypted file gets the path it has there.
    fn splice_and_read_back(
        &mut self,
        metadata: &Metadata,
        style: &EmitStyle,
        mac: &str,
        random: &mut dyn Random,
    ) -> Result<(Spliced, Option<Spliced>, Back), EncryptError> {
        let mut round = 1;
        loop {
            let mut sealed = self.splice(metadata, style)?;
            let format =
                if self.document.format() == Format::Binary { Format::Json } else { self.document.format() };
            // The bytes go to the document and come back from it: there is one copy of them.
            let encrypted = parse_back(std::mem::take(&mut sealed.bytes), format)?;
            let reading = read_back(&encrypted, metadata, self.cipher, mac)?;
            if round < COMMENT_ROUNDS && self.rehang(&encrypted, &reading, random) {
                round += 1;
                continue;
            }
            let opened = match self.document.format() {
                // The content is a value here, not a text that was spliced.
                Format::Binary => {
                    if !read::binary(&encrypted, &reading)
                        .is_ok_and(|content| content == self.document.source())
                    {
                        return Err(would_not("the content differs"));
                    }
                    None
                }
                Format::Yaml | Format::Json | Format::Ini | Format::Dotenv => {
                    Some(read::plaintext(&encrypted, &reading)?)
                }
            };
            return Ok((sealed, opened, Back { encrypted, reading }));
        }
    }

    /// Encrypts comments again that opened under another path than their own. Whether there
    /// were any.
    fn rehang(&mut self, encrypted: &Document, reading: &Reading, random: &mut dyn Random) -> bool {
        let mut moved = HashMap::new();
        for (leaf, opened) in reading.opened.iter().enumerate() {
            let own = encrypted.leaves()[leaf].path;
            if let (Some(opened), ValueRef::Comment(token)) = (opened, encrypted.value(leaf))
                && !encrypted.is_copy(leaf)
                && encrypted.paths().aad(opened.under) != encrypted.paths().aad(own)
            {
                moved.insert(token.to_vec(), encrypted.paths().aad(own));
            }
        }
        if moved.is_empty() {
            return false;
        }
        for leaf in 0..self.sealed.len() {
            let Some(sealed) = self.sealed[leaf] else { continue };
            let value = if self.in_list[leaf] { ValueRef::Comment(b" ") } else { self.document.value(leaf) };
            if let (ValueRef::Comment(_), Some(aad)) = (value, moved.get(sealed.span.of(&self.tokens))) {
                let start = self.tokens.len();
                self.cipher.seal(value, aad, &Nonce::generate(random), &mut self.tokens);
                self.sealed[leaf] =
                    Some(Sealed { span: Span::new(start, self.tokens.len()), bare: sealed.bare });
            }
        }
        true
    }

    /// Writes the sealed tree in another format, as sops does.
    fn convert(
        &self,
        metadata: &Metadata,
        output: Format,
        style: &EmitStyle,
        mac: &str,
    ) -> Result<Vec<u8>, EncryptError> {
        let mut parts = self.document.trees(&mut |leaf| match self.sealed[leaf] {
            Some(sealed) => {
                let token = sealed.span.of(&self.tokens).to_vec();
                if self.document.leaves()[leaf].is_comment() {
                    Value::Comment(token)
                } else {
                    Value::Str(token)
                }
            }
            None => self.document.value(leaf).to_owned(),
        });
        if output != Format::Yaml && parts.len() > 1 {
            let problem = "several YAML documents do not fit into one file of another type";
            return Err(EmitError::Refused(problem.to_owned()).into());
        }
        let block = metadata.to_tree();
        for part in &mut parts {
            if let Tree::Map(pairs) = part {
                pairs.extend(flat::entries(&block, output));
            }
        }
        // A binary file's encrypted form is JSON.
        let format = if output == Format::Binary { Format::Json } else { output };
        let bytes = crate::document::emit(&parts, format, style)?;
        let back = parse_back(bytes.clone(), format)
            .and_then(|document| read_back(&document, metadata, self.cipher, mac));
        match back {
            Ok(_) => Ok(bytes),
            Err(error) => Err(self.blame_type(output).unwrap_or(error)),
        }
    }
}

fn parse_back(bytes: Vec<u8>, format: Format) -> Result<Document, EncryptError> {
    Document::parse(bytes, format).map_err(|error| EncryptError::WouldNotComeBack(error.to_string()))
}

fn read_back(
    encrypted: &Document,
    metadata: &Metadata,
    cipher: &Cipher,
    mac: &str,
) -> Result<Reading, EncryptError> {
    let back = Metadata::of(encrypted).map_err(|error| EncryptError::WouldNotComeBack(error.to_string()))?;
    if (&back.groups, &back.mac) != (&metadata.groups, &metadata.mac) {
        return Err(would_not("the metadata differs"));
    }
    let reading = read::read(encrypted, &back, cipher)
        .map_err(|error: LeafError| EncryptError::WouldNotComeBack(error.to_string()))?;
    if reading.mac != mac {
        return Err(would_not("the values differ"));
    }
    Ok(reading)
}

fn empty_comments_in_lists(document: &Document) -> Vec<bool> {
    let mut out = vec![false; document.leaves().len()];
    let mut lists = Vec::new();
    for item in document.outline() {
        match *item {
            Item::OpenMap(_) => lists.push(false),
            Item::OpenList(_) => lists.push(true),
            Item::Close => drop(lists.pop()),
            Item::Leaf(leaf) => {
                let empty = matches!(document.value(leaf), ValueRef::Comment(b""));
                out[leaf] = empty && lists.last() == Some(&true);
            }
        }
    }
    out
}

/// What the user should know of the source: odd numbers, keys that are there twice.
fn warnings(document: &Document, chosen: &[bool]) -> Vec<Warning> {
    let mut out = Vec::new();
    for (leaf, place) in document.leaves().iter().enumerate() {
        let lossy = match document.value(leaf) {
            ValueRef::BigInt(_) => true,
            ValueRef::Int(value) if chosen[leaf] => {
                let text = place.span.of(document.source());
                if text == value.to_string().as_bytes() || text.starts_with(b"*") {
                    continue;
                }
                false
            }
            _ => continue,
        };
        let path = document.paths().display(place.path);
        out.push(Warning::Spelling { path, line: document.position(place.span.start).0, lossy });
    }
    for key in document.duplicate_keys() {
        let (path, line) = (document.paths().display(key.path), key.line);
        out.push(match document.format() {
            Format::Ini => Warning::ShadowedKey { path, line },
            _ => Warning::DuplicateKey { path, line },
        });
    }
    if let Some((line, count)) = document.carriage_returns() {
        out.push(Warning::CarriageReturns { line, count });
    }
    if document.has_byte_order_mark() {
        out.push(Warning::ByteOrderMark);
    }
    let values = document.leaves().iter().zip(chosen).filter(|(leaf, _)| !leaf.is_comment());
    let (mut any, mut encrypted) = (false, false);
    for (_, &chosen) in values {
        any = true;
        encrypted |= chosen;
    }
    if any && !encrypted {
        out.push(Warning::NothingEncrypted);
    }
    out
}
