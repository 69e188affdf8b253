//! Files under keys of AWS KMS: at moto, with the real sops on the other side where there is one.

use super::moto::{Moto, moto};
use super::support::fake::aws::{ARN, Aws, ROLE, ROLE_KEY};
use super::support::{AGE_RECIPIENT, Home, real_sops, testdata};
use super::{PLAIN, discreet, home, home_at};

const ROLE_AT_MOTO: &str = "arn:aws:iam::123456789012:role/ci";

fn age_identity() -> String {
    testdata("interop/keys/age1.txt").display().to_string()
}

/// A home at moto, which knows no users.
fn at(moto: &Moto) -> Home {
    home_at(&moto.url()).set("AWS_CONFIG_FILE", "config").set("SOPS_AGE_KEY_FILE", &age_identity())
}

fn with_profile(home: &Home) {
    home.write("config", "[profile dev]\naws_access_key_id = other\naws_secret_access_key = other-secret\n");
}

/// All forms of keys, as arguments of `encrypt`.
fn forms(moto: &Moto) -> Vec<Vec<String>> {
    let key = moto.key("us-east-1");
    let elsewhere = moto.key("eu-central-1");
    let alias = moto.alias(&elsewhere, "some/sops");
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    vec![
        words(&["--kms", &key]),
        words(&["--kms", &elsewhere]),
        words(&["--kms", &alias]),
        words(&["--kms", &key, "--encryption-context", "b:2,a: 1,ü:\"x"]),
        words(&["--kms", &format!("{key}+{ROLE_AT_MOTO}")]),
        words(&["--kms", &alias, "--aws-profile", "dev"]),
        words(&[
            "--kms",
            &format!("{key}+{ROLE_AT_MOTO}"),
            "--encryption-context",
            "a:b",
            "--aws-profile",
            "dev",
        ]),
        words(&["--kms", &format!("{key},{elsewhere}"), "--age", AGE_RECIPIENT]),
    ]
}

#[test]
#[allow(clippy::print_stderr)] // said out loud
fn files_are_opened_by_both_programs() {
    let Some(moto) = moto() else { return };
    let home = at(moto).set("SOPS_AGE_KEY_FILE", "");
    with_profile(&home);
    home.write("a.yaml", PLAIN);
    let sops = real_sops();
    if sops.is_none() {
        eprintln!("SKIPPED: SOPS_BIN names no sops to compare with");
    }
    for form in forms(moto) {
        let words: Vec<_> =
            ["encrypt"].into_iter().chain(form.iter().map(String::as_str)).chain(["a.yaml"]).collect();
        let ours = discreet(home.sops(&words)).exits(0).stdout;
        home.write("ours.yaml", &ours);
        discreet(home.sops(["decrypt", "ours.yaml"])).exits(0).prints(PLAIN);
        let Some(sops) = &sops else { continue };
        home.run(sops, ["decrypt", "ours.yaml"], b"").exits(0).prints(PLAIN);
        let theirs = home.run(sops, &words, b"").exits(0).stdout;
        home.write("theirs.yaml", &theirs);
        discreet(home.sops(["decrypt", "theirs.yaml"])).exits(0).prints(PLAIN);
        let fields = |file: &[u8]| {
            let text = String::from_utf8_lossy(file).into_owned();
            let kept = |line: &&str| {
                let line = line.trim_start_matches(['-', ' ']);
                ["arn:", "role:", "aws_profile:", "context:", "a:", "b:"]
                    .iter()
                    .any(|name| line.starts_with(name))
            };
            text.lines().filter(kept).map(|line| line.replace(' ', "")).collect::<Vec<_>>()
        };
        assert_eq!(fields(&ours), fields(&theirs), "{words:?}");
    }
}

#[test]
fn groups_of_several_kinds_need_their_shares() {
    let Some(moto) = moto() else { return };
    let home = at(moto);
    let key = moto.key("us-east-1");
    let gpg = home.path("gnupg").display().to_string();
    let home = home.set("GNUPGHOME", &gpg);
    std::fs::create_dir(&gpg).expect("a folder");
    std::fs::set_permissions(&gpg, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("allowed");
    let mut pgp = String::new();
    if std::path::Path::new("/usr/bin/gpg").exists() {
        let words = ["--batch", "--passphrase", "", "--quick-gen-key", "a@example.org", "default", "default"];
        home.run("/usr/bin/gpg".as_ref(), words, b"").exits(0);
        let listed = home.run("/usr/bin/gpg".as_ref(), ["--list-keys", "--with-colons"], b"").stdout;
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let line = listed.lines().find(|line| line.starts_with("fpr:")).expect("a key");
        pgp = format!("      - pgp: [{}]\n", line.split(':').nth(9).expect("a fingerprint"));
    } else {
        assert!(std::env::var_os("CI").is_none(), "gpg is not installed");
    }
    home.write(
        ".sops.yaml",
        format!(
            "creation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - age: [{AGE_RECIPIENT}]\n{pgp}      - kms:\n        - arn: {key}\n          context: {{a: b, n: 1}}\n"
        ),
    );
    home.write("a.yaml", PLAIN);
    discreet(home.sops(["encrypt", "-i", "a.yaml"])).exits(0);
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
    if let Some(sops) = real_sops() {
        home.run(&sops, ["decrypt", "a.yaml"], b"").exits(0).prints(PLAIN);
        home.write("b.yaml", PLAIN);
        home.run(&sops, ["encrypt", "-i", "b.yaml"], b"").exits(0);
        // age and PGP suffice, so without them KMS has to give a share
        let home = home.set("SOPS_AGE_KEY_FILE", "");
        if !pgp.is_empty() {
            discreet(home.sops(["decrypt", "b.yaml"])).exits(0).prints(PLAIN);
            discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
        }
        let home = home.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        discreet(home.sops(["decrypt", "a.yaml"])).exits(128).prints_nothing().says("connection refused");
    }
    let mut stop = std::process::Command::new("gpgconf");
    let _ = stop.args(["--homedir", &gpg, "--kill", "all"]).status();
}

#[test]
fn keys_are_added_removed_and_brought_up_to_date() {
    let Some(moto) = moto() else { return };
    let (one, two) = (moto.key("us-east-1"), moto.key("eu-west-1"));
    let home = at(moto).set("SOPS_KMS_ARN", &one);
    with_profile(&home);
    home.encrypted("a.yaml", PLAIN);
    discreet(home.sops(["rotate", "-i", "--add-kms", &two, "--encryption-context", "x:z", "a.yaml"]))
        .exits(0);
    let text = home.read_text("a.yaml");
    assert!(text.contains(&two) && text.contains("x: z\n"), "{text}");
    // without its context it is another key
    discreet(home.sops(["rotate", "-i", "--rm-kms", &two, "a.yaml"])).exits(0);
    assert!(home.read_text("a.yaml").contains(&two));
    discreet(home.sops(["rotate", "-i", "--rm-kms", &one, "a.yaml"])).exits(0);
    assert!(!home.read_text("a.yaml").contains(&one));
    discreet(home.sops(["-r", "-i", "--add-kms", &one, "--aws-profile", "dev", "a.yaml"])).exits(0);
    assert!(home.read_text("a.yaml").contains("aws_profile: dev\n"));
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);

    home.write(
        ".sops.yaml",
        format!(
            "creation_rules:\n  - path_regex: flat\n    kms: '{one}, {two}+{ROLE_AT_MOTO}'\n    aws_profile: dev\n  - key_groups:\n      - kms: [{{arn: '{two}', role: '{ROLE_AT_MOTO}'}}]\n"
        ),
    );
    discreet(home.sops(["updatekeys", "-y", "a.yaml"])).exits(0);
    let text = home.read_text("a.yaml");
    assert!(text.contains(&format!("role: {ROLE_AT_MOTO}")) && !text.contains(&one), "{text}");
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
    let home = home.set("SOPS_KMS_ARN", "");
    assert_eq!(home.encrypted("flat.yaml", PLAIN).matches("aws_profile: dev\n").count(), 2);
    discreet(home.sops([
        "groups",
        "add",
        "-i",
        "-f",
        "a.yaml",
        "--kms",
        &one,
        "--encryption-context",
        "k:v",
    ]))
    .exits(0);
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
    let text = home.read_text("a.yaml");
    assert!(
        text.contains(&one) && text.contains("k: v\n") && text.contains("shamir_threshold: 2\n"),
        "{text}"
    );
}

/// The requests of both programs, side by side.
#[test]
#[allow(clippy::print_stderr)] // said out loud
fn requests_are_those_of_sops() {
    let Some(sops) = real_sops() else {
        eprintln!("SKIPPED: SOPS_BIN names no sops to compare with");
        return;
    };
    let aws = Aws::start();
    let home = home(&aws);
    home.write("a.yaml", PLAIN);
    let key = format!("{ARN}+{ROLE}");
    let words = ["encrypt", "--kms", &key, "--encryption-context", "b:2,a:1", "a.yaml"];
    home.write("ours.yaml", discreet(home.sops(words)).exits(0).stdout);
    home.write("theirs.yaml", home.run(&sops, words, b"").exits(0).stdout);
    discreet(home.sops(["decrypt", "theirs.yaml"])).exits(0).prints(PLAIN);
    home.run(&sops, ["decrypt", "ours.yaml"], b"").exits(0).prints(PLAIN);
    let requests = aws.server.requests();
    let [our_role, our_wrap, their_role, their_wrap, role_2, our_unwrap, role_4, their_unwrap] =
        &requests[..]
    else {
        panic!("{} requests", requests.len())
    };
    for (ours, theirs) in
        [(our_role, their_role), (our_wrap, their_wrap), (role_2, role_4), (our_unwrap, their_unwrap)]
    {
        assert_eq!((&ours.method, &ours.target), (&theirs.method, &theirs.target));
        for header in ["content-type", "x-amz-target", "x-amz-security-token", "host"] {
            assert_eq!(ours.header(header), theirs.header(header), "{header}");
        }
        let scope = |request: &super::support::fake::Request| {
            request.header("authorization").split(", ").next().map(str::to_owned)
        };
        assert_eq!(scope(ours), scope(theirs));
        let fields = |request: &super::support::fake::Request| {
            let mut body = request.json();
            if let Some(object) = body.as_object_mut() {
                for secret in ["Plaintext", "CiphertextBlob"] {
                    object.entry(secret).and_modify(|value| *value = serde_json::Value::Null);
                }
            }
            body
        };
        assert_eq!(fields(ours), fields(theirs));
    }
    let mut forms = [&our_role.body, &their_role.body].map(|body| {
        let text = String::from_utf8_lossy(body).into_owned();
        let mut fields: Vec<_> = text.split('&').map(str::to_owned).collect();
        fields.sort();
        fields
    });
    assert_eq!(std::mem::take(&mut forms[0]), forms[1]);
    assert!(our_wrap.header("authorization").contains(ROLE_KEY));
}

/// sops ends with a trace at such a file; here the value is left out of what is sent.
#[test]
fn a_context_without_a_value_is_sent_without_it() {
    let aws = Aws::start();
    let home = home(&aws).set("SOPS_KMS_ARN", ARN);
    let text = home.encrypted("a.yaml", PLAIN);
    let changed = text.replace(
        "          aws_profile: \"\"\n",
        "          aws_profile: \"\"\n          context:\n            a: null\n",
    );
    assert_ne!(text, changed);
    home.write("a.yaml", changed);
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
}

#[test]
fn what_is_no_arn_is_said() {
    let aws = Aws::start();
    let home = home(&aws);
    home.write("a.yaml", PLAIN);
    for (text, said) in [
        ("alias/x", "no valid ARN found in 'alias/x'"),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", "no valid ARN found in '1234abcd"),
        ("arn:aws:kms:evil.example/:1:key/x", "region was not a valid DNS name"),
        ("arn:aws:s3:eu-west-1:1:key/x", "no valid ARN found"),
    ] {
        discreet(home.sops(["encrypt", "-i", "--kms", text, "a.yaml"])).exits(1).prints_nothing().says(said);
    }
    assert_eq!(home.read("a.yaml"), PLAIN.as_bytes());
    assert!(aws.server.requests().is_empty());
}
