//! Taking a value or table out of the text.

use super::Text;
use crate::document::Patches;
use crate::document::toml::syntax::{Kind, Made};
use crate::leaf::Span;

impl Text {
    /// The source without a node and all that is in it. Comments on lines of their own stay.
    pub(super) fn without(&self, node: usize) -> Vec<u8> {
        let mut patches = Patches::default();
        if let Some(brackets) = self.brackets(node) {
            self.take_out(node, brackets, &mut patches);
            return patches.apply(&self.source).bytes;
        }
        let mut gone: Vec<Span> = self.sections_in(node).map(|section| self.extent(section)).collect();
        for (number, below) in self.syntax.nodes.iter().enumerate() {
            let Some(line) = below.line.map(|line| &self.syntax.lines[line]) else { continue };
            let elsewhere =
                line.section.is_some_and(|section| !self.is_in(self.syntax.sections[section].table, node));
            if elsewhere && self.is_in(number, node) {
                gone.push(Span::new(line.start, line.end));
            }
        }
        gone.sort_by_key(|span| span.start);
        gone.dedup_by(|next, last| {
            let joins = last.end > next.start;
            if joins {
                last.end = last.end.max(next.end);
            }
            joins
        });
        for span in gone {
            patches.push(span, |_| ());
        }
        patches.apply(&self.source).bytes
    }

    /// A section, up to what belongs to the next one; the last one takes the blank line before it
    /// along.
    fn extent(&self, section: usize) -> Span {
        let (start, end) = (self.syntax.sections[section].start, self.section_end(section));
        let before = &self.source[..start];
        let blank = match before {
            _ if end < self.source.len() => 0,
            [.., b'\n', b'\r', b'\n'] => 2,
            [.., b'\n', b'\n'] => 1,
            _ => 0,
        };
        Span::new(start - blank, end)
    }

    /// Takes an item or member out of brackets or braces, with a comma.
    fn take_out(&self, node: usize, brackets: usize, patches: &mut Patches) {
        let own = self.members(node);
        let all = match self.syntax.nodes[brackets].kind {
            Kind::Table(_) => self.members_of(brackets),
            _ => self.nodes_in(brackets).filter_map(|item| self.syntax.nodes[item].value).collect(),
        };
        let mut at = 0;
        while at < all.len() {
            let run = all[at..].iter().take_while(|member| own.contains(member)).count();
            let Some(last) = run.checked_sub(1).map(|more| all[at + more]) else {
                at += 1;
                continue;
            };
            let first = all[at];
            let span = match (all.get(at + run), at.checked_sub(1)) {
                _ if let Some(lines) = self.own_lines(Span::new(first.start, last.end)) => lines,
                (Some(next), _) => Span::new(first.start, next.start),
                (None, Some(before)) => Span::new(all[before].end, last.end),
                (None, None) => Span::new(first.start, self.behind_comma(last.end)),
            };
            patches.push(span, |_| ());
            at += run;
        }
    }

    /// The whole lines of a part that has them for itself, comma and comment included.
    fn own_lines(&self, part: Span) -> Option<Span> {
        let start = self.source[..part.start].iter().rposition(|&byte| byte == b'\n')? + 1;
        let behind = self.behind_comma(part.end);
        let length = self.source[behind..].iter().position(|&byte| byte == b'\n')?;
        let blank = |text: &[u8]| text.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'));
        let rest = self.source[behind..behind + length].trim_ascii_start();
        let alone = blank(&self.source[start..part.start]) && (rest.is_empty() || rest.starts_with(b"#"));
        let end = behind + length + 1;
        alone.then_some(Span::new(start, end))
    }

    /// Behind the comma that follows, if one does.
    fn behind_comma(&self, from: usize) -> usize {
        let rest = &self.source[from..];
        let blank = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count();
        if rest.get(blank) == Some(&b',') { from + blank + 1 } else { from }
    }

    /// The text of a node in brackets: its key and value, or those of all that a dotted key made.
    fn members(&self, node: usize) -> Vec<Span> {
        match self.syntax.nodes[node].kind {
            Kind::Table(Made::Dotted) => self.members_of(node),
            _ => self.member(node).into_iter().collect(),
        }
    }

    fn member(&self, node: usize) -> Option<Span> {
        let node = &self.syntax.nodes[node];
        match node.line {
            Some(line) => {
                let line = &self.syntax.lines[line];
                Some(Span::new(line.key.start, line.end))
            }
            None => node.value,
        }
    }

    /// The members in braces, dotted ones too, in the order of the source.
    pub(super) fn members_of(&self, table: usize) -> Vec<Span> {
        let (mut todo, mut out) = (vec![table], Vec::new());
        while let Some(table) = todo.pop() {
            for node in self.nodes_in(table) {
                match self.syntax.nodes[node].kind {
                    Kind::Table(Made::Dotted) => todo.push(node),
                    _ => out.extend(self.member(node)),
                }
            }
        }
        out.sort_by_key(|span| span.start);
        out
    }
}
