//! `completion` and `--generate-bash-completion` (command line §7.14).

use crate::home::Home;

#[test]
fn every_shell_has_a_script_that_names_every_command() {
    let home = Home::empty();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = home.run(["completion", shell]).exits(0).says_nothing().stdout;
        for word in [
            "encrypt",
            "updatekeys",
            "groups",
            "exec-env",
            "keyservice",
            "completion",
            "ignore-mac",
            "shamir-secret-sharing-threshold",
            "omit-extensions",
            "elvish",
        ] {
            assert!(script.contains(word), "{shell}: {word} is missing");
        }
        home.run(["completion", shell, "word"]).exits(0).prints(&script);
    }
}

/// The script must be one that the shell takes.
#[test]
fn bash_reads_its_script() {
    let run = Home::empty().shell(
        "eval \"$(sops completion bash)\" && COMP_WORDS=(sops gro) COMP_CWORD=1 && _sops sops gro sops && echo \"${COMPREPLY[*]}\"",
    );
    run.exits(0).prints("groups\n");
}

/// The scripts of sops that are installed ask so.
#[test]
fn candidates_one_per_line() {
    const ASKED: &str = "--generate-bash-completion";
    let home = Home::empty();
    let verbs = home.run([ASKED]).exits(0).says_nothing().stdout;
    // sops lists its words in another order; what else is there is ours, and has a help
    const OF_SOPS: &str = "completion decrypt edit encrypt exec-env exec-file filestatus groups h help keyservice publish rotate set unset updatekeys";
    let (of_sops, ours): (Vec<&str>, Vec<&str>) =
        verbs.lines().partition(|word| OF_SOPS.split(' ').any(|known| known == *word));
    let mut of_sops = of_sops;
    of_sops.sort_unstable();
    assert_eq!(of_sops.join(" "), OF_SOPS);
    assert!(ours.contains(&"check"), "{ours:?}");
    for verb in ours {
        home.run([verb, "--help"]).exits(0);
    }
    home.run(["de", ASKED]).exits(0).prints(&verbs);
    home.run(["groups", ASKED]).exits(0).prints("add\ndelete\nhelp\nh\n");
    home.run(["decrypt", "--ex", ASKED]).exits(0).prints("--extract\n");
    home.run(["decrypt", "f.yaml", ASKED]).exits(0).prints("");
    home.run(["--bogus", "x", ASKED]).exits(0).prints("").says_nothing();
    let home = home.var("_CLI_ZSH_AUTOCOMPLETE_HACK", "1");
    home.run(["groups", ASKED])
        .exits(0)
        .prints("add:Add a key group to a file and print it\ndelete:Remove a key group from a file and print it\nhelp:Show help\nh:Show help\n");
}
