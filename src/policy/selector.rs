//! Which leaves of a document are encrypted (file format §6).
//!
//! A [`Selection`] is what a file, a rule or the command line says: six texts, of which at
//! most one should be set. A [`Selector`] is made of it once and asked for a whole document.
//! Nothing is encrypted here.
//!
//! One walk over the outline decides all leaves: what the keys on a path say is handed down
//! from a container to its items, so a key is looked at once, however much lies below it.

use super::go_regex::{GoRegex, GoRegexError};
use crate::document::{Document, Item};
use crate::leaf::{PathId, Step, ValueRef};

/// The rules as text, under the names of the file format; an empty text is no rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Values below a key with this ending stay plain.
    pub unencrypted_suffix: String,
    /// Only values below a key with this ending are encrypted.
    pub encrypted_suffix: String,
    /// Values below a key that matches stay plain.
    pub unencrypted_regex: String,
    /// Only values below a key that matches are encrypted.
    pub encrypted_regex: String,
    /// What follows a matching comment stays plain.
    pub unencrypted_comment_regex: String,
    /// Only what follows a matching comment is encrypted.
    pub encrypted_comment_regex: String,
}

/// More than one rule is set. Where that happened decides the words around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot use more than one of {list}", list = SelectionConflict::FIELDS)]
pub struct SelectionConflict;

impl SelectionConflict {
    /// The fields as sops lists them in each of its messages about this.
    pub const FIELDS: &str = "encrypted_suffix, unencrypted_suffix, encrypted_regex, unencrypted_regex, \
                              encrypted_comment_regex, or unencrypted_comment_regex";
}

impl Selection {
    /// What goes without saying: `unencrypted_suffix: _unencrypted`.
    #[must_use]
    pub fn default_for_files() -> Self {
        Self { unencrypted_suffix: "_unencrypted".to_owned(), ..Self::default() }
    }

    /// The rules in the order in which they are applied, each with its name.
    #[must_use]
    pub const fn fields(&self) -> [(&'static str, &String); 6] {
        [
            ("unencrypted_suffix", &self.unencrypted_suffix),
            ("encrypted_suffix", &self.encrypted_suffix),
            ("unencrypted_regex", &self.unencrypted_regex),
            ("encrypted_regex", &self.encrypted_regex),
            ("unencrypted_comment_regex", &self.unencrypted_comment_regex),
            ("encrypted_comment_regex", &self.encrypted_comment_regex),
        ]
    }

    /// How many rules are set.
    #[must_use]
    pub fn count(&self) -> usize {
        self.fields().iter().filter(|(_, text)| !text.is_empty()).count()
    }

    /// Whether comments decide which leaves are encrypted.
    #[must_use]
    pub fn by_comments(&self) -> bool {
        !self.unencrypted_comment_regex.is_empty() || !self.encrypted_comment_regex.is_empty()
    }

    /// Checks that at most one rule is set.
    ///
    /// # Errors
    ///
    /// [`SelectionConflict`] if there are more.
    pub fn check(&self) -> Result<(), SelectionConflict> {
        if self.count() > 1 { Err(SelectionConflict) } else { Ok(()) }
    }

    /// Each rule of this selection, and those of `other` where this one has none (flags go
    /// before a rule of the configuration, field by field).
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let pick = |own: &String, other: &String| if own.is_empty() { other } else { own }.clone();
        Self {
            unencrypted_suffix: pick(&self.unencrypted_suffix, &other.unencrypted_suffix),
            encrypted_suffix: pick(&self.encrypted_suffix, &other.encrypted_suffix),
            unencrypted_regex: pick(&self.unencrypted_regex, &other.unencrypted_regex),
            encrypted_regex: pick(&self.encrypted_regex, &other.encrypted_regex),
            unencrypted_comment_regex: pick(
                &self.unencrypted_comment_regex,
                &other.unencrypted_comment_regex,
            ),
            encrypted_comment_regex: pick(&self.encrypted_comment_regex, &other.encrypted_comment_regex),
        }
    }
}

/// What becomes of a regex that does not compile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnBadRegex {
    /// An error: encrypting with it would leave secrets in plaintext.
    Refuse,
    /// It never matches, as in sops: for reading a file that was written so.
    NeverMatches,
}

/// A rule whose regex does not compile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {error}")]
pub struct SelectorError {
    /// The name of the rule.
    pub field: &'static str,
    /// Why not.
    #[source]
    pub error: GoRegexError,
}

/// A regex of a rule that is set; `None` stands for one that never matches.
struct Pattern(Option<GoRegex>);

impl Pattern {
    fn compile(field: &'static str, text: &str, on_bad: OnBadRegex) -> Result<Option<Self>, SelectorError> {
        if text.is_empty() {
            return Ok(None);
        }
        match GoRegex::new(text) {
            Ok(regex) => Ok(Some(Self(Some(regex)))),
            // Too large for us only: sops would have matched it, so "never" would be wrong.
            Err(error) if on_bad == OnBadRegex::Refuse || error.is_ours() => {
                Err(SelectorError { field, error })
            }
            Err(_) => Ok(Some(Self(None))),
        }
    }

    fn matches(&self, text: &[u8]) -> bool {
        self.0.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

/// The rules, ready to be asked.
pub struct Selector {
    unencrypted_suffix: Vec<u8>,
    encrypted_suffix: Vec<u8>,
    unencrypted_regex: Option<Pattern>,
    encrypted_regex: Option<Pattern>,
    unencrypted_comment_regex: Option<Pattern>,
    encrypted_comment_regex: Option<Pattern>,
}

/// Which of the rules about keys a key on the path has met.
#[derive(Debug, Clone, Copy, Default)]
struct Met {
    unencrypted_suffix: bool,
    encrypted_suffix: bool,
    unencrypted_regex: bool,
    encrypted_regex: bool,
}

/// Which of the rules about comments an active comment has met.
#[derive(Debug, Clone, Copy, Default)]
struct Heard {
    unencrypted: bool,
    encrypted: bool,
}

impl Heard {
    const fn or(self, other: Self) -> Self {
        Self {
            unencrypted: self.unencrypted || other.unencrypted,
            encrypted: self.encrypted || other.encrypted,
        }
    }
}

/// A map or list that the walk is in.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    met: Met,
    /// From the comments of the levels around this one.
    around: Heard,
    /// From the comments of this level since its last item.
    here: Heard,
}

impl Selector {
    /// Compiles the rules.
    ///
    /// # Errors
    ///
    /// [`SelectorError`] for a regex that does not compile, if that is to be refused.
    pub fn compile(selection: &Selection, on_bad: OnBadRegex) -> Result<Self, SelectorError> {
        let pattern = |field, text: &String| Pattern::compile(field, text, on_bad);
        Ok(Self {
            unencrypted_suffix: selection.unencrypted_suffix.clone().into_bytes(),
            encrypted_suffix: selection.encrypted_suffix.clone().into_bytes(),
            unencrypted_regex: pattern("unencrypted_regex", &selection.unencrypted_regex)?,
            encrypted_regex: pattern("encrypted_regex", &selection.encrypted_regex)?,
            unencrypted_comment_regex: pattern(
                "unencrypted_comment_regex",
                &selection.unencrypted_comment_regex,
            )?,
            encrypted_comment_regex: pattern("encrypted_comment_regex", &selection.encrypted_comment_regex)?,
        })
    }

    /// Decides every leaf of `doc`, values and comments: whether it is (to be) encrypted.
    ///
    /// `is_comment` says of a *value* that it counts as a comment: sops writes an encrypted
    /// comment of a list as a list item. Values that nobody encrypts (null, empty text) get
    /// an answer like any other.
    ///
    /// # Compatibility
    ///
    /// sops takes such an item for a value when it reads, so that it ends the effect of the
    /// comments before it (its issue 2281); with `is_comment` it does not.
    #[must_use]
    pub fn choose(&self, doc: &Document, is_comment: &dyn Fn(usize) -> bool) -> Vec<bool> {
        let mut chosen = vec![true; doc.leaves().len()];
        let listens = self.unencrypted_comment_regex.is_some() || self.encrypted_comment_regex.is_some();
        let mut levels: Vec<Level> = Vec::new();
        for item in doc.outline() {
            let level = levels.last().copied().unwrap_or_default();
            match *item {
                Item::OpenMap(path) | Item::OpenList(path) => levels.push(Level {
                    met: self.below(level.met, doc, path),
                    around: level.around.or(level.here),
                    here: Heard::default(),
                }),
                Item::Close => {
                    levels.pop();
                    if let Some(level) = levels.last_mut() {
                        level.here = Heard::default();
                    }
                }
                Item::Leaf(leaf) => {
                    let met = if doc.leaves()[leaf].is_comment() {
                        level.met
                    } else {
                        self.below(level.met, doc, doc.leaves()[leaf].path)
                    };
                    if !listens {
                        chosen[leaf] = self.verdict(met, Heard::default());
                        continue;
                    }
                    let mut here = level.here;
                    let comment = match doc.value(leaf) {
                        ValueRef::Comment(text) => Some(text),
                        ValueRef::Str(text) if is_comment(leaf) => Some(text),
                        _ => None,
                    };
                    let mut heard = level.around.or(here);
                    if let Some(text) = comment {
                        // The plain rule hears the comment that is being decided, the other not.
                        let own = self.listen(text);
                        here = here.or(own);
                        heard.unencrypted |= own.unencrypted;
                    } else {
                        here = Heard::default();
                    }
                    chosen[leaf] = self.verdict(met, heard);
                    if let Some(level) = levels.last_mut() {
                        level.here = here;
                    }
                }
            }
        }
        // What sops does not see shares the lot of what it sees instead.
        for leaf in 0..chosen.len() {
            if let Some(seen) = doc.shadowed_by(leaf) {
                chosen[leaf] = chosen[seen];
            }
        }
        chosen
    }

    /// How many values stay plain because of a comment above a map or list that holds them, not of
    /// one of their own.
    #[must_use]
    pub fn plain_below_comments(&self, doc: &Document, chosen: &[bool]) -> usize {
        let Some(pattern) = &self.unencrypted_comment_regex else { return 0 };
        let mut count = 0;
        // Of each level: whether such a comment stands around it, and whether one is open in it.
        let mut levels: Vec<(bool, bool)> = Vec::new();
        for item in doc.outline() {
            let (around, here) = levels.last().copied().unwrap_or_default();
            let open = match *item {
                Item::OpenMap(_) | Item::OpenList(_) => {
                    levels.push((around || here, false));
                    continue;
                }
                Item::Close => {
                    levels.pop();
                    false
                }
                Item::Leaf(leaf) => match doc.value(leaf) {
                    ValueRef::Comment(text) => here || pattern.matches(text),
                    _ => {
                        count += usize::from(around && !chosen[leaf]);
                        false
                    }
                },
            };
            if let Some(level) = levels.last_mut() {
                level.1 = open;
            }
        }
        count
    }

    /// Whether a text, written as a comment, would be read as one that keeps plain what
    /// follows: then an encrypted comment that has this text must not be written.
    #[must_use]
    pub fn would_unencrypt(&self, comment: &[u8]) -> bool {
        self.unencrypted_comment_regex.as_ref().is_some_and(|pattern| pattern.matches(comment))
    }

    /// What is met at `path`, which lies directly below a place where `met` is.
    fn below(&self, mut met: Met, doc: &Document, path: PathId) -> Met {
        if let Some(Step::Key(key)) = doc.paths().last(path) {
            let matches = |pattern: &Option<Pattern>| pattern.as_ref().is_some_and(|p| p.matches(key));
            let ends = |suffix: &[u8]| !suffix.is_empty() && key.ends_with(suffix);
            met.unencrypted_suffix |= ends(&self.unencrypted_suffix);
            met.encrypted_suffix |= ends(&self.encrypted_suffix);
            met.unencrypted_regex = met.unencrypted_regex || matches(&self.unencrypted_regex);
            met.encrypted_regex = met.encrypted_regex || matches(&self.encrypted_regex);
        }
        met
    }

    fn listen(&self, comment: &[u8]) -> Heard {
        let matches = |pattern: &Option<Pattern>| pattern.as_ref().is_some_and(|p| p.matches(comment));
        Heard {
            unencrypted: matches(&self.unencrypted_comment_regex),
            encrypted: matches(&self.encrypted_comment_regex),
        }
    }

    /// The rules in their order; a later one overrides.
    fn verdict(&self, met: Met, heard: Heard) -> bool {
        let mut encrypted = true;
        if !self.unencrypted_suffix.is_empty() && met.unencrypted_suffix {
            encrypted = false;
        }
        if !self.encrypted_suffix.is_empty() {
            encrypted = met.encrypted_suffix;
        }
        if self.unencrypted_regex.is_some() && met.unencrypted_regex {
            encrypted = false;
        }
        if self.encrypted_regex.is_some() {
            encrypted = met.encrypted_regex;
        }
        if self.unencrypted_comment_regex.is_some() && heard.unencrypted {
            encrypted = false;
        }
        if self.encrypted_comment_regex.is_some() {
            encrypted = heard.encrypted;
        }
        encrypted
    }
}

#[cfg(test)]
mod tests;
