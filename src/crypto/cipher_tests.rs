use proptest::prelude::*;

use super::*;

/// The key 00 01 02 … of some length.
fn key(len: u8) -> DataKey {
    DataKey::from_bytes(&(0..len).collect::<Vec<u8>>()).unwrap()
}

fn nonce(len: usize) -> Nonce {
    Nonce::from_bytes(&(0..len).map(|at| (at + 32) as u8).collect::<Vec<u8>>())
}

fn seal(value: ValueRef<'_>, aad: &str, nonce: &Nonce) -> String {
    let mut out = b"before ".to_vec();
    Cipher::new(&key(32)).seal(value, aad.as_bytes(), nonce, &mut out);
    String::from_utf8(out).unwrap().strip_prefix("before ").unwrap().to_owned()
}

fn open(token: &str, aad: &str) -> Result<Opened, OpenError> {
    Cipher::new(&key(32)).open(token.as_bytes(), aad.as_bytes())
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// Type and canonical bytes: all there is to compare in a value.
fn canonical(value: &Value) -> (&'static str, Vec<u8>) {
    let (bytes, kind) = plaintext(value.as_ref());
    (kind, bytes.into_owned())
}

#[test] // the deterministic vectors of file format §12
fn known_keys_and_nonces_give_known_tokens() {
    let alice = ValueRef::Str(b"alice");
    for (value, aad, len, token) in [
        (
            alice,
            "name:",
            32,
            "ENC[AES256_GCM,data:dq2YK+g=,iv:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,tag:D58RNLvlHcfImM/Mqr0JcQ==,type:str]",
        ),
        (
            ValueRef::Bool(true),
            "db:ok:",
            32,
            "ENC[AES256_GCM,data:Q7OELQ==,iv:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=,tag:UFYdEbu1NLWTmJNYlZv4Xw==,type:bool]",
        ),
        (
            alice,
            "name:",
            16,
            "ENC[AES256_GCM,data:qqDNhXk=,iv:ICEiIyQlJicoKSorLC0uLw==,tag:M2M1DSjch9INrw7+fFxdAA==,type:str]",
        ),
        (
            alice,
            "name:",
            12,
            "ENC[AES256_GCM,data:s1bPEwk=,iv:ICEiIyQlJicoKSor,tag:8EVMyfwa6NBVl0Qwsd0F9w==,type:str]",
        ),
    ] {
        assert_eq!(seal(value, aad, &nonce(len)), token);
        let opened = open(token, aad).unwrap();
        assert_eq!(canonical(&opened.value), canonical(&value.to_owned()));
        assert_eq!(opened.nonce, nonce(len));
        assert_eq!(opened.nonce.is_reusable(), len == 32);
    }
}

#[test] // the worked example of file format §12, made by sops 3.13.2
fn the_worked_example_opens_and_is_sealed_again() {
    let key = bytes("233915e2f98811f35df710b698175da1045f551fd3aee36e22cb47d7e890207f");
    let cipher = Cipher::new(&DataKey::from_bytes(&key).unwrap());
    let mac = concat!(
        "88839F83A7B469EF361EB904F70C70966ABF70BFF751F0B81D9C0879EB9FD0E6",
        "B0733C7E8290C3D0ABA15A2578E63E669D5F6C66D8888ED3FF9885CB586AFF79"
    );
    let str = |text: &'static str| ValueRef::Str(text.as_bytes());
    for (aad, value, token) in [
        (
            ":",
            ValueRef::Comment(b" top"),
            "ENC[AES256_GCM,data:r8qRbQ==,iv:5/4nV8V9ufZh1N0PxBTE04NCpkgauK1ft1eT/D7fBos=,tag:iA4OUynwHiYfX6nLFJNgMA==,type:comment]",
        ),
        (
            "name:",
            str("alice"),
            "ENC[AES256_GCM,data:VbiWqYY=,iv:8du09pB7KUuCWO9O6vGjCM9o36J30Ria3x4aeMUVdGU=,tag:43PqlpYHIEVigTuiiMv3Bw==,type:str]",
        ),
        (
            "port:",
            ValueRef::Int(8080),
            "ENC[AES256_GCM,data:XcOsOg==,iv:WqiExqCqr92GzUd6XIjeGOqV9U/3gC2o6FtWXJ78oPc=,tag:JwbK1JXZ5EOirlUuVbDdMg==,type:int]",
        ),
        (
            "ratio:",
            ValueRef::Float(1.5),
            "ENC[AES256_GCM,data:tEuI,iv:IlaqR0ptPkD99s30/B7yIMnQoe3dyczCmapPX7gIW+g=,tag:VHhPY5LXuTz2y/R+VznlUQ==,type:float]",
        ),
        (
            "ok:",
            ValueRef::Bool(true),
            "ENC[AES256_GCM,data:CmeoSg==,iv:4cK2bhyJcRITJSTlYRyDzWkRw57cvaO3O5dvr4acvfI=,tag:sIvQ8XF8+L8Ak1nKmAhEAA==,type:bool]",
        ),
        (
            "when:",
            ValueRef::Time("2024-01-02T00:00:00Z"),
            "ENC[AES256_GCM,data:980LObtTFEfIgv/0lPXle7j3xJI=,iv:RhFa9zGy/yrtW3hn1RlpS8PjTiPS8IMcdtQVOfeqYRE=,tag:nhJmZUo+ypQ4gsGCH830oA==,type:time]",
        ),
        (
            "db:",
            ValueRef::Comment(b" inner"),
            "ENC[AES256_GCM,data:Dprn6U4D,iv:twI4NrLT5Ee4VAMeGArkS7AfrpQDgGwLQKz3B7bWvlo=,tag:4d5jlW6DVDmHyMFzg0HNig==,type:comment]",
        ),
        (
            "db:pass:",
            str("s3cret"),
            "ENC[AES256_GCM,data:HLDR9kdn,iv:4Gp2PWdrQSh9jVRSErmws7tvSf7bvxQyk8tXRK2rbUE=,tag:on12KKc2sLvUvuIOgCYCYQ==,type:str]",
        ),
        (
            "list:",
            str("x"),
            "ENC[AES256_GCM,data:mw==,iv:+u/oqEqApUxSydBCE8Ja+JY0NTfufZDj5oFJ3UE50VQ=,tag:J0RusO+ekFLnoGm1mBPkjQ==,type:str]",
        ),
        (
            "list:k:",
            str("v"),
            "ENC[AES256_GCM,data:7A==,iv:Zs0Y6t5Q97g5cmZs6PSxxjn56awWnpjXYiqZgXHvP1o=,tag:Le0EVFmPCmaKwVaxJIyOMQ==,type:str]",
        ),
        (
            "list:",
            ValueRef::Int(7),
            "ENC[AES256_GCM,data:nA==,iv:3UYjRWtYRVaEiCQfHZIxb6RPWO3onAnRy50GatL5NWc=,tag:d7zHXT9ocN1o+K8iLHk5nA==,type:int]",
        ),
        (
            "last:",
            str("end"),
            "ENC[AES256_GCM,data:R6t6,iv:exa4+zXOTim0+kjkUiN5wy+NnGkf3CdjgVWhHl8kIp4=,tag:iZOjsOpbf6Yjcpf8Jx7y5A==,type:str]",
        ),
        (
            ":",
            ValueRef::Comment(b" inline"),
            "ENC[AES256_GCM,data:WFMRPYtjHQ==,iv:mNI/ZrPxFJnTmJAjn4UO72lxxzVLYyFwuVDJKLeILo4=,tag:uiFwAO0QPvCY4a3xVZsasA==,type:comment]",
        ),
        (
            "2026-11-21T07:41:14Z",
            str(mac),
            "ENC[AES256_GCM,data:JRu/6P9vTGGw4xj90PQY4MViJhYeUnzYUAbZtuRbh6F5hzsxnk0V/dxqtl9SkO56uLnn/9S2zOMgKMfCE1AIfGGUNbMXGmCcVq2b1+EQjjhdJpc+4y3bqyOg7KkKp5F68uRd6PVrJbjwA5SkdsC1qBq7YDF9tMlBVunF1/Rt094=,iv:PHGxUKoiiZKcZA3BngR6GB/ZNG5/dPLbgovb4j4GMxs=,tag:DajsOYKPtPODZN99/yGIHw==,type:str]",
        ),
    ] {
        let opened = cipher.open(token.as_bytes(), aad.as_bytes()).unwrap();
        assert_eq!(canonical(&opened.value), canonical(&value.to_owned()), "{token}");
        let mut sealed = Vec::new();
        cipher.seal(value, aad.as_bytes(), &opened.nonce, &mut sealed);
        assert_eq!(String::from_utf8(sealed).unwrap(), token);
    }
}

#[test]
fn keys_and_nonces_of_many_lengths() {
    let table = include_str!("../../testdata/tokens/nonces.tsv");
    let mut rows = 0;
    for row in table.lines().filter(|row| !row.starts_with('#')) {
        let (len, token) = row.split_once('\t').unwrap();
        let cipher = Cipher::new(&key(len.parse().unwrap()));
        let opened = cipher.open(token.as_bytes(), b"name:").unwrap();
        assert_eq!(canonical(&opened.value), ("str", b"alice".to_vec()), "{row}");
        let mut sealed = Vec::new();
        cipher.seal(opened.value.as_ref(), b"name:", &opened.nonce, &mut sealed);
        assert_eq!(String::from_utf8(sealed).unwrap(), token);
        rows += 1;
    }
    assert!(rows > 100, "{rows}");
}

#[test] // sops' own verdict on odd contents, odd partings of data and tag, and damage of all sorts
fn tokens_open_as_in_sops() {
    let table = include_str!("../../testdata/tokens/open.tsv");
    let mut rows = 0;
    for row in table.lines().filter(|row| !row.starts_with('#')) {
        let (token, expected) = row.split_once('\t').unwrap();
        let token = token.replace("\\r", "\r").replace("\\n", "\n");
        let found = match open(&token, "name:") {
            Ok(opened) => {
                let (kind, bytes) = canonical(&opened.value);
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("{kind} {hex}")
            }
            Err(OpenError::NotAToken) => "not a token".to_owned(),
            Err(OpenError::Damaged(part)) => format!("damaged {part}"),
            Err(OpenError::Forged) => "forged".to_owned(),
            Err(OpenError::UnknownType) => "unknown type".to_owned(),
            Err(OpenError::Mistyped(_)) => "mistyped".to_owned(),
            Err(OpenError::KeyLength(_)) => unreachable!(),
        };
        assert_eq!(found, expected, "{row}");
        rows += 1;
    }
    assert!(rows > 400, "{rows}");
}

#[test]
fn every_flipped_bit_is_noticed() {
    let token = seal(ValueRef::Str(b"attack at dawn"), "a:b:", &nonce(32));
    let parts = Token::split(token.as_bytes()).unwrap();
    for part in [parts.data, parts.iv, parts.tag] {
        let text = std::str::from_utf8(part).unwrap();
        let mut bytes = Vec::new();
        base64::decode_into(part, &mut bytes).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let mut changed_text = Vec::new();
            base64::encode_into(&changed, &mut changed_text);
            let forged = token.replace(text, std::str::from_utf8(&changed_text).unwrap());
            assert_eq!(open(&forged, "a:b:").unwrap_err(), OpenError::Forged);
        }
    }
}

#[test]
fn a_value_belongs_to_its_path() {
    let token = seal(ValueRef::Int(7), "a:b:", &nonce(32));
    for aad in ["a:", "b:a:", "a:b", "", "a:b:c:", "A:b:"] {
        assert_eq!(open(&token, aad).unwrap_err(), OpenError::Forged, "{aad}");
    }
    assert!(open(&token, "a:b:").is_ok());
}

#[test]
fn another_key_does_not_open() {
    let token = seal(ValueRef::Int(7), "a:", &nonce(32));
    let other = Cipher::new(&DataKey::from_bytes(&[9; 32]).unwrap());
    assert_eq!(other.open(token.as_bytes(), b"a:").unwrap_err(), OpenError::Forged);
}

#[test] // file format §3.3
fn what_is_empty_has_no_token() {
    for value in [ValueRef::Null, ValueRef::Str(b""), ValueRef::Comment(b"")] {
        assert_eq!(seal(value, "a:", &nonce(32)), "");
    }
    assert_eq!(open("", "a:").unwrap_err(), OpenError::NotAToken);
}

#[test] // file format §3.2: one spelling for each value
fn the_plaintext_is_canonical() {
    for (value, expected) in [
        (ValueRef::Bool(false), ("bool", "False")),
        (ValueRef::Int(-7), ("int", "-7")),
        (ValueRef::Int(i64::MIN), ("int", "-9223372036854775808")),
        (ValueRef::Float(1.0), ("float", "1")),
        (ValueRef::Float(1e21), ("float", "1000000000000000000000")),
        (ValueRef::Float(1e-7), ("float", "0.0000001")),
        (ValueRef::Float(-0.0), ("float", "-0")),
        (ValueRef::Float(f64::NAN), ("float", "NaN")),
        (ValueRef::Float(f64::INFINITY), ("float", "+Inf")),
        (ValueRef::Float(f64::NEG_INFINITY), ("float", "-Inf")),
        (ValueRef::BigInt("18446744073709551615"), ("float", "18446744073709552000")),
        (ValueRef::BigInt("-9223372036854775809"), ("float", "-9223372036854776000")),
    ] {
        let (bytes, kind) = plaintext(value);
        assert_eq!((kind, std::str::from_utf8(&bytes).unwrap()), expected);
    }
}

#[test]
fn data_keys_show_nothing_and_have_the_lengths_of_aes() {
    assert_eq!(format!("{:?} {:?}", key(32), Cipher::new(&key(32))), "DataKey(…) Cipher(…)");
    let error = DataKey::from_bytes(&[0; 31]).unwrap_err();
    assert_eq!(error.to_string(), "crypto/aes: invalid key size 31");
    assert!(DataKey::from_bytes(b"").is_err());
}

#[test]
fn errors_and_debug_texts_hold_no_value() {
    let token = seal(ValueRef::Str(b"hunter2"), "a:", &nonce(32));
    let opened = open(&token, "a:").unwrap();
    assert!(!format!("{opened:?}").contains("hunter2"));
    let error = open(&token.replace("type:str", "type:int"), "a:").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

struct Counter(u8);
impl Random for Counter {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 = self.0.wrapping_mul(167).wrapping_add(13);
            *byte = self.0;
        }
    }
}

#[test]
fn fresh_keys_and_nonces_have_32_bytes() {
    let mut random = Counter(1);
    let key = DataKey::generate(&mut random);
    assert_eq!(key.expose().len(), 32);
    let (one, two) = (Nonce::generate(&mut random), Nonce::generate(&mut random));
    assert!(one.is_reusable() && one != two && one.as_bytes().len() == 32);
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        "2[0-9]{3}-0[1-9]-[12][0-8]T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{0,8}[1-9])?(Z|[+-]0[1-9]:30)"
            .prop_map(|text| Value::Time(text.into())),
        prop::collection::vec(any::<u8>(), 1..2000).prop_map(Value::Str),
        prop::collection::vec(any::<u8>(), 1..50).prop_map(Value::Comment),
    ]
}

proptest! {
    #[test]
    fn what_is_sealed_opens(
        value in any_value(),
        aad in prop::collection::vec(any::<u8>(), 0..50),
        key in prop_oneof![Just(16), Just(24), Just(32)],
        nonce in prop_oneof![Just(vec![1; 32]), prop::collection::vec(any::<u8>(), 1..100)],
    ) {
        let cipher = Cipher::new(&self::key(key));
        let nonce = Nonce::from_bytes(&nonce);
        let mut token = Vec::new();
        cipher.seal(value.as_ref(), &aad, &nonce, &mut token);
        prop_assert!(token::looks_like(&token));
        prop_assert_eq!(token::type_of(&token).unwrap(), plaintext(value.as_ref()).1.as_bytes());
        let opened = cipher.open(&token, &aad).unwrap();
        prop_assert_eq!(canonical(&opened.value), canonical(&value));
        prop_assert_eq!(opened.nonce, nonce);
    }

    #[test]
    fn no_text_makes_it_panic(text in prop::collection::vec(any::<u8>(), 0..200), parts in "[A-Za-z0-9+/=\r,:]{0,30}") {
        let cipher = Cipher::new(&key(32));
        prop_assert!(cipher.open(&text, b"a:").is_err());
        let token = format!("ENC[AES256_GCM,data:{parts},iv:{parts},tag:{parts},type:str]");
        prop_assert!(cipher.open(token.as_bytes(), b"a:").is_err());
    }
}
