//! The text of a value where a format knows text alone: dotenv, INI, the environment of a
//! command (stores §9.1).

use std::borrow::Cow;

use super::{ValueRef, number, time};

impl<'a> ValueRef<'a> {
    /// The value as text: `true`, `1.0`, `1E+06`, whole seconds of a timestamp, `<nil>` for null.
    #[must_use]
    pub fn to_text(self) -> Cow<'a, [u8]> {
        let made = match self {
            Self::Str(text) | Self::Comment(text) => return Cow::Borrowed(text),
            Self::Null => return Cow::Borrowed(b"<nil>"),
            Self::Bool(on) => on.to_string(),
            Self::Int(number) => number.to_string(),
            Self::Float(number) => number::format_env(number),
            Self::BigInt(digits) => number::format_env(digits.parse().unwrap_or(f64::INFINITY)),
            Self::Time(time) => {
                return time::to_seconds(time.as_bytes())
                    .map_or(Cow::Borrowed(time.as_bytes()), |text| Cow::Owned(text.into_bytes()));
            }
        };
        Cow::Owned(made.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // stores §9.1
    fn values_as_text() {
        for (value, text) in [
            (ValueRef::Null, "<nil>"),
            (ValueRef::Bool(true), "true"),
            (ValueRef::Int(-12), "-12"),
            (ValueRef::Float(1.0), "1.0"),
            (ValueRef::Float(1e6), "1E+06"),
            (ValueRef::Float(f64::INFINITY), "+Inf"),
            (ValueRef::BigInt("18446744073709551616"), "1.8446744073709552E+19"),
            (ValueRef::Time("2024-01-02T03:04:05.25+01:00"), "2024-01-02T03:04:05+01:00"),
            (ValueRef::Time("2024-01-02T03:04:05Z"), "2024-01-02T03:04:05Z"),
            (ValueRef::Str(b"a\nb"), "a\nb"),
        ] {
            assert_eq!(value.to_text().as_ref(), text.as_bytes());
        }
    }
}
