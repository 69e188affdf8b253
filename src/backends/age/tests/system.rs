//! The real machine: commands and plugins in a directory of their own.

use super::entry;
use crate::backends::age::{AgeHost, AgeService, SystemHost};
use crate::keys::{Attempt, KeyService, MasterKey};
use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A plugin whose stanza body is the file key.
const PLUGIN: &str = r#"#!/bin/sh
while read -r arrow tag index rest; do
  case "$tag" in
    wrap-file-key) read -r body; answer="recipient-stanza 0 plain";;
    recipient-stanza) read -r body; answer="file-key 0";;
    done) read -r nothing; break;;
  esac
done
printf -- '-> %s\n%s\n' "$answer" "$body"
read -r ok; read -r nothing
printf -- '-> done\n\n'
"#;

fn host(variables: &[(&str, &Path)]) -> SystemHost {
    let pairs = variables.iter().map(|(k, v)| (OsString::from(k), v.as_os_str().to_owned()));
    SystemHost::new(pairs.collect::<HashMap<_, _>>())
}

fn install(directory: &Path, name: &str, script: &str) {
    let path = directory.join(name);
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn plugins_run_as_programs() {
    let directory = tempfile::tempdir().unwrap();
    install(directory.path(), "age-plugin-plain", PLUGIN);
    let path = std::env::join_paths([directory.path(), "/usr/bin".as_ref(), "/bin".as_ref()]);
    let path = path.unwrap();
    let keys = directory.path().join("keys.txt");
    let identity = crate::keys::bech32::encode("AGE-PLUGIN-PLAIN-", b"1");
    std::fs::write(&keys, identity.as_bytes()).unwrap();
    let service = AgeService::new(host(&[("PATH", path.as_ref()), ("SOPS_AGE_KEY_FILE", &keys)]));

    let recipient = crate::keys::bech32::encode("age1plain", b"1");
    let enc = service.wrap(&MasterKey::age(&recipient).unwrap(), &[7; 32]).unwrap();
    let secret = match service.unwrap(&entry(&enc)) {
        Attempt::Recovered(secret) => secret,
        Attempt::NotHeld { reason, .. } | Attempt::Failed(reason) => panic!("{reason}"),
    };
    assert_eq!(*secret, [7; 32]);
}

/// Whoever can write into the current directory must not get at the keys.
#[test]
fn nothing_runs_from_the_current_directory() {
    // The tests run in the package's directory.
    for path in ["", "target/..", "."] {
        let host = host(&[("PATH", path.as_ref())]);
        let error = host.run("no-such-program", &[], ("A", "b")).unwrap_err();
        assert_eq!(error, "exec: \"no-such-program\": executable file not found in $PATH");
    }
    let directory = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
    install(directory.path(), "age-plugin-x", PLUGIN);
    let relative = Path::new(directory.path().file_name().unwrap());
    let host = host(&[("PATH", relative)]);
    let error = "exec: \"age-plugin-x\": cannot run executable found relative to current directory";
    assert_eq!(host.run("age-plugin-x", &[], ("A", "b")).unwrap_err(), error);
    assert_eq!(host.start_plugin("x", "identity-v1").err().unwrap(), error);
    let missing = "\"y\" plugin not found: exec: \"age-plugin-y\": executable file not found in $PATH";
    assert_eq!(host.start_plugin("y", "identity-v1").err().unwrap(), missing);
}

#[test]
fn commands() {
    let host = host(&[("PATH", "/usr/bin:/bin".as_ref()), ("X", "x".as_ref())]);
    let run = |script: &str| {
        let arguments = ["-c".to_owned(), script.to_owned()];
        let out = host.run("sh", &arguments, ("SOPS_AGE_RECIPIENT", "age1"))?;
        Ok::<_, String>(String::from_utf8(out.to_vec()).unwrap())
    };
    assert_eq!(run("echo $X $SOPS_AGE_RECIPIENT; cat").unwrap(), "x age1\n");
    assert_eq!(run("exit 3").unwrap_err(), "exit status 3");
    assert_eq!(run("kill -9 $$").unwrap_err(), "signal: killed");
    let error = host.run("/no/such/program", &[], ("A", "b")).unwrap_err();
    assert_eq!(error, "fork/exec /no/such/program: no such file or directory");
}
