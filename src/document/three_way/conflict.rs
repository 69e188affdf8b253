//! Several versions of a text in one: where they differ, all of them stand there, between markers as git
//! writes them.
//!
//! [`join`] writes such a text, [`split`] gets the very versions back from it, byte for byte. Of encrypted
//! files that makes an unresolved merge that holds no plaintext, that no reader of the format takes for a
//! file, and from which whoever has a key can go on ([`ops::Merging`](crate::ops::Merging)). Nothing here
//! knows what the lines mean.
//!
//! ```text
//! <<<<<<< sops:ours
//!     password: ENC[…]
//! ||||||| sops:base
//!     password: ENC[…]
//! =======
//!     password: ENC[…]
//! >>>>>>> sops:theirs
//! ```

use super::lines::{self, lines};

/// The length of a marker, as in git.
pub const MARKER: usize = 7;

/// What stands behind a marker whose section ends the text without a line end.
const OPEN_ENDED: &str = " (no line end)";

/// Three versions of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// What the other two were made of, if they have that in common.
    pub base: Option<Vec<u8>>,
    /// The one that stays where nobody decides otherwise.
    pub ours: Vec<u8>,
    /// The other one.
    pub theirs: Vec<u8>,
}

/// Where markers stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// Wherever the versions are not all the same: [`split`] gives them back.
    Everything,
    /// Where both sides changed the same lines in different ways; what one side changed is just there.
    Conflicts,
}

/// Why a text with markers gives no versions. Holds nothing of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: the conflict markers do not fit together")]
pub struct BrokenMarkers {
    /// Where it was found, counted from 1.
    pub line: usize,
}

/// Whether `text` holds markers of ours: an unresolved merge, whole or what an edit left of it.
#[must_use]
pub fn is_unresolved(text: &[u8]) -> bool {
    // Most texts are done with here.
    memchr::memmem::find(text, b" sops:").is_some() && text.split(|&byte| byte == b'\n').any(is_ours)
}

/// Whether a line is a marker of ours.
fn is_ours(line: &[u8]) -> bool {
    let mark = line.first().copied().unwrap_or_default();
    let label: &[u8] = match mark {
        b'<' => b" sops:ours",
        b'|' => b" sops:base",
        b'>' => b" sops:theirs",
        _ => return false,
    };
    let run = run_of(line, mark);
    run >= MARKER && line[run..].starts_with(label)
}

/// The first line of an unresolved merge, whoever left it, counted from 1. Of markers without our labels
/// three of one length have to be there in their order: a text may hold a line that looks like one.
#[must_use]
pub fn first_line(text: &[u8]) -> Option<usize> {
    // Line, length, and whether the sides are divided.
    let mut open: Option<(usize, usize, bool)> = None;
    for (at, line) in text.split(|&byte| byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some(&mark) = line.first().filter(|mark| b"<|=>".contains(mark)) else { continue };
        let run = run_of(line, mark);
        if is_ours(line) {
            return Some(open.filter(|_| mark != b'<').map_or(at + 1, |(line, ..)| line));
        }
        let labelled = run >= MARKER && line.get(run) == Some(&b' ');
        match (&mut open, mark) {
            (_, b'<') if labelled => open = Some((at + 1, run, false)),
            (Some((_, length, divided)), b'=') if run == *length && line.len() == run => *divided = true,
            (Some((line, length, true)), b'>') if run == *length && labelled => return Some(*line),
            _ => {}
        }
    }
    None
}

/// How often a byte stands at the start of a line.
fn run_of(line: &[u8], mark: u8) -> usize {
    line.iter().take_while(|&&byte| byte == mark).count()
}

/// Writes the versions as one text, with markers of at least `size`.
///
/// They are longer where a line could be taken for one.
#[must_use]
pub fn join(sides: &Sides, size: usize, show: Show) -> Vec<u8> {
    let [base, ours, theirs] =
        [sides.base.as_deref().unwrap_or_default(), &sides.ours, &sides.theirs].map(lines);
    let longest = [&base, &ours, &theirs].into_iter().flatten().map(|line| match line.first() {
        Some(&mark) if b"<|=>".contains(&mark) => run_of(line, mark),
        _ => 0,
    });
    let longest = longest.max().filter(|&run| run >= MARKER).map_or(0, |run| run + 1);
    let size = size.max(MARKER).max(longest);
    let mut out = Writer { text: Vec::new(), size };
    for block in blocks(sides, &base, &ours, &theirs) {
        match block {
            Block::Same(line) => out.text.extend_from_slice(line),
            Block::Different { base, ours, theirs } => {
                let one_changed = sides.base.is_some() && show == Show::Conflicts;
                if one_changed && (ours == base || ours == theirs) {
                    out.text.extend(theirs.concat());
                } else if one_changed && theirs == base {
                    out.text.extend(ours.concat());
                } else {
                    out.section(b'<', "sops:ours", ours);
                    if sides.base.is_some() {
                        out.section(b'|', "sops:base", base);
                    }
                    let open = out.section(b'=', "", theirs);
                    out.marker(b'>', "sops:theirs", open);
                }
            }
        }
    }
    out.text
}

enum Block<'a, 't> {
    Same(&'t [u8]),
    Different { base: &'a [&'t [u8]], ours: &'a [&'t [u8]], theirs: &'a [&'t [u8]] },
}

/// The texts cut at the lines that all of them have.
fn blocks<'a, 't>(
    sides: &Sides,
    base: &'a [&'t [u8]],
    ours: &'a [&'t [u8]],
    theirs: &'a [&'t [u8]],
) -> Vec<Block<'a, 't>> {
    let with_base = sides.base.is_some();
    // Without a base ours takes its place.
    let from = if with_base { base } else { ours };
    let to_ours: Vec<Option<usize>> =
        if with_base { lines::matches(base, ours) } else { (0..ours.len()).map(Some).collect() };
    let to_theirs = lines::matches(from, theirs);
    let mut blocks = Vec::new();
    let (mut b, mut o, mut t) = (0, 0, 0);
    loop {
        let next = (b..from.len()).find_map(|line| Some((line, to_ours[line]?, to_theirs[line]?)));
        let (b_end, o_end, t_end) = next.unwrap_or((from.len(), ours.len(), theirs.len()));
        let was: &[&[u8]] = if with_base { &base[b..b_end] } else { &[] };
        let (our, their) = (&ours[o..o_end], &theirs[t..t_end]);
        if !(was.is_empty() && our.is_empty() && their.is_empty()) {
            blocks.push(Block::Different { base: was, ours: our, theirs: their });
        }
        if next.is_none() {
            return blocks;
        }
        blocks.push(Block::Same(from[b_end]));
        (b, o, t) = (b_end + 1, o_end + 1, t_end + 1);
    }
}

struct Writer {
    text: Vec<u8>,
    size: usize,
}

impl Writer {
    /// A marker and the lines below it; tells whether they end without a line end.
    fn section(&mut self, mark: u8, label: &str, lines: &[&[u8]]) -> bool {
        let open = lines.last().is_some_and(|line| !line.ends_with(b"\n"));
        // What ends theirs is told by the marker below it: the one above has to be bare.
        self.marker(mark, label, open && mark != b'=');
        lines.iter().for_each(|line| self.text.extend_from_slice(line));
        if open {
            self.text.push(b'\n');
        }
        open
    }

    fn marker(&mut self, mark: u8, label: &str, open: bool) {
        self.text.resize(self.text.len() + self.size, mark);
        if !label.is_empty() {
            self.text.push(b' ');
            self.text.extend_from_slice(label.as_bytes());
        }
        if open {
            self.text.extend_from_slice(OPEN_ENDED.as_bytes());
        }
        self.text.push(b'\n');
    }
}

/// Which versions a line belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    All,
    Ours,
    Base,
    Theirs,
}

/// The versions that [`join`] put into a text showing everything; nothing if it holds no markers.
///
/// # Errors
///
/// [`BrokenMarkers`] if someone changed them.
pub fn split(text: &[u8]) -> Result<Option<Sides>, BrokenMarkers> {
    if !is_unresolved(text) {
        return Ok(None);
    }
    let all = lines(text);
    let broken = |line: usize| BrokenMarkers { line: line + 1 };
    let opening = all.iter().position(|line| {
        let run = run_of(line, b'<');
        run >= MARKER && line[run..].starts_with(b" sops:ours")
    });
    let size = run_of(all[opening.ok_or(broken(0))?], b'<');
    let (mut ours, mut base, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    // Whether there is a base; nothing before the first place that could have one.
    let mut with_base = None;
    let mut at = At::All;
    // Whether the section that is read lacks its last line end.
    let mut open = false;
    for (number, line) in all.iter().enumerate() {
        let next = match marker(line, size) {
            None => {
                if matches!(at, At::All | At::Ours) {
                    ours.extend_from_slice(line);
                }
                if matches!(at, At::All | At::Base) {
                    base.extend_from_slice(line);
                }
                if matches!(at, At::All | At::Theirs) {
                    theirs.extend_from_slice(line);
                }
                continue;
            }
            Some(next) => next,
        };
        let mut close = |text: &mut Vec<u8>| {
            if std::mem::take(&mut open) {
                cut_line_end(text);
            }
        };
        at = match (at, next.mark) {
            (At::All, b'<') => At::Ours,
            (At::Ours, b'|') if with_base != Some(false) => {
                with_base = Some(true);
                close(&mut ours);
                At::Base
            }
            (At::Ours, b'=') if with_base != Some(true) => {
                with_base = Some(false);
                close(&mut ours);
                At::Theirs
            }
            (At::Base, b'=') => {
                close(&mut base);
                At::Theirs
            }
            (At::Theirs, b'>') => {
                if next.open {
                    cut_line_end(&mut theirs);
                }
                At::All
            }
            _ => return Err(broken(number)),
        };
        open = next.open && at != At::All;
    }
    if at != At::All {
        return Err(broken(all.len()));
    }
    Ok(Some(Sides { base: with_base.unwrap_or(false).then_some(base), ours, theirs }))
}

fn cut_line_end(text: &mut Vec<u8>) {
    if text.last() == Some(&b'\n') {
        text.pop();
    }
}

struct Marker {
    mark: u8,
    open: bool,
}

/// What marker a line is, if it is one. Where git gives files other line ends, markers have them too.
fn marker(line: &[u8], size: usize) -> Option<Marker> {
    let mark = *line.first()?;
    let label: &[u8] = match mark {
        b'<' => b" sops:ours",
        b'|' => b" sops:base",
        b'=' => b"",
        b'>' => b" sops:theirs",
        _ => return None,
    };
    if run_of(line, mark) != size {
        return None;
    }
    let rest = line[size..].strip_suffix(b"\n").unwrap_or(&line[size..]);
    let rest = rest.strip_suffix(b"\r").unwrap_or(rest).strip_prefix(label)?;
    match rest {
        b"" => Some(Marker { mark, open: false }),
        rest if rest == OPEN_ENDED.as_bytes() => Some(Marker { mark, open: true }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sides(base: Option<&str>, ours: &str, theirs: &str) -> Sides {
        let bytes = |text: &str| text.as_bytes().to_vec();
        Sides { base: base.map(bytes), ours: bytes(ours), theirs: bytes(theirs) }
    }

    #[track_caller]
    fn check(sides: &Sides, show: Show, expected: &str) {
        assert_eq!(String::from_utf8_lossy(&join(sides, MARKER, show)), expected);
    }

    #[test]
    fn where_all_are_the_same_there_are_no_markers() {
        let three = sides(Some("1\n2\n3\n"), "1\nx\n3\n", "1\ny\n3\n");
        check(
            &three,
            Show::Everything,
            "1\n<<<<<<< sops:ours\nx\n||||||| sops:base\n2\n=======\ny\n>>>>>>> sops:theirs\n3\n",
        );
        check(
            &sides(None, "1\nx\n", "1\n"),
            Show::Everything,
            "1\n<<<<<<< sops:ours\nx\n=======\n>>>>>>> sops:theirs\n",
        );
        check(&sides(Some("1\n2\n"), "1\nx\n", "1\n2\n"), Show::Conflicts, "1\nx\n");
    }

    #[test]
    fn what_an_edit_leaves_of_markers_is_seen() {
        assert_eq!(first_line(b"a\n<<<<<<< sops:ours\n"), Some(2));
        assert_eq!(first_line(b"a\nb\n>>>>>>> sops:theirs\r\n"), Some(3));
        assert!(is_unresolved(b"a\n<<<<<<< sops:ours\n"));
        assert!(is_unresolved(b">>>>>>>> sops:theirs\r\n"));
        assert!(!is_unresolved(b"a sops:ours\n<<<<<<< HEAD\n"));
        assert_eq!(split(b"a\n"), Ok(None));
        assert_eq!(split(b"<<<<<<< sops:ours\na\n"), Err(BrokenMarkers { line: 3 }));
        assert_eq!(split(b"a\n>>>>>>> sops:theirs\n"), Err(BrokenMarkers { line: 1 }));
    }

    #[test]
    fn other_line_ends() {
        let three = sides(Some("1\n2"), "1\nx", "1\ny\n");
        let text = String::from_utf8(join(&three, MARKER, Show::Everything)).expect("text");
        let with_returns = text.replace('\n', "\r\n");
        let back = split(with_returns.as_bytes()).expect("whole").expect("unresolved");
        assert_eq!(back, sides(Some("1\r\n2\r"), "1\r\nx\r", "1\r\ny\r\n"));
    }

    proptest! {
        #[test]
        fn the_versions_come_back(
            base in proptest::option::of("(a\n|b\n|c\r\n|<<<<<<< sops:ours\n|========\n|\\|\\|\\|\n|>){0,8}"),
            ours in "(a\n|b\n|c\r\n|x\n|<<<<<<< HEAD\n|=======\n|y){0,8}",
            theirs in "(a\n|b\n|c\r\n|z\n|>>>>>>> sops:theirs\n|y){0,8}",
        ) {
            let three = sides(base.as_deref(), &ours, &theirs);
            let joined = join(&three, MARKER, Show::Everything);
            let all_same = ours == theirs && base.as_ref().is_none_or(|base| *base == ours);
            if all_same {
                prop_assert_eq!(joined, three.ours);
            } else {
                prop_assert_eq!(split(&joined), Ok(Some(three)));
            }
        }

        #[test]
        fn any_text_is_taken_or_refused(text in "(<<<<<<<|\\|\\|\\|\\|\\|\\|\\||=======|>>>>>>>|>| sops:ours| sops:base| sops:theirs|\n|a){0,24}") {
            let _ = split(text.as_bytes());
        }
    }

    #[test]
    fn a_conflict_has_three_markers_of_one_length_in_order() {
        assert_eq!(first_line(b"a: 1\n<<<<<<< ours\na: 2\n=======\na: 3\n>>>>>>> theirs\n"), Some(2));
        assert_eq!(first_line(b"<<<<<<< ours\r\n=======\r\n>>>>>>> theirs\r\n"), Some(1));
        assert_eq!(first_line(b"x\n<<<<<<<<<< ours\n==========\n>>>>>>>>>> theirs\n"), Some(2));
        assert_eq!(first_line(b"<<<<<<<< ours\n=======\n>>>>>>>> theirs\n"), None);
        assert_eq!(first_line(b"=======\n>>>>>>> x\n<<<<<<< y\n"), None);
        assert_eq!(first_line(b"t: |\n  <<<<<<< a\n  =======\n  >>>>>>> b\n"), None);
    }
}
