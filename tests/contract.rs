//! The contract, on thousands of nasty documents: what parses comes back to the byte when nothing
//! is edited, and what is encrypted comes back to the byte when it is decrypted.
//!
//! `RESOPS_CASES` says how many documents (default 20,000), `RESOPS_SEED` where to start; a failure
//! names its seed, so `RESOPS_SEED=n RESOPS_CASES=1` brings it back.

#![allow(clippy::print_stdout)] // what was counted is shown with --nocapture

mod support;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use resops::document::{Block, Document, Edits, EmitStyle, Format};
use resops::ops;
use support::memory::{recipe, same, with_context};
use support::nasty::{self, Nasty};
use support::{setting, shown};

/// A run that takes longer than this stops early and says so.
const AT_MOST: Duration = Duration::from_secs(240);

/// Shown in full; the others are counted.
const SHOWN: usize = 3;

/// Runs `check` on documents of all formats, on all cores, until they are through or time is up.
fn on_documents(name: &str, check: impl Fn(u64, &Nasty) -> Result<Outcome, String> + Sync) {
    let (first, count) = (setting("RESOPS_SEED", 0), setting("RESOPS_CASES", 20_000));
    let started = Instant::now();
    let (next, held, refused) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut failures: Vec<(u64, String, Nasty)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut failures = Vec::new();
                    while started.elapsed() < AT_MOST {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= count {
                            break;
                        }
                        let seed = first + number;
                        let made = nasty::any(seed);
                        let outcome =
                            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(seed, &made)));
                        match outcome {
                            Ok(Ok(Outcome::Held)) => drop(held.fetch_add(1, Ordering::Relaxed)),
                            Ok(Ok(Outcome::Refused)) => drop(refused.fetch_add(1, Ordering::Relaxed)),
                            Ok(Err(problem)) => failures.push((seed, problem, made)),
                            Err(_) => failures.push((seed, "panics".to_owned(), made)),
                        }
                    }
                    failures
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker ends")).collect()
    });
    let (held, refused) = (held.into_inner(), refused.into_inner());
    println!(
        "{name}: {held} of {count} documents hold, {refused} refused, {} fail, in {:?}",
        failures.len(),
        started.elapsed()
    );
    failures.sort_by_key(|(_, _, made)| made.text.len());
    let report: Vec<String> = failures
        .into_iter()
        .take(SHOWN)
        .map(|(seed, problem, made)| {
            let (problem, made) = shrink(seed, problem, made, &check);
            format!("=== seed {seed}: {problem}\n--- source\n{}", shown(&made.text))
        })
        .collect();
    assert!(report.is_empty(), "{name}: documents fail; the smallest:\n{}", report.join("\n"));
    // What the generator makes is nearly all valid; a parser that refuses everything holds nothing.
    assert!(
        count < 100 || refused * 100 <= (held + refused) * 8,
        "{name}: {refused} of {} refused",
        held + refused
    );
    assert!(held + refused >= count.min(1000), "{name}: too slow: {held} documents in {AT_MOST:?}");
}

/// Leaves out lines as long as the same problem remains.
fn shrink(
    seed: u64,
    mut problem: String,
    mut made: Nasty,
    check: &impl Fn(u64, &Nasty) -> Result<Outcome, String>,
) -> (String, Nasty) {
    let kind =
        |problem: &str| problem.chars().take_while(|c| c.is_alphabetic() || *c == ' ').collect::<String>();
    if made.suffix == "bin" || problem == "panics" {
        return (problem, made);
    }
    let wanted = kind(&problem);
    let mut at = 0;
    loop {
        let lines: Vec<&[u8]> = made.text.split_inclusive(|byte| *byte == b'\n').collect();
        if at >= lines.len() {
            return (problem, made);
        }
        let text = [&lines[..at], &lines[at + 1..]].concat().concat();
        let less = Nasty { text, bare: Vec::new(), ..made };
        match check(seed, &less) {
            Err(found) if kind(&found) == wanted => (problem, made, at) = (found, less, 0),
            _ => at += 1,
        }
    }
}

enum Outcome {
    Held,
    Refused,
}

fn format(made: &Nasty) -> Format {
    match made.suffix {
        "yaml" => Format::Yaml,
        "json" => Format::Json,
        "toml" => Format::Toml,
        _ => Format::Binary,
    }
}

#[test]
fn without_edits_nothing_changes() {
    on_documents("parse and splice", |_, made| {
        let Ok(document) = Document::parse(made.text.clone(), format(made)) else {
            return Ok(Outcome::Refused);
        };
        let spliced = document
            .splice(&Edits {
                leaves: Vec::new(),
                block: Block::Keep,
                style: EmitStyle::default(),
                copies: resops::document::Copies::OneLine,
            })
            .map_err(|e| format!("no edits do not splice: {e}"))?;
        same("no edits", &spliced.bytes, &made.text)?;
        // Every leaf put back where it was found: the spans are whole, in order and apart.
        let leaves = document.leaves().iter().enumerate();
        let mut leaves: Vec<_> = leaves.map(|(number, leaf)| (number, leaf.span)).collect();
        leaves.sort_by_key(|(_, span)| span.start);
        for pair in leaves.windows(2) {
            let ((first, one), (second, two)) = (pair[0], pair[1]);
            // The comment behind `|` lies within the block scalar; an alias repeats its leaves.
            let within = two.end <= one.end && document.leaves()[second].is_comment();
            if one.end > two.start && one != two && !within {
                return Err(format!("leaves {first} and {second} overlap"));
            }
        }
        if let Some((number, span)) =
            leaves.iter().find(|(_, span)| span.end > made.text.len() || span.start > span.end)
        {
            return Err(format!("leaf {number} has the span {span:?}"));
        }
        let _ = document.outline().len();
        Ok(Outcome::Held)
    });
}

fn refusal(error: &ops::EncryptError) -> Result<Outcome, String> {
    match error {
        ops::EncryptError::Parse(_) | ops::EncryptError::Unwalkable { .. } => Ok(Outcome::Refused),
        other => Err(format!("valid, but {other}")),
    }
}

#[test]
fn what_is_encrypted_comes_back() {
    on_documents("encrypt and decrypt", |seed, made| {
        let format = format(made);
        let file = match with_context(seed, |c| ops::encrypt(made.text.clone(), &recipe(seed, format), c)) {
            Ok(file) => file.bytes,
            Err(error) => return refusal(&error),
        };
        let show = |problem: String| format!("{problem}\n--- encrypted\n{}", shown(&file));
        let opened =
            with_context(seed, |c| ops::open(file.clone(), format, c)).map_err(|e| show(e.to_string()))?;
        let proof = opened.verify().map_err(|e| show(e.to_string()))?;
        let plaintext = opened.plaintext(&proof).map_err(|e| show(e.to_string()))?;
        same("decrypted", plaintext, &made.text).map_err(show)?;
        Ok(Outcome::Held)
    });
}

/// What lies between the leaves is the author's and stays as it is, up to the metadata block.
#[test]
fn what_is_not_chosen_stays() {
    on_documents("between the leaves", |seed, made| {
        let format = format(made);
        // Binary has nothing between; sops does not read a BOM before JSON, so it goes (and comes back).
        if format == Format::Binary || (format == Format::Json && made.text.starts_with(b"\xEF\xBB\xBF")) {
            return Ok(Outcome::Held);
        }
        let Ok(source) = Document::parse(made.text.clone(), format) else { return Ok(Outcome::Refused) };
        let file = match with_context(seed, |c| ops::encrypt(made.text.clone(), &recipe(seed, format), c)) {
            Ok(file) => file.bytes,
            Err(error) => return refusal(&error),
        };
        let sealed = Document::parse(file, format).map_err(|e| format!("own output does not parse: {e}"))?;
        let (before, after) = (between(&source), between(&sealed));
        // An expanded alias has leaves where there were none; several documents have several blocks.
        let parts = source.leaves().iter().map(|leaf| leaf.part).max().unwrap_or(0);
        if parts > 0 || has_alias(&made.text) {
            return Ok(Outcome::Held);
        }
        if before.len() > after.len() {
            return Err(format!("leaves are gone\n--- encrypted\n{}", shown(sealed.source())));
        }
        for (number, (old, new)) in before.iter().zip(&after).enumerate() {
            if new.windows(5).any(|w| w == b"sops:" || w == b"\"sops" || w == b"[sops") {
                break; // the metadata block: in a flow map and in JSON it stands before the bracket
            }
            // A ciphertext is a string, so a tag that says otherwise goes (and comes back).
            let same = old == new || without_tag(old) == *new;
            if number + 1 < before.len() && !same {
                return Err(format!(
                    "before leaf {number}: {:?} became {:?}\n--- encrypted\n{}",
                    String::from_utf8_lossy(old),
                    String::from_utf8_lossy(new),
                    shown(sealed.source())
                ));
            }
        }
        Ok(Outcome::Held)
    });
}

fn has_alias(text: &[u8]) -> bool {
    text.windows(3).any(|w| matches!(w[0], b' ' | b'[') && w[1] == b'*' && w[2].is_ascii_alphanumeric())
}

/// What stands before a leaf, without the tag that says its type.
fn without_tag(gap: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(gap);
    let tags = ["!!merge ", "!!int ", "!!float ", "!!bool ", "!!null ", "!!binary ", "!!timestamp "];
    tags.iter().fold(text.into_owned(), |text, tag| text.replace(tag, "")).into_bytes()
}

/// The bytes before each leaf and behind the last.
fn between(document: &Document) -> Vec<&[u8]> {
    let mut spans: Vec<_> = document.leaves().iter().map(|leaf| leaf.span).collect();
    spans.sort_by_key(|span| (span.start, span.end));
    let mut gaps = Vec::new();
    let mut end = 0;
    for span in spans {
        if span.end <= end {
            continue; // the comment behind `|`
        }
        gaps.push(&document.source()[end.min(span.start)..span.start]);
        end = span.end;
    }
    gaps.push(&document.source()[end..]);
    gaps
}

/// Encrypting twice with one key under one set of nonces: an edit of nothing changes nothing but
/// `lastmodified`, the MAC and the seal.
#[test]
fn resealing_the_same_text_keeps_every_ciphertext() {
    on_documents("reseal", |seed, made| {
        let format = format(made);
        if format == Format::Binary {
            return Ok(Outcome::Held); // sops adds the default selector to its metadata then
        }
        // A copy that has to have its comments repeats them, and equal comments may trade places.
        if recipe(seed, format).selection.by_comments() && has_alias(&made.text) {
            return Ok(Outcome::Held);
        }
        let file = match with_context(seed, |c| ops::encrypt(made.text.clone(), &recipe(seed, format), c)) {
            Ok(file) => file.bytes,
            Err(error) => return refusal(&error),
        };
        let opened = with_context(seed, |c| ops::open(file.clone(), format, c)).map_err(|e| e.to_string())?;
        let again = with_context(seed + 1, |c| {
            ops::reseal(&opened, made.text.clone(), format, EmitStyle::default(), c)
        })
        .map_err(|e| format!("does not reseal: {e}\n--- encrypted\n{}", shown(&file)))?
        .bytes;
        let (old, new) = (String::from_utf8_lossy(&file), String::from_utf8_lossy(&again));
        let changed = old.lines().zip(new.lines()).filter(|(a, b)| a != b).map(|(a, _)| a);
        let surprising: Vec<_> = changed
            .filter(|line| !["mac", "lastmodified", "version", "seal"].iter().any(|own| line.contains(own)))
            .collect();
        if old.lines().count() != new.lines().count() || !surprising.is_empty() {
            return Err(format!("{surprising:#?} changed\n--- before\n{old}\n--- after\n{new}"));
        }
        Ok(Outcome::Held)
    });
}
