//! Many files and many threads use what the first one set up.

use std::time::Duration;

use resops::keys::{Attempt, KeyService, WrappedKey};

use super::bad_days::{SECRET, key, service_within};
use super::support::fake::aws::{ARN, Aws, ROLE};
use super::{PLAIN, discreet, home};

const FILES: usize = 1000;
/// How many connections there may be for each thread that asks at the same time. While several are being
/// opened, one that gets free goes to whoever waits, and its former user opens another: that happens in
/// the beginning, and not for every file.
const MOST: usize = 2;

#[test]
fn a_thousand_files_share_connections_and_roles() {
    let aws = Aws::start();
    let both = format!("{ARN}+{ROLE}");
    let home = home(&aws).set("SOPS_KMS_ARN", &both);
    let text = home.encrypted("a.yaml", PLAIN);
    let other = "arn:aws:kms:eu-west-1:111122223333:key/other";
    home.write(".sops.yaml", format!("creation_rules:\n  - kms: '{both},{other}'\n"));
    let names: Vec<_> = (0..FILES).map(|n| format!("{n}.yaml")).collect();
    names.iter().for_each(|name| {
        home.write(name, &text);
    });
    let (requests, connections) = (aws.server.requests().len(), aws.server.connections());
    let words = ["updatekeys", "-y"].into_iter().chain(names.iter().map(String::as_str));
    discreet(home.sops(words)).exits(0);
    assert!(home.read_text("999.yaml").contains(other));
    let roles =
        aws.server.requests()[requests..].iter().filter(|r| r.header("x-amz-target").is_empty()).count();
    assert_eq!(roles, 1, "the role is assumed once");
    assert_eq!(aws.server.requests().len() - requests, 3 * FILES + 1);
    // A file is unwrapped by one thread, and wrapped for two keys by two.
    let opened = aws.server.connections() - connections;
    assert!(opened <= 2 * MOST, "{opened} connections");
}

#[test]
fn threads_of_one_process_share_connections() {
    const THREADS: usize = 8;
    let aws = Aws::start();
    let service = service_within(&aws.server.url(), Duration::from_secs(20));
    let enc = service.wrap(&key(""), SECRET).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..FILES / THREADS {
                    let wrapped = WrappedKey { enc: enc.clone(), ..WrappedKey::new(key("")) };
                    assert!(matches!(service.unwrap(&wrapped), Attempt::Recovered(_)));
                }
            });
        }
    });
    assert!(aws.server.connections() <= MOST * THREADS, "{} connections", aws.server.connections());
}

#[test]
fn one_after_the_other_takes_one_connection() {
    let aws = Aws::start();
    let service = service_within(&aws.server.url(), Duration::from_secs(20));
    for _ in 0..200 {
        service.wrap(&key(ROLE), SECRET).unwrap();
    }
    assert_eq!(aws.server.connections(), 1);
}
