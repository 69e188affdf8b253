//! Timestamps as Go reads and writes them.
//!
//! RFC 3339 with Go's small liberties (`time.Parse(time.RFC3339, …)`): the hour may have one
//! digit, a comma may stand for the point of the fraction, an offset may go to `24:60`. What is
//! *written* is strict. The table `testdata/numbers/time.tsv` was made by Go.

use std::fmt::Write;

/// Why a text is no timestamp, in the words of Go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// A part is missing or is not what should stand there.
    #[error("parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {rest:?} as {wanted:?}")]
    Malformed {
        /// The whole text.
        text: String,
        /// What was left when the parser gave up.
        rest: String,
        /// The part of Go's layout that should stand there.
        wanted: &'static str,
    },
    /// A number is too large or too small for its part.
    #[error("parsing time {text:?}: {part} out of range")]
    OutOfRange {
        /// The whole text.
        text: String,
        /// The part in a word.
        part: &'static str,
    },
    /// Something stands behind the zone.
    #[error("parsing time {text:?}: extra text: {rest:?}")]
    ExtraText {
        /// The whole text.
        text: String,
        /// What stands there.
        rest: String,
    },
}

/// A point in time with the offset that it was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Timestamp {
    year: u16,
    month: u16,
    day: u16,
    hour: u16,
    minute: u16,
    second: u16,
    nanosecond: u32,
    /// Minutes east of UTC.
    offset: i16,
}

/// The timestamp as Go's `MarshalText` spells it, which is what sops encrypts and what its MAC
/// covers (file format §3.2): up to nine digits of fraction without trailing zeros, `Z` for no
/// offset. Nothing if Go cannot read it, or can but not write it (offsets from 24 hours).
#[must_use]
pub fn canonical(text: &[u8]) -> Option<String> {
    let time = Timestamp::parse(text).ok()?;
    if time.offset.unsigned_abs() >= 24 * 60 {
        return None;
    }
    let mut out = time.date_and_time();
    if time.nanosecond != 0 {
        let digits = format!("{:09}", time.nanosecond);
        out.push('.');
        out.push_str(digits.trim_end_matches('0'));
    }
    time.write_offset(&mut out);
    Some(out)
}

/// The timestamp without its fraction, and `Z` for no offset: the text that authenticates the
/// MAC (file format §7.3), and a timestamp in dotenv, INI and the environment (stores §9.1).
///
/// # Errors
///
/// [`TimeError`] if Go cannot read it.
pub fn to_seconds(text: &[u8]) -> Result<String, TimeError> {
    let time = Timestamp::parse(text).map_err(|fault| fault.of(text))?;
    let mut out = time.date_and_time();
    time.write_offset(&mut out);
    Ok(out)
}

impl Timestamp {
    fn parse(text: &[u8]) -> Result<Self, Fault> {
        let mut reader = Reader(text);
        let year = reader.digits("2006", 4, 4)?;
        reader.literal(b'-', "-")?;
        let month = reader.bounded("01", 2, 1, 12, "month")?;
        reader.literal(b'-', "-")?;
        let day = reader.digits("02", 2, 2)?;
        reader.literal(b'T', "T")?;
        let hour = reader.bounded("15", 1, 0, 23, "hour")?;
        reader.literal(b':', ":")?;
        let minute = reader.bounded("04", 2, 0, 59, "minute")?;
        reader.literal(b':', ":")?;
        let second = reader.bounded("05", 2, 0, 59, "second")?;
        let nanosecond = reader.fraction();
        let offset = reader.offset()?;
        if !reader.0.is_empty() {
            return Err(Fault::Extra { left: reader.0.len() });
        }
        if day < 1 || day > days_in(month, year) {
            return Err(Fault::OutOfRange("day"));
        }
        Ok(Self { year, month, day, hour, minute, second, nanosecond, offset })
    }

    fn date_and_time(&self) -> String {
        let Self { year, month, day, hour, minute, second, .. } = self;
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }

    fn write_offset(&self, out: &mut String) {
        if self.offset == 0 {
            out.push('Z');
            return;
        }
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.unsigned_abs();
        // Writing to a String does not fail.
        let _ = write!(out, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
    }
}

const fn days_in(month: u16, year: u16) -> u16 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

/// What is wrong, without the text: most that ask just want to know whether it is a timestamp.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// `left` bytes from the end on should be what Go's layout calls `wanted`.
    Malformed {
        left: usize,
        wanted: &'static str,
    },
    OutOfRange(&'static str),
    Extra {
        left: usize,
    },
}

impl Fault {
    fn of(self, text: &[u8]) -> TimeError {
        let word = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let rest = |left| word(&text[text.len() - left..]);
        match self {
            Self::Malformed { left, wanted } => {
                TimeError::Malformed { text: word(text), rest: rest(left), wanted }
            }
            Self::OutOfRange(part) => TimeError::OutOfRange { text: word(text), part },
            Self::Extra { left } => TimeError::ExtraText { text: word(text), rest: rest(left) },
        }
    }
}

/// What is left of the text.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    const fn malformed(&self, wanted: &'static str) -> Fault {
        Fault::Malformed { left: self.0.len(), wanted }
    }

    fn literal(&mut self, byte: u8, wanted: &'static str) -> Result<(), Fault> {
        match self.0 {
            [first, rest @ ..] if *first == byte => self.0 = rest,
            _ => return Err(self.malformed(wanted)),
        }
        Ok(())
    }

    /// A number of `least` to `most` digits, four at most.
    fn digits(&mut self, wanted: &'static str, least: usize, most: usize) -> Result<u16, Fault> {
        let count = self.0.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        if count < least {
            return Err(self.malformed(wanted));
        }
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        Ok(digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0')))
    }

    /// A number of `least` to two digits between two bounds.
    fn bounded(
        &mut self,
        wanted: &'static str,
        least: usize,
        from: u16,
        to: u16,
        part: &'static str,
    ) -> Result<u16, Fault> {
        let number = self.digits(wanted, least, 2)?;
        if (from..=to).contains(&number) { Ok(number) } else { Err(Fault::OutOfRange(part)) }
    }

    /// The fraction of the second in nanoseconds. Digits after the ninth are dropped.
    fn fraction(&mut self) -> u32 {
        let [b'.' | b',', rest @ ..] = self.0 else { return 0 };
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = rest.split_at(count);
        if count > 0 {
            self.0 = rest;
        }
        let digits = digits.iter().map(|digit| u32::from(digit - b'0')).chain(std::iter::repeat(0));
        digits.take(9).fold(0, |number, digit| number * 10 + digit)
    }

    /// The offset in minutes. Go takes 24 hours and 60 minutes, because some people write them.
    fn offset(&mut self) -> Result<i16, Fault> {
        const WANTED: &str = "Z07:00";
        if let [b'Z', rest @ ..] = self.0 {
            self.0 = rest;
            return Ok(0);
        }
        let [sign, h1, h2, b':', m1, m2, rest @ ..] = self.0 else { return Err(self.malformed(WANTED)) };
        if ![h1, h2, m1, m2].iter().all(|byte| byte.is_ascii_digit()) {
            return Err(self.malformed(WANTED));
        }
        let pair = |a: &u8, b: &u8| i16::from(a - b'0') * 10 + i16::from(b - b'0');
        let (hours, minutes) = (pair(h1, h2), pair(m1, m2));
        if hours > 24 {
            return Err(Fault::OutOfRange("time zone offset hour"));
        }
        if minutes > 60 {
            return Err(Fault::OutOfRange("time zone offset minute"));
        }
        let offset = hours * 60 + minutes;
        let offset = match sign {
            b'+' => offset,
            b'-' => -offset,
            _ => return Err(self.malformed(WANTED)),
        };
        self.0 = rest;
        Ok(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_read_and_written_as_go_does() {
        let table = include_str!("../../testdata/numbers/time.tsv");
        let mut rows = 0;
        for row in table.lines().filter(|row| !row.starts_with('#')) {
            let columns: Vec<&str> = row.split('\t').collect();
            let [text, marshalled, seconds] = columns[..] else { panic!("{row}") };
            assert_eq!(canonical(text.as_bytes()).as_deref().unwrap_or("-"), marshalled, "{row}");
            assert_eq!(to_seconds(text.as_bytes()).as_deref().unwrap_or("-"), seconds, "{row}");
            rows += 1;
        }
        assert!(rows > 300, "{rows}");
    }

    #[test] // the rows of file format §7.3
    fn the_mac_is_bound_to_seconds() {
        for (stored, authenticated) in [
            ("2024-05-06T07:08:09.123Z", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08:09+00:00", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08:09+05:30", "2024-05-06T07:08:09+05:30"),
        ] {
            assert_eq!(to_seconds(stored.as_bytes()).as_deref(), Ok(authenticated));
        }
    }

    #[test] // right-hand sides: time.Parse(time.RFC3339, …).Format(time.RFC3339), or its error
    fn as_go_reads_and_writes() {
        assert!(to_seconds("2023-01-01T00:00:00é0000".as_bytes()).is_err());
        for (text, want) in [
            ("2026-11-21T07:41:14Z", "2026-11-21T07:41:14Z"),
            ("2024-05-06T07:08:09.123Z", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08:09,5+00:00", "2024-05-06T07:08:09Z"),
            ("2024-05-06T7:08:09-05:30", "2024-05-06T07:08:09-05:30"),
            ("2024-05-06T07:08:09-00:00", "2024-05-06T07:08:09Z"),
            ("2024-05-06T07:08:09+24:60", "2024-05-06T07:08:09+25:00"),
            ("", r#"parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006""#),
            (
                "2024-01-02",
                r#"parsing time "2024-01-02" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T""#,
            ),
            (
                "2024-01-02 03:04:05Z",
                r#"parsing time "2024-01-02 03:04:05Z" as "2006-01-02T15:04:05Z07:00": cannot parse " 03:04:05Z" as "T""#,
            ),
            ("2023-02-29T00:00:00Z", r#"parsing time "2023-02-29T00:00:00Z": day out of range"#),
            ("2023-13-01T00:00:00Z", r#"parsing time "2023-13-01T00:00:00Z": month out of range"#),
            ("2023-01-01T24:00:00Z", r#"parsing time "2023-01-01T24:00:00Z": hour out of range"#),
            ("2023-01-01T00:00:00Zx", r#"parsing time "2023-01-01T00:00:00Zx": extra text: "x""#),
        ] {
            assert_eq!(to_seconds(text.as_bytes()).unwrap_or_else(|e| e.to_string()), want, "{text}");
        }
    }
}
