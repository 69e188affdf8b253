//! What a leaf says, apart from how it is written.

/// A value on loan from a document or from an owned [`Value`].
///
/// Two spellings of one value are equal here (`0x1F` is `Int(31)`); what tells them apart is
/// the source text.
#[derive(Clone, Copy)]
pub enum ValueRef<'a> {
    /// Nothing: never encrypted, never part of the MAC.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer that fits 64 bits with sign.
    Int(i64),
    /// Any other number that a double can stand for.
    Float(f64),
    /// An integer literal beyond 64 bits with sign, as canonical decimal digits. To sops it is
    /// the nearest double: that is what is encrypted and what the MAC covers.
    BigInt(&'a str),
    /// A timestamp (YAML only), as Go prints it: RFC 3339 with up to nine fractional digits,
    /// trailing zeros dropped.
    Time(&'a str),
    /// Text, or any bytes.
    Str(&'a [u8]),
    /// The text of a comment, without its marker.
    Comment(&'a [u8]),
}

/// A value that owns its text. See [`ValueRef`] for the meaning of each case.
#[derive(Clone)]
#[allow(missing_docs)] // the cases are documented on ValueRef
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    BigInt(Box<str>),
    Time(Box<str>),
    Str(Vec<u8>),
    Comment(Vec<u8>),
}

impl Value {
    /// The value on loan.
    #[must_use]
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Bool(b) => ValueRef::Bool(*b),
            Self::Int(i) => ValueRef::Int(*i),
            Self::Float(f) => ValueRef::Float(*f),
            Self::BigInt(digits) => ValueRef::BigInt(digits),
            Self::Time(t) => ValueRef::Time(t),
            Self::Str(s) => ValueRef::Str(s),
            Self::Comment(c) => ValueRef::Comment(c),
        }
    }
}

impl ValueRef<'_> {
    /// A copy that owns its text.
    #[must_use]
    pub fn to_owned(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(b),
            Self::Int(i) => Value::Int(i),
            Self::Float(f) => Value::Float(f),
            Self::BigInt(digits) => Value::BigInt(digits.into()),
            Self::Time(t) => Value::Time(t.into()),
            Self::Str(s) => Value::Str(s.to_vec()),
            Self::Comment(c) => Value::Comment(c.to_vec()),
        }
    }

    /// The kind of value in one word, for messages that must not show the value itself.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Int(_) | Self::BigInt(_) => "integer",
            Self::Float(_) => "float",
            Self::Time(_) => "timestamp",
            Self::Str(_) => "string",
            Self::Comment(_) => "comment",
        }
    }
}

/// Shows the kind only: values are secrets.
impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Value({})", self.as_ref().kind())
    }
}

/// Shows the kind only: values are secrets.
impl std::fmt::Debug for ValueRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ValueRef({})", self.kind())
    }
}
