//! The grammar: groups, alternatives, repetitions, flags, and what stands between them.
//!
//! One pass from left to right, without recursion. Each atom that is read is written at once;
//! what Go would remember of it as a tree (size, height, nested counts) is kept as numbers,
//! because Go limits them.

use super::class;
use super::{GoRegexError, GoRegexErrorKind as Kind};

/// Go's limits.
const MAX_HEIGHT: u32 = 1000;
const MAX_SIZE: u64 = (128 << 20) / 40;
const MAX_REPEAT: i32 = 1000;

/// How `\B` is written; no other part of a pattern comes out like it.
pub(super) const NOT_A_BOUNDARY: &str = r"(?-u:\B)";

/// What `(?…)` switches. Greed is read over: it does not change whether there is a match.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) fold_case: bool,
    multi_line: bool,
    dot_matches_newline: bool,
}

/// Writes `pattern` for the `regex` crate.
pub(super) fn translate(pattern: &str) -> Result<String, GoRegexError> {
    let mut translator = Translator {
        pattern,
        rest: pattern,
        flags: Flags::default(),
        out: String::with_capacity(pattern.len() + 16),
        groups: Vec::new(),
        group: Group::new(Flags::default(), IsCapture::No, 0),
    };
    translator.run()?;
    Ok(translator.out)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum IsCapture {
    Yes,
    No,
}

/// What Go's limits are about, for a part of the pattern.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// Instructions that Go would compile it to, about.
    size: u64,
    /// Height of Go's tree.
    height: u32,
    /// Product of the nested counts of repetitions.
    copies: i32,
    /// Whether it is a concatenation, which one around it would absorb, or alternatives.
    join: Option<Join>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Join {
    Concatenation,
    Alternatives,
}

impl Shape {
    const LEAF: Self = Self { size: 1, height: 1, copies: 1, join: None };
}

/// The last thing read, which a repetition would apply to.
#[derive(Debug, Clone, Copy)]
struct Atom {
    /// Where it begins in the output.
    start: usize,
    shape: Shape,
    /// Whether an operator can follow its text as it is.
    closed: bool,
    /// `*`, `+` or `?` that its text ends with.
    operator: Option<char>,
}

/// Parts that are joined: of a concatenation, or alternatives.
#[derive(Debug, Clone, Copy, Default)]
struct Parts {
    count: u64,
    size: u64,
    height: u32,
    copies: i32,
    /// The shape of the only part.
    only: Option<Shape>,
}

impl Parts {
    fn add(&mut self, part: Shape, join: Join) {
        self.only = if self.count == 0 { Some(part) } else { None };
        self.count += 1;
        self.size = self.size.saturating_add(part.size);
        // A part that is itself such a join is absorbed: its own parts count.
        let height = if part.join == Some(join) { part.height - 1 } else { part.height };
        self.height = self.height.max(height);
        self.copies = self.copies.max(part.copies);
    }

    fn joined(&self, join: Join) -> Shape {
        if let Some(only) = self.only {
            return only;
        }
        if self.count == 0 {
            return Shape::LEAF;
        }
        let between = if join == Join::Alternatives { self.count - 1 } else { 0 };
        Shape {
            size: self.size.saturating_add(between),
            height: self.height + 1,
            copies: self.copies,
            join: Some(join),
        }
    }
}

/// An open group; the outermost is the pattern itself.
struct Group {
    /// The flags to go back to at its end.
    outer_flags: Flags,
    is_capture: IsCapture,
    /// Where its text begins in the output.
    start: usize,
    alternatives: Parts,
    /// The alternative being read, up to the last atom.
    parts: Parts,
    last: Option<Atom>,
}

impl Group {
    const fn new(outer_flags: Flags, is_capture: IsCapture, start: usize) -> Self {
        let none = Parts { count: 0, size: 0, height: 0, copies: 0, only: None };
        Self { outer_flags, is_capture, start, alternatives: none, parts: none, last: None }
    }

    fn end_alternative(&mut self) {
        if let Some(atom) = self.last.take() {
            self.parts.add(atom.shape, Join::Concatenation);
        }
        let alternative = std::mem::take(&mut self.parts).joined(Join::Concatenation);
        self.alternatives.add(alternative, Join::Alternatives);
    }
}

struct Translator<'p> {
    pattern: &'p str,
    rest: &'p str,
    flags: Flags,
    out: String,
    groups: Vec<Group>,
    group: Group,
}

impl<'p> Translator<'p> {
    fn run(&mut self) -> Result<(), GoRegexError> {
        // The previous token, if it was a repetition: two in a row are an error.
        let mut last_repeat: Option<&'p str> = None;
        while let Some(c) = self.rest.chars().next() {
            let before = self.rest;
            let mut is_repeat = false;
            match c {
                '(' if before.starts_with("(?") => self.flags_or_group()?,
                '(' => {
                    self.advance(1);
                    self.open(self.flags, IsCapture::Yes);
                }
                '|' => {
                    self.advance(1);
                    self.group.end_alternative();
                    self.check(self.group.alternatives.joined(Join::Alternatives))?;
                    self.out.push('|');
                }
                ')' => {
                    self.advance(1);
                    self.close()?;
                }
                '^' => self.assertion(1, if self.flags.multi_line { "(?m:^)" } else { r"\A" })?,
                '$' => self.assertion(1, if self.flags.multi_line { "(?m:$)" } else { r"\z" })?,
                '.' => self.assertion(1, if self.flags.dot_matches_newline { "(?s:.)" } else { r"[^\n]" })?,
                '[' => {
                    let start = self.out.len();
                    self.rest = class::bracketed(before, self.flags, &mut self.out)?;
                    self.atom(start)?;
                }
                '*' | '+' | '?' => {
                    self.advance(1);
                    self.repeat(before, last_repeat, Repetition::Operator(c))?;
                    is_repeat = true;
                }
                '{' => match counts(before) {
                    Some((min, max, rest)) => {
                        self.rest = rest;
                        let too_many = |n: i32| n > MAX_REPEAT;
                        if min < 0 || too_many(min) || max.is_some_and(|max| too_many(max) || max < min) {
                            return Err(self.error(Kind::RepeatCount, before));
                        }
                        self.repeat(before, last_repeat, Repetition::Counted(min, max))?;
                        is_repeat = true;
                    }
                    None => self.literal_here(1, '{')?,
                },
                '\\' => self.backslash()?,
                c => self.literal_here(c.len_utf8(), c)?,
            }
            last_repeat = is_repeat.then_some(before);
        }
        self.group.end_alternative();
        self.check(self.group.alternatives.joined(Join::Alternatives))?;
        if !self.groups.is_empty() {
            return Err(GoRegexError::new(Kind::MissingParenthesis, self.pattern));
        }
        Ok(())
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }

    /// An error about the text from `from` up to where the translator stands.
    fn error(&self, kind: Kind, from: &str) -> GoRegexError {
        GoRegexError::new(kind, &from[..from.len() - self.rest.len()])
    }

    fn check(&self, shape: Shape) -> Result<(), GoRegexError> {
        if shape.size > MAX_SIZE {
            return Err(GoRegexError::new(Kind::TooLarge, self.pattern));
        }
        if shape.height > MAX_HEIGHT {
            return Err(GoRegexError::new(Kind::TooDeep, self.pattern));
        }
        Ok(())
    }

    /// Takes what was written from `start` on as the next atom.
    fn push(&mut self, atom: Atom) -> Result<(), GoRegexError> {
        if let Some(previous) = self.group.last.replace(atom) {
            self.group.parts.add(previous.shape, Join::Concatenation);
        }
        self.check(atom.shape)
    }

    fn atom(&mut self, start: usize) -> Result<(), GoRegexError> {
        self.push(Atom { start, shape: Shape::LEAF, closed: true, operator: None })
    }

    fn assertion(&mut self, bytes: usize, text: &str) -> Result<(), GoRegexError> {
        self.advance(bytes);
        let start = self.out.len();
        self.out.push_str(text);
        self.atom(start)
    }

    fn literal_here(&mut self, bytes: usize, c: char) -> Result<(), GoRegexError> {
        self.advance(bytes);
        self.literal(u32::from(c))
    }

    fn literal(&mut self, c: u32) -> Result<(), GoRegexError> {
        let start = self.out.len();
        class::literal(c, self.flags, &mut self.out);
        self.atom(start)
    }

    fn open(&mut self, flags: Flags, is_capture: IsCapture) {
        let inner = Group::new(self.flags, is_capture, self.out.len());
        self.groups.push(std::mem::replace(&mut self.group, inner));
        self.flags = flags;
    }

    fn close(&mut self) -> Result<(), GoRegexError> {
        let Some(outer) = self.groups.pop() else {
            return Err(GoRegexError::new(Kind::UnexpectedParenthesis, self.pattern));
        };
        let mut group = std::mem::replace(&mut self.group, outer);
        // A lone atom needs no parentheses of its own.
        let lone = group.last.filter(|atom| {
            group.parts.count == 0 && group.alternatives.count == 0 && atom.start == group.start
        });
        group.end_alternative();
        self.flags = group.outer_flags;
        let mut shape = group.alternatives.joined(Join::Alternatives);
        let is_alternatives = group.alternatives.count > 1;
        if is_alternatives {
            self.wrap(group.start);
        }
        if group.is_capture == IsCapture::Yes {
            shape =
                Shape { size: shape.size.saturating_add(2), height: shape.height + 1, join: None, ..shape };
        }
        let closed = is_alternatives || lone.is_some_and(|atom| atom.closed);
        let operator = lone.and_then(|atom| atom.operator);
        self.push(Atom { start: group.start, shape, closed, operator })
    }

    fn wrap(&mut self, start: usize) {
        self.out.insert_str(start, "(?:");
        self.out.push(')');
    }

    fn repeat(
        &mut self,
        before: &'p str,
        last_repeat: Option<&'p str>,
        repetition: Repetition,
    ) -> Result<(), GoRegexError> {
        if self.rest.starts_with('?') {
            self.advance(1);
        }
        if let Some(last) = last_repeat {
            return Err(self.error(Kind::NestedRepetition, last));
        }
        let Some(mut atom) = self.group.last else {
            return Err(self.error(Kind::MissingRepeatArgument, before));
        };
        atom.shape = repetition.shape(atom.shape);
        self.check(atom.shape)?;
        if atom.shape.copies > MAX_REPEAT && repetition.multiplies() {
            return Err(self.error(Kind::RepeatCount, before));
        }
        match (repetition, atom.operator) {
            (Repetition::Operator(new), Some(old)) => {
                // One operator on another is the wider of both: `(x+)?` is `x*`.
                let both = if new == old { new } else { '*' };
                self.out.pop();
                self.out.push(both);
                atom.operator = Some(both);
            }
            _ => {
                if !atom.closed {
                    self.wrap(atom.start);
                }
                repetition.write(&mut self.out);
                atom.operator = match repetition {
                    Repetition::Operator(operator) => Some(operator),
                    Repetition::Counted(..) => None,
                };
            }
        }
        atom.closed = false;
        self.group.last = Some(atom);
        Ok(())
    }

    fn backslash(&mut self) -> Result<(), GoRegexError> {
        let before = self.rest;
        match before.as_bytes().get(1) {
            Some(b'A') => self.assertion(2, r"\A"),
            Some(b'b') => self.assertion(2, r"(?-u:\b)"),
            Some(b'B') => self.assertion(2, NOT_A_BOUNDARY),
            Some(b'z') => self.assertion(2, r"\z"),
            Some(b'C') => {
                self.advance(2);
                Err(self.error(Kind::Escape, before))
            }
            Some(b'Q') => {
                let quoted = &before[2..];
                let (text, rest) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
                self.rest = rest;
                text.chars().try_for_each(|c| self.literal(u32::from(c)))
            }
            _ => {
                let start = self.out.len();
                if let Some(rest) = class::escape(before, self.flags, &mut self.out)? {
                    self.rest = rest;
                    return self.atom(start);
                }
                let (c, rest) = class::character_escape(before)?;
                self.rest = rest;
                self.literal(c)
            }
        }
    }

    /// `(?flags)`, `(?flags:` or `(?P<name>`.
    fn flags_or_group(&mut self) -> Result<(), GoRegexError> {
        let before = self.rest;
        let name_at = if before.starts_with("(?P<") && before.len() > 4 {
            Some(4)
        } else if before.starts_with("(?<") && before.len() > 3 {
            Some(3)
        } else {
            None
        };
        if let Some(name_at) = name_at {
            let Some(end) = before.find('>') else {
                return Err(GoRegexError::new(Kind::NamedCapture, before));
            };
            self.advance(end + 1);
            let name = before.get(name_at..end).unwrap_or_default();
            if name.is_empty() || !name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()) {
                return Err(self.error(Kind::NamedCapture, before));
            }
            self.open(self.flags, IsCapture::Yes);
            return Ok(());
        }
        self.advance(2);
        let mut flags = self.flags;
        let mut value = true;
        let mut saw_flag = false;
        while let Some(c) = self.rest.chars().next() {
            self.advance(c.len_utf8());
            match c {
                'i' => flags.fold_case = value,
                'm' => flags.multi_line = value,
                's' => flags.dot_matches_newline = value,
                'U' => {}
                '-' if value => {
                    value = false;
                    saw_flag = false;
                    continue;
                }
                ':' | ')' if value || saw_flag => {
                    if c == ':' {
                        self.open(flags, IsCapture::No);
                    } else {
                        self.flags = flags;
                    }
                    return Ok(());
                }
                _ => break,
            }
            saw_flag = true;
        }
        Err(self.error(Kind::PerlSyntax, before))
    }
}

#[derive(Debug, Clone, Copy)]
enum Repetition {
    /// `*`, `+` or `?`.
    Operator(char),
    /// `{min}` (both the same), `{min,}` or `{min,max}`.
    Counted(i32, Option<i32>),
}

impl Repetition {
    const fn multiplies(self) -> bool {
        matches!(self, Self::Counted(min, max) if min >= 2 || matches!(max, Some(2..)))
    }

    fn shape(self, inner: Shape) -> Shape {
        let times = |n: i32| u64::from(n.unsigned_abs()).saturating_mul(inner.size);
        let size = match self {
            Self::Operator('*') | Self::Counted(0, None) => inner.size.saturating_add(2),
            Self::Operator(_) => inner.size.saturating_add(1),
            Self::Counted(min, None) => times(min).saturating_add(1),
            Self::Counted(min, Some(max)) => times(max).saturating_add(u64::from((max - min).unsigned_abs())),
        };
        let copies = match self {
            Self::Counted(_, Some(0)) => 1,
            Self::Counted(_, Some(n)) | Self::Counted(n @ 1.., None) => inner.copies.saturating_mul(n),
            _ => inner.copies,
        };
        Shape { size: size.max(1), height: inner.height + 1, copies, join: None }
    }

    fn write(self, out: &mut String) {
        match self {
            Self::Operator(operator) => out.push(operator),
            Self::Counted(min, None) => out.push_str(&format!("{{{min},}}")),
            Self::Counted(min, Some(max)) => out.push_str(&format!("{{{min},{max}}}")),
        }
    }
}

/// Reads `{min}`, `{min,}` or `{min,max}`; a number far too large makes `min` negative.
/// Anything else is no repetition.
fn counts(text: &str) -> Option<(i32, Option<i32>, &str)> {
    let (min, rest) = number(text.strip_prefix('{')?)?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((min, Some(min), rest));
    }
    let rest = rest.strip_prefix(',')?;
    if let Some(rest) = rest.strip_prefix('}') {
        return Some((min, None, rest));
    }
    let (max, rest) = number(rest)?;
    let rest = rest.strip_prefix('}')?;
    Some((if max < 0 { -1 } else { min }, Some(max), rest))
}

/// A decimal number without leading zeros; one far too large is -1.
fn number(text: &str) -> Option<(i32, &str)> {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() || digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    let value = digits.bytes().try_fold(0_i32, |n, digit| {
        if n >= 100_000_000 { None } else { Some(n * 10 + i32::from(digit - b'0')) }
    });
    Some((value.unwrap_or(-1), rest))
}
