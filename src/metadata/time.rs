//! Timestamps of the block: read as Go's `time.Parse` reads RFC 3339, written to the second.
//!
//! No calendar arithmetic is needed: the zone is kept, so the digits are those of the input.

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

/// Parses `text` and writes it again to the second: fraction dropped, `+00:00` as `Z`.
pub(super) fn to_seconds(text: &str) -> Result<String, TimeError> {
    let mut reader = Reader { text, rest: text };
    let year = reader.digits("2006", 4, 4)?;
    reader.literal("-")?;
    let month = reader.bounded("01", 2, 1..=12, "month")?;
    reader.literal("-")?;
    let day = reader.digits("02", 2, 2)?;
    reader.literal("T")?;
    let hour = reader.bounded("15", 1, 0..=23, "hour")?;
    reader.literal(":")?;
    let minute = reader.bounded("04", 2, 0..=59, "minute")?;
    reader.literal(":")?;
    let second = reader.bounded("05", 2, 0..=59, "second")?;
    reader.skip_fraction();
    let zone = reader.zone()?;
    if !reader.rest.is_empty() {
        return Err(TimeError::ExtraText { text: text.to_owned(), rest: reader.rest.to_owned() });
    }
    if day < 1 || day > days_in(month, year) {
        return Err(reader.out_of_range("day"));
    }
    let date = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    Ok(match zone {
        0 => date + "Z",
        _ => {
            let sign = if zone < 0 { '-' } else { '+' };
            format!("{date}{sign}{:02}:{:02}", zone.abs() / 60, zone.abs() % 60)
        }
    })
}

const fn days_in(month: i32, year: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Reader<'_> {
    fn malformed(&self, wanted: &'static str) -> TimeError {
        TimeError::Malformed { text: self.text.to_owned(), rest: self.rest.to_owned(), wanted }
    }

    fn out_of_range(&self, part: &'static str) -> TimeError {
        TimeError::OutOfRange { text: self.text.to_owned(), part }
    }

    fn literal(&mut self, wanted: &'static str) -> Result<(), TimeError> {
        self.rest = self.rest.strip_prefix(wanted).ok_or_else(|| self.malformed(wanted))?;
        Ok(())
    }

    /// A number of `least` to `most` digits.
    fn digits(&mut self, wanted: &'static str, least: usize, most: usize) -> Result<i32, TimeError> {
        let count = self.rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
        if count < least {
            return Err(self.malformed(wanted));
        }
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        Ok(digits.bytes().fold(0, |number, digit| number * 10 + i32::from(digit - b'0')))
    }

    fn bounded(
        &mut self,
        wanted: &'static str,
        least: usize,
        range: std::ops::RangeInclusive<i32>,
        part: &'static str,
    ) -> Result<i32, TimeError> {
        let number = self.digits(wanted, least, 2)?;
        if range.contains(&number) { Ok(number) } else { Err(self.out_of_range(part)) }
    }

    fn skip_fraction(&mut self) {
        if let [b'.' | b',', digit, ..] = self.rest.as_bytes()
            && digit.is_ascii_digit()
        {
            self.rest = self.rest[1..].trim_start_matches(|c: char| c.is_ascii_digit());
        }
    }

    /// The offset in minutes.
    fn zone(&mut self) -> Result<i32, TimeError> {
        const WANTED: &str = "Z07:00";
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok(0);
        }
        let [sign, h1, h2, b':', m1, m2, ..] = *self.rest.as_bytes() else {
            return Err(self.malformed(WANTED));
        };
        if ![h1, h2, m1, m2].iter().all(u8::is_ascii_digit) {
            return Err(self.malformed(WANTED));
        }
        let pair = |a: u8, b: u8| i32::from(a - b'0') * 10 + i32::from(b - b'0');
        let (hours, minutes) = (pair(h1, h2), pair(m1, m2));
        if hours > 24 {
            return Err(self.out_of_range("time zone offset hour"));
        }
        if minutes > 60 {
            return Err(self.out_of_range("time zone offset minute"));
        }
        let offset = match sign {
            b'+' => hours * 60 + minutes,
            b'-' => -(hours * 60 + minutes),
            _ => return Err(self.malformed(WANTED)),
        };
        self.rest = &self.rest[6..];
        Ok(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::to_seconds;

    #[test] // right-hand sides: time.Parse(time.RFC3339, …).Format(time.RFC3339), or its error
    fn as_go_reads_and_writes() {
        assert!(to_seconds("2023-01-01T00:00:00é0000").is_err());
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
            assert_eq!(to_seconds(text).unwrap_or_else(|e| e.to_string()), want, "{text}");
        }
    }
}
