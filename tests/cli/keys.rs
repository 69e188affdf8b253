//! `keys`: what is found where. No secret is ever shown.

use crate::home::{Home, RECIPIENT};

#[test]
fn identities_in_the_order_in_which_they_are_looked_for() {
    let home = Home::empty()
        .file("k.txt", &format!("# mine\n{}\n", Home::key()))
        .file("bad.txt", "AGE-SECRET-KEY-1NONSENSE\n")
        .file(".sops.yaml", &format!("names: {{rita: {RECIPIENT}}}\n"))
        .var("SOPS_AGE_KEY_CMD", "touch ran")
        .var("AWS_SECRET_ACCESS_KEY", "hunter2")
        .var("VAULT_TOKEN", "hunter3")
        .var("VAULT_ADDR", "");
    let file = home.path("k.txt");
    let home = home.var("SOPS_AGE_KEY_FILE", file.to_str().expect("text"));
    let run = home.run(["keys"]).exits(0);
    let at = |text: &str| run.stdout.find(text).unwrap_or_else(|| panic!("{text} is not in {}", run.stdout));
    let named = format!("    {RECIPIENT} (rita)\n");
    assert!(at("  SOPS_AGE_KEY\n") < at("  SOPS_AGE_KEY_FILE ("));
    assert_eq!(run.stdout.matches(&named).count(), 2, "{}", run.stdout);
    at("  SOPS_AGE_KEY_CMD\n    a command, which is not run here\n");
    at("  ~/.config/sops/age/keys.txt: no such file\n");
    at("AWS KMS\n  set: AWS_SECRET_ACCESS_KEY\n");
    at("HashiCorp Vault\n  set: VAULT_TOKEN\n");
    assert!(!run.stdout.contains("hunter") && !run.stdout.contains("SECRET-KEY-"), "{}", run.stdout);
    assert!(!home.path("ran").exists());
    let run = home.run(["keys", "--output-format", "json"]).exits(0);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(json["keys"][0]["recipient"], RECIPIENT);
    assert!(!run.stdout.contains("hunter"));
    let bad = home.path("bad.txt");
    let home = home.var("SOPS_AGE_KEY_FILE", bad.to_str().expect("text"));
    let run = home.run(["keys"]).exits(0);
    assert!(run.stdout.contains("    unusable: failed to parse"), "{}", run.stdout);
    assert!(!run.stdout.contains("NONSENSE"), "{}", run.stdout);
    home.run(["keys", "x"]).exits(1);
}
