//! A machine for one line of shell: the fixture files, one age key, `sops` on the `PATH`.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use crate::mask::{mask, mask_file};

/// The key of the fixtures, made for tests; `$R` is its recipient, `$S` one that nobody has.
const KEY: &str = "AGE-SECRET-KEY-1M8JNRSAKQR85MYQR72D0G5YH9UHGA5PWWDM53WXKSQ9QG7UPKHZSRTF5HF";
const RECIPIENT: &str = "age1r89tavc6dndtq7ghl6qfpy7gkg2xkgsm2jk57kvyztd6ak05mfrszj3tnf";
const STRANGER: &str = "age12gy0m0afd3meskv0xzfnvcaedayvf073k6hn7n7z8wymzaa7355s0ywulg";

/// What every line can use: `conf` writes a configuration.
const PRELUDE: &str = "umask 022\nconf() { printf '%s\\n' \"$1\" > .sops.yaml; }\n\
    only() { awk -v kind=\"$1:\" '/^    [a-z]/ { keep = $1 == kind || $1 !~ /^(kms|gcp_kms|hckms|azure_kv|hc_vault|pgp):/ } !/^    / && NF { keep = 1 } keep' kinds.yaml > k.yaml; }\n";

/// How a program answered a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The files that were made or changed: mode, where it is new, and text.
    pub(crate) files: BTreeMap<String, String>,
}

/// Runs a line of shell where `sops` is `program`.
pub(crate) fn answer(program: &str, line: &str) -> Answer {
    let home = tempfile::tempdir().expect("a folder");
    for name in ["here", "tmp", "bin"] {
        std::fs::create_dir(home.path().join(name)).expect("a folder");
    }
    std::os::unix::fs::symlink(program, home.path().join("bin/sops")).expect("a link");
    let here = home.path().join("here");
    copy_fixtures(&here);
    let folder = home.path().to_str().expect("text");
    let output = Command::new("timeout")
        .args(["--kill-after=1", "20", "/bin/bash", "-c", &format!("{PRELUDE}{line}")])
        .env_clear()
        .env("PATH", format!("{folder}/bin:/usr/local/bin:/usr/bin:/bin"))
        // A fixed name: the report of keys names it, and breaks its lines by length.
        .env("HOME", "/nonexistent")
        .env("TMPDIR", home.path().join("tmp"))
        .envs([("SOPS_AGE_KEY", KEY), ("R", RECIPIENT), ("S", STRANGER), ("LC_ALL", "C")])
        .envs([("SOPS_DISABLE_VERSION_CHECK", "1"), ("EDITOR", "false")])
        .current_dir(&here)
        .stdin(Stdio::null())
        .output()
        .expect("a shell runs");
    if program == env!("CARGO_BIN_EXE_sops") {
        crate::secrets::look_through(line, &output.stdout, &output.stderr, []);
    }
    let code = output.status.code().unwrap_or_else(|| 128 + output.status.signal().unwrap_or(0));
    Answer {
        code,
        stdout: mask(&String::from_utf8_lossy(&output.stdout), folder),
        stderr: mask(&String::from_utf8_lossy(&output.stderr), folder),
        files: changes(&FIXTURES, &snapshot(&here), folder),
    }
}

/// Files by name: mode and bytes.
type Files = BTreeMap<String, (u32, Vec<u8>)>;

/// What every line finds in its folder.
static FIXTURES: LazyLock<Files> = LazyLock::new(|| {
    let mut files = snapshot(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/table/fixtures"));
    files.values_mut().for_each(|(mode, _)| *mode = 0o644);
    files
});

fn copy_fixtures(here: &Path) {
    for (name, (mode, bytes)) in FIXTURES.iter() {
        let to = here.join(name);
        std::fs::write(&to, bytes).expect("written");
        std::fs::set_permissions(&to, std::fs::Permissions::from_mode(*mode)).expect("allowed");
    }
}

/// Mode and bytes of every file below a folder.
fn snapshot(folder: &Path) -> Files {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            let about = std::fs::symlink_metadata(&path).expect("a file");
            if about.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
            let bytes = if about.is_file() { std::fs::read(&path).unwrap_or_default() } else { Vec::new() };
            found.insert(name, (about.permissions().mode() & 0o7777, bytes));
        }
    }
    found
}

fn changes(before: &Files, after: &Files, folder: &str) -> BTreeMap<String, String> {
    let mut changes = BTreeMap::new();
    for (name, (mode, bytes)) in after {
        let old = before.get(name);
        if old.is_some_and(|old| old.0 == *mode && old.1 == *bytes) {
            continue;
        }
        let mut text = String::new();
        if old.is_none_or(|old| old.0 != *mode) {
            text.push_str(&format!("mode {mode:o}\n"));
        }
        text.push_str(&mask_file(&String::from_utf8_lossy(bytes), folder));
        changes.insert(name.clone(), text);
    }
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        changes.insert(name.clone(), "removed\n".to_owned());
    }
    changes
}
