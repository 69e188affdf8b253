//! Any bytes as a token, and any bytes sealed in one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use resops::crypto::token::{self, Token};
use resops::crypto::{Cipher, DataKey, Nonce, Random};
use resops::leaf::{Value, ValueRef};

struct Fixed;
impl Random for Fixed {
    fn fill(&mut self, out: &mut [u8]) {
        out.fill(7);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let cipher = Cipher::new(&DataKey::generate(&mut Fixed));
    assert_eq!(Token::split(bytes).map(|token| token.kind), token::type_of(bytes));
    let _ = cipher.open(bytes, b"a:");

    let mut sealed = Vec::new();
    cipher.seal(ValueRef::Str(bytes), b"a:", &Nonce::generate(&mut Fixed), &mut sealed);
    assert_eq!(token::looks_like(&sealed), !bytes.is_empty());
    if !bytes.is_empty() {
        let opened = cipher.open(&sealed, b"a:").expect("what was sealed opens");
        assert!(matches!(opened.value, Value::Str(text) if text == bytes));
    }

    // The text after the type is what a token of that type holds: odd numbers, dates, booleans.
    for kind in ["int", "float", "bool", "time", "comment", "other"] {
        let end = sealed.iter().rposition(|&byte| byte == b':').map_or(0, |at| at + 1);
        let token = [&sealed[..end], kind.as_bytes(), b"]"].concat();
        let _ = cipher.open(&token, b"a:");
    }
});
