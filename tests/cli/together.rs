//! Several runs on one file at once: no change is lost without a word. (sops: the last one wins.)

use std::process::Child;

use crate::home::{Home, RECIPIENT};

const SOPS: &str = env!("CARGO_BIN_EXE_sops");

fn all_end(children: Vec<Child>) {
    for mut child in children {
        assert!(child.wait().expect("it ends").success());
    }
}

#[test]
fn many_set_at_once() {
    let home = Home::empty().with(&["a.yaml"]);
    let keys: Vec<String> = (0..12).map(|n| format!("[\"k{n}\"]")).collect();
    let sets = keys.iter().map(|key| home.sops(["set", "a.yaml", key, "\"x\""]).spawn().expect("sops runs"));
    let rotate = home.sops(["rotate", "-i", "--add-age", crate::home::STRANGER, "a.yaml"]).spawn();
    let mut children: Vec<Child> = sets.collect();
    children.push(rotate.expect("sops runs"));
    let unset = home.sops(["unset", "a.yaml", "[\"b\"]"]).spawn();
    children.push(unset.expect("sops runs"));
    all_end(children);
    for key in &keys {
        home.run(["decrypt", "--extract", key, "a.yaml"]).exits(0).prints("x");
    }
    home.run(["decrypt", "--extract", "[\"b\"]", "a.yaml"]).exits(1);
    assert!(home.read("a.yaml").contains(crate::home::STRANGER));
}

/// Each of two editors adds a key, and changes a neighbour of what the other changes.
#[test]
fn two_edits_come_together() {
    for (name, text, edits, result) in [
        (
            "f.yaml",
            "# c\na: 1\nb: 2\n",
            ["s/a: 1/a: 10/; $ a mine: 1", "s/b: 2/b: 20/; $ a theirs: 1"],
            "# c\na: 10\nb: 20\nmine: 1\ntheirs: 1\n",
        ),
        (
            "f.json",
            "{\n\t\"a\": 1,\n\t\"b\": 2\n}\n",
            [
                "s/\"a\": 1/\"a\": 10/; s/\"b\": 2/&,\\n\\t\"mine\": 1/",
                "s/\"b\": 2/\"b\": 20,\\n\\t\"theirs\": 1/",
            ],
            "{\n\t\"a\": 10,\n\t\"b\": 20,\n\t\"mine\": 1,\n\t\"theirs\": 1\n}\n",
        ),
    ] {
        let home = Home::empty().file(name, text);
        home.run(["encrypt", "-i", "--age", RECIPIENT, name]).exits(0);
        // The second editor is run, and saves, while the first one is open.
        let [mine, theirs] = edits;
        let home = home.editor(&format!(
            "EDITOR=\"sed -i '{}'\" {SOPS} edit {name} && sed -i '{mine}' \"$1\"",
            theirs.replace('"', "\\\""),
        ));
        home.run(["edit", name]).exits(0).prints("").mentions("both changes are in it now");
        home.run(["decrypt", name]).exits(0).prints(result);
    }
}

/// Their recipients and our values: neither is lost.
#[test]
fn an_edit_meets_new_keys() {
    let stranger = crate::home::STRANGER;
    for line in [&["edit", "a.yaml"][..], &["a.yaml"], &["edit", "-s", "a.yaml"]] {
        let home = Home::empty()
            .with(&["a.yaml"])
            .editor(&format!("{SOPS} rotate -i --add-age {stranger} a.yaml; sed -i '1i d: mine' \"$1\""));
        home.run(line.iter().copied()).exits(0).mentions("both changes are in it now");
        assert!(home.read("a.yaml").contains(stranger));
        home.run(["decrypt", "--extract", "[\"d\"]", "a.yaml"]).exits(0).prints("mine");
        home.run(["decrypt", "--extract", "[\"b\"]", "a.yaml"]).exits(0).prints("two");
    }
}

/// The same value twice: the second one is told which, and keeps the text.
#[test]
fn the_same_value_at_once() {
    let home = Home::empty().with(&["a.yaml"]).editor(&format!(
        "{SOPS} set a.yaml '[\"b\"]' '\"theirs\"'; sed -i 's/two/mine/' \"$1\"; echo 'd: mine' >> \"$1\""
    ));
    let run = home
        .run(["edit", "a.yaml"])
        .exits(1)
        .mentions("was changed while it was edited; both changed [\"b\"]");
    run.mentions("sops decrypt ");
    home.run(["decrypt", "--extract", "[\"b\"]", "a.yaml"]).exits(0).prints("theirs");
    home.run(["decrypt", "a.yaml.rescued"]).exits(0).prints("a: 1\nb: mine\nc:\n    - x\n    - 3\nd: mine\n");
}

/// A new file that someone else makes first is not replaced.
#[test]
fn a_new_file_is_there_already() {
    let home = Home::empty().file("other.yaml", "theirs: 1\n");
    home.run(["encrypt", "-i", "--age", RECIPIENT, "other.yaml"]).exits(0);
    let home = home.editor("cp other.yaml new.yaml; echo 'mine: 1' > \"$1\"");
    home.run(["edit", "--age", RECIPIENT, "new.yaml"]).exits(1).mentions("was changed while it was edited");
    home.run(["decrypt", "new.yaml"]).exits(0).prints("theirs: 1\n");
    home.run(["decrypt", "new.yaml.rescued"]).exits(0).prints("mine: 1\n");
}
