use crate::document::{Block, Copies, Document, Edits, EmitStyle, Format, Item, Replacement, Tree};
use crate::leaf::ValueRef;

fn parse(text: &str) -> Document {
    Document::parse(text.as_bytes().to_vec(), Format::Ini).expect("INI")
}

/// Every leaf in sops' order: `path=value`, `path;comment`, and `!` before what sops does not see.
fn read(text: &str) -> Vec<String> {
    let document = parse(text);
    let leaves = document.leaves().iter().enumerate();
    let show = |(number, leaf): (usize, &crate::document::Leaf)| {
        let (mark, text) = match document.value(number) {
            ValueRef::Comment(text) => (";", text),
            ValueRef::Str(text) => ("=", text),
            _ => ("?", b"".as_slice()),
        };
        let seen = if document.counts(number) { "" } else { "!" };
        let path = document.paths().display(leaf.path);
        format!("{seen}{path}{mark}{}", String::from_utf8_lossy(text))
    };
    leaves.map(show).collect()
}

const BLOCK: &str = "\n[sops]\nx = y\n";

#[test] // stores §6.1
fn sections_and_keys() {
    assert_eq!(read("top = 1\n[s]\na: 2\n[ t ] junk\n  b\t=  3  \n"), ["DEFAULT.top=1", "s.a=2", " t .b=3"]);
    assert_eq!(read("[a]b]\nk=1\n[a]\nk=2\n[a]\nk=3\n"), ["a]b.k=1", "a.k=2", "a.k=3"]);
    assert_eq!(
        read("\"a=b\" = 1\n`c:d`: 2\n\"\"\"e\"f\"\"\"=3\n-=4\n- = 5\n[s]\n-=6\n"),
        ["DEFAULT.a=b=1", "DEFAULT.c:d=2", "DEFAULT.e\"f=3", "DEFAULT.#1=4", "DEFAULT.#2=5", "s.#1=6"]
    );
    assert_eq!(read("\u{feff}a = \u{a0}x\u{a0}\r\n"), ["DEFAULT.a=x"]);
    let document = parse("[s]\n[DEFAULT]\n");
    assert_eq!(document.outline().len(), 2 + 3 * 2); // `DEFAULT` is always there, and first
    assert!(matches!(document.outline()[1], Item::OpenMap(_)));
}

#[test]
fn comments_hang_on_what_follows() {
    assert_eq!(
        read("; of s\n[s] ; inline\n; of a\n\n  # too\na = 1 ; inline\nb = 2\n; lost\n"),
        ["s;of s\n; inline", "s.a=1", "s;of a\n# too\n; inline", "s.b=2", "!s;lost"]
    );
    assert_eq!(read(";; # x\na=1"), ["DEFAULT.a=1", "DEFAULT;# x"]);
    assert_eq!(read(";;;\na=1"), ["DEFAULT.a=1", "DEFAULT;"]);
    assert_eq!(read(";;;\n;b\na=1"), ["DEFAULT.a=1", "DEFAULT;;b"]);
    assert_eq!(read("a = `x` ; lost\n"), ["DEFAULT.a=x", "!DEFAULT;lost"]);
    assert_eq!(read("a = `x\ny` ; seen\n"), ["DEFAULT.a=x\ny", "DEFAULT;seen"]);
}

#[test]
fn the_last_of_equal_keys_takes_the_first_place() {
    assert_eq!(
        read("[s]\na = 1 ; one\nb = 2\na = 3 ; three\n"),
        ["s.a=3", "s;three", "s.b=2", "!s.a=1", "!s;one"]
    );
    let document = parse("[s]\na = 1\na = 2\na = 3\n");
    assert_eq!(document.duplicate_keys().len(), 2);
    assert_eq!(document.shadowed_by(1), Some(0));
    assert_eq!(document.shadowed_by(0), None);
}

/// What a value says in a plain file, and in one that sops has encrypted.
#[test]
fn two_dialects() {
    for (text, author, sops) in [
        ("x", "x", "x"),
        ("ab#cd", "ab#cd", "ab"),
        ("x;y", "x;y", "x"),
        ("x ; y", "x", "x"),
        ("a#b # c", "a#b", "a"),
        ("#fff", "", ""),
        ("\"a;b\"", "a;b", "\"a"),
        ("\"a ; b\" ; c", "a ; b", "\"a"),
        ("'a#b'#c", "a#b", "'a"),
        ("\"a\"b\"", "\"a\"b\"", "\"a\"b\""),
        ("\"a", "\"a", "\"a"),
        ("`a#b`", "a#b", "a#b"),
        ("`a`b`", "a`b", "a`b"),
        ("\"\"\"a\"b\"\"\"", "a\"b", "a\"b"),
        ("a\\\n  b\\\n\n", "ab", "ab"),
        ("a#b\\\n;c\n", "a#b;c", "a#b;c"),
        ("\"\"\"a\n[sops]\n\"\"\"", "a\n[sops]\n", "a\n[sops]\n"),
    ] {
        let line = format!("k = {text}\n");
        assert_eq!(read(&line)[0], format!("DEFAULT.k={author}"), "{text}");
        assert_eq!(read(&(line + BLOCK))[0], format!("DEFAULT.k={sops}"), "{text}");
    }
    assert_eq!(read("k=#fff\n"), ["DEFAULT.k=#fff"]);
    assert_eq!(read("key\n"), ["DEFAULT.key="]);
    assert!(Document::parse(format!("key\n{BLOCK}").into_bytes(), Format::Ini).is_err());
}

fn sealed(text: &str) -> String {
    let document = parse(text);
    let leaves = (0..document.leaves().len()).map(|leaf| (leaf, Replacement::Sealed(b"E".as_slice())));
    let block = Tree::Map(vec![]);
    let edits = Edits {
        leaves: leaves.collect(),
        block: Block::Put(&block),
        style: EmitStyle::default(),
        copies: Copies::OneLine,
    };
    let text = String::from_utf8(document.splice(&edits).unwrap().bytes).unwrap();
    text.replace("[sops]\r\n", "").replace("[sops]\n", "")
}

#[test]
fn a_run_of_comments_is_one_token() {
    assert_eq!(sealed("; a\n# b\n\n;c\nk = v ; d\n"), "; E\nk = E\n\n");
    assert_eq!(sealed("k = v ;d\n"), "k = E ;E\n\n");
    assert_eq!(sealed("  [s] # c\r\n"), "  # E\r\n  [s]\r\n\r\n");
    assert_eq!(sealed("k = `a\nb` ; c"), "; E\nk = `E`\n\n");
    assert_eq!(sealed("k = `a` junk ; c\n"), "k = `E`\n\n");
}

#[test]
fn the_block_comes_and_goes() {
    for text in ["", "a = 1\n", "[s]\n\n\n", "\u{feff}", "\n", "a = 1\r\n"] {
        let block = Tree::Map(vec![crate::document::Pair::Entry(b"mac".to_vec(), Tree::str("m"))]);
        let mut edits = Edits {
            leaves: vec![],
            block: Block::Put(&block),
            style: EmitStyle::default(),
            copies: Copies::OneLine,
        };
        let put = parse(text).splice(&edits).unwrap().bytes;
        let put = Document::parse(put, Format::Ini).unwrap();
        assert!(put.metadata().unwrap().unwrap().get("mac").is_some());
        edits.block = Block::Remove;
        assert_eq!(put.splice(&edits).unwrap().bytes, text.as_bytes());
        // A block that is there already is replaced.
        edits.block = Block::Put(&block);
        assert_eq!(put.splice(&edits).unwrap().bytes, put.source());
    }
}

/// What a token says is written in the quotes that it has, or as sops writes it.
#[test]
fn opened_values() {
    for (form, value, expected) in [
        ("E", "x", "x"),
        ("E", "p#q", "`p#q`"),
        ("E", " x", "\" x\""),
        ("E", "l\nm", "\"\"\"l\nm\"\"\""),
        ("E", "a`b", "\"\"\"a`b\"\"\""),
        ("E", "\"q\"", "\"q\""),
        ("\"E\"", "p;q", "\"p;q\""),
        ("\"E\"", "say \"x\"", "say \"x\""),
        ("'E'", "l\nm", "\"\"\"l\nm\"\"\""),
        ("`E`", "a`b", "`a`b`"),
        ("`E`", "a`\nb", "\"\"\"a`\nb\"\"\""),
        ("\"\"\"E\"\"\"", "x\ny", "\"\"\"x\ny\"\"\""),
    ] {
        let document = parse(&format!("k = {form}\n{BLOCK}"));
        let edits = Edits {
            leaves: vec![(0, Replacement::Opened(ValueRef::Str(value.as_bytes())))],
            block: Block::Remove,
            style: EmitStyle::default(),
            copies: Copies::OneLine,
        };
        let opened = String::from_utf8(document.splice(&edits).unwrap().bytes).unwrap();
        assert_eq!(opened, format!("k = {expected}\n"), "{form} {value}");
    }
}

/// A comment from an edited file must not change how the line that it stands on is read.
#[test]
fn opened_comments_stay_comments() {
    for (line, comment, expected) in [
        ("k = v ; E", "c", "k = v ; c\n"),
        ("k = v ; E", "c\\", "; c\\\nk = v\n"),
        ("k = v ; E", "c\nd = 1", "; c\n; d = 1\nk = v\n"),
        ("k = `v` ; E", "a`b", "; a`b\nk = `v`\n"),
        ("; E\nk = v", "a\n# b\n\nc", "; a\n# b\n; \n; c\nk = v\n"),
        ("#E\nk = v", "a", "#a\nk = v\n"),
        ("; E\n[s]\nk = v", " a", ";  a\n[s]\nk = v\n"),
    ] {
        let document = parse(&format!("{line}\n{BLOCK}"));
        let number = document.leaves().iter().position(crate::document::Leaf::is_comment).unwrap();
        let edits = Edits {
            leaves: vec![(number, Replacement::Opened(ValueRef::Comment(comment.as_bytes())))],
            block: Block::Remove,
            style: EmitStyle::default(),
            copies: Copies::OneLine,
        };
        let opened = String::from_utf8(document.splice(&edits).unwrap().bytes).unwrap();
        assert_eq!(opened, expected, "{line}");
    }
}
