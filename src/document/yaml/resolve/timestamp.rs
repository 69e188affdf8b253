//! Timestamps, in the four forms that go-yaml knows (stores §2.2).

/// The timestamp as Go prints it: RFC 3339, up to nine fractional digits without trailing
/// zeros. Nothing if the text is not a timestamp.
///
/// An offset of 24 hours is read and printed, though sops then refuses to encrypt it.
pub(super) fn parse(text: &str) -> Option<String> {
    let mut rest = Reader(text.as_bytes());
    let year = rest.year()?;
    let month = rest.after(b'-')?.one_or_two(1, 12)?;
    let day = rest.after(b'-')?.one_or_two(1, days(year, month))?;
    let date = format!("{year:04}-{month:02}-{day:02}");
    let (zoned, clock) = match rest.0 {
        [] => return Some(date + "T00:00:00Z"),
        [b'T' | b't', clock @ ..] => (true, clock),
        [b' ', clock @ ..] => {
            let blanks = clock.iter().take_while(|&&b| b == b' ').count();
            (false, &clock[blanks..])
        }
        _ => return None,
    };
    rest = Reader(clock);
    let hour = rest.one_or_two(0, 23)?;
    let minute = rest.after(b':')?.one_or_two(0, 59)?;
    let second = rest.after(b':')?.one_or_two(0, 59)?;
    let fraction = rest.fraction();
    let zone = if zoned { rest.zone()? } else { "Z".to_owned() };
    rest.0.is_empty().then(|| format!("{date}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"))
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Four digits.
    fn year(&mut self) -> Option<u32> {
        let (year, rest) = self.0.split_at_checked(4)?;
        self.0 = rest;
        year.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + u32::from(b - b'0')))
    }

    fn after(&mut self, mark: u8) -> Option<&mut Self> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        (*first == mark).then_some(self)
    }

    fn one_or_two(&mut self, least: u32, most: u32) -> Option<u32> {
        let number = match *self.0 {
            [a @ b'0'..=b'9', b @ b'0'..=b'9', ref rest @ ..] => {
                self.0 = rest;
                u32::from(a - b'0') * 10 + u32::from(b - b'0')
            }
            [a @ b'0'..=b'9', ref rest @ ..] => {
                self.0 = rest;
                u32::from(a - b'0')
            }
            _ => return None,
        };
        (least..=most).contains(&number).then_some(number)
    }

    /// `.5` or `,5`; digits after the ninth are cut off.
    fn fraction(&mut self) -> String {
        let [b'.' | b',', digits @ ..] = self.0 else { return String::new() };
        let end = digits.iter().position(|b| !b.is_ascii_digit()).unwrap_or(digits.len());
        if end == 0 {
            return String::new();
        }
        self.0 = &digits[end..];
        let kept: String = digits[..end.min(9)].iter().copied().map(char::from).collect();
        match kept.trim_end_matches('0') {
            "" => String::new(),
            kept => format!(".{kept}"),
        }
    }

    /// `Z` or `+hh:mm`. Go allows 24 hours and 60 minutes, and carries the latter.
    fn zone(&mut self) -> Option<String> {
        let (sign, hours, minutes, rest) = match *self.0 {
            [b'Z', ref rest @ ..] => {
                self.0 = rest;
                return Some("Z".to_owned());
            }
            [sign @ (b'+' | b'-'), a, b, b':', c, d, ref rest @ ..]
                if [a, b, c, d].iter().all(u8::is_ascii_digit) =>
            {
                let two = |tens: u8, ones: u8| u32::from(tens - b'0') * 10 + u32::from(ones - b'0');
                (sign, two(a, b), two(c, d), rest)
            }
            _ => return None,
        };
        self.0 = rest;
        if hours > 24 || minutes > 60 {
            return None;
        }
        let offset = hours * 60 + minutes;
        Some(match offset {
            0 => "Z".to_owned(),
            _ => format!("{}{:02}:{:02}", char::from(sign), offset / 60, offset % 60),
        })
    }
}

const fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
