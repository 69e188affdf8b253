//! AWS KMS, and S3 and Secrets Manager as destinations of `publish`, through the built program: at moto, and at a server of
//! this process that checks signatures and has bad days (keys §5, services §3.1).
#![cfg(unix)] // Windows has tests/windows
#![cfg(all(feature = "aws", feature = "publish"))]

mod support;

#[path = "aws/bad_days.rs"]
mod bad_days;
#[path = "aws/credentials.rs"]
mod credentials;
#[path = "aws/keys.rs"]
mod keys;
#[path = "aws/many.rs"]
mod many;
#[path = "aws/moto.rs"]
mod moto;
#[path = "aws/publish.rs"]
mod publish;
#[path = "aws/secrets_manager.rs"]
mod secrets_manager;

use support::fake::aws::{ACCESS_KEY, Aws, SECRET_KEY};
use support::{Home, discreet};

const PLAIN: &str = "password: a word of value\n";

/// A home whose user is known at this address, and nowhere else.
fn home_at(address: &str) -> Home {
    Home::empty()
        .set("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .set("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .set("AWS_ENDPOINT_URL", address)
        .set("AWS_EC2_METADATA_DISABLED", "true")
}

fn home(aws: &Aws) -> Home {
    home_at(&aws.server.url())
}
