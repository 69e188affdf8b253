//! Makes an age identity and prints it: for the quick start, on machines without `age-keygen`.

#![allow(clippy::print_stdout)]

use age::secrecy::ExposeSecret as _;

fn main() {
    let identity = age::x25519::Identity::generate();
    println!("# public key: {}", identity.to_public());
    println!("{}", identity.to_string().expose_secret());
}
