//! Ansible with the collection `community.sops`: module, lookup, filter, vars.

use crate::home::{Home, RECIPIENT};
use crate::tools::{installed, is_there, with_sops};

#[test]
fn a_playbook_with_encrypt_decrypt_lookup_and_vars() {
    if !is_there("python/bin/ansible-playbook") || !is_there("collections") {
        return;
    }
    let home = Home::empty()
        .file(".sops.yaml", &format!("creation_rules:\n  - age: {RECIPIENT}\n"))
        .file("playbook.yml", include_str!("ansible/playbook.yml"))
        .file("group_vars/all/secrets.sops.yaml", "from_vars: \"a secret # no comment\"\nlist_of_vars:\n    - 1\n    - two\n")
        .file(
            "ansible.cfg",
            "[defaults]\nvars_plugins_enabled = host_group_vars,community.sops.sops\nlocalhost_warning = False\n\
             [inventory]\ninventory_unparsed_warning = False\n",
        );
    let encrypted =
        with_sops(&home, "sops").args(["encrypt", "-i", "group_vars/all/secrets.sops.yaml"]).status();
    assert!(encrypted.expect("sops runs").success());
    let mut ansible = with_sops(&home, installed().join("python/bin/ansible-playbook"));
    let output = ansible
        .env("ANSIBLE_COLLECTIONS_PATH", installed().join("collections"))
        .env("ANSIBLE_LOCAL_TEMP", home.tmp().join("ansible"))
        .env("ANSIBLE_NOCOWS", "1")
        .env("LC_ALL", "C.UTF-8")
        .args(["-c", "local", "-i", "localhost,", "-e"])
        .arg(format!("ansible_python_interpreter={}", installed().join("python/bin/python").display()))
        .arg("playbook.yml")
        .output()
        .expect("ansible runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    // sops_encrypt is idempotent: it decrypts what is there and compares
    assert!(said.contains("failed=0") && said.contains("changed=2"), "{said}");
    assert!(home.read("made.sops.yaml").contains("ENC[AES256_GCM"));
}
