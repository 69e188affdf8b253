//! dotenv files: the contract on made files, the rows D1–D8 of the wishes, hostile input, and the
//! same files in the hands of the real sops where `SOPS_BIN` names one.
//!
//! `RESOPS_CASES` says how many files are made (default 10,000), `RESOPS_DIFF_CASES` how many are
//! compared with the real sops each way (default 1,000), `RESOPS_SEED` where to start.
#![cfg(unix)] // Windows has tests/windows
#![allow(clippy::print_stdout)] // what was counted is shown with --nocapture

mod support;

use resops::document::{Block, Copies, Document, Edits, EmitStyle, Format, parse_path};
use resops::ops;
use support::memory::{recipe, same, with_context};
use support::nasty::{self, Nasty};
use support::rng::Rng;
use support::{Home, on_all_cores, program, read_testdata, real_sops, setting, shown};

fn decrypted(seed: u64, file: &[u8]) -> Result<Vec<u8>, String> {
    with_context(seed, |context| {
        let opened = ops::open(file.to_vec(), Format::Dotenv, context).map_err(|e| e.to_string())?;
        let proof = opened.verify().map_err(|e| e.to_string())?;
        opened.plaintext(&proof).map(<[u8]>::to_vec).map_err(|e| e.to_string())
    })
}

/// The lines without their line ends.
fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    lines.map(|line| line.strip_suffix(b"\n").unwrap_or(line).to_vec()).collect()
}

/// All that holds for any dotenv file.
fn contract(seed: u64, made: &Nasty) -> Result<(), String> {
    let parse = |text: &[u8]| Document::parse(text.to_vec(), Format::Dotenv).map_err(|e| e.to_string());
    let document = parse(&made.text)?;
    let keep = Edits {
        leaves: Vec::new(),
        block: Block::Keep,
        style: EmitStyle::default(),
        copies: Copies::OneLine,
    };
    same("no edit", &document.splice(&keep).map_err(|e| e.to_string())?.bytes, &made.text)?;

    let encrypt = || {
        with_context(seed, |context| ops::encrypt(made.text.clone(), &recipe(seed, Format::Dotenv), context))
    };
    let file = encrypt().map_err(|e| e.to_string())?.bytes;
    same(
        "no edit of the encrypted file",
        &parse(&file)?.splice(&keep).map_err(|e| e.to_string())?.bytes,
        &file,
    )?;
    let told = |problem: String| format!("{problem}\n--- encrypted\n{}", shown(&file));
    same("decrypted", &decrypted(seed, &file).map_err(told)?, &made.text).map_err(told)?;

    // D1: a file whose line ends became CRLF on the way
    let converted = String::from_utf8_lossy(&file).into_owned();
    let text_is_utf8 = std::str::from_utf8(&file).is_ok();
    if text_is_utf8 && !converted.contains('\r') {
        let converted = converted.replace('\n', "\r\n");
        same("converted", &decrypted(seed, converted.as_bytes()).map_err(told)?, &made.text).map_err(told)?;
    }

    // what is not chosen stays: keys, blank lines, plain values, in their order
    let start = if made.text.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    for (old, new) in lines(&made.text[start..]).iter().zip(lines(&file)) {
        let key = |line: &[u8]| line.split(|byte| *byte == b'=').next().map(<[u8]>::to_vec);
        let kept = (old.starts_with(b"#") && new.starts_with(b"#ENC[")) || key(old) == key(&new);
        if *old != new && !kept {
            return Err(told(format!("the line {:?} is gone", String::from_utf8_lossy(old))));
        }
    }

    // sealed again with nothing changed: nothing changes but the date and the MAC
    let opened =
        with_context(seed, |c| ops::open(file.clone(), Format::Dotenv, c)).map_err(|e| e.to_string())?;
    let again = with_context(seed + 1, |c| {
        ops::reseal(&opened, made.text.clone(), Format::Dotenv, EmitStyle::default(), c)
    })
    .map_err(|e| told(e.to_string()))?
    .bytes;
    let stays = |text: &[u8]| {
        let moving = |line: &Vec<u8>| {
            line.starts_with(b"sops_mac=")
                || line.starts_with(b"sops_seal=")
                || line.starts_with(b"sops_lastmodified=")
        };
        lines(text).into_iter().filter(|line| !moving(line)).collect::<Vec<_>>()
    };
    if stays(&file) != stays(&again) {
        return Err(told(format!("resealed, it became\n{}", shown(&again))));
    }
    Ok(())
}

#[test]
fn made_files_come_back() {
    let (first, count) = (setting("RESOPS_SEED", 0), setting("RESOPS_CASES", 10_000));
    let mut failures: Vec<(u64, String, Nasty)> = Vec::new();
    for seed in first..first + count {
        let made = nasty::dotenv(seed);
        if let Err(problem) = contract(seed, &made) {
            failures.push((seed, problem, made));
        }
    }
    println!("{} of {count} dotenv files hold", count - failures.len() as u64);
    failures.sort_by_key(|(_, _, made)| made.text.len());
    let told: Vec<_> = failures
        .iter()
        .take(3)
        .map(|(seed, problem, made)| format!("=== seed {seed}: {problem}\n--- source\n{}", shown(&made.text)))
        .collect();
    assert!(told.is_empty(), "{} fail; the smallest:\n{}", failures.len(), told.join("\n"));
}

/// What sops prints for a file that it encrypted itself: blank lines go, a last line end comes.
fn as_sops_prints(text: &[u8]) -> Vec<u8> {
    let full = lines(text).into_iter().filter(|line| !line.is_empty());
    full.flat_map(|line| [line, b"\n".to_vec()].concat()).collect()
}

/// The real sops, or a line that nobody overlooks.
fn real_or_skip(test: &str) -> Option<std::path::PathBuf> {
    let real = real_sops();
    if real.is_none() {
        use std::io::Write as _;
        let line = format!("\nSKIPPED: SOPS_BIN is not set: {test}\n");
        drop(std::io::stderr().lock().write_all(line.as_bytes()));
    }
    real
}

fn compare(what: &str, check: impl Fn(&Home, &Nasty) -> Result<(), String> + Sync) {
    let (first, count) = (setting("RESOPS_SEED", 0), setting("RESOPS_DIFF_CASES", 1000));
    let wrong = on_all_cores(count, |home, number| {
        let made = nasty::dotenv(first + number);
        let said = check(home, &made).err()?;
        Some(format!("=== seed {}: {said}\n--- source\n{}", first + number, shown(&made.text)))
    });
    println!("{what}: {} of {count} the same", count - wrong.len() as u64);
    let first: Vec<_> = wrong.iter().take(3).cloned().collect();
    assert!(wrong.is_empty(), "{what}: {} differ\n{}", wrong.len(), first.join("\n"));
}

#[test]
fn real_sops_opens_our_files() {
    let Some(real) = real_or_skip("dotenv: real_sops_opens_our_files") else { return };
    compare("ours, opened by sops", |home, made| {
        home.write("f.env", &made.text);
        let ours = home.sops(["encrypt", "f.env"]).does_not_crash();
        if ours.code != Some(0) {
            return Err(format!("exits {:?}: {}", ours.code, ours.stderr));
        }
        home.write("f.env", &ours.stdout);
        let theirs = home.run(&real, ["decrypt", "f.env"], b"");
        if theirs.code != Some(0) {
            return Err(format!("sops exits {:?}: {}", theirs.code, theirs.stderr));
        }
        let text = made.text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&made.text);
        same("what sops prints", &theirs.stdout, &as_sops_prints(text))
    });
}

#[test]
fn we_open_files_of_real_sops() {
    let Some(real) = real_or_skip("dotenv: we_open_files_of_real_sops") else { return };
    compare("made by sops, opened by ours", |home, made| {
        home.write("f.env", &made.text);
        let encrypted = home.run(&real, ["encrypt", "f.env"], b"");
        home.write("f.env", &encrypted.stdout);
        for to in ["dotenv", "json", "yaml"] {
            // sops leaves the byte order mark in the key; we take it out (D8)
            if to != "dotenv" && as_sops_prints(&made.text).starts_with(b"\xEF\xBB\xBF") {
                continue;
            }
            // its YAML library takes the carriage return of a comment for the line end
            let returned = |line: &Vec<u8>| line.starts_with(b"#") && line.ends_with(b"\r");
            if to == "yaml" && lines(&made.text).iter().any(returned) {
                continue;
            }
            let arguments = ["decrypt", "--output-type", to, "f.env"];
            let theirs = home.run(&real, arguments, b"");
            let ours = home.sops(arguments).does_not_crash();
            if ours.code != theirs.code {
                return Err(format!("{to}: exits {:?}, not {:?}: {}", ours.code, theirs.code, ours.stderr));
            }
            // `=` is a type of its own in YAML 1.1: sops does not quote it, we do (bugs.rs, V9)
            let printed = if to == "yaml" { shown_as_sops(&ours.stdout) } else { ours.stdout };
            same(to, &printed, &theirs.stdout)
                .map_err(|told| format!("{told}\n--- sops prints\n{}", shown(&theirs.stdout)))?;
        }
        Ok(())
    });
}

fn shown_as_sops(text: &[u8]) -> Vec<u8> {
    lines(text)
        .into_iter()
        .flat_map(|line| match line.strip_suffix(b": \"=\"") {
            Some(key) => [key, b": =\n"].concat(),
            None => [&line[..], b"\n"].concat(),
        })
        .collect()
}

/// The rows of the wishes, §4.4.
mod wishes {
    use super::*;

    /// `crlf.env` is a file of the real sops whose line ends were made CRLF; it fails to open it.
    #[test]
    fn d1_line_ends_made_crlf_by_git() {
        let home = Home::with_age();
        let plain = read_testdata("interop/decrypted/basic-env.dotenv");
        let text = read_testdata("interop/encrypted/basic-env.env");
        let crlf = String::from_utf8(text).expect("text").replace('\n', "\r\n");
        home.write("e.env", &crlf);
        home.sops(["decrypt", "e.env"]).exits(0).prints(&plain);
        home.sops(["exec-env", "e.env", "printenv DB_USER"]).exits(0).prints("admin\n");
        // an edit of it is a file that sops opens
        home.sops(["set", "e.env", "[\"NEW\"]", "\"x\""]).exits(0);
        home.sops(["decrypt", "e.env"]).exits(0).prints([&plain[..], b"NEW=x\n"].concat());
        assert!(!home.read_text("e.env").contains('\r'));
    }

    #[test] // sops hashes it with its carriage return, and so do we: it opens our file
    fn d2_a_plain_file_with_crlf() {
        let home = Home::with_age();
        home.write("e.env", "A=1\r\nB=2\r\n");
        let run = home.sops(["encrypt", "e.env"]).exits(0).says("carriage return").says("2 such lines");
        home.write("e.env", &run.stdout);
        home.sops(["exec-env", "e.env", "printenv A"]).exits(0).prints("1\r\n");
        home.sops(["decrypt", "e.env"]).exits(0).prints("A=1\r\nB=2\r\n");
    }

    #[test] // as sops: the file comes back, the environment gets a line end
    fn d3_a_backslash_before_an_n() {
        let home = Home::with_age();
        home.write("e.env", "P=C:\\new\n").encrypt("e.env");
        home.sops(["decrypt", "e.env"]).exits(0).prints("P=C:\\new\n");
        home.sops(["exec-env", "e.env", "printenv P"]).exits(0).prints("C:\new\n");
    }

    #[test] // as sops
    fn d4_quotes_are_part_of_the_value() {
        let home = Home::with_age();
        home.write("e.env", "Q=\"dq\"\n").encrypt("e.env");
        home.sops(["exec-env", "e.env", "printenv Q"]).exits(0).prints("\"dq\"\n");
    }

    #[test] // as sops, but the words are of use, and hold nothing of the file
    fn d5_and_d6_lines_that_are_refused() {
        for (text, words) in [
            ("A=1\n  # c\n", "line 2, column 1: blanks stand before the # of a comment"),
            ("A=1\nMARKER\n", "line 2, column 1: there is no = in this line"),
            ("A=\"MARKER\nMARKER\"\n", "line 2, column 1: there is no = in this line; a value cannot go on"),
            ("A=1\n\n  \nMARKER\n", "line 3, column 1: a line of blanks only"),
            ("A=1\r\n\r\n", "line 2, column 1: a line with nothing but a carriage return"),
        ] {
            let home = Home::with_age();
            home.write("e.env", text);
            home.sops(["encrypt", "e.env"]).exits(2).prints_nothing().says(words).keeps_quiet_about("MARKER");
            home.sops(["decrypt", "e.env"]).exits(1).prints_nothing().says(words).keeps_quiet_about("MARKER");
        }
    }

    #[test] // the bytes that sops writes, but not in silence
    fn d7_a_rule_that_encrypts_nothing() {
        let home = Home::with_age();
        home.write("e.env", "A=SECRET\n");
        let run = home
            .sops(["encrypt", "--encrypted-regex", "^(data|stringData)$", "e.env"])
            .exits(0)
            .says("level=warning")
            .says("leaves every value of this file in plain text");
        assert!(run.stdout.starts_with(b"A=SECRET\nsops_age"));
    }

    #[test] // sops: the key is BOM+A, and no program finds A
    fn d8_a_byte_order_mark() {
        let text = "\u{feff}A=1\nB=2\n";
        let home = Home::with_age();
        home.write("e.env", text);
        let run = home.sops(["encrypt", "e.env"]).exits(0).says("byte order mark");
        assert!(run.stdout.starts_with(b"A=ENC["));
        home.write("e.env", &run.stdout);
        home.sops(["decrypt", "e.env"]).exits(0).prints(text);
        home.sops(["exec-env", "e.env", "printenv A"]).exits(0).prints("1\n");
        home.sops(["decrypt", "--extract", "[\"A\"]", "e.env"]).exits(0).prints("1");
        // the same for a file of the real sops, where the mark is a part of the key
        home.write("s.env", read_testdata("dotenv/bom.sops.env"));
        home.sops(["decrypt", "s.env"]).exits(0).prints(text);
        home.sops(["exec-env", "s.env", "printenv A"]).exits(0).prints("1\n");
        home.sops(["decrypt", "--extract", "[\"A\"]", "s.env"]).exits(0).prints("1");
        home.sops(["set", "s.env", "[\"A\"]", "\"3\""]).exits(0);
        home.sops(["decrypt", "s.env"]).exits(0).prints("\u{feff}A=3\nB=2\n");
    }
}

/// `set` and `unset`, with sops' codes.
mod changes {
    use super::*;

    const TEXT: &str = "# c\nA=1\n\nB=x\nA=2\nC=no line end";

    #[track_caller]
    fn check(command: &[&str], expected: &str) {
        let home = Home::with_age();
        let before = home.encrypted("e.env", TEXT);
        home.sops(command).exits(0);
        home.sops(["decrypt", "e.env"]).exits(0).prints(expected);
        // what did not change keeps its ciphertext
        let after = home.read_text("e.env");
        let kept = before.lines().filter(|line| after.contains(line)).count();
        assert!(kept + 5 > before.lines().count(), "{before}\n---\n{after}");
    }

    #[test]
    fn values_are_set_added_and_removed() {
        check(&["set", "e.env", "[\"B\"]", "\"a\\nb\""], &TEXT.replace("B=x", "B=a\\nb"));
        check(&["set", "e.env", "[\"A\"]", "true"], &TEXT.replace("A=1", "A=true"));
        check(&["set", "e.env", "[\"N\"]", "1.0"], &format!("{TEXT}\nN=1.0"));
        check(&["set", "e.env", "[0]", "\"x\""], TEXT);
        check(&["unset", "e.env", "[\"A\"]"], &TEXT.replace("A=1\n", ""));
        check(&["unset", "e.env", "[\"C\"]"], "# c\nA=1\n\nB=x\nA=2");
    }

    #[test]
    fn what_is_refused_leaves_the_file_as_it_is() {
        let home = Home::with_age();
        let before = home.encrypted("e.env", TEXT);
        let set = |path: &str, value: &str, code: i32| {
            let run = home.sops(["set", "e.env", path, value]).exits(code).prints_nothing();
            assert_eq!(home.read_text("e.env"), before, "{path} {value}");
            run
        };
        set("[\"A\"]", "{\"x\":1}", 4).says("cannot use complex value in dotenv file; offending key A");
        set("[\"A\"][\"x\"]", "1", 4).says("offending key A");
        set("[\"A\"]", "null", 4).says("no null");
        set("[\"A\"]", "\"C:\\\\new\"", 4).says("read as a line end");
        set("[\"a=b\"]", "\"x\"", 4).says("it has a =");
        set("[\"#a\"]", "\"x\"", 4).says("begin a comment");
        set("[\"sops_x\"]", "\"x\"", 203);
        set("[-1]", "\"x\"", 7);
        for (path, words) in [
            ("[\"Z\"]", "Key not found: Z"),
            ("[0]", "Key not found: %!s(int=0)"),
            ("[\"A\"][\"x\"]", "Unsupported type: string for item 'x'"),
        ] {
            home.sops(["unset", "e.env", path]).exits(1).says(words);
            assert_eq!(home.read_text("e.env"), before, "{path}");
        }
        assert!(parse_path("[0]").is_ok());
    }
}

/// Broken, hostile and oversized input.
mod hostile {
    use super::*;
    use std::time::{Duration, Instant};

    /// Damage, the exit code of sops 3.13.2 for it, and words.
    #[test]
    fn damaged_files() {
        let home = Home::with_age();
        let good = home.encrypted("e.env", "TOKEN=MARKER\nP_unencrypted=x\n");
        let edit = |start: &str, edit: &dyn Fn(&str) -> String| {
            let old = support::line(&good, start);
            support::replace_once(&good, old, &edit(old))
        };
        let double = |line: &str| line.repeat(2);
        for (what, file, code, words) in [
            ("ciphertext", edit("TOKEN", &|l| l.replacen("data:", "data:AAAA", 1)), 25, "TOKEN (line 1)"),
            ("no ciphertext", edit("TOKEN", &|_| "TOKEN=MARKER\n".to_owned()), 25, "it is not a sops value"),
            ("another value", edit("P_unenc", &|_| "P_unencrypted=y\n".to_owned()), 51, "MAC mismatch"),
            ("no MAC", edit("sops_mac", &|_| String::new()), 51, "no MAC"),
            (
                "metadata twice",
                edit("sops_version", &double),
                1,
                "Error while unflattening \"version\": Duplicate value",
            ),
            (
                "a value and a map",
                edit("sops_version", &|l| format!("{l}sops_version__map_x=1\n")),
                1,
                "Error while unflattening: Type mismatch",
            ),
            (
                "a gap in a list",
                good.replace("__list_0", "__list_1"),
                1,
                "Error while unflattening: Incomplete list",
            ),
            (
                "no keys",
                edit("sops_age__list_0__map_recip", &|_| String::new())
                    .lines()
                    .filter(|l| !l.starts_with("sops_age"))
                    .map(|l| format!("{l}\n"))
                    .collect(),
                1,
                "No keys found in file",
            ),
            ("no version", edit("sops_version", &|_| String::new()), 1, "Version string empty"),
            ("no metadata", "TOKEN=x\n".to_owned(), 1, "sops metadata not found"),
            ("nothing", String::new(), 1, "sops metadata not found"),
        ] {
            home.write("bad.env", &file);
            let run = home.sops(["decrypt", "bad.env"]).does_not_crash();
            assert_eq!(run.code, Some(code), "{what}: {}", run.stderr);
            run.prints_nothing().says(words).keeps_quiet_about("MARKER");
            if file.contains("sops_") {
                home.sops(["encrypt", "bad.env"]).exits(203).prints_nothing();
            }
            if let Some(real) = real_sops() {
                let theirs = home.run(&real, ["decrypt", "bad.env"], b"");
                assert_eq!(theirs.code, Some(code), "{what}: sops says {}", theirs.stderr);
            }
        }
    }

    #[test]
    fn size_is_no_danger() {
        let many = |line: &str, count: usize| line.repeat(count).into_bytes();
        let numbered = |start: &str, count: usize| {
            (0..count).flat_map(|n| format!("{start}{n}=x\n").into_bytes()).collect::<Vec<u8>>()
        };
        for (what, text) in [
            ("many lines", numbered("K", 200_000)),
            ("one key again and again", many("A=1\n", 200_000)),
            ("blank lines", many("\n", 4_000_000)),
            ("comments", many("#\n", 500_000)),
            ("one long value", [b"A=".to_vec(), vec![b'x'; 8_000_000]].concat()),
            ("line ends in one value", [b"A=".to_vec(), many("\\n", 4_000_000)].concat()),
            ("one long key", [vec![b'x'; 4_000_000], b"=1\n".to_vec()].concat()),
            ("metadata lines", numbered("sops_k", 200_000)),
            ("metadata in a list", numbered("sops_k__list_", 200_000)),
            ("deep metadata", format!("sops_{}=x\n", "a__map_".repeat(300_000)).into_bytes()),
            ("carriage returns", many("A=1\r\n", 200_000)),
            ("converted", [many("A=1\r\n", 200_000), b"sops_x=1\r\n".to_vec()].concat()),
            ("NUL", vec![0; 4_000_000]),
        ] {
            let started = Instant::now();
            if let Ok(document) = Document::parse(text.clone(), Format::Dotenv) {
                for block in [Block::Keep, Block::Remove] {
                    let edits = Edits {
                        leaves: Vec::new(),
                        block,
                        style: EmitStyle::default(),
                        copies: Copies::OneLine,
                    };
                    let spliced = document.splice(&edits).expect("it splices");
                    assert!(!matches!(block, Block::Keep) || spliced.bytes == text, "{what}");
                }
            }
            assert!(started.elapsed() < Duration::from_secs(20), "{what} takes {:?}", started.elapsed());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        let mut rng = Rng::new(7);
        let alphabet = b"\n\n==#sops_a\r\\n__map___list_0 \xEF\xBB\xBF\0ENC[]";
        for _ in 0..20_000 {
            let length = rng.below(60);
            let text: Vec<u8> = (0..length).map(|_| alphabet[rng.below(alphabet.len())]).collect();
            let Ok(document) = Document::parse(text.clone(), Format::Dotenv) else { continue };
            let _ = document.metadata();
            for block in [Block::Keep, Block::Remove] {
                let edits =
                    Edits { leaves: Vec::new(), block, style: EmitStyle::default(), copies: Copies::OneLine };
                let bytes = document.splice(&edits).expect("it splices").bytes;
                assert!(!matches!(block, Block::Keep) || bytes == text);
                let again = Document::parse(bytes, Format::Dotenv).expect("what was spliced is read");
                assert!(matches!(block, Block::Keep) || again.metadata().is_none(), "{}", shown(&text));
            }
        }
        assert!(program().exists());
    }
}
