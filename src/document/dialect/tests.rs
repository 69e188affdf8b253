//! `testdata/dotenv/dialects.json` has texts and what others made of them: npm's dotenv 18.0.10 (`parse`), dash
//! (`set -eu; set -a; . FILE`, with HOME alone), docker's command line 29.9.3 (`kvfile.Parse`, no environment). Null is a
//! refusal.

use super::*;
use crate::leaf::Value;

fn shown(dialect: Dialect, text: &str) -> Result<serde_json::Value, String> {
    let tree = dialect.read(text.as_bytes()).map_err(|error| error.to_string())?;
    let Tree::Map(pairs) = &tree else { panic!("a map") };
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let entries = pairs.iter().map(|pair| match pair {
        Pair::Entry(name, Tree::Leaf(Value::Str(value))) => (text(name), text(value).into()),
        _ => panic!("a text"),
    });
    Ok(serde_json::Value::Object(entries.collect()))
}

#[test]
fn dialects_are_read_as_their_programs_read_them() {
    let cases: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../../../testdata/dotenv/dialects.json")).expect("JSON");
    assert!(cases.len() > 80);
    for case in cases {
        let text = case["text"].as_str().expect("a text");
        assert_eq!(shown(Dialect::Node, text).as_ref(), Ok(&case["node"]), "node: {text:?}");
        match shown(Dialect::Docker, text) {
            Ok(got) => assert_eq!(got, case["docker"], "docker: {text:?}"),
            Err(error) => assert!(case["docker"].is_null(), "docker: {text:?}: {error}"),
        }
        match shown(Dialect::Shell, text) {
            Ok(got) => assert_eq!(got, case["shell"], "shell: {text:?}"),
            // What a shell expands or runs is refused, not guessed.
            Err(error) => {
                let refused = error.contains("would") || error.contains("commands are not run");
                assert!(case["shell"].is_null() || refused, "shell: {text:?}: {error}");
            }
        }
    }
}

#[test]
fn raw_is_raw() {
    let want = serde_json::json!({"A": "\"C:\\new\" # x\r", "B": "", " C ": "1=2"});
    assert_eq!(shown(Dialect::Raw, "# c\nA=\"C:\\new\" # x\r\n\nB=\n C =1=2\nB="), Ok(want));
    assert_eq!(shown(Dialect::Raw, "A=1\nB\n"), Err("line 2: there is no = in it".to_owned()));
    assert_eq!(shown(Dialect::Raw, "=1\n"), Err("line 1: there is no name in front of =".to_owned()));
}

#[test]
fn errors_have_their_line() {
    for (text, want) in [
        ("A=1\nB=\"x\ny\n", "line 2: the quote \" is not closed"),
        (
            "A='x\n\ny'\nB=$C\n",
            "line 4: a shell would put something else for the $ or `; in single quotes it is text",
        ),
        ("A=1\n\necho x\n", "line 3: this is no assignment, and commands are not run"),
        ("A='x\n", "line 1: the quote ' is not closed"),
    ] {
        assert_eq!(shown(Dialect::Shell, text), Err(want.to_owned()));
    }
    assert_eq!(
        shown(Dialect::Docker, "A=1\nB C=1\n"),
        Err("line 2: there is a blank in the name".to_owned())
    );
    let error = Dialect::Docker.read(b"A=1\nB=\xff\n").expect_err("no UTF-8");
    assert_eq!(error.line, 2);
}

/// What is written is read back, or refused, whatever stands in the next line.
#[test]
fn spellings_are_read_back() {
    let pieces = ["a", "'", "\"", "`", "\\", "\n", "\r", " ", "#", "$", "n", "=", "\t"];
    let mut texts = vec![String::new()];
    for _ in 0..4 {
        let longer: Vec<_> =
            texts.iter().flat_map(|text| pieces.map(|piece| format!("{text}{piece}"))).collect();
        texts.extend(longer);
        texts.sort_unstable();
        texts.dedup();
    }
    for (name, dialect) in Dialect::NAMES {
        let mut written = 0;
        for text in &texts {
            let Ok(spelt) = dialect.spelling(text.as_bytes()) else { continue };
            written += 1;
            let spelt = String::from_utf8(spelt).expect("UTF-8");
            let file = format!("A={spelt}\nB='x'\nC=\"y\"\nD=`z\n",);
            let file = if dialect == Dialect::Shell { file.replace("D=`z\n", "") } else { file };
            assert_eq!(
                shown(dialect, &file).expect("read")["A"],
                text.as_str(),
                "{name}: {text:?} as {spelt:?}"
            );
        }
        assert!(written > texts.len() / 2, "{name}: {written} of {}", texts.len());
    }
}

/// A second for what takes minutes if each line, or each quote, looks at all the rest.
#[test]
fn long_files_take_no_longer_than_their_length() {
    let many = 300_000;
    let escaped = format!("A='{}", "\\'".repeat(many));
    let blank = "\n".repeat(many);
    let quoted = "A=\"x\"\n".repeat(many);
    let start = std::time::Instant::now();
    for text in [&escaped, &blank, &quoted] {
        for (_, dialect) in Dialect::NAMES {
            let _ = dialect.read(text.as_bytes());
        }
    }
    assert!(start.elapsed() < std::time::Duration::from_secs(10), "{:?}", start.elapsed());
}
