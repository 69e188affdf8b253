//! TOML: files of rops, what is TOML and what stays a binary file, `set` and `unset`, what is
//! refused, and nasty documents. (`contract.rs` has those too.)
#![cfg(unix)] // Windows has tests/windows

mod support;

use resops::document::{Block, Copies, Document, Edits, EmitStyle, Format, Tree, UserStep, emit};
use resops::leaf::{Value, ValueRef};
use support::{Home, nasty, read_testdata, setting, shown};

fn parse(text: &[u8]) -> Result<Document, String> {
    Document::parse(text.to_vec(), Format::Toml).map_err(|error| error.to_string())
}

fn tree(document: &Document) -> Tree {
    document.trees(&mut |leaf| document.value(leaf).to_owned()).remove(0)
}

/// Its values in reading order, each with its path.
fn read(text: &str) -> String {
    let document = parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let leaves = document.leaves().iter().enumerate();
    let shown = leaves.map(|(leaf, place)| {
        let path = document.paths().display(place.path);
        match document.value(leaf) {
            ValueRef::Str(text) => format!("{path}={:?}", String::from_utf8_lossy(text)),
            ValueRef::Int(int) => format!("{path}={int}"),
            ValueRef::Float(float) => format!("{path}={float:?}"),
            ValueRef::Bool(value) => format!("{path}={value}"),
            ValueRef::Comment(text) => format!("{path}#{}", String::from_utf8_lossy(text)),
            other => panic!("{}", other.kind()),
        }
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn every_kind_of_value() {
    for (text, expected) in [
        ("a = 0x1F\nb = 0o17\nc = 0b11\nd = 1_000\ne = -0\nf = +9", "a=31 b=15 c=3 d=1000 e=0 f=9"),
        ("a = 1e3\nb = -inf\nc = 1_0.5\nd = +1.50", "a=1000.0 b=-inf c=10.5 d=1.5"),
        ("a = 'C:\\x'\nb = \"\\u00e9\\t\\\"\"\nc = true", "a=\"C:\\\\x\" b=\"é\\t\\\"\" c=true"),
        ("a = \"\"\"\nx\n y\"\"\"\nb = '''\n'q' ''\n'''", "a=\"x\\n y\" b=\"'q' ''\\n\""),
        ("a = \"\"\"x \\\n\n   y\"\"\"", "a=\"x y\""),
        // Dates are text, in the spelling of rops.
        (
            "a = 1979-05-27 07:32:00.1200z\nb = 1979-05-27\nc = 07:32:00",
            "a=\"1979-05-27T07:32:00.12Z\" b=\"1979-05-27\" c=\"07:32:00\"",
        ),
        ("a = [1, [2, {b = 3}]]", "a[0]=1 a[1][0]=2 a[1][1].b=3"),
        ("\"\" = 1\n'a.b'.\"c d\" = 2", ".=1 a.b.c d=2"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

/// The order is that of rops: the MAC depends on it.
#[test]
fn tables_stand_where_they_are_first_spoken_of() {
    for (text, expected) in [
        ("a.x = 1\nb = 2\na.y = 3", "a.x=1 a.y=3 b=2"),
        ("[a]\nx = 1\n[b]\ny = 2\n[a.c]\nz = 3", "a.x=1 a.c.z=3 b.y=2"),
        // but for one whose header comes after those of its own tables
        ("[a.b]\nx = 1\n[c]\ny = 2\n[a]\nz = 3", "c.y=2 a.b.x=1 a.z=3"),
        ("[[a]]\nx = 1\n[[a]]\n[a.b]\ny = 2\n[[a]]\n[[a.c]]\nz = 3", "a[0].x=1 a[1].b.y=2 a[2].c[0].z=3"),
        ("[a]\nb.c = 1\n[a.d]\ne = 2", "a.b.c=1 a.d.e=2"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn a_comment_belongs_to_what_it_is_said_of() {
    for (text, expected) in [
        ("# top\n\n# a\na = 1 # one\n# end\n", ".# top .# a .# one a=1 .# end"),
        ("a.x = 1\n# y\na.y = 2 # two\nb = 3", "a.x=1 a# y a# two a.y=2 b=3"),
        ("[t]\na = 1\n# of t\n\n# of u\n[u] # in u\nb = 1", "t.a=1 t# of t .# of u u# in u u.b=1"),
        ("# list\n[[l]]\na = 1\n# two\n[[l]]\n[l.m] # m", "l# list l[0].a=1 l# two l[1].m# m"),
        ("a = [ # zero\n 1, # one\n # two\n 2\n # end\n]", "a# zero a# one a[0]=1 a# two a[1]=2 a# end"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_toml_is_refused_with_its_place() {
    for (text, words) in [
        ("a = 1\nb = ", "line 2, column"),
        ("a = 1\na = 2", "line 2, column 1: duplicate key"),
        ("a = 1\n\"a\" = 2", "line 2, column 1: duplicate key"),
        ("[a]\n[a]", "line 2, column 2: duplicate key"),
        ("a.b = 1\n[a]", "line 2, column 2: duplicate key"),
        ("[a]\nb.c = 1\n[a.b]", "line 3, column 4: duplicate key"),
        ("[a.b]\nc = 1\n[a]\nb.d = 2", "line 4, column 1: a dotted key into what is defined already"),
        ("a = {}\n[a.b]", "line 2, column 2: a header below what is a value already"),
        ("a = {}\na.b = 1", "line 2, column 1: a dotted key into"),
        ("a = []\n[[a]]", "line 2, column 3: duplicate key"),
        ("[[a]]\n[a]", "line 2, column 2: duplicate key"),
        ("[a]\n[[a]]", "line 2, column 3: duplicate key"),
        ("a = 9223372036854775808", "line 1, column 5: an integer beyond 64 bits"),
        ("a = 1e400", "line 1, column 5: a float beyond 64 bits"),
        ("a = 2023-02-30", "line 1, column"),
        ("a = 25:00:00", "line 1, column"),
        ("a = 01", "line 1, column"),
        ("a = 1__0", "line 1, column"),
        ("a = 'x\ny'", "line 1, column 7"),
        ("a = \"\\q\"", "line 1, column"),
        ("a = \"\\ud800\"", "line 1, column"),
        ("a = \"\u{1}\"", "line 1, column"),
        ("# \u{1}", "line 1, column"),
        ("a = 1\rb = 2", "line 1, column"),
        ("a = 1 b = 2", "line 1, column"),
        ("a = nope", "line 1, column 5"),
        ("= 1", "line 1, column 1"),
        ("a", "line 1, column"),
        ("[a", "line 1, column"),
        ("a = [1", "line 1, column"),
        ("{\"a\": 1}", "line 1, column"),
    ] {
        let error = parse(text.as_bytes()).err().unwrap_or_else(|| panic!("{text:?} is accepted"));
        assert!(error.contains(words), "{text:?}: {error}");
        assert!(!error.contains("nope"), "{error}");
    }
    assert!(
        parse(b"a = 1\nb = \"\xFF\"")
            .err()
            .is_some_and(|e| e.contains("line 2, column 6: bytes that are not UTF-8"))
    );
}

#[test]
fn depth_and_length_are_no_danger() {
    let nested = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(parse(nested.as_bytes()).is_err());
    let nested = format!("a = {}1{}", "{ b = [".repeat(40), "] }".repeat(40));
    assert_eq!(parse(nested.as_bytes()).expect("TOML").leaves().len(), 1);
    let dotted = format!("{}b = 1\n", "a.".repeat(20_000));
    assert_eq!(parse(dotted.as_bytes()).expect("TOML").leaves().len(), 1);
    let header = format!("[{}b]\nc = 1\n", "a.".repeat(20_000));
    assert_eq!(parse(header.as_bytes()).expect("TOML").leaves().len(), 1);
    // Tables that move, and comments that wait: each takes its time once.
    let early: String = (0..20_000).map(|n| format!("[t{n}.x]\n")).collect();
    let late: String = (0..20_000).map(|n| format!("# c\n[t{n}] # d\n")).collect();
    assert_eq!(parse((early + &late).as_bytes()).expect("TOML").leaves().len(), 40_000);
}

/// `testdata/toml/README.md` says who made them.
#[test]
fn files_of_rops_open() {
    let home = Home::with_age();
    for name in ["rops-suffix.toml", "rops-all.toml"] {
        home.write(name, read_testdata(&format!("toml/{name}")));
        let theirs = parse(&read_testdata("toml/rops-decrypted.toml")).expect("TOML");
        let run = home.sops(["decrypt", name]).exits(0);
        assert_eq!(run.stderr, "");
        let ours = parse(&run.stdout).expect("TOML");
        let json = |document: &Document| {
            emit(&[without_infinity(tree(document))], Format::Json, &EmitStyle::default()).expect("JSON")
        };
        assert_eq!(shown(&json(&ours)), shown(&json(&theirs)));
        home.sops(["filestatus", name]).exits(0).prints("{\"encrypted\":true}\n");
        // What rops left plain stays plain, what did not change keeps its ciphertext.
        let before = home.read_text(name);
        home.sops(["set", name, "[\"owner\"][\"name\"]", "\"Ann\""]).exits(0);
        let after = home.read_text(name);
        let kept = after.lines().filter(|line| line.contains("ENC[") && before.contains(*line)).count();
        assert_eq!(kept, before.lines().filter(|line| line.contains("ENC[")).count() - 2, "{after}");
        assert!(after.contains("\nnothing = \"null\"\n"), "{after}");
        home.sops(["decrypt", "--extract", "[\"owner\"][\"name\"]", name]).exits(0).prints("Ann");
        home.sops(["rotate", "-i", name]).exits(0);
        home.sops(["decrypt", "--extract", "[\"products\"][2][\"size\"][\"w\"]", name])
            .exits(0)
            .prints("1.0");
    }
}

/// JSON has no infinity.
fn without_infinity(mut tree: Tree) -> Tree {
    if let Tree::Map(pairs) = &mut tree {
        pairs.retain(|pair| !matches!(pair, resops::document::Pair::Entry(key, _) if key == b"minus_inf"));
    }
    tree
}

#[test]
fn a_changed_file_of_rops_is_noticed() {
    let home = Home::with_age();
    let file = String::from_utf8(read_testdata("toml/rops-suffix.toml")).expect("text");
    home.write("f.toml", file.replace("number_unencrypted = 1.5", "number_unencrypted = 1.25"));
    home.sops(["decrypt", "f.toml"]).exits(51).prints_nothing().says("MAC mismatch");
}

/// What an existing script sees does not change: for sops `x.toml` is a binary file.
#[test]
fn a_toml_name_says_nothing() {
    let home = Home::with_age();
    let plain = read_testdata("toml/plain.toml");
    home.write("f.toml", &plain);
    let binary = home.sops(["encrypt", "f.toml"]).exits(0).stdout;
    assert!(binary.starts_with(b"{\n\t\"data\": \"ENC[AES256_GCM,data:"));
    for file in [binary, read_testdata("toml/sops-binary.toml")] {
        home.write("g.toml", &file);
        // Also where an editor names the type, which meant nothing before.
        for types in [&[][..], &["--input-type", "toml"], &["--input-type", "toml", "--output-type", "toml"]]
        {
            let run = home.sops([&["decrypt"], types, &["g.toml"]].concat()).exits(0);
            assert_eq!((shown(&run.stdout), run.stderr.as_str()), (shown(&plain), ""));
        }
        home.sops(["filestatus", "g.toml"]).exits(0).prints("{\"encrypted\":true}\n");
    }
}

#[test]
fn toml_is_asked_for_by_flag_or_configuration() {
    let home = Home::with_age();
    let plain = read_testdata("toml/plain.toml");
    home.write("f.toml", &plain).write("f.conf", &plain);
    let of_flag = home.sops(["encrypt", "--input-type", "toml", "f.toml"]).exits(0).stdout;
    home.write(".sops.yaml", "stores: {toml: {enabled: true}}\n");
    let of_rule = home.sops(["encrypt", "f.toml"]).exits(0).stdout;
    let of_both =
        home.sops(["encrypt", "--input-type", "toml", "--output-type", "toml", "f.conf"]).exits(0).stdout;
    std::fs::remove_file(home.path(".sops.yaml")).expect("removed");
    for (name, file) in [("a.toml", of_flag), ("b.toml", of_rule), ("c.conf", of_both)] {
        assert!(String::from_utf8_lossy(&file).contains("\n\n[sops]\nlastmodified = \""), "{}", shown(&file));
        home.write(name, &file);
        let run = home.sops(["decrypt", name]).exits(0);
        assert_eq!(shown(&run.stdout), shown(&plain));
        // A name that says something else is told.
        assert_eq!(run.stderr.is_empty(), name.ends_with(".toml"), "{}", run.stderr);
    }
    home.sops(["encrypt", "a.toml"]).exits(203).prints_nothing();
    home.write("f.toml", "title = \"TOML Example\"\nhex = 0x1F\n");
    home.sops(["encrypt", "-i", "--input-type", "toml", "f.toml"]).exits(0);
    home.sops(["exec-env", "f.toml", "printf %s-%s \"$title\" \"$hex\""]).exits(0).prints("TOML Example-31");
}

#[test]
fn conversion_goes_both_ways() {
    let home = Home::with_age();
    let yaml = "z:\n    deep:\n        - k: v\n          n: [1, 2.5]\n        - k: w\n    # a note\n    last: true\na: 1\nempty: {}\n\
                none: null\nwhen: 2024-01-02T03:04:05Z\ntext: |\n    two\n    lines\nlist: []\nq_unencrypted: \"it's \\\"q\\\"\"\n";
    home.write("f.yaml", yaml);
    let toml = home.sops(["encrypt", "--output-type", "toml", "f.yaml"]).exits(0).stdout;
    home.write("f.toml", &toml);
    home.sops(["decrypt", "f.toml"]).exits(0).prints(
        "z.deep = [\n    { k = \"v\", n = [1, 2.5] },\n    { k = \"w\" },\n]\n# a note\nz.last = true\na = 1\nempty = {}\n\
         none = \"null\"\nwhen = \"2024-01-02T03:04:05Z\"\ntext = \"two\\nlines\\n\"\nlist = []\nq_unencrypted = \"it's \\\"q\\\"\"\n",
    );
}

/// Dotted keys go as deep as they are long; indented that would be gigabytes, which no reader takes.
#[test]
fn what_is_too_deep_for_yaml_is_refused() {
    let home = Home::with_age();
    home.write("deep.toml", format!("{} = 1\n", ["a"; 100_000].join(".")));
    for output in ["yaml", "json"] {
        let words = ["encrypt", "--input-type", "toml", "--output-type", output, "deep.toml"];
        home.sops(words).exits(4).says("exceeded max depth");
    }
    home.sops(["encrypt", "-i", "--input-type", "toml", "--output-type", "toml", "deep.toml"]).exits(0);
}

fn no_edits() -> Edits<'static> {
    Edits { leaves: Vec::new(), block: Block::Keep, style: EmitStyle::default(), copies: Copies::OneLine }
}

#[test]
fn nasty_documents_are_read() {
    let count = setting("RESOPS_CASES", 2_000);
    let mut refused = 0;
    for seed in 0..count {
        let made = nasty::toml(seed);
        match parse(&made.text) {
            Ok(document) => {
                let same = document.splice(&no_edits()).expect("no edits").bytes == made.text;
                assert!(same, "seed {seed}\n{}", shown(&made.text));
                // What is written fresh says the same, in the same order.
                let fresh = emit(&[tree(&document)], Format::Toml, &EmitStyle::default()).expect("TOML");
                let again = parse(&fresh).unwrap_or_else(|e| panic!("seed {seed}: {e}\n{}", shown(&fresh)));
                let values = |document: &Document| {
                    let leaves = document.leaves().iter().enumerate().filter(|(_, leaf)| !leaf.is_comment());
                    let texts = leaves.map(|(leaf, place)| {
                        (document.paths().display(place.path), document.value(leaf).to_text().into_owned())
                    });
                    texts.collect::<Vec<_>>()
                };
                assert_eq!(values(&document), values(&again), "seed {seed}\n{}", shown(&made.text));
            }
            Err(error) => {
                refused += 1;
                assert!(refused * 20 < count.max(100), "seed {seed}: {error}\n{}", shown(&made.text));
            }
        }
    }
}

/// Every value and table of a document is set to something else and taken away; what comes out is held to
/// its meaning by `with_value` and `without` themselves, and touches no other value.
#[test]
fn anything_can_be_set_and_unset() {
    let mut done = 0;
    for seed in 0..setting("RESOPS_CASES", 100) {
        let made = nasty::toml(seed);
        let Ok(document) = parse(&made.text) else { continue };
        let mut paths: Vec<Vec<UserStep>> = Vec::new();
        let steps = |path| {
            let steps = document.paths().steps(path).into_iter().map(|step| match step {
                resops::leaf::Step::Key(key) => UserStep::Key(key.to_vec()),
                resops::leaf::Step::Index(index) => UserStep::Index(i64::try_from(index).expect("small")),
            });
            steps.collect::<Vec<_>>()
        };
        for item in document.outline() {
            match *item {
                resops::document::Item::OpenMap(path) | resops::document::Item::OpenList(path) => {
                    paths.push(steps(path))
                }
                resops::document::Item::Leaf(leaf) if !document.leaves()[leaf].is_comment() => {
                    paths.push(steps(document.leaves()[leaf].path));
                }
                _ => {}
            }
        }
        let values = [
            Tree::str("new"),
            Tree::str("two\nlines"),
            Tree::Leaf(Value::Int(7)),
            Tree::List(vec![Tree::str("x"), Tree::List(vec![])]),
            Tree::Map(vec![resops::document::Pair::Entry(b"k k".to_vec(), Tree::Leaf(Value::Bool(true)))]),
        ];
        for (number, path) in paths.iter().enumerate().filter(|(_, path)| !path.is_empty()) {
            let what = |verb: &str, error: &dyn std::fmt::Display| {
                format!("seed {seed}: {verb} {path:?}: {error}\n{}", shown(&made.text))
            };
            let value = &values[number % values.len()];
            document.with_value(path, value).unwrap_or_else(|e| panic!("{}", what("set", &e)));
            document.without(path).unwrap_or_else(|e| panic!("{}", what("unset", &e)));
            for last in [UserStep::Key(b"not there".to_vec()), UserStep::Index(99)] {
                let below = [&path[..], &[last]].concat();
                match document.with_value(&below, value) {
                    Ok(_) | Err(resops::document::ChangeError::WrongStep(_)) => done += 1,
                    Err(error) => panic!("{}", what("set below", &error)),
                }
            }
        }
    }
    assert!(done > 100);
}

#[test]
fn a_change_touches_its_own_line() {
    let text = "# top\na = 1 # one\nl = [\n    1, # x\n    2,\n]\nt = { b = 'q', c = 1 }\n\n# of u\n[u]\nv.w = 1\n\n[u.x]\n[[y]]\nz = 1\n";
    let document = parse(text.as_bytes()).expect("TOML");
    let set = |path: &str, value: Tree| {
        let path = resops::document::parse_path(path).expect("a path");
        String::from_utf8(document.with_value(&path, &value).expect("it can be set")).expect("text")
    };
    let unset = |path: &str| {
        let path = resops::document::parse_path(path).expect("a path");
        String::from_utf8(document.without(&path).expect("it can go")).expect("text")
    };
    let with = |old: &str, new: &str| text.replacen(old, new, 1);
    assert_eq!(set("[\"a\"]", Tree::str("x")), with("a = 1", "a = \"x\""));
    assert_eq!(set("[\"t\"][\"b\"]", Tree::str("r")), with("'q'", "'r'"));
    assert_eq!(set("[\"t\"][\"d\"]", Tree::str("r")), with("c = 1 }", "c = 1, d = \"r\" }"));
    assert_eq!(set("[\"new\"]", Tree::Leaf(Value::Int(2))), with("c = 1 }\n", "c = 1 }\nnew = 2\n"));
    assert_eq!(set("[\"l\"][9]", Tree::Leaf(Value::Int(3))), with("    2,\n", "    2,\n    3,\n"));
    assert_eq!(
        set("[\"u\"][\"v\"][\"n\"]", Tree::Leaf(Value::Int(3))),
        with("v.w = 1\n", "v.w = 1\nv.n = 3\n")
    );
    assert_eq!(set("[\"u\"][\"n\"]", Tree::Leaf(Value::Int(3))), with("v.w = 1\n", "v.w = 1\nn = 3\n"));
    assert_eq!(
        set("[\"y\"][9]", Tree::Map(vec![resops::document::Pair::Entry(b"z".to_vec(), Tree::str("n"))])),
        format!("{text}\n[[y]]\nz = \"n\"\n")
    );
    assert_eq!(unset("[\"a\"]"), with("a = 1 # one\n", ""));
    assert_eq!(unset("[\"l\"][0]"), with("    1, # x\n", ""));
    assert_eq!(unset("[\"l\"][1]"), with("    2,\n", ""));
    assert_eq!(unset("[\"t\"][\"c\"]"), with(", c = 1", ""));
    assert_eq!(unset("[\"t\"][\"b\"]"), with("b = 'q', ", ""));
    assert_eq!(unset("[\"u\"][\"x\"]"), with("[u.x]\n", ""));
    assert_eq!(unset("[\"u\"][\"v\"][\"w\"]"), with("v.w = 1\n", "v = {}\n"));
}
