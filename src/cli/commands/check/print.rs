//! What `check` found, as text, JSON or SARIF, and the exit code that says which kind it is.

use std::collections::BTreeSet;

use resops::document::Tree;
use resops::ops::{Finding, FindingKind};

use super::uri;
use crate::cli::error::{Failure, Kind};
use crate::cli::files;
use crate::cli::json::{self, map, number};
use crate::cli::ui;

/// How findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Printing {
    Text,
    Json,
    Sarif,
}

impl Printing {
    /// # Errors
    ///
    /// Exit 1 for a word that names none.
    pub(super) fn named(word: &str) -> Result<Self, Failure> {
        match word {
            "text" | "" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "sarif" => Ok(Self::Sarif),
            _ => Err(Failure::generic(format!("--output-format: {word} is none of text, json and sarif"))),
        }
    }
}

/// What all files came to.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) files: usize,
    pub(super) encrypted: usize,
    /// The files that were mended, and what of them.
    pub(super) fixed: Vec<(String, String)>,
    advice: Vec<Failure>,
    findings: Vec<(String, Finding)>,
    failures: Vec<Failure>,
}

impl Tally {
    pub(super) fn add(&mut self, file: &str, finding: Finding) {
        self.findings.push((file.to_owned(), finding));
    }

    /// Tells of a file that could not be checked.
    pub(super) fn fail(&mut self, file: &str, failure: Failure) {
        failure.tell(file);
        self.failures.push(failure);
    }

    /// Keeps what helps where a file could not be mended: it is said once, at the end.
    pub(super) fn advise(&mut self, failure: Failure) {
        self.advice.push(failure);
    }

    /// Prints all, and gives the end of the run.
    ///
    /// # Errors
    ///
    /// With the exit code of what was found.
    pub(super) fn finish(self, printing: Printing) -> Result<(), Failure> {
        let text = match printing {
            Printing::Text => self.text().into_bytes(),
            Printing::Json => json::write(&self.json())?,
            Printing::Sarif => json::write(&self.sarif())?,
        };
        files::write_stdout(&text)?;
        let count = |number: usize, what: &str| {
            let plural = if number == 1 { "" } else { "s" };
            format!("{number} {what}{plural}")
        };
        let mut parts = vec![format!("{}, {} encrypted", count(self.files, "file"), self.encrypted)];
        if !self.fixed.is_empty() {
            parts.push(format!("{} fixed", self.fixed.len()));
        }
        parts.push(match self.findings.len() {
            0 => "nothing found".to_owned(),
            found => count(found, "finding"),
        });
        if !self.failures.is_empty() {
            parts.push(format!("{} failed", self.failures.len()));
        }
        ui::say(&format!("check: {}\n", parts.join(", ")));
        let advice: BTreeSet<&str> = self.advice.iter().filter_map(Failure::advice).collect();
        advice.iter().for_each(|hint| ui::say(&format!("hint: {hint}\n")));
        let findings = self.findings.iter().map(|(_, finding)| code(finding.kind));
        let failures = self.failures.iter().map(|failure| failure.kind().code());
        let codes: BTreeSet<u8> = findings.chain(failures).collect();
        match (codes.len(), codes.first()) {
            (0, _) | (_, None) => Ok(()),
            (1, Some(code)) => Err(Failure::silent(Kind::Found(*code))),
            _ => Err(Failure::silent(Kind::Several)),
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for (file, what) in &self.fixed {
            out.push_str(&ui::visible(&format!("{file}: fixed: {what}")));
            out.push('\n');
        }
        for (file, Finding { kind, line, message }) in &self.findings {
            out.push_str(&ui::visible(&format!("{file}:{line}: {}: {message}", kind.name())));
            out.push('\n');
        }
        let kinds: BTreeSet<FindingKind> = self.findings.iter().map(|(_, finding)| finding.kind).collect();
        for kind in kinds {
            out.push_str(&format!("help: {}: {}\n", kind.name(), kind.help()));
        }
        out
    }

    fn json(&self) -> Tree {
        let finding = |(file, finding): &(String, Finding)| {
            map([
                ("file", Tree::str(file.as_str())),
                ("line", number(finding.line)),
                ("kind", Tree::str(finding.kind.name())),
                ("message", Tree::str(finding.message.as_str())),
                ("help", Tree::str(finding.kind.help())),
            ])
        };
        map([
            ("files", number(self.files)),
            ("encrypted", number(self.encrypted)),
            ("fixed", Tree::List(self.fixed.iter().map(|(file, _)| Tree::str(file.as_str())).collect())),
            ("findings", Tree::List(self.findings.iter().map(finding).collect())),
        ])
    }

    /// SARIF 2.1.0 (OASIS), as code scanning of forges reads it.
    fn sarif(&self) -> Tree {
        let text = |text: &str| map([("text", Tree::str(text))]);
        let rule = |kind: &FindingKind| {
            map([
                ("id", Tree::str(kind.name())),
                ("shortDescription", text(kind.meaning())),
                ("help", text(kind.help())),
                ("defaultConfiguration", map([("level", Tree::str(level(*kind)))])),
            ])
        };
        let result = |(file, finding): &(String, Finding)| {
            let region = map([("startLine", number(finding.line))]);
            let place = map([("artifactLocation", map([("uri", Tree::str(uri(file)))])), ("region", region)]);
            map([
                ("ruleId", Tree::str(finding.kind.name())),
                ("level", Tree::str(level(finding.kind))),
                ("message", text(&finding.message)),
                ("locations", Tree::List(vec![map([("physicalLocation", place)])])),
            ])
        };
        let driver = map([
            ("name", Tree::str("resops")),
            ("version", Tree::str(env!("CARGO_PKG_VERSION"))),
            ("informationUri", Tree::str(env!("CARGO_PKG_REPOSITORY"))),
            ("rules", Tree::List(FindingKind::ALL.iter().map(rule).collect())),
        ]);
        let run = map([
            ("tool", map([("driver", driver)])),
            ("results", Tree::List(self.findings.iter().map(result).collect())),
        ]);
        map([
            ("$schema", Tree::str("https://json.schemastore.org/sarif-2.1.0.json")),
            ("version", Tree::str("2.1.0")),
            ("runs", Tree::List(vec![run])),
        ])
    }
}

/// The exit code for a kind of finding.
const fn code(kind: FindingKind) -> u8 {
    match kind {
        FindingKind::PlaintextFile
        | FindingKind::PlaintextValue
        | FindingKind::PlaintextComment
        | FindingKind::LeftOver => 31,
        FindingKind::Recipients | FindingKind::Selection | FindingKind::Unsealed => 32,
        FindingKind::Stale => 34,
        FindingKind::WeakSelector | FindingKind::MisspeltRule => 35,
        FindingKind::Mac | FindingKind::Seal => 51,
        FindingKind::Undecryptable => 25,
        FindingKind::NoKey => 128,
        // Conflict markers, damage, keys that stand twice.
        _ => 33,
    }
}

const fn level(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::PlaintextComment
        | FindingKind::Selection
        | FindingKind::Stale
        | FindingKind::WeakSelector
        | FindingKind::MisspeltRule
        | FindingKind::NoKey => "warning",
        _ => "error",
    }
}
