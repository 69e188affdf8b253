//! Reading the leaves of an encrypted document under a data key that is already there.

use super::Warning;
use super::ahead::Ahead;
use super::seal::MANY_LEAVES;
use crate::crypto::{self, Cipher, Mac, MacScope, OpenError, Session, token};
use crate::document::{
    Block, Copies, Document, Edits, EmitError, EmitStyle, Format, Item, Replacement, SpliceError, Spliced,
};
use crate::leaf::{PathId, Step, Value, ValueRef};
use crate::metadata::Metadata;
use crate::policy::{OnBadRegex, Selector};
use crate::threads::both;

/// Why a leaf could not be decrypted. Names the leaf, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} (line {line}): {problem}")]
pub struct LeafError {
    /// Where it is in the tree.
    pub path: String,
    /// Its line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: LeafProblem,
}

/// What is wrong with an encrypted leaf.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeafProblem {
    /// Where ciphertext is expected there is a number or a boolean.
    #[error("Expected encrypted value as string, but got {0}")]
    NotText(&'static str),
    /// The token does not open.
    #[error("Could not decrypt value: {0}")]
    Token(#[from] OpenError),
}

/// A leaf that was ciphertext.
pub(super) struct OpenedLeaf {
    pub(super) value: Value,
    /// Whether its nonce has the usual length; see [`Nonce::is_reusable`].
    pub(super) reusable: bool,
    /// The path that it opened under; for a comment that sops hung elsewhere, not its own.
    pub(super) under: PathId,
}

/// All leaves of a document, read.
pub(super) struct Reading {
    /// One for each leaf; `None` where it is plain.
    pub(super) opened: Vec<Option<OpenedLeaf>>,
    /// The MAC as computed from the values.
    pub(super) mac: String,
    /// The MAC as sops 3.13.2 computes it when a list has encrypted comments that it wrote as
    /// items: with their text (file format §7.4). `None` where there are none.
    pub(super) mac_with_list_comments: Option<String>,
    pub(super) warnings: Vec<Warning>,
    /// Whether a comment's ciphertext is lost.
    pub(super) lost: bool,
    /// Values in clear text that should be encrypted, in ascending order.
    pub(super) left_out: Vec<usize>,
}

/// What becomes of a value in clear text that should be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClearValues {
    /// The document cannot be read.
    Refused,
    /// It is no part of the MAC, and stays plain.
    LeftOut,
}

/// The MAC's scope as the metadata says it.
pub(super) const fn scope(metadata: &Metadata) -> MacScope {
    if metadata.mac_only_encrypted { MacScope::EncryptedLeaves } else { MacScope::AllLeaves }
}

/// A threshold as a count; a negative one is as good as 1, which sharing refuses.
pub(super) fn threshold(stated: i64) -> usize {
    usize::try_from(stated).unwrap_or(1)
}

/// Opens every leaf that the metadata says is encrypted, and computes the MAC.
///
/// # Errors
///
/// [`LeafError`] for the first value that does not open.
pub(super) fn read(document: &Document, metadata: &Metadata, cipher: &Cipher) -> Result<Reading, LeafError> {
    let leaves = leaves(document, metadata, cipher, ClearValues::Refused, None)?;
    let macs = leaves.macs(document, metadata);
    Ok(leaves.with(macs))
}

/// All leaves of a document, opened, before the MAC is computed.
pub(super) struct Leaves {
    chosen: Vec<bool>,
    part: Part,
}

/// The MAC as computed from the values, and the one with list comments; see [`Reading`].
pub(super) struct Macs {
    mac: String,
    with_list_comments: Option<String>,
}

impl Leaves {
    /// Computes the MAC.
    pub(super) fn macs(&self, document: &Document, metadata: &Metadata) -> Macs {
        let (Part { opened, left_out, .. }, scope) = (&self.part, scope(metadata));
        let mac =
            |with_list_comments| mac(document, &self.chosen, opened, left_out, scope, with_list_comments);
        let has_list_comments = opened.iter().zip(document.leaves()).any(|(opened, leaf)| {
            !leaf.is_comment() && matches!(opened, Some(OpenedLeaf { value: Value::Comment(_), .. }))
        });
        Macs { mac: mac(false), with_list_comments: has_list_comments.then(|| mac(true)) }
    }

    /// The plaintext of each leaf, as it is put back.
    pub(super) fn opened(&self) -> &[Option<OpenedLeaf>] {
        &self.part.opened
    }

    pub(super) fn with(self, macs: Macs) -> Reading {
        let Part { opened, warnings, lost, left_out } = self.part;
        let Macs { mac, with_list_comments: mac_with_list_comments } = macs;
        Reading { opened, mac, mac_with_list_comments, warnings, lost, left_out }
    }
}

/// The leaves for [`read`]. `ahead` has what was opened already.
///
/// # Errors
///
/// As [`read`].
pub(super) fn leaves(
    document: &Document,
    metadata: &Metadata,
    cipher: &Cipher,
    clear: ClearValues,
    ahead: Option<Ahead<'_>>,
) -> Result<Leaves, LeafError> {
    let count = document.leaves().len();
    let Ok(selector) = Selector::compile(&metadata.selection, OnBadRegex::NeverMatches) else {
        // Only a pattern that is too large for us can fail here: nothing is chosen then.
        let opened = std::iter::repeat_with(|| None).take(count).collect();
        return Ok(Leaves { chosen: vec![false; count], part: Part { opened, ..Part::default() } });
    };
    let list_comment = |leaf: usize| match document.value(leaf) {
        ValueRef::Str(text) => token::looks_like(text) && token::type_of(text) == Some(b"comment"),
        _ => false,
    };
    let chosen = selector.choose(document, &list_comment);
    let read_run = |from: usize,
                    to: usize,
                    session: &Session<'_>,
                    ahead: Option<Ahead<'_>>|
     -> Result<Part, LeafError> {
        let mut reader = Reader { document, session, ahead, clear, part: Part::default(), aad: Vec::new() };
        // The first part takes up the others: there is one list for all.
        reader.part.opened.reserve_exact(if from == 0 { count } else { to - from });
        for (leaf, &chosen) in chosen.iter().enumerate().take(to).skip(from) {
            let opened = if document.leaves()[leaf].is_comment() {
                reader.comment(leaf, chosen)
            } else {
                reader.value(leaf, chosen)?
            };
            reader.part.opened.push(opened);
        }
        Ok(reader.part)
    };
    let part_with = |from: usize, to: usize, mut ahead: Option<Ahead<'_>>| {
        let mut part = Ok(Part::default());
        cipher.session(&mut |session| part = read_run(from, to, session, ahead.take()));
        part
    };
    let part = |from: usize, to: usize| part_with(from, to, None);
    let part = if count < MANY_LEAVES || ahead.is_some() {
        part_with(0, count, ahead)?
    } else {
        // The first failure in reading order is the one that is told.
        let (first, second) = both(|| part(0, count / 2), || part(count / 2, count));
        let (mut first, second) = (first?, second?);
        first.opened.extend(second.opened);
        first.warnings.extend(second.warnings);
        first.lost |= second.lost;
        first.left_out.extend(second.left_out);
        first
    };
    Ok(Leaves { chosen, part })
}

fn mac(
    document: &Document,
    chosen: &[bool],
    opened: &[Option<OpenedLeaf>],
    left_out: &[usize],
    scope: MacScope,
    with_list_comments: bool,
) -> String {
    let mut mac = Mac::new(scope);
    for (leaf, opened) in opened.iter().enumerate() {
        let seen = document.counts(leaf)
            && !document.leaves()[leaf].is_comment()
            // In ascending order, and as a rule none.
            && left_out.binary_search(&leaf).is_err();
        if !seen || (scope == MacScope::EncryptedLeaves && !chosen[leaf]) {
            continue;
        }
        let value = match opened.as_ref().map(|opened| opened.value.as_ref()) {
            Some(ValueRef::Comment(text)) if with_list_comments => Some(ValueRef::Str(text)),
            Some(ValueRef::Comment(_)) => None,
            Some(value) => hashed(value, false, document.format()),
            None => hashed(document.value(leaf), true, document.format()),
        };
        if let Some(value) = value {
            mac.update(value);
        }
    }
    mac.finish()
}

/// What the MAC of a file of that format covers of a value. In TOML, which sops does not know, it is as
/// rops has it: a plain text `null` is nothing, and the infinities have another spelling
/// (`rops` 0.1.7, `src/file/format/toml/mod.rs` and `src/file/map/value/core.rs`).
pub(super) fn hashed(value: ValueRef<'_>, is_plain: bool, format: Format) -> Option<ValueRef<'_>> {
    match value {
        value if format != Format::Toml => Some(value),
        value if is_plain && is_null(value, format) => None,
        ValueRef::Float(f64::INFINITY) => Some(ValueRef::Str(b"inf")),
        ValueRef::Float(f64::NEG_INFINITY) => Some(ValueRef::Str(b"-inf")),
        value => Some(value),
    }
}

/// Whether a text stands for nothing: that is how rops writes it in TOML.
pub(super) fn is_null(value: ValueRef<'_>, format: Format) -> bool {
    format == Format::Toml && matches!(value, ValueRef::Str(b"null"))
}

/// A run of leaves, read.
#[derive(Default)]
struct Part {
    opened: Vec<Option<OpenedLeaf>>,
    warnings: Vec<Warning>,
    lost: bool,
    /// As in [`Reading`].
    left_out: Vec<usize>,
}

struct Reader<'a, 'b> {
    document: &'a Document,
    session: &'a Session<'a>,
    clear: ClearValues,
    ahead: Option<Ahead<'b>>,
    part: Part,
    aad: Vec<u8>,
}

impl Reader<'_, '_> {
    fn value(&mut self, leaf: usize, chosen: bool) -> Result<Option<OpenedLeaf>, LeafError> {
        if !chosen {
            return Ok(None);
        }
        let text = match self.document.value(leaf) {
            ValueRef::Null | ValueRef::Str(b"") => return Ok(None),
            value if is_null(value, self.document.format()) => return Ok(None),
            ValueRef::Str(text) if self.clear == ClearValues::LeftOut && !text.starts_with(token::START) => {
                self.part.left_out.push(leaf);
                return Ok(None);
            }
            ValueRef::Str(text) => text,
            _ if self.clear == ClearValues::LeftOut => {
                self.part.left_out.push(leaf);
                return Ok(None);
            }
            other => {
                let kind = match other {
                    ValueRef::Bool(_) => "bool",
                    ValueRef::Int(_) => "int",
                    ValueRef::Time(_) => "time.Time",
                    _ => "float64",
                };
                return Err(self.error(leaf, LeafProblem::NotText(kind)));
            }
        };
        let under = self.document.leaves()[leaf].path;
        match self.try_open(text, under) {
            Ok(opened) => Ok(Some(opened)),
            Err(problem) => Err(self.error(leaf, LeafProblem::Token(problem))),
        }
    }

    /// A comment that does not open under its own path is tried under those around it: sops
    /// writes some where its YAML library hangs them on another map when it reads.
    fn comment(&mut self, leaf: usize, chosen: bool) -> Option<OpenedLeaf> {
        let ValueRef::Comment(text) = self.document.value(leaf) else { return None };
        if !token::looks_like(text) {
            if chosen && !text.is_empty() {
                let line = self.line(leaf);
                self.part.warnings.push(Warning::PlainComment { line });
            }
            return None;
        }
        for path in neighbours(self.document, leaf) {
            if let Ok(mut opened) = self.try_open(text, path) {
                match opened.value {
                    Value::Comment(_) => return Some(opened),
                    Value::Str(text) => {
                        opened.value = Value::Comment(text);
                        return Some(opened);
                    }
                    _ => break,
                }
            }
        }
        let line = self.line(leaf);
        self.part.warnings.push(Warning::LostComment { line });
        self.part.lost = true;
        None
    }

    fn try_open(&mut self, text: &[u8], under: PathId) -> Result<OpenedLeaf, OpenError> {
        let ahead = self.ahead.as_mut().and_then(|ahead| ahead.take(text, self.document, under));
        ahead.map_or_else(|| open_token(self.session, self.document, text, under, &mut self.aad), Ok)
    }

    fn line(&self, leaf: usize) -> usize {
        self.document.position(self.document.leaves()[leaf].span.start).0
    }

    fn error(&self, leaf: usize, problem: LeafProblem) -> LeafError {
        let path = self.document.paths().display(self.document.leaves()[leaf].path);
        LeafError { path, line: self.line(leaf), problem }
    }
}

/// Opens the token `text` under a path of `document`. `aad` is room for the path.
pub(super) fn open_token(
    session: &Session<'_>,
    document: &Document,
    text: &[u8],
    under: PathId,
    aad: &mut Vec<u8>,
) -> Result<OpenedLeaf, OpenError> {
    aad.clear();
    document.paths().write_aad(under, aad);
    let opened = match document.format() {
        Format::Toml => session.open_or_empty(text, aad)?,
        _ => session.open(text, aad)?,
    };
    Ok(OpenedLeaf { value: opened.value, reusable: opened.nonce.is_reusable(), under })
}

/// The paths that a comment may have been encrypted under, its own first: the maps and lists
/// around it, then those of the leaves before and after it.
fn neighbours(document: &Document, leaf: usize) -> impl Iterator<Item = PathId> {
    let own = document.leaves()[leaf].path;
    let mut rest = Vec::new();
    let mut next = 0;
    // The own path is tried first; the list of others is made only if that fails.
    std::iter::from_fn(move || {
        if next == 0 {
            next = 1;
            return Some(own);
        }
        if next == 1 {
            rest = around(document, leaf);
        }
        next += 1;
        rest.get(next - 2).copied()
    })
}

/// A lost comment is tried under at most this many maps and lists.
const MANY_PATHS: usize = 2000;

fn around(document: &Document, leaf: usize) -> Vec<PathId> {
    let paths = document.paths();
    let mut out = Vec::new();
    let mut climb = |mut path: PathId| {
        loop {
            if !out.contains(&path) {
                out.push(path);
            }
            if path == PathId::ROOT {
                break;
            }
            path = paths.parent(path);
        }
    };
    climb(document.leaves()[leaf].path);
    let at = document.outline().iter().position(|item| *item == Item::Leaf(leaf)).unwrap_or(0);
    let near = at.saturating_sub(8)..(at + 9).min(document.outline().len());
    let containers = |item: &Item| match *item {
        Item::Leaf(leaf) => Some(document.leaves()[leaf].path),
        Item::OpenMap(path) | Item::OpenList(path) => Some(path),
        Item::Close => None,
    };
    document.outline()[near].iter().filter_map(containers).for_each(&mut climb);
    // sops writes a comment of an empty map where its library loses it: any map may be its home.
    let all = document.outline().iter().filter(|item| matches!(item, Item::OpenMap(_) | Item::OpenList(_)));
    for path in all.filter_map(containers).take(MANY_PATHS) {
        if !out.contains(&path) {
            out.push(path);
        }
    }
    out
}

/// The plaintext of a document: every opened leaf in its place, the metadata gone.
pub(super) fn plaintext(document: &Document, reading: &Reading) -> Result<Spliced, SpliceError> {
    document.splice(&opened(&reading.opened))
}

/// [`plaintext`] for who does not ask what came from where.
pub(super) fn plaintext_alone(
    document: &Document,
    leaves: &[Option<OpenedLeaf>],
) -> Result<Vec<u8>, SpliceError> {
    document.splice_alone(&opened(leaves))
}

/// Whether the plaintext is `text`, which takes no second copy of it to see.
pub(super) fn gives(
    document: &Document,
    leaves: &[Option<OpenedLeaf>],
    text: &[u8],
) -> Result<bool, SpliceError> {
    document.splice_gives(&opened(leaves), text)
}

/// The plaintext for someone who encrypts it again; see [`Document::splice_to_read_again`].
pub(super) fn editable(document: &Document, reading: &Reading) -> Result<Spliced, SpliceError> {
    document.splice_to_read_again(&opened(&reading.opened))
}

fn opened(opened: &[Option<OpenedLeaf>]) -> Edits<'_> {
    let mut leaves = Vec::with_capacity(opened.len());
    leaves.extend(opened.iter().enumerate().filter_map(|(leaf, opened)| {
        opened.as_ref().map(|opened| (leaf, Replacement::Opened(opened.value.as_ref())))
    }));
    Edits { leaves, block: Block::Remove, style: EmitStyle::default(), copies: Copies::default() }
}

/// The content of a binary file.
///
/// # Errors
///
/// [`EmitError`] with sops' words if this is no binary file (stores §5).
pub(super) fn binary<'a>(document: &'a Document, reading: &'a Reading) -> Result<&'a [u8], EmitError> {
    let leaf = binary_leaf(document)?;
    let value = match &reading.opened[leaf] {
        Some(opened) => opened.value.as_ref(),
        None => document.value(leaf),
    };
    match value {
        ValueRef::Str(bytes) => Ok(bytes),
        _ => Err(no_text()),
    }
}

/// The content of a binary file, taken out of what was read.
///
/// # Errors
///
/// As [`binary`].
pub(super) fn into_binary(document: &Document, mut reading: Reading) -> Result<Vec<u8>, EmitError> {
    let leaf = binary_leaf(document)?;
    match (reading.opened[leaf].take().map(|opened| opened.value), document.value(leaf)) {
        (Some(Value::Str(bytes)), _) => Ok(bytes),
        (None, ValueRef::Str(bytes)) => Ok(bytes.to_vec()),
        _ => Err(no_text()),
    }
}

fn binary_leaf(document: &Document) -> Result<usize, EmitError> {
    let data = document.leaves().iter().position(|leaf| {
        document.paths().parent(leaf.path) == PathId::ROOT
            && document.paths().last(leaf.path) == Some(Step::Key(b"data"))
    });
    data.ok_or_else(|| not_binary("no binary data found in tree"))
}

fn no_text() -> EmitError {
    not_binary("'data' key in tree does not have a string value")
}

fn not_binary(problem: &str) -> EmitError {
    const HINT: &str = "\n\nThis is likely not an encrypted binary file? If not, use --output-type to select the correct output type.";
    EmitError::Refused(format!("error emitting binary store: {problem}{HINT}"))
}

/// Whether `author` has the values of an encrypted document at the same paths, in the same order:
/// what the MAC covers, so that `1e3` and `1000` are the same.
pub(super) fn says_the_same(document: &Document, reading: &Reading, author: &Document) -> bool {
    let ours = document.leaves().iter().enumerate().filter_map(|(leaf, place)| {
        let value = match &reading.opened[leaf] {
            Some(opened) => opened.value.as_ref(),
            None => document.value(leaf),
        };
        let is_value = !place.is_comment() && !matches!(value, ValueRef::Comment(_));
        is_value.then(|| (document.paths().aad(place.path), crypto::plaintext(value).0))
    });
    let theirs = author.leaves().iter().enumerate().filter(|(_, place)| !place.is_comment());
    ours.eq(
        theirs.map(|(leaf, place)| (author.paths().aad(place.path), crypto::plaintext(author.value(leaf)).0))
    )
}
