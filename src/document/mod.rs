//! Documents: bytes become leaves, and edits of leaves become bytes again.
//!
//! [`Document::parse`] finds every leaf with its path and the span it takes in the source.
//! [`Document::splice`] copies the source and replaces only what an edit covers, so
//! indentation, key order, blank lines, quoting and line endings stay the author's.
//! Nothing here knows about keys or ciphers: `ENC[…]` is a text like any other.

mod binary;
mod dialect;
mod dotenv;
pub mod flat;
mod ini;
mod json;
pub mod layout;
mod reshape;
mod splice;
mod three_way;
mod toml;
mod tree;
mod typed_path;
mod user_path;
mod variables;
pub mod yaml;

pub use dialect::{Dialect, DialectError, Unspeakable, quoted_for_shell};
pub use flat::FlatError;
pub use json::{DuplicateKey, Envelope, parse_json_value};
pub use reshape::{merge, without_list_comments};
pub(crate) use splice::PatchList;
pub use splice::{Patches, Segment, Spliced};
pub use three_way::{Merged, conflict, three_way};
pub(crate) use tree::{Builder as TreeBuilder, Event, Walk};
pub use tree::{Pair, Tree};
pub use typed_path::{Missing, TypedPath, TypedPathError};
pub use user_path::{ExtractError, Extracted, PathError, at, parse_path};
pub use variables::{Nested, VariableError, variables};

use crate::leaf::{PathId, Paths, Span, ValueRef};

/// A file format that sops knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// YAML 1.1 as `go.yaml.in/yaml/v3` reads it; several documents.
    Yaml,
    /// One JSON object.
    Json,
    /// Sections of keys with text, as `gopkg.in/ini.v1` reads them.
    Ini,
    /// Lines `KEY=text`.
    Dotenv,
    /// Tables, in the layout of rops. sops has no such format.
    Toml,
    /// Any bytes; encrypted as a JSON envelope.
    Binary,
}

/// Why a source is not a document of its format. Never holds a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct ParseError {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong, in words that name no value.
    pub problem: String,
    /// Which of sops' exit codes the trouble maps to.
    pub kind: ParseErrorKind,
}

/// The kinds of trouble that sops tells apart by its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// Not well-formed, or not what sops reads.
    Syntax,
    /// YAML without any document.
    NoDocument,
    /// Well-formed, but a key is not a string or a value has no place in sops (its exit 23).
    Unwalkable,
}

/// How a leaf's text is kept: as a part of the source, or apart where escapes had to be undone.
#[derive(Clone)]
pub(crate) enum Text {
    Source(Span),
    Owned(Box<[u8]>),
}

/// A leaf's value, with text that may point into the source.
#[derive(Clone)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    BigInt(Box<str>),
    Time(Box<str>),
    Str(Text),
    Comment(Text),
}

/// A value or a comment, and where it stands.
pub struct Leaf {
    /// Where it is in the tree. For a comment: the path of the map or list that it is in.
    pub path: PathId,
    /// The bytes that stand for it: with its quotes, without an anchor.
    pub span: Span,
    /// Which YAML document it is in, counted from 0.
    pub part: u32,
    pub(crate) scalar: Scalar,
}

impl Leaf {
    /// Whether this is a comment, not a value.
    #[must_use]
    pub const fn is_comment(&self) -> bool {
        matches!(self.scalar, Scalar::Comment(_))
    }
}

/// One step of the walk over a document, in sops' order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A map begins. The path is its own.
    OpenMap(PathId),
    /// A list begins. The path is its own.
    OpenList(PathId),
    /// The leaf of this number in [`Document::leaves`].
    Leaf(usize),
    /// The innermost map or list ends.
    Close,
}

/// What takes a leaf's place.
#[derive(Clone, Copy)]
pub enum Replacement<'a> {
    /// An `ENC[…]` token, to be written in the style of the leaf (quotes stay, a block scalar
    /// becomes `|-` with one line, `# x` becomes `#ENC[…]`).
    Sealed(&'a [u8]),
    /// A value, to be written in the style that its ciphertext has.
    Opened(ValueRef<'a>),
    /// An `ENC[…]` token that stood bare in an earlier version of the file: it stays bare where
    /// it would be opened to the text that stands here now, else it is written as `Sealed`.
    Kept(&'a [u8]),
}

/// What becomes of the metadata block, the top-level entry `sops`.
#[derive(Clone, Copy)]
pub enum Block<'a> {
    /// It stays as it is, or stays absent.
    Keep,
    /// It goes, in every part.
    Remove,
    /// It is written, last in every part, in the file's own style; an old one goes.
    Put(&'a Tree),
}

/// A set of changes for [`Document::splice`].
pub struct Edits<'a> {
    /// Leaf number and replacement, ascending by number.
    pub leaves: Vec<(usize, Replacement<'a>)>,
    /// The metadata block.
    pub block: Block<'a>,
    /// Indentation for what is written fresh and finds no example in the file.
    pub style: EmitStyle,
    /// How an alias is written out whose copy is encrypted.
    pub copies: Copies,
}

/// How the copy that a YAML alias stands for is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Copies {
    /// In braces, on the alias's own line.
    #[default]
    OneLine,
    /// On lines of its own with its comments, where these decide what is encrypted.
    WithComments,
}

/// How a value is written that has no quotes in the encrypted file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// With the bytes of sops.
    OfSops,
    /// So that it is read back, whatever sops would write.
    Safe,
}

/// Why edits cannot be written into a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpliceError {
    /// The format has no way to write this value at this place.
    #[error("{path}: {format:?} cannot hold a {kind} here")]
    Unwritable {
        /// Where.
        path: String,
        /// The format of the document.
        format: Format,
        /// The kind of value, in a word.
        kind: &'static str,
    },
}

/// Why a tree cannot be written in a format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// Text of sops for the same refusal (its exit 4).
    #[error("{0}")]
    Refused(String),
}

/// Why `set` or `unset` cannot be done on a document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// `unset` of a map key that is not there.
    #[error("Key not found: {0}")]
    KeyNotFound(String),
    /// `unset` of a list position that is not there.
    #[error("Index {0} out of bounds")]
    IndexOutOfBounds(i64),
    /// A key step into a list or a negative position: sops crashes here.
    #[error("{0}")]
    WrongStep(String),
    /// `unset` below a scalar.
    #[error("Unsupported type: {kind} for item '{item}'")]
    NotACollection {
        /// The Go name of the scalar's type.
        kind: String,
        /// The step that has no place there.
        item: String,
    },
    /// The value cannot stand in this format.
    #[error("{0}")]
    Unwritable(String),
}

/// One step of a path typed by a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserStep {
    /// `["key"]`
    Key(Vec<u8>),
    /// `[3]`; negative numbers parse, and are refused where they are used.
    Index(i64),
}

/// What each format keeps for itself beside the common view.
pub(crate) enum Engine {
    Yaml(Box<yaml::Layout>),
    Json(json::Layout),
    Ini(Box<ini::Layout>),
    Dotenv(Box<dotenv::Layout>),
    Toml(toml::Layout),
    Binary,
}

/// A parsed file: the bytes and the leaves in them, in sops' reading order.
pub struct Document {
    pub(crate) source: Vec<u8>,
    pub(crate) paths: Paths,
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) outline: Vec<Item>,
    /// The metadata of part 0 as a tree, if there is a top-level entry `sops`; of the flattened
    /// form, why it is no tree.
    pub(crate) metadata: Option<Result<Tree, FlatError>>,
    pub(crate) engine: Engine,
}

impl Document {
    /// Reads `source` as `format`.
    ///
    /// An entry `sops` at the top level is not part of the leaves; see [`Self::metadata`].
    ///
    /// # Errors
    ///
    /// [`ParseError`] with line and column if the source is not what sops would read.
    pub fn parse(source: Vec<u8>, format: Format) -> Result<Self, ParseError> {
        match format {
            Format::Yaml => yaml::parse(source),
            Format::Json => json::parse(source),
            Format::Ini => ini::parse(source),
            Format::Dotenv => dotenv::parse(source),
            Format::Toml => toml::parse(source),
            Format::Binary => Ok(binary::parse(source)),
        }
    }

    /// The format it was parsed as.
    #[must_use]
    pub const fn format(&self) -> Format {
        match self.engine {
            Engine::Yaml(_) => Format::Yaml,
            Engine::Json(_) => Format::Json,
            Engine::Ini(_) => Format::Ini,
            Engine::Dotenv(_) => Format::Dotenv,
            Engine::Toml(_) => Format::Toml,
            Engine::Binary => Format::Binary,
        }
    }

    /// The bytes it was parsed from.
    #[must_use]
    pub fn source(&self) -> &[u8] {
        &self.source
    }

    /// The bytes it was parsed from, given back.
    #[must_use]
    pub fn into_source(self) -> Vec<u8> {
        self.source
    }

    /// All values and comments, in reading order.
    #[must_use]
    pub fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// The walk over the whole document. For several YAML documents: one top-level map each.
    #[must_use]
    pub fn outline(&self) -> &[Item] {
        &self.outline
    }

    /// The paths of the leaves.
    #[must_use]
    pub const fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The top-level entry `sops` of the first part, if there is one.
    ///
    /// An error is a block too: the file is encrypted, but its metadata cannot be used.
    #[must_use]
    pub fn metadata(&self) -> Option<Result<&Tree, FlatError>> {
        Some(self.metadata.as_ref()?.as_ref().map_err(Clone::clone))
    }

    /// What leaf number `leaf` says.
    #[must_use]
    pub fn value(&self, leaf: usize) -> ValueRef<'_> {
        self.read(&self.leaves[leaf].scalar)
    }

    pub(crate) fn read<'a>(&'a self, scalar: &'a Scalar) -> ValueRef<'a> {
        match scalar {
            Scalar::Null => ValueRef::Null,
            Scalar::Bool(b) => ValueRef::Bool(*b),
            Scalar::Int(i) => ValueRef::Int(*i),
            Scalar::Float(f) => ValueRef::Float(*f),
            Scalar::BigInt(digits) => ValueRef::BigInt(digits),
            Scalar::Time(t) => ValueRef::Time(t),
            Scalar::Str(text) => ValueRef::Str(self.text(text)),
            Scalar::Comment(text) => ValueRef::Comment(self.text(text)),
        }
    }

    pub(crate) fn text<'a>(&'a self, text: &'a Text) -> &'a [u8] {
        match text {
            Text::Source(span) => span.of(&self.source),
            Text::Owned(bytes) => bytes,
        }
    }

    /// Why leaf number `leaf` could not be read by sops if it stays plain; `None` if it could.
    #[must_use]
    pub fn unreadable(&self, leaf: usize) -> Option<&'static str> {
        match (&self.engine, &self.leaves[leaf].scalar) {
            (Engine::Yaml(_), Scalar::BigInt(digits)) if digits.parse::<u64>().is_ok() => {
                Some("Cannot walk value, unknown type: uint64; quote it, or let it be encrypted")
            }
            (Engine::Json(_), Scalar::Str(_)) if self.is_unrepresentable(leaf) => {
                Some("a number beyond what a double can stand for; quote it, or let it be encrypted")
            }
            (Engine::Ini(layout), _) => layout.unreadable(leaf),
            _ => None,
        }
    }

    /// Whether leaf number `leaf` is part of the copy that a YAML alias stands for.
    #[must_use]
    pub fn is_copy(&self, leaf: usize) -> bool {
        matches!(&self.engine, Engine::Yaml(layout) if layout.is_copy(leaf))
    }

    /// Whether sops sees leaf number `leaf`. It does not see an INI value whose key comes again
    /// in its section, nor a comment that belongs to no key: these are kept and encrypted, but
    /// are not part of the MAC or of the nested view.
    #[must_use]
    pub fn counts(&self, leaf: usize) -> bool {
        match &self.engine {
            Engine::Ini(layout) => layout.counts(leaf),
            _ => true,
        }
    }

    /// The leaf whose value sops takes for that of leaf number `leaf`, if the key comes again.
    #[must_use]
    pub fn shadowed_by(&self, leaf: usize) -> Option<usize> {
        match &self.engine {
            Engine::Ini(layout) => layout.shadowed_by(leaf),
            _ => None,
        }
    }

    /// Whether a YAML document after the first has a top-level entry `sops`: it would be lost,
    /// since sops keeps its metadata there.
    #[must_use]
    pub fn has_reserved_key(&self) -> bool {
        matches!(&self.engine, Engine::Yaml(layout) if layout.has_reserved_key())
    }

    /// The first line of a dotenv file whose value or comment ends with a carriage return, and how
    /// many such lines there are.
    #[must_use]
    pub fn carriage_returns(&self) -> Option<(usize, usize)> {
        match &self.engine {
            Engine::Dotenv(layout) => layout.returns_in_text,
            _ => None,
        }
    }

    /// Whether a dotenv file begins with a byte order mark, which sops takes for a part of the
    /// first key.
    #[must_use]
    pub fn has_byte_order_mark(&self) -> bool {
        matches!(&self.engine, Engine::Dotenv(layout) if layout.has_mark())
    }

    /// Line and column of a byte, both counted from 1; the column in characters.
    #[must_use]
    pub fn position(&self, at: usize) -> (usize, usize) {
        splice::position(&self.source, at)
    }

    /// Copies the source with the edits put in; all that no edit covers stays as it is.
    ///
    /// # Errors
    ///
    /// [`SpliceError`] if the format cannot hold a replacement where it is wanted.
    pub fn splice(&self, edits: &Edits<'_>) -> Result<Spliced, SpliceError> {
        self.splice_as(edits, Spelling::OfSops)
    }

    /// [`Self::splice`] for a text that is read again: opened values have a form that is read as
    /// what they are. In INI sops writes some that it would not read back (`"x"` with its quotes).
    ///
    /// # Errors
    ///
    /// [`SpliceError`] if the format cannot hold a replacement where it is wanted.
    pub fn splice_to_read_again(&self, edits: &Edits<'_>) -> Result<Spliced, SpliceError> {
        self.splice_as(edits, Spelling::Safe)
    }

    /// [`Self::splice`] for who does not ask what came from where.
    ///
    /// # Errors
    ///
    /// [`SpliceError`] if the format cannot hold a replacement where it is wanted.
    pub fn splice_alone(&self, edits: &Edits<'_>) -> Result<Vec<u8>, SpliceError> {
        Ok(self.plan(edits, Spelling::OfSops)?.apply_alone(&self.source))
    }

    /// Whether [`Self::splice`] would give this text, without writing it.
    ///
    /// # Errors
    ///
    /// [`SpliceError`] if the format cannot hold a replacement where it is wanted.
    pub fn splice_gives(&self, edits: &Edits<'_>, text: &[u8]) -> Result<bool, SpliceError> {
        Ok(self.plan(edits, Spelling::OfSops)?.gives(&self.source, text))
    }

    fn splice_as(&self, edits: &Edits<'_>, spelling: Spelling) -> Result<Spliced, SpliceError> {
        Ok(self.plan(edits, spelling)?.apply(&self.source))
    }

    fn plan<'a>(&self, edits: &Edits<'a>, spelling: Spelling) -> Result<PatchList<'a>, SpliceError> {
        Ok(match &self.engine {
            Engine::Yaml(layout) => yaml::plan(self, layout, edits)?,
            Engine::Json(layout) => json::plan(self, layout, edits)?,
            Engine::Ini(layout) => ini::plan(self, layout, edits, spelling)?,
            Engine::Dotenv(layout) => dotenv::plan(self, layout, edits)?,
            Engine::Toml(layout) => toml::plan(self, layout, edits)?,
            Engine::Binary => binary::plan(self, edits)?,
        })
    }

    /// The nested view of every part, each leaf with the value that `value` gives for it.
    pub fn trees(&self, value: &mut dyn FnMut(usize) -> crate::leaf::Value) -> Vec<Tree> {
        let mut trees = tree::build(self, value);
        if let (Engine::Dotenv(layout), Some(tree)) = (&self.engine, trees.first_mut()) {
            layout.tidy(tree);
        }
        trees
    }

    /// The source with the value at `path` set to `value`, in the file's own style (sops'
    /// `set`, part 0). Missing keys are made; a position past the end of a list appends.
    ///
    /// # Errors
    ///
    /// [`ChangeError`] if the path leads nowhere or the format cannot hold the value.
    pub fn with_value(&self, path: &[UserStep], value: &Tree) -> Result<Vec<u8>, ChangeError> {
        match &self.engine {
            Engine::Yaml(layout) => yaml::with_value(self, layout, path, value),
            Engine::Json(layout) => json::with_value(self, layout, path, value),
            Engine::Ini(layout) => ini::with_value(self, layout, path, value),
            Engine::Dotenv(layout) => dotenv::with_value(self, layout, path, value),
            Engine::Toml(layout) => toml::with_value(self, layout, path, value),
            Engine::Binary => binary::with_value(self, path, value),
        }
    }

    /// The source without the key or list item at `path` (sops' `unset`, part 0).
    ///
    /// # Errors
    ///
    /// [`ChangeError`] if there is nothing at the path.
    pub fn without(&self, path: &[UserStep]) -> Result<Vec<u8>, ChangeError> {
        match &self.engine {
            Engine::Yaml(layout) => yaml::without(self, layout, path),
            Engine::Json(layout) => json::without(self, layout, path),
            Engine::Ini(layout) => ini::without(self, layout, path),
            Engine::Dotenv(layout) => dotenv::without(self, layout, path),
            Engine::Toml(layout) => toml::without(self, layout, path),
            Engine::Binary => binary::without(self, path),
        }
    }
}

/// How a tree is laid out when it is written fresh.
#[derive(Debug, Clone, Copy)]
pub struct EmitStyle {
    /// YAML: columns per level, 2 to 9; others become 2 (stores §1).
    pub yaml_indent: usize,
    /// JSON: blanks per level, or a TAB.
    pub json_indent: JsonIndent,
}

/// Indentation of JSON written fresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonIndent {
    /// One TAB per level: sops' default.
    Tab,
    /// This many blanks per level; 0 gives line breaks without indentation.
    Blanks(usize),
}

impl Default for EmitStyle {
    fn default() -> Self {
        Self { yaml_indent: 4, json_indent: JsonIndent::Tab }
    }
}

/// Writes trees (one per part) as a fresh file of `format`, laid out as sops does.
///
/// # Errors
///
/// [`EmitError`] with sops' words where the format cannot hold the tree.
pub fn emit(parts: &[Tree], format: Format, style: &EmitStyle) -> Result<Vec<u8>, EmitError> {
    match format {
        Format::Yaml => yaml::emit(parts, style),
        Format::Json => json::emit(parts, style),
        Format::Ini => ini::emit(parts),
        Format::Dotenv => dotenv::emit(parts),
        Format::Toml => toml::emit(parts),
        Format::Binary => binary::emit(parts),
    }
}

/// Writes one value the way `--extract` prints it (stores §10): text raw without a line end,
/// anything else as the format writes it.
///
/// # Errors
///
/// [`EmitError`] with sops' words where the format cannot hold the value.
pub fn emit_value(value: &Tree, format: Format, style: &EmitStyle) -> Result<Vec<u8>, EmitError> {
    match format {
        Format::Yaml => yaml::emit_value(value, style),
        Format::Json => json::emit_value(value, style),
        Format::Ini => ini::emit_value(value),
        Format::Dotenv => dotenv::emit_value(value),
        Format::Toml => toml::emit_value(value),
        Format::Binary => binary::emit_value(value),
    }
}
