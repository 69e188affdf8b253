//! Azure Key Vault, its keys and its secrets, through the built program, at servers of this process that have the real names
//! (keys §7).
#![cfg(unix)] // Windows has tests/windows
#![cfg(feature = "azure")]

mod support;

#[path = "azure/bad_days.rs"]
mod bad_days;
#[path = "azure/credentials.rs"]
mod credentials;
#[cfg(feature = "publish")]
#[path = "azure/secrets.rs"]
mod secrets;

use support::fake::azure::{Azure, CLIENT, KEY, SECRET, TENANT, VAULT, VERSIONS};
use support::{AGE_RECIPIENT, Home, discreet, real_sops};

const PLAIN: &str = "password: a word of value\n";

/// A home from which Azure is reached, whose user has no credentials.
fn nobody(azure: &Azure) -> Home {
    azure.environment().into_iter().fold(Home::empty(), |home, (name, value)| home.set(name, &value))
}

/// The same with a service principal.
fn home(azure: &Azure) -> Home {
    nobody(azure)
        .set("AZURE_TENANT_ID", TENANT)
        .set("AZURE_CLIENT_ID", CLIENT)
        .set("AZURE_CLIENT_SECRET", SECRET)
}

fn url(version: &str) -> String {
    format!("{VAULT}/keys/{KEY}/{version}")
}

/// What was said, whatever lines the report breaks it into.
fn told(run: &support::Run) -> String {
    run.stderr.replace('|', " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A rule without a version means the newest; which one that is today, nobody is asked.
#[test]
fn check_needs_nobody_to_compare_with_a_rule_without_version() {
    let azure = Azure::start();
    let home = home(&azure);
    home.write(".sops.yaml", format!("creation_rules:\n  - azure_keyvault: {}\n", url("")));
    home.encrypted("a.yaml", PLAIN);
    let asked = azure.server.requests().len();
    discreet(home.sops(["check", "a.yaml"])).exits(0).prints_nothing();
    let group = format!("{{vaultUrl: '{VAULT}/', key: {KEY}}}");
    let rule = |group: &str| format!("creation_rules:\n  - key_groups: [{{azure_keyvault: [{group}]}}]\n");
    home.write(".sops.yaml", rule(&group));
    discreet(home.sops(["check", "a.yaml"])).exits(0).prints_nothing();
    home.write(".sops.yaml", rule(&group.replace(KEY, "k9")));
    let run = discreet(home.sops(["check", "a.yaml"])).refuses();
    assert!(String::from_utf8_lossy(&run.stdout).contains("group 1 lacks"));
    assert_eq!(azure.server.requests().len(), asked);
}

#[test]
fn a_file_is_encrypted_and_decrypted() {
    let azure = Azure::start();
    let home = home(&azure);
    home.write("a.yaml", PLAIN);
    discreet(home.sops(["encrypt", "-i", "--azure-kv", &url(VERSIONS[0]), "a.yaml"])).exits(0);
    let text = home.read_text("a.yaml");
    for line in
        [&format!(" vault_url: {VAULT}\n"), " name: k1\n", &format!(" version: \"{}\"\n", VERSIONS[0])]
    {
        assert!(text.contains(line), "{line:?} is not in:\n{text}");
    }
    discreet(home.sops(["decrypt", "a.yaml"])).exits(0).prints(PLAIN);
    let path = format!("/keys/{KEY}/{}", VERSIONS[0]);
    assert_eq!(
        azure.asked(),
        [
            format!("POST {path}/encrypt"),
            format!("POST* {path}/encrypt"),
            format!("POST {path}/decrypt"),
            format!("POST* {path}/decrypt"),
        ]
    );
}

/// sops asks for it when it reads flags and rules, and writes it into the file.
#[test]
fn a_key_without_a_version_is_the_latest() {
    let azure = Azure::start();
    let bare = format!("{VAULT}/keys/{KEY}");
    for url in [bare.clone(), format!("{bare}/")] {
        let home = home(&azure).set("SOPS_AZURE_KEYVAULT_URLS", &url);
        let text = home.encrypted("a.yaml", PLAIN);
        assert!(text.contains(VERSIONS[1]), "{text}");
        assert_eq!(home.decrypted("a.yaml"), PLAIN.as_bytes());
    }
    assert_eq!(azure.asked()[..2], [format!("GET /keys/{KEY}/"), format!("GET* /keys/{KEY}/")]);

    let home = home(&azure);
    home.write(
        ".sops.yaml",
        format!(
            "creation_rules:\n  - path_regex: flat\n    azure_keyvault: '{bare}, {}'\n  - shamir_threshold: 2\n    key_groups:\n      - azure_keyvault: [{{vaultUrl: '{VAULT}', key: {KEY}}}]\n      - azure_keyvault: [{{vaultUrl: '{VAULT}', key: {KEY}, version: '{}'}}]\n      - age: [{AGE_RECIPIENT}]\n",
            url(VERSIONS[0]),
            VERSIONS[0]
        ),
    );
    for name in ["flat.yaml", "groups.yaml"] {
        let text = home.encrypted(name, PLAIN);
        assert!(VERSIONS.iter().all(|version| text.contains(version)), "{text}");
        assert_eq!(home.decrypted(name), PLAIN.as_bytes(), "{name}");
    }
    // Files of other programs may have none.
    let text = home.read_text("flat.yaml").replace(VERSIONS[1], "").replace(VERSIONS[0], "other");
    home.write("none.yaml", text);
    assert_eq!(home.decrypted("none.yaml"), PLAIN.as_bytes());
}

#[test]
fn keys_are_added_and_removed() {
    let azure = Azure::start();
    let home = home(&azure).set("SOPS_AZURE_KEYVAULT_URLS", &url(VERSIONS[0]));
    home.encrypted("a.yaml", PLAIN);
    let bare = format!("{VAULT}/keys/{KEY}");
    let change = ["rotate", "-i", "--add-azure-kv", &bare, "--rm-azure-kv", &url(VERSIONS[0]), "a.yaml"];
    discreet(home.sops(change)).exits(0);
    let text = home.read_text("a.yaml");
    assert!(text.contains(VERSIONS[1]) && !text.contains(VERSIONS[0]), "{text}");
    assert_eq!(home.decrypted("a.yaml"), PLAIN.as_bytes());

    home.write(".sops.yaml", format!("creation_rules:\n  - azure_keyvault: '{}'\n", url(VERSIONS[0])));
    discreet(home.sops(["updatekeys", "-y", "a.yaml"])).exits(0);
    assert!(home.read_text("a.yaml").contains(VERSIONS[0]));
    // A rule without a version follows the key.
    home.write(".sops.yaml", format!("creation_rules:\n  - azure_keyvault: {bare}\n"));
    let run = discreet(home.sops(["updatekeys", "-y", "a.yaml"])).exits(0);
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(VERSIONS.iter().all(|version| said.contains(&url(version))), "{said}");
    discreet(home.sops(["updatekeys", "-y", "a.yaml"])).exits(0).says("already up to date");
    discreet(home.sops(["groups", "add", "-i", "-f", "a.yaml", "--azure-kv", &bare])).exits(0);
    assert_eq!(home.read_text("a.yaml").matches(VERSIONS[1]).count(), 2);
}

/// One token and one challenge for all files of a run.
#[test]
fn a_run_asks_for_one_token() {
    let azure = Azure::start();
    let home = home(&azure).set("SOPS_AZURE_KEYVAULT_URLS", &url(VERSIONS[0]));
    let names: Vec<_> = (0..5).map(|number| format!("{number}.yaml")).collect();
    for name in &names {
        home.encrypted(name, PLAIN);
    }
    let before = azure.server.requests().len();
    home.write(".sops.yaml", format!("creation_rules:\n  - azure_keyvault: {VAULT}/keys/{KEY}\n"));
    let words = ["updatekeys", "-y"].into_iter().chain(names.iter().map(String::as_str));
    discreet(home.sops(words)).exits(0);
    let requests = azure.server.requests().split_off(before);
    // The challenge, the token, the version; and for each file two operations.
    assert_eq!(requests.len(), 3 + 2 * names.len());
    assert_eq!(requests.iter().filter(|request| request.path().ends_with("/token")).count(), 1);
}

/// Both programs ask for the same, and each opens what the other wrote.
#[test]
#[allow(clippy::print_stderr)] // said out loud
fn requests_are_those_of_sops() {
    let Some(sops) = real_sops() else {
        eprintln!("SKIPPED: SOPS_BIN names no sops to compare with");
        return;
    };
    let azure = Azure::start();
    let home = home(&azure);
    home.write("a.yaml", PLAIN);
    let bare = format!("{VAULT}/keys/{KEY}");
    let encrypt = ["encrypt", "--azure-kv", &bare, "a.yaml"];
    let of_vaults = |from: usize| {
        let all = azure.server.requests().split_off(from);
        all.into_iter().filter(|request| request.header("host").contains("vault")).collect::<Vec<_>>()
    };
    let ours = home.sops(encrypt).exits(0).stdout;
    let ours_asked = of_vaults(0);
    let before = azure.server.requests().len();
    let theirs = home.run(&sops, encrypt, b"").exits(0).stdout;
    let mut theirs_asked = of_vaults(before);
    home.write("ours.yaml", ours).write("theirs.yaml", theirs);
    home.run(&sops, ["decrypt", "ours.yaml"], b"").exits(0);
    home.sops(["decrypt", "theirs.yaml"]).exits(0).prints(PLAIN);

    // sops hears the challenge for every operation anew; we know it the second time.
    theirs_asked.remove(2);
    assert_eq!(ours_asked.len(), theirs_asked.len());
    for (ours, theirs) in ours_asked.iter().zip(&theirs_asked) {
        assert_eq!((&ours.method, &ours.target), (&theirs.method, &theirs.target));
        for header in ["authorization", "accept", "host", "content-type"] {
            assert_eq!(ours.header(header), theirs.header(header), "{header}");
        }
        let fields = |request: &support::fake::Request| {
            let body = request.json();
            body.as_object().map(|body| (body.keys().cloned().collect::<Vec<_>>(), body["alg"].clone()))
        };
        assert_eq!(fields(ours), fields(theirs));
    }

    // What the service says is printed alike.
    let text = home.read_text("ours.yaml").replace("name: k1", "name: k9");
    home.write("ours.yaml", text);
    let theirs = home.run(&sops, ["decrypt", "ours.yaml"], b"").exits(128).stderr;
    let ours = home.sops(["decrypt", "ours.yaml"]).exits(128).stderr;
    let about = |text: &str| {
        let lines =
            text.lines().skip_while(|line| !line.contains("k9")).filter(|line| !line.starts_with("hint"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(about(&ours), about(&theirs));

    // As is a missing version of a key that is not there.
    let missing = ["encrypt", "--azure-kv", "https://team.vault.azure.net/keys/k9", "a.yaml"];
    let theirs = home.run(&sops, missing, b"").exits(1).stderr;
    assert_eq!(home.sops(missing).exits(1).stderr, theirs);
}
