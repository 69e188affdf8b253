//! Paths as rules see them (configuration §3): what Go makes of a path on each system, by text alone. Nothing
//! is looked up, so that both systems can be tested on either.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

/// How a system writes paths. Paths are bytes here: those of an `OsStr`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathStyle {
    /// `/a/b`.
    Unix,
    /// `C:\a\b`, `\\server\share\a`; `/` is taken for `\`.
    Windows,
}

/// What rules see between the folders of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MatchSeparator {
    /// What the system has there, as in sops.
    #[default]
    System,
    /// Always `/`.
    Slash,
}

impl PathStyle {
    /// The style of the system that this is built for.
    pub const NATIVE: Self = if cfg!(windows) { Self::Windows } else { Self::Unix };

    /// What stands between folders.
    #[must_use]
    pub const fn separator(self) -> u8 {
        match self {
            Self::Unix => b'/',
            Self::Windows => b'\\',
        }
    }

    const fn is_separator(self, byte: u8) -> bool {
        byte == b'/' || matches!(self, Self::Windows) && byte == b'\\'
    }

    /// How much of a path names the drive or the share.
    fn volume(self, path: &[u8]) -> usize {
        let separator = |at: usize| path.get(at).is_some_and(|byte| self.is_separator(*byte));
        // The end of the part that begins there.
        let part = |from: usize| (from..path.len()).find(|at| separator(*at)).unwrap_or(path.len());
        match (self, path) {
            (Self::Unix, _) => 0,
            (_, [letter, b':', ..]) if letter.is_ascii_alphabetic() => 2,
            _ if !separator(0) || !separator(1) => 0,
            (_, [_, _, b'.' | b'?', next, rest @ ..]) if self.is_separator(*next) => {
                let is_share = rest.len() > 3 && rest[..3].eq_ignore_ascii_case(b"UNC") && separator(7);
                if is_share { part((part(8) + 1).min(path.len())) } else { part(4) }
            }
            _ => part((part(2) + 1).min(path.len())),
        }
    }

    /// Whether a path needs no other one to start at.
    #[must_use]
    pub fn is_absolute(self, path: &[u8]) -> bool {
        let volume = self.volume(path);
        match self {
            Self::Unix => path.first() == Some(&b'/'),
            // A share is absolute by itself.
            Self::Windows if volume > 2 => true,
            Self::Windows => volume == 2 && path.get(2).is_some_and(|byte| self.is_separator(*byte)),
        }
    }

    /// The shortest name for the same place, by text alone: no `.`, no `//`, `..` only in front.
    #[must_use]
    pub fn clean(self, path: &[u8]) -> Vec<u8> {
        let (volume, rest) = path.split_at(self.volume(path));
        let rooted = rest.first().is_some_and(|byte| self.is_separator(*byte)) || volume.len() > 2;
        let mut parts: Vec<&[u8]> = Vec::new();
        for part in rest.split(|&byte| self.is_separator(byte)) {
            match part {
                b"" | b"." => {}
                b".." if parts.last().is_some_and(|last| *last != b"..") => {
                    parts.pop();
                }
                b".." if rooted => {}
                part => parts.push(part),
            }
        }
        let separator = self.separator();
        let mut out: Vec<u8> =
            volume.iter().map(|&byte| if self.is_separator(byte) { separator } else { byte }).collect();
        if rooted {
            out.push(separator);
        }
        out.extend_from_slice(&parts.join(&separator));
        if out.len() == volume.len() {
            out.push(b'.');
        }
        out
    }

    /// `path` made absolute under `base`, which is absolute, and cleaned: Go's `filepath.Abs`. A path that is
    /// relative on another drive than that of `base` starts at the root of its drive.
    #[must_use]
    pub fn absolute(self, path: &[u8], base: &[u8]) -> Vec<u8> {
        if self.is_absolute(path) {
            return self.clean(&self.without_ends(path));
        }
        let drive = self.volume(path);
        let base_volume = &base[..self.volume(base)];
        let own_drive = drive == 0 || path[..drive].eq_ignore_ascii_case(base_volume);
        let rooted = path.get(drive).is_some_and(|byte| self.is_separator(*byte));
        let start = match (own_drive, rooted) {
            (false, _) => &path[..drive],
            (true, true) => base_volume,
            (true, false) => base,
        };
        let whole = [start, &[self.separator()], &path[drive..]].concat();
        self.clean(&self.without_ends(&whole))
    }

    /// The folder that a file is in; the path is absolute and clean.
    #[must_use]
    pub fn folder(self, path: &[u8]) -> &[u8] {
        let volume = self.volume(path);
        let end = path.iter().rposition(|&byte| self.is_separator(byte)).unwrap_or(0);
        // The separator belongs to a root.
        &path[..if end <= volume { (volume + 1).min(path.len()) } else { end }]
    }

    /// Windows forgets blanks and dots at the end of a path, and one dot at the end of a folder's name.
    fn without_ends(self, path: &[u8]) -> Cow<'_, [u8]> {
        if self == Self::Unix {
            return Cow::Borrowed(path);
        }
        let volume = self.volume(path);
        let is_name = |part: &[u8]| !matches!(part, b"" | b"." | b"..");
        let parts: Vec<&[u8]> = path[volume..].split(|&byte| self.is_separator(byte)).collect();
        let count = parts.len();
        let parts = parts.into_iter().enumerate().map(|(at, part)| match part {
            part if !is_name(part) => part,
            part if at + 1 == count => without_dots(part),
            part => part.strip_suffix(b".").unwrap_or(part),
        });
        let parts: Vec<&[u8]> = parts.collect();
        Cow::Owned([&path[..volume], &parts.join(&self.separator())].concat())
    }

    /// What rules see of the path of a file: the part below `base`, or else all of it. Both are absolute and
    /// clean.
    ///
    /// # Compatibility
    ///
    /// As in sops the case of letters counts, that of a drive too, and nothing is below the root of a drive:
    /// its name ends in a separator already.
    #[must_use]
    pub fn below<'p>(self, path: &'p str, base: &str, separator: MatchSeparator) -> Cow<'p, str> {
        let below = path.strip_prefix(base).and_then(|rest| rest.strip_prefix(char::from(self.separator())));
        self.seen(below.unwrap_or(path), separator)
    }

    /// A path, or a part of one, with the separators that rules see.
    #[must_use]
    pub fn seen(self, path: &str, separator: MatchSeparator) -> Cow<'_, str> {
        match (self, separator) {
            (Self::Windows, MatchSeparator::Slash) if path.contains('\\') => {
                Cow::Owned(path.replace('\\', "/"))
            }
            _ => Cow::Borrowed(path),
        }
    }
}

fn without_dots(mut name: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'.'] = name {
        name = rest;
    }
    name
}
