//! What parses comes back to the byte when nothing is edited; what is encrypted comes back to
//! the byte when it is decrypted.

use resops::document::{Block, Copies, Document, Edits, EmitStyle, Format};
use resops::ops::{self, EncryptError};

use crate::generate;
use crate::support::memory::{recipe, same, with_context};
use crate::support::rng::Rng;
use crate::support::{setting, shown};

/// Runs `check` on the files of all seeds. It gives `None` where the file is refused.
fn on_files(name: &str, check: impl Fn(u64, &[u8]) -> Result<Option<()>, String>) {
    let (first, count) = (setting("RESOPS_SEED", 0), setting("RESOPS_CASES", 2000));
    let (mut held, mut refused, mut failures) = (0, 0, Vec::new());
    for seed in first..first + count {
        let text = generate::document(seed);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(seed, &text)));
        match outcome {
            Ok(Ok(Some(()))) => held += 1,
            Ok(Ok(None)) => refused += 1,
            Ok(Err(problem)) => failures.push((text, seed, problem)),
            Err(_) => failures.push((text, seed, "panics".to_owned())),
        }
    }
    println!("{name}: {held} of {count} files hold, {refused} refused, {} fail", failures.len());
    failures.sort_by_key(|(text, ..)| text.len());
    if let Some((text, seed, problem)) = failures.first() {
        panic!("{name}: {} fail; seed {seed}: {problem}\n--- source\n{}", failures.len(), shown(text));
    }
    assert!(count < 100 || refused * 8 <= count, "{name}: {refused} of {count} refused");
}

#[test]
fn without_edits_nothing_changes() {
    on_files("parse and splice", |_, text| {
        let Ok(document) = Document::parse(text.to_vec(), Format::Ini) else { return Ok(None) };
        let nothing = Edits {
            leaves: Vec::new(),
            block: Block::Keep,
            style: EmitStyle::default(),
            copies: Copies::OneLine,
        };
        let spliced = document.splice(&nothing).map_err(|error| error.to_string())?;
        same("no edits", &spliced.bytes, text)?;
        let mut spans: Vec<_> = document.leaves().iter().map(|leaf| leaf.span).collect();
        spans.sort_by_key(|span| (span.start, span.end));
        if let Some(pair) = spans.windows(2).find(|pair| pair[0].end > pair[1].start) {
            return Err(format!("{:?} overlap", pair));
        }
        Ok(Some(()))
    });
}

#[test]
fn what_is_encrypted_comes_back() {
    on_files("encrypt and decrypt", |seed, text| {
        let file = match with_context(seed, |c| ops::encrypt(text.to_vec(), &recipe(seed, Format::Ini), c)) {
            Ok(file) => file.bytes,
            Err(EncryptError::Parse(_) | EncryptError::Unwalkable { .. }) => return Ok(None),
            Err(error) => return Err(format!("valid, but {error}")),
        };
        let show = |problem: String| format!("{problem}\n--- encrypted\n{}", shown(&file));
        let opened = with_context(seed, |c| ops::open(file.clone(), Format::Ini, c))
            .map_err(|error| show(error.to_string()))?;
        let proof = opened.verify().map_err(|error| show(error.to_string()))?;
        let plaintext = opened.plaintext(&proof).map_err(|error| show(error.to_string()))?;
        same("decrypted", plaintext, text).map_err(show)?;
        let again = with_context(seed + 1, |c| {
            ops::reseal(&opened, text.to_vec(), Format::Ini, EmitStyle::default(), c)
        })
        .map_err(|error| show(format!("does not reseal: {error}")))?
        .bytes;
        let (old, new) = (String::from_utf8_lossy(&file), String::from_utf8_lossy(&again));
        let changed: Vec<_> = old.lines().zip(new.lines()).filter(|(a, b)| a != b).map(|(a, _)| a).collect();
        if old.lines().count() != new.lines().count()
            || changed.iter().any(|line| !line.starts_with("mac ") && !line.starts_with("seal "))
        {
            return Err(show(format!("resealing changes {changed:?}\n--- again\n{}", shown(&again))));
        }
        Ok(Some(()))
    });
}

/// Whatever a value or comment of ours was, its text is not in the encrypted file.
#[test]
fn no_secret_stays_behind() {
    for text in [
        "[s] hush\na = 1\n",
        "a = `x` hush\n",
        "a = `x` ; hush\n",
        "a = 1\n; hush\n",
        "a = ab#hush\n",
        "a = x\\\nhush\n",
        "a = \"\"\"x\nhush\"\"\" hush # hush\n",
        "[s] ; hush\na = 1\n",
        "a = 1\na = hush ; hush\n",
        "; hush\n;hush\n\n# hush\na=1 # hush\n",
    ] {
        let file = with_context(1, |c| ops::encrypt(text.as_bytes().to_vec(), &recipe(5, Format::Ini), c))
            .unwrap()
            .bytes;
        assert!(!String::from_utf8_lossy(&file).contains("hush"), "{text}\n{}", shown(&file));
    }
}

/// Tampered and truncated files are refused or opened, but never bring the program down.
#[test]
fn damage_is_no_panic() {
    let count = setting("RESOPS_CASES", 2000) / 4;
    for seed in 0..count {
        let text = generate::document(seed);
        let Ok(file) = with_context(seed, |c| ops::encrypt(text.clone(), &recipe(seed, Format::Ini), c))
        else {
            continue;
        };
        let rng = &mut Rng::new(seed);
        let mut bytes = file.bytes;
        for _ in 0..rng.between(1, 4) {
            let at = rng.below(bytes.len().max(1)).min(bytes.len());
            match rng.below(4) {
                0 => bytes.truncate(at),
                1 => bytes.splice(at..at, *b"\n[sops]\n").for_each(drop),
                2 => bytes
                    .splice(at..at, rng.pick(&[";", "`", "\"\"\"", "\\\n", "=", "]", "\n"]).bytes())
                    .for_each(drop),
                _ => drop((at < bytes.len()).then(|| bytes.remove(at))),
            }
        }
        if let Ok(opened) = with_context(seed, |c| ops::open(bytes, Format::Ini, c)) {
            let _ = opened.dangerously_unverified().map(<[u8]>::len);
            let _ = opened.dangerously_unverified_trees();
        }
    }
}

/// Long lines, many keys, many comments: twice as much takes about twice as long.
#[test]
fn large_files_take_linear_time() {
    type Make = fn(usize) -> Vec<u8>;
    let makers: [(&str, Make); 7] = [
        ("keys", |n| (0..n).flat_map(|i| format!("k{i} = v\n").into_bytes()).collect()),
        ("one key", |n| b"k = v\n".repeat(n)),
        ("comments", |n| b"; c\n".repeat(n)),
        ("comments of keys", |n| (0..n).flat_map(|i| format!("; c\nk{i} = v ; d\n").into_bytes()).collect()),
        ("sections", |n| b"[s]\n".repeat(n)),
        ("a joined value", |n| [b"k = a\\\n".to_vec(), b"b\\\n".repeat(n)].concat()),
        ("an unclosed value", |n| [b"k = \"\"\"\n".to_vec(), b"\"\"\" \\\n".repeat(n)].concat()),
    ];
    for (name, make) in makers {
        let text = make(100_000);
        let started = std::time::Instant::now();
        let Ok(document) = Document::parse(text, Format::Ini) else { continue };
        let _ = document.trees(&mut |leaf| document.value(leaf).to_owned());
        let took = started.elapsed();
        assert!(took.as_secs() < 5, "{name}: {took:?}");
    }
}
