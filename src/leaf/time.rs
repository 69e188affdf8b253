//! Timestamps as Go reads and writes them.
//!
//! RFC 3339 with Go's small liberties (`time.Parse(time.RFC3339, …)`): the hour may have one
//! digit, a comma may stand for the point of the fraction, an offset may go to `24:60`. What is
//! *written* is strict. The table `testdata/numbers/time.tsv` was made by Go.

use std::fmt::Write;

/// A point in time with the offset that it was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Timestamp {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    nanosecond: u32,
    /// Minutes east of UTC.
    offset: i16,
}

/// The timestamp as Go's `MarshalText` spells it, which is what sops encrypts and what its MAC
/// covers (file format §3.2): up to nine digits of fraction without trailing zeros, `Z` for no
/// offset. Nothing if Go cannot read it, or can but not write it (offsets from 24 hours).
#[must_use]
pub fn canonical(text: &[u8]) -> Option<String> {
    let time = Timestamp::parse(text)?;
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
/// Nothing if Go cannot read it.
#[must_use]
pub fn format_seconds(text: &[u8]) -> Option<String> {
    let time = Timestamp::parse(text)?;
    let mut out = time.date_and_time();
    time.write_offset(&mut out);
    Some(out)
}

impl Timestamp {
    fn parse(text: &[u8]) -> Option<Self> {
        let mut rest = Reader(text);
        let year = rest.digits(4)?;
        rest.literal(b'-')?;
        let month = rest.two_digits()?;
        rest.literal(b'-')?;
        let day = rest.two_digits()?;
        rest.literal(b'T')?;
        let hour = rest.one_or_two_digits()?;
        rest.literal(b':')?;
        let minute = rest.two_digits()?;
        rest.literal(b':')?;
        let second = rest.two_digits()?;
        let nanosecond = rest.fraction();
        let offset = rest.offset()?;
        let in_range = rest.0.is_empty()
            && (1..=12).contains(&month)
            && (1..=days_in(month, year)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60;
        in_range.then_some(Self { year, month, day, hour, minute, second, nanosecond, offset })
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

const fn days_in(month: u8, year: u16) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

/// What is left of the text.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn literal(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        (*first == byte).then_some(())
    }

    fn digit(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        let digit = first.is_ascii_digit().then(|| first - b'0')?;
        self.0 = rest;
        Some(digit)
    }

    fn digits(&mut self, count: usize) -> Option<u16> {
        (0..count).try_fold(0, |number, _| Some(number * 10 + u16::from(self.digit()?)))
    }

    fn two_digits(&mut self) -> Option<u8> {
        Some(self.digit()? * 10 + self.digit()?)
    }

    fn one_or_two_digits(&mut self) -> Option<u8> {
        let first = self.digit()?;
        Some(self.digit().map_or(first, |second| first * 10 + second))
    }

    /// The fraction of the second in nanoseconds. Digits after the ninth are dropped.
    fn fraction(&mut self) -> u32 {
        let [b'.' | b',', rest @ ..] = self.0 else { return 0 };
        let mut digits = Reader(rest);
        let Some(first) = digits.digit() else { return 0 };
        let (mut fraction, mut unit) = (u32::from(first) * 100_000_000, 10_000_000);
        while let Some(digit) = digits.digit() {
            fraction += u32::from(digit) * unit;
            unit /= 10;
        }
        self.0 = digits.0;
        fraction
    }

    /// The offset in minutes. Go takes 24 hours and 60 minutes, because some people write them.
    fn offset(&mut self) -> Option<i16> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        let sign = match first {
            b'Z' => return Some(0),
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let hours = self.two_digits()?;
        self.literal(b':')?;
        let minutes = self.two_digits()?;
        (hours <= 24 && minutes <= 60).then(|| sign * (i16::from(hours) * 60 + i16::from(minutes)))
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
            assert_eq!(format_seconds(text.as_bytes()).as_deref().unwrap_or("-"), seconds, "{row}");
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
            assert_eq!(format_seconds(stored.as_bytes()).as_deref(), Some(authenticated));
        }
    }
}
