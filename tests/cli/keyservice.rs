//! `keyservice` (command line §7.11): what can be refused without anyone asking for a key.

use crate::home::Home;

#[test]
fn bad_addresses_are_told_twice() {
    let home = Home::empty().file("taken", "");
    let taken = home.path("taken").display().to_string();
    for (line, why) in [
        ("--net foo", "listen foo: unknown network foo".to_owned()),
        ("--addr 5000", "listen tcp: address 5000: missing port in address".to_owned()),
        ("--network tcp --address 127.0.0.1:99999", "listen tcp: address 99999: invalid port".to_owned()),
        (&format!("--net unix --addr {taken}"), format!("listen unix {taken}: bind: address already in use")),
    ] {
        home.run(["keyservice"].into_iter().chain(line.split(' '))).exits(1).prints("").says(&format!(
            "[CMD]\t level=error msg=\"Error running keyservice: {why}\"\n[CMD]\t level=fatal msg=\"{why}\""
        ));
    }
    home.run(["keyservice", "--addr", "5000", "--address", "x"])
        .exits(1)
        .mentions("two forms of the same flag");
}
