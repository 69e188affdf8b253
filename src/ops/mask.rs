//! Hides secret values in a stream of text, such as the output of a command.
//!
//! Every byte that is a part of some secret is hidden, wherever reads cut the stream; bytes that touch
//! are hidden together. What may be the beginning of a secret is held back until it is clear.
//! Not found: values that are written in another way (base64, escapes, wrapped lines), and short ones.

use std::collections::{HashMap, VecDeque};

use zeroize::Zeroizing;

/// What stands for a secret.
const MASK: &[u8] = b"*****";

/// Shorter values are not hidden: they would turn up in many places where they mean nothing.
pub const SHORTEST: usize = 6;

/// The secrets, ready to be looked for (Aho and Corasick: one step per byte, however many there are).
pub struct Secrets {
    nodes: Vec<Node>,
    /// The ways on from the start, where nearly all bytes of a stream are; 0 leads back there.
    first: Box<[u32; 256]>,
    /// Where secrets part: the ways on from a node beside the one that it has itself.
    more: HashMap<(u32, u8), u32>,
}

/// A beginning of some secret.
#[derive(Clone, Copy, Default)]
struct Node {
    /// The longest ending of it that is a beginning too.
    fallback: u32,
    /// Its length.
    depth: usize,
    /// The length of the longest secret that it ends in; 0 if in none.
    found: usize,
    /// The way on that was found first, by this byte; 0 for none.
    next: u32,
    byte: u8,
    /// Whether there are more of them.
    forks: bool,
}

impl Secrets {
    /// Takes each value, and each of its lines if it has several; ends are trimmed. Those that are
    /// shorter than [`SHORTEST`] are passed over.
    #[must_use]
    pub fn new<'v>(values: impl IntoIterator<Item = &'v [u8]>) -> Self {
        let mut secrets =
            Self { nodes: vec![Node::default()], first: Box::new([0; 256]), more: HashMap::new() };
        for value in values {
            let value = value.trim_ascii();
            secrets.add(value);
            if value.contains(&b'\n') {
                value.split(|byte| *byte == b'\n').for_each(|line| secrets.add(line.trim_ascii()));
            }
        }
        secrets.link();
        secrets
    }

    fn add(&mut self, value: &[u8]) {
        if value.len() < SHORTEST {
            return;
        }
        let mut at = 0;
        for (depth, byte) in value.iter().enumerate() {
            if let Some(known) = self.way(at, *byte) {
                at = known;
                continue;
            }
            let Ok(fresh) = u32::try_from(self.nodes.len()) else { return };
            let node = &mut self.nodes[at as usize];
            if at == 0 {
                self.first[usize::from(*byte)] = fresh;
            } else if node.next == 0 {
                (node.next, node.byte) = (fresh, *byte);
            } else {
                node.forks = true;
                self.more.insert((at, *byte), fresh);
            }
            self.nodes.push(Node { depth: depth + 1, ..Node::default() });
            at = fresh;
        }
        self.nodes[at as usize].found = value.len();
    }

    /// Finds the fallback of every node, the shallow ones first.
    fn link(&mut self) {
        let own = self.nodes.iter().enumerate().filter(|(_, node)| node.next != 0);
        let own = own.filter_map(|(from, node)| Some((u32::try_from(from).ok()?, node.byte, node.next)));
        let first =
            self.first.iter().zip(0u8..=255).filter(|(to, _)| **to != 0).map(|(to, byte)| (0, byte, *to));
        let more = self.more.iter().map(|((from, byte), to)| (*from, *byte, *to));
        let mut edges: Vec<(u32, u8, u32)> = own.chain(first).chain(more).collect();
        edges.sort_by_key(|(.., to)| self.nodes[*to as usize].depth);
        for (from, byte, to) in edges {
            let fallback = if from == 0 { 0 } else { self.step(self.nodes[from as usize].fallback, byte) };
            let inherited = self.nodes[fallback as usize].found;
            let node = &mut self.nodes[to as usize];
            node.fallback = fallback;
            node.found = node.found.max(inherited);
        }
    }

    /// Where a byte leads from a node by itself.
    fn way(&self, at: u32, byte: u8) -> Option<u32> {
        if at == 0 {
            return Some(self.first[usize::from(byte)]).filter(|to| *to != 0);
        }
        let node = &self.nodes[at as usize];
        if node.next != 0 && node.byte == byte {
            return Some(node.next);
        }
        if node.forks { self.more.get(&(at, byte)).copied() } else { None }
    }

    fn step(&self, mut at: u32, byte: u8) -> u32 {
        loop {
            match self.way(at, byte) {
                Some(next) => return next,
                None if at == 0 => return 0,
                None => at = self.nodes[at as usize].fallback,
            }
        }
    }
}

/// One stream.
pub struct Masker<'s> {
    secrets: &'s Secrets,
    at: u32,
    /// What came in and is not out.
    held: Zeroizing<Vec<u8>>,
    /// How many bytes went out before those.
    gone: usize,
    /// The parts of the stream that are secret, as far as they are not out: apart and in order.
    hidden: VecDeque<(usize, usize)>,
    /// The secret part that was shown as hidden last ends here.
    masked: Option<usize>,
}

impl<'s> Masker<'s> {
    /// At the start of a stream.
    #[must_use]
    pub fn new(secrets: &'s Secrets) -> Self {
        Self { secrets, at: 0, held: Zeroizing::default(), gone: 0, hidden: VecDeque::new(), masked: None }
    }

    /// Takes what came next, and appends to `out` what is clear by now.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut rest = bytes;
        while let Some((byte, behind)) = rest.split_first() {
            if self.at == 0 {
                // Most of a stream is the beginning of nothing.
                let first = |byte: &u8| self.secrets.first[usize::from(*byte)] != 0;
                let (plain, other) = rest.split_at(rest.iter().position(first).unwrap_or(rest.len()));
                if !plain.is_empty() {
                    self.held.extend_from_slice(plain);
                    rest = other;
                    continue;
                }
            }
            rest = behind;
            self.held.push(*byte);
            self.at = self.secrets.step(self.at, *byte);
            let Node { found, .. } = self.secrets.nodes[self.at as usize];
            if found > 0 {
                let end = self.gone + self.held.len();
                self.hide(end - found, end);
            }
        }
        let open = self.secrets.nodes[self.at as usize].depth;
        self.give(self.held.len() - open, out);
    }

    /// Appends the rest.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        self.give(self.held.len(), out);
    }

    fn hide(&mut self, mut start: usize, end: usize) {
        while let Some((last_start, last_end)) = self.hidden.back().copied()
            && last_end >= start
        {
            start = start.min(last_start);
            self.hidden.pop_back();
        }
        self.hidden.push_back((start, end));
    }

    /// Gives out the first `count` held bytes.
    fn give(&mut self, count: usize, out: &mut Vec<u8>) {
        let end = self.gone + count;
        let mut at = self.gone;
        while at < end {
            match self.hidden.front().copied() {
                Some((start, stop)) if start <= at => {
                    if self.masked != Some(at) {
                        out.extend_from_slice(MASK);
                    }
                    at = stop.min(end);
                    self.masked = Some(at);
                    if stop <= end {
                        self.hidden.pop_front();
                    }
                }
                next => {
                    let stop = next.map_or(end, |(start, _)| start.min(end));
                    out.extend_from_slice(&self.held[at - self.gone..stop - self.gone]);
                    at = stop;
                }
            }
        }
        let rest = Zeroizing::new(self.held[count..].to_vec());
        self.held.iter_mut().for_each(|byte| *byte = 0);
        self.held.clear();
        self.held.extend_from_slice(&rest);
        self.gone = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Masks a text that arrives in pieces of this size.
    fn masked(secrets: &[&str], text: &str, piece: usize) -> String {
        let secrets = Secrets::new(secrets.iter().map(|secret| secret.as_bytes()));
        let mut masker = Masker::new(&secrets);
        let mut out = Vec::new();
        text.as_bytes().chunks(piece).for_each(|piece| masker.push(piece, &mut out));
        masker.finish(&mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn wherever_the_stream_is_cut() {
        for (secrets, text, expected) in [
            (&["hunter2!"][..], "a hunter2! b hunter2!", "a ***** b *****"),
            (&["hunter2!"], "hunter2 hunterhunter2!", "hunter2 hunter*****"),
            (&["abcdef", "cdefgh"], "xabcdefghy", "x*****y"),
            (&["abcdefgh", "cdefgh"], "cdefgh abcdefg", "***** abcdefg"),
            (&["abcdefgh", "bcdefg"], "abcdefgx", "a*****x"),
            (&["aaaaaa"], "aaaaaaaab", "*****b"),
            (&["abcdef"], "abcdefabcdef.", "*****."),
            (&["abcdefgh", "abcxyzuv", "abcdzzzz"], "abcdzzzz abcxyzuv abcdefgx", "***** ***** abcdefgx"),
            (&["abcdefgh", "bcdxyz"], "abcdxyz ababcdefgh", "a***** ab*****"),
            (&["short", ""], "short", "short"),
            (&["line one\nline two\n"], "line two, line one", "*****, *****"),
            (&[], "nothing", "nothing"),
            (&["pässword"], "ein pässword hier", "ein ***** hier"),
        ] {
            for piece in 1..=text.len() {
                assert_eq!(masked(secrets, text, piece), expected, "{piece}");
            }
        }
    }

    #[test]
    fn only_what_may_be_a_secret_is_held_back() {
        let secrets = Secrets::new([&b"secret-value"[..]]);
        let mut masker = Masker::new(&secrets);
        let mut out = Vec::new();
        masker.push(b"name: ", &mut out);
        assert_eq!(out, b"name: ");
        masker.push(b"secret", &mut out);
        assert_eq!(out, b"name: ");
        masker.push(b"!", &mut out);
        assert_eq!(out, b"name: secret!");
    }
}
