//! Sealing: the leaves of a plaintext document become ciphertext in their places, the metadata
//! is put at the end, and the result is read back before anyone gets it.

use super::ahead::{Ahead, Written};
use super::binary;
use super::previous::{Entry, Previous, by_place};
use super::read::{self, ClearValues, OpenedLeaf, Reading};
use super::tokens::{Place, Sealed, Text, Tokens};
use super::{Context, LeafError, Warning, whole};
use crate::crypto::{self, Cipher, Mac, MacScope, Nonce, Nonces, Random, Session, token};
use crate::document::layout::{self, Encoding};
use crate::document::{
    Block, Copies, Document, Edits, EmitError, EmitStyle, Format, Item, Leaf, ParseError, Replacement,
    Segment, SpliceError, Spliced, Tree, flat,
};
use crate::keys::WrapError;
use crate::leaf::{PathId, Span, Step, Value, ValueRef};
use crate::metadata::Metadata;
use crate::policy::{OnBadRegex, Selector, SelectorError};
use crate::threads::both;
use std::collections::HashMap;
use std::iter::Enumerate;
use std::slice::ChunksMut;
use std::sync::{Mutex, PoisonError};

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
/// `last_modified` set, MAC, layout and, if there is to be one, the seal of the whole are filled in.
pub(super) fn seal(
    job: Job<'_>,
    mut metadata: Metadata,
    cipher: &Cipher,
    context: &mut Context<'_>,
) -> Result<Encrypted, EncryptError> {
    let (form, style) = (job.output, job.style);
    let wanted = metadata.seal.take().is_some();
    let mut encrypted = seal_leaves(job, metadata, cipher, context)?;
    if wanted {
        encrypted.bytes = whole::put(encrypted.bytes, form, cipher, style, context.random)?;
    }
    Ok(encrypted)
}

fn seal_leaves(
    job: Job<'_>,
    mut metadata: Metadata,
    cipher: &Cipher,
    context: &mut Context<'_>,
) -> Result<Encrypted, EncryptError> {
    let Job { mut document, encoding, original, output, style, mut previous } = job;
    let is_new = previous.is_none();
    if document.format() == Format::Yaml && output != Format::Yaml && has_merge_key(&document) {
        document = merged(&document)?;
    }
    if document.has_reserved_key() {
        return Err(EncryptError::ReservedKey);
    }
    if (document.format(), output) == (Format::Binary, Format::Binary)
        && previous.is_none()
        && metadata.selection.count() == 0
        && !document.source().is_empty()
    {
        let bytes = binary::seal(&document, metadata, cipher, &style, context.random)?;
        return Ok(Encrypted { bytes, warnings: Vec::new() });
    }
    let selector = Selector::compile(&metadata.selection, OnBadRegex::Refuse)?;
    let chosen = match document.format() {
        Format::Binary => vec![true; document.leaves().len()],
        _ => selector.choose(&document, &|_| false),
    };
    // Where comments decide what is encrypted, a copy must have its comments.
    let copies = if metadata.selection.by_comments() { Copies::WithComments } else { Copies::OneLine };
    let tools = Tools { selector: &selector, cipher, copies, output };
    let mut work = Work::new(&document);
    let mut sealer = Sealer { document: &document, tools, work: &mut work };
    let scope = read::scope(&metadata);
    let mac = sealer.seal_all(&chosen, scope, previous.as_deref_mut(), context.random)?;
    let mac = mac.unwrap_or_else(|| sealer.mac(&chosen, scope, output));
    let mac_aad = metadata.mac_aad().unwrap_or_else(|_| metadata.last_modified.clone());
    metadata.mac = seal_text(cipher, mac.as_bytes(), mac_aad.as_bytes(), context.random);
    metadata.layout = None;

    let mut warnings = warnings(&document, &chosen);
    let below = if is_new { selector.plain_below_comments(&document, &chosen) } else { 0 };
    if below > 0 {
        warnings.push(Warning::PlainBelowComment { values: below });
    }
    if output != document.format() {
        let bytes = sealer.convert(&metadata, output, &style, &mac)?;
        return Ok(Encrypted { bytes, warnings });
    }
    let (sealed, back) = splice_and_read_back(
        (&document, encoding, tools, &mut work),
        (&metadata, &style, &mac),
        (&chosen, previous.as_deref_mut()),
        context.random,
    )
    .map_err(|error| Sealer { document: &document, tools, work: &mut work }.blame_alias(error))?;
    if back.gives {
        return Ok(Encrypted { bytes: back.encrypted.into_source(), warnings });
    }
    let source = original.as_deref().unwrap_or(&document.source);
    let opened = read::plaintext(&back.encrypted, &back.reading)?;
    let Some(patch) = layout::diff(&document.source, encoding, &sealed, &opened) else {
        return Err(would_not("the text differs"));
    };
    let fits = layout::apply(&opened, &patch);
    if !back.says_the_same(&document) || fits.as_deref() != Some(source) {
        return Err(would_not("the layout patch does not fit"));
    }
    metadata.layout = Some(match previous.and_then(|previous| previous.layout.take()) {
        Some((old, token)) if old == patch => token,
        _ => seal_text(cipher, &patch, LAYOUT_AAD, context.random),
    });
    work.tokens.spliced = back.encrypted.into_source();
    let spliced = splice(&document, tools, &work, &metadata, &style)?;
    Ok(Encrypted { bytes: spliced.bytes, warnings })
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

pub(super) fn would_not(what: &str) -> EncryptError {
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
    /// Whether the very source comes out when the file is decrypted.
    gives: bool,
}

impl Back {
    fn says_the_same(&self, source: &Document) -> bool {
        read::says_the_same(&self.encrypted, &self.reading, source)
    }
}

/// From this many leaves on a second thread pays off.
pub(super) const MANY_LEAVES: usize = 2000;

/// Leaves that a thread takes at a time.
pub(super) const AT_A_TIME: usize = 256;

/// About how many bytes the tokens of leaves take, rather too many.
fn room_for(leaves: &[Leaf], chosen: &[bool]) -> usize {
    /// The token of an empty comment.
    const AROUND: usize = 111;
    let texts = leaves.iter().zip(chosen).filter(|(_, chosen)| **chosen);
    texts.map(|(leaf, _)| AROUND + leaf.span.len().div_ceil(3) * 4).sum()
}

/// What the leaves are sealed with.
#[derive(Clone, Copy)]
struct Tools<'a> {
    selector: &'a Selector,
    cipher: &'a Cipher,
    copies: Copies,
    output: Format,
}

/// What has been sealed so far. It outlives the borrow of the document, whose syntax tree comes and
/// goes.
#[derive(Default)]
struct Work {
    /// Empty comments that stand in a list: sops would take them for items, so they are sealed
    /// as one blank.
    in_list: Vec<bool>,
    tokens: Tokens,
    sealed: Vec<Option<Sealed>>,
    /// The path of the leaf at hand, as it is authenticated.
    aad: Vec<u8>,
}

impl Work {
    fn new(document: &Document) -> Self {
        Self { in_list: empty_comments_in_lists(document), ..Self::default() }
    }

    /// From now on the tokens are those in the file that was made of them; what has another form there
    /// is kept apart.
    fn find_tokens_in(&mut self, document: &Document, segments: &[Segment], file: &[u8]) {
        let mut rest = segments;
        let mut apart = Vec::new();
        for (leaf, sealed) in self.sealed.iter_mut().enumerate() {
            let Some(Sealed { token: place, .. }) = sealed else { continue };
            let start = document.leaves()[leaf].span.start;
            if rest.first().is_none_or(|segment| segment.from.start > start) {
                rest = &segments[segments.partition_point(|segment| segment.from.start < start)..];
            }
            let behind = rest.iter().take_while(|segment| segment.from.start < start).count();
            rest = &rest[behind..];
            let token = self.tokens.get(*place);
            *place = match rest.first() {
                Some(segment) if segment.to.of(file) == token => {
                    Place { text: Text::Spliced, span: segment.to }
                }
                _ => {
                    let start = apart.len();
                    apart.extend_from_slice(token);
                    Place { text: Text::First, span: Span::new(start, apart.len()) }
                }
            };
        }
        self.tokens = Tokens { first: apart, ..Tokens::default() };
    }
}

/// The file with the tokens in their places, and the metadata.
fn splice(
    document: &Document,
    tools: Tools<'_>,
    work: &Work,
    metadata: &Metadata,
    style: &EmitStyle,
) -> Result<Spliced, SpliceError> {
    let tree = metadata.to_tree();
    let mut leaves = Vec::with_capacity(work.sealed.len());
    leaves.extend(work.sealed.iter().enumerate().filter_map(|(leaf, sealed)| {
        sealed.map(|Sealed { token, bare }| {
            let token = work.tokens.get(token);
            (leaf, if bare { Replacement::Kept(token) } else { Replacement::Sealed(token) })
        })
    }));
    document.splice(&Edits { leaves, block: Block::Put(&tree), style: *style, copies: tools.copies })
}

struct Sealer<'a> {
    document: &'a Document,
    tools: Tools<'a>,
    work: &'a mut Work,
}

impl Sealer<'_> {
    /// Seals the leaves. Gives the MAC if it was computed meanwhile.
    fn seal_all(
        &mut self,
        chosen: &[bool],
        scope: MacScope,
        mut previous: Option<&mut Previous>,
        random: &mut dyn Random,
    ) -> Result<Option<String>, EncryptError> {
        if previous.is_none() && chosen.len() >= MANY_LEAVES {
            return self.seal_many(chosen, scope, random);
        }
        self.work.sealed = vec![None; chosen.len()];
        let mut outcome = Ok(None);
        self.tools.cipher.session(&mut |session| {
            let sealed = by_place(self.document).into_iter().try_for_each(|leaf| {
                self.work.sealed[leaf] =
                    self.seal_chosen(leaf, chosen[leaf], previous.as_deref_mut(), random, session)?;
                Ok(())
            });
            outcome = sealed.map(|()| None);
        });
        outcome
    }

    /// Seals the leaves of a large new file on two threads, which take run after run of them.
    fn seal_many(
        &mut self,
        chosen: &[bool],
        scope: MacScope,
        random: &mut dyn Random,
    ) -> Result<Option<String>, EncryptError> {
        let (mut own_nonces, mut other_nonces) = (Nonces::new(random), Nonces::new(random));
        let mut sealed = vec![None; chosen.len()];
        let runs = Mutex::new(sealed.chunks_mut(AT_A_TIME).enumerate());
        let (document, tools) = (self.document, self.tools);
        // The room is taken here, where large pages are: a thread has a heap of its own. Each seals about half.
        let room = room_for(document.leaves(), chosen) / 16 * 9;
        self.work.tokens.first.reserve_exact(room);
        let mut work = Work {
            in_list: self.work.in_list.clone(),
            tokens: Tokens { first: Vec::with_capacity(room), ..Tokens::default() },
            ..Work::default()
        };
        let mut other = Sealer { document, tools, work: &mut work };
        let seal_and_hash = || {
            // In TOML what the MAC covers depends on what was sealed.
            let mac = (tools.output != Format::Toml).then(|| self.mac(chosen, scope, tools.output));
            (mac, self.seal_runs(&runs, chosen, Text::First, &mut own_nonces))
        };
        let seal = || other.seal_runs(&runs, chosen, Text::Later, &mut other_nonces);
        let ((mac, own), others) = both(seal_and_hash, seal);
        // The first failure in reading order is the one that is told.
        if let Some((_, error)) =
            [own, others].into_iter().filter_map(Result::err).min_by_key(|(leaf, _)| *leaf)
        {
            return Err(error);
        }
        self.work.tokens.later = work.tokens.first;
        self.work.sealed = sealed;
        Ok(mac)
    }

    /// Seals runs of leaves until there are no more; `text` says where their tokens will be. An error
    /// comes with its leaf.
    fn seal_runs(
        &mut self,
        runs: &Mutex<Enumerate<ChunksMut<'_, Option<Sealed>>>>,
        chosen: &[bool],
        text: Text,
        nonces: &mut Nonces,
    ) -> Result<(), (usize, EncryptError)> {
        let next_run = || runs.lock().unwrap_or_else(PoisonError::into_inner).next();
        let mut outcome = Ok(());
        self.tools.cipher.session(&mut |session| {
            while let Some((number, run)) = next_run() {
                for (leaf, room) in (number * AT_A_TIME..).zip(run) {
                    match self.seal_chosen(leaf, chosen[leaf], None, nonces, session) {
                        Ok(None) => {}
                        Ok(Some(Sealed { token, bare })) => {
                            *room = Some(Sealed { token: Place { text, ..token }, bare });
                        }
                        Err(error) => {
                            outcome = Err((leaf, error));
                            return;
                        }
                    }
                }
            }
        });
        outcome
    }

    fn seal_chosen(
        &mut self,
        leaf: usize,
        chosen: bool,
        previous: Option<&mut Previous>,
        random: &mut dyn Random,
        session: &Session<'_>,
    ) -> Result<Option<Sealed>, EncryptError> {
        if chosen {
            return self.seal_leaf(leaf, previous, random, session);
        }
        self.check_plain(leaf).map(|()| None)
    }

    fn seal_leaf(
        &mut self,
        leaf: usize,
        previous: Option<&mut Previous>,
        random: &mut dyn Random,
        session: &Session<'_>,
    ) -> Result<Option<Sealed>, EncryptError> {
        // Of the document's lifetime, not of this borrow.
        let document = self.document;
        let value = if self.work.in_list[leaf] { ValueRef::Comment(b" ") } else { document.value(leaf) };
        match value {
            ValueRef::Null | ValueRef::Comment(b"") => return Ok(None),
            // The rops that is about expects a token here, too.
            ValueRef::Str(b"") if self.tools.output != Format::Toml => return Ok(None),
            // A copy on one line has no comments; but it has to be written out, or a reader would
            // meet this one's ciphertext under another path.
            ValueRef::Comment(_) if self.tools.copies == Copies::OneLine && self.document.is_copy(leaf) => {
                return Ok(Some(Sealed { token: self.work.tokens.add(|_| {}), bare: false }));
            }
            // Ciphertext that nobody could open is kept: encrypting it again would bury it.
            ValueRef::Comment(text) if token::looks_like(text) => return Ok(None),
            _ => {}
        }
        let path = self.document.leaves()[leaf].path;
        if previous.as_ref().is_some_and(|previous| previous.stays_null(self.document, path, value)) {
            return Ok(None);
        }
        let sealed = match previous.and_then(|previous| previous.take(self.document, path, value)) {
            Some(Entry { token: Some(token), bare, .. }) => {
                Sealed { token: self.work.tokens.add(|out| out.extend_from_slice(&token)), bare }
            }
            Some(Entry { token: None, bare, number }) => {
                let value = number.as_ref().map_or(value, Value::as_ref);
                Sealed { token: self.encrypt(path, value, random, session), bare }
            }
            None => Sealed { token: self.encrypt(path, value, random, session), bare: false },
        };
        if matches!(value, ValueRef::Comment(_))
            && self.tools.selector.would_unencrypt(self.work.tokens.get(sealed.token))
        {
            return Err(self.unwalkable(
                leaf,
                "Encrypted comment matches UnencryptedCommentRegex! Make sure that UnencryptedCommentRegex cannot match an encrypted comment.",
            ));
        }
        Ok(Some(sealed))
    }

    fn encrypt(
        &mut self,
        path: PathId,
        value: ValueRef<'_>,
        random: &mut dyn Random,
        session: &Session<'_>,
    ) -> Place {
        self.work.aad.clear();
        self.document.paths().write_aad(path, &mut self.work.aad);
        let nonce = Nonce::generate(random);
        let value = match value {
            // No reader of TOML knows encrypted timestamps; there they are text.
            ValueRef::Time(text) if self.tools.output == Format::Toml => ValueRef::Str(text.as_bytes()),
            value => value,
        };
        self.work.tokens.add(|out| session.seal_or_empty(value, &self.work.aad, &nonce, out))
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
        let copy = (0..self.work.sealed.len()).find(|leaf| self.document.is_copy(*leaf));
        match (&error, copy) {
            (EncryptError::WouldNotComeBack(_), Some(leaf)) if self.tools.copies == Copies::WithComments => self.unwalkable(
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
        let plain = (0..self.work.sealed.len())
            .filter(|&leaf| self.work.sealed[leaf].is_none() && !self.document.leaves()[leaf].is_comment());
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

    /// The MAC as a reader of the `output` format computes it.
    fn mac(&self, chosen: &[bool], scope: MacScope, output: Format) -> String {
        let mut mac = Mac::new(scope);
        for (leaf, place) in self.document.leaves().iter().enumerate() {
            if !place.is_comment()
                && self.document.counts(leaf)
                && (scope == MacScope::AllLeaves || chosen[leaf])
            {
                let is_plain = output == Format::Toml && self.work.sealed[leaf].is_none();
                if let Some(value) = read::hashed(self.document.value(leaf), is_plain, output) {
                    mac.update(value);
                }
            }
        }
        mac.finish()
    }

    /// Encrypts comments again that opened under another path than their own, or under none: the map
    /// that they were taken over with may have another name now. Whether there were any.
    fn rehang(&mut self, encrypted: &Document, reading: &Reading, random: &mut dyn Random) -> bool {
        let mut moved = HashMap::new();
        for (leaf, opened) in reading.opened.iter().enumerate() {
            let ValueRef::Comment(token) = encrypted.value(leaf) else { continue };
            let own = encrypted.paths().aad(encrypted.leaves()[leaf].path);
            let at_home = match opened {
                Some(opened) => encrypted.paths().aad(opened.under) == own,
                None => !token::looks_like(token),
            };
            if !at_home && !encrypted.is_copy(leaf) {
                moved.insert(token.to_vec(), own);
            }
        }
        let mut found = false;
        if moved.is_empty() {
            return found;
        }
        for leaf in 0..self.work.sealed.len() {
            let Some(sealed) = self.work.sealed[leaf] else { continue };
            let value =
                if self.work.in_list[leaf] { ValueRef::Comment(b" ") } else { self.document.value(leaf) };
            if let (ValueRef::Comment(_), Some(aad)) =
                (value, moved.get(self.work.tokens.get_beside(sealed.token, encrypted.source())))
            {
                let nonce = Nonce::generate(random);
                let token = self.work.tokens.add(|out| self.tools.cipher.seal(value, aad, &nonce, out));
                self.work.sealed[leaf] = Some(Sealed { token, ..sealed });
                found = true;
            }
        }
        found
    }

    /// Seals empty comments as a blank that stand in a list in the encrypted file alone: the YAML
    /// library may hang the last comments of a file elsewhere once the metadata follows them.
    /// Whether there were any.
    fn fill_empty(
        &mut self,
        encrypted: &Document,
        spliced: &Spliced,
        (chosen, mut previous): (&[bool], Option<&mut Previous>),
        random: &mut dyn Random,
    ) -> bool {
        let leaves = self.document.leaves().iter().enumerate();
        let empty = leaves.filter(|(leaf, place)| {
            place.is_comment() && place.span.is_empty() && chosen[*leaf] && !self.work.in_list[*leaf]
        });
        let empty: HashMap<usize, usize> = empty.map(|(leaf, place)| (place.span.start, leaf)).collect();
        if empty.is_empty() {
            return false;
        }
        let in_list = empty_comments_in_lists(encrypted);
        let mut found = false;
        for leaf in (0..in_list.len()).filter(|leaf| in_list[*leaf] && !encrypted.is_copy(*leaf)) {
            let place = &encrypted.leaves()[leaf];
            let Some(&own) = empty.get(&spliced.before(place.span.start)) else { continue };
            let blank = ValueRef::Comment(b" ");
            let entry =
                previous.as_deref_mut().and_then(|previous| previous.take(encrypted, place.path, blank));
            let token = match entry.and_then(|entry| entry.token) {
                Some(token) => self.work.tokens.add(|out| out.extend_from_slice(&token)),
                None => {
                    let (aad, nonce) = (encrypted.paths().aad(place.path), Nonce::generate(random));
                    self.work.tokens.add(|out| self.tools.cipher.seal(blank, &aad, &nonce, out))
                }
            };
            self.work.in_list[own] = true;
            self.work.sealed[own] = Some(Sealed { token, bare: false });
            found = true;
        }
        found
    }

    /// Writes the sealed tree in another format, as sops does.
    fn convert(
        &self,
        metadata: &Metadata,
        output: Format,
        style: &EmitStyle,
        mac: &str,
    ) -> Result<Vec<u8>, EncryptError> {
        let mut parts = self.document.trees(&mut |leaf| match self.work.sealed[leaf] {
            Some(sealed) => {
                let token = self.work.tokens.get(sealed.token).to_vec();
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
            .and_then(|document| read_back(&document, metadata, (self.tools.cipher, None), mac, |_| ()));
        match back {
            Ok(_) => Ok(bytes),
            Err(error) => Err(self.blame_type(output).unwrap_or(error)),
        }
    }
}

pub(super) fn parse_back(bytes: Vec<u8>, format: Format) -> Result<Document, EncryptError> {
    Document::parse(bytes, format).map_err(|error| EncryptError::WouldNotComeBack(error.to_string()))
}

/// The metadata as it stands in the encrypted file; it has to be what was put there.
pub(super) fn read_metadata_back(
    encrypted: &Document,
    metadata: &Metadata,
) -> Result<Metadata, EncryptError> {
    let back = Metadata::of(encrypted).map_err(|error| EncryptError::WouldNotComeBack(error.to_string()))?;
    if !back.has_keys_of(metadata) || back.mac != metadata.mac {
        return Err(would_not("the metadata differs"));
    }
    Ok(back)
}

/// Reads the leaves of a file and holds its MAC against the one that was put there. `beside` is done
/// with the leaves while that is computed.
fn read_back<T>(
    encrypted: &Document,
    metadata: &Metadata,
    (cipher, ahead): (&Cipher, Option<Ahead<'_>>),
    mac: &str,
    beside: impl FnOnce(&[Option<OpenedLeaf>]) -> T,
) -> Result<(Reading, T), EncryptError> {
    let back = read_metadata_back(encrypted, metadata)?;
    let leaves = read::leaves(encrypted, &back, cipher, ClearValues::Refused, ahead)
        .map_err(|error: LeafError| EncryptError::WouldNotComeBack(error.to_string()))?;
    let (macs, other) = if encrypted.leaves().len() < MANY_LEAVES {
        (leaves.macs(encrypted, &back), beside(leaves.opened()))
    } else {
        let (other, macs) = both(|| beside(leaves.opened()), || leaves.macs(encrypted, &back));
        (macs, other)
    };
    let reading = leaves.with(macs);
    if reading.mac != mac {
        return Err(would_not("the values differ"));
    }
    Ok((reading, other))
}

/// Splices, and reads the result as a stranger would who has the data key: the encrypted file
/// and what was read of it. A comment that the YAML library hangs elsewhere in the encrypted file
/// gets the path it has there.
fn splice_and_read_back(
    (document, encoding, tools, work): (&Document, Encoding, Tools<'_>, &mut Work),
    (metadata, style, mac): (&Metadata, &EmitStyle, &str),
    (chosen, mut previous): (&[bool], Option<&mut Previous>),
    random: &mut dyn Random,
) -> Result<(Spliced, Back), EncryptError> {
    let format = if document.format() == Format::Binary { Format::Json } else { document.format() };
    let mut round = 1;
    loop {
        // The bytes go to the document and come back from it: there is one copy of them.
        let write = |work: &Work| {
            let mut sealed = splice(document, tools, work, metadata, style)?;
            let bytes = std::mem::take(&mut sealed.bytes);
            Ok::<_, EncryptError>((sealed, bytes))
        };
        let (sealed, encrypted, ahead) = if document.leaves().len() >= MANY_LEAVES {
            let written = Written { source: document, sealed: &work.sealed, tokens: &work.tokens };
            let write_and_parse = || {
                let (sealed, bytes) = write(work)?;
                Ok::<_, EncryptError>((sealed, parse_back(bytes, format)?))
            };
            let (parsed, ahead) = Ahead::open_beside(written, tools.cipher, write_and_parse);
            let (sealed, encrypted) = parsed?;
            (sealed, encrypted, Some(ahead))
        } else {
            let (sealed, bytes) = write(work)?;
            work.find_tokens_in(document, &sealed.segments, &bytes);
            (sealed, parse_back(bytes, format)?, None)
        };
        let gives = |encrypted: &Document, leaves: &[Option<OpenedLeaf>]| {
            // The content of a binary file is a value here, not a text that was spliced.
            let is_text = document.format() != Format::Binary && encoding == Encoding::Utf8;
            Ok(is_text && read::gives(encrypted, leaves, document.source())?)
        };
        let (reading, gives): (_, Result<bool, SpliceError>) =
            read_back(&encrypted, metadata, (tools.cipher, ahead), mac, |leaves| gives(&encrypted, leaves))?;
        let mut sealer = Sealer { document, tools, work };
        let moved = sealer.rehang(&encrypted, &reading, random);
        let filled = sealer.fill_empty(&encrypted, &sealed, (chosen, previous.as_deref_mut()), random);
        if round == COMMENT_ROUNDS || !(moved || filled) {
            let gives = match document.format() {
                Format::Binary => match read::binary(&encrypted, &reading) {
                    Ok(content) if content == document.source() => true,
                    _ => return Err(would_not("the content differs")),
                },
                _ => gives?,
            };
            return Ok((sealed, Back { encrypted, reading, gives }));
        }
        round += 1;
        work.tokens.spliced = encrypted.into_source();
    }
}

fn empty_comments_in_lists(document: &Document) -> Vec<bool> {
    let mut out = vec![false; document.leaves().len()];
    if document.format() != Format::Yaml {
        return out;
    }
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
            // rops reads them all, and the layout patch brings the author's spelling back.
            _ if document.format() == Format::Toml => continue,
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
