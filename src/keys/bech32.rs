//! Bech32 (BIP 173) without its length limit, as age uses it; errors in the words of age 1.3.1.

use zeroize::Zeroizing;

const CHARSET: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
/// Symbols of the checksum.
const CHECKSUM: usize = 6;

/// Why a text is no Bech32. Positions and single characters only: the text may be a secret key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Bech32Error {
    /// Upper and lower case letters together.
    #[error("mixed case")]
    MixedCase,
    /// No `1`, or one with nothing before it or no room for the checksum behind it.
    #[error("separator '1' at invalid position: pos={position}, len={length}")]
    Separator {
        /// Byte position of the last `1`, −1 if there is none.
        position: i64,
        /// Length in bytes.
        length: usize,
    },
    /// A character before the separator that is no visible ASCII.
    #[error("invalid character human-readable part: s[{0}]={1}")]
    Prefix(usize, u32),
    /// A character behind the separator that is not in the alphabet.
    #[error("invalid character data part: s[{0}]={1}")]
    Data(usize, u32),
    /// A typing error, most likely.
    #[error("invalid checksum")]
    Checksum,
    /// Bits are left over that make no byte.
    #[error("illegal zero padding")]
    Padding,
    /// The bits left over are not zero.
    #[error("non-zero padding")]
    NonZeroPadding,
}

/// Splits a text into its human-readable part (in the text's case) and its bytes.
pub(crate) fn decode(text: &str) -> Result<(&str, Zeroizing<Vec<u8>>), Bech32Error> {
    let lower = text.chars().any(char::is_lowercase);
    let upper = text.chars().any(char::is_uppercase);
    if lower && upper {
        return Err(Bech32Error::MixedCase);
    }
    let separator = text.rfind('1');
    let Some(position) = separator.filter(|&p| p >= 1 && p + 1 + CHECKSUM <= text.len()) else {
        return Err(Bech32Error::Separator {
            position: separator.map_or(-1, |p| i64::try_from(p).unwrap_or(i64::MAX)),
            length: text.len(),
        });
    };
    let (prefix, data) = (&text[..position], &text[position + 1..]);
    if let Some((at, c)) = prefix.char_indices().find(|(_, c)| !('!'..='~').contains(c)) {
        return Err(Bech32Error::Prefix(at, c as u32));
    }
    let mut symbols = Zeroizing::new(Vec::with_capacity(data.len()));
    for (at, c) in data.char_indices() {
        let c = c.to_ascii_lowercase();
        let symbol = CHARSET.iter().position(|&s| char::from(s) == c);
        symbols.push(symbol.ok_or(Bech32Error::Data(at, c as u32))? as u8);
    }
    if checksum(prefix, &symbols) != 1 {
        return Err(Bech32Error::Checksum);
    }
    Ok((prefix, to_bytes(&symbols[..symbols.len() - CHECKSUM])?))
}

/// Packs symbols of five bits into bytes.
fn to_bytes(symbols: &[u8]) -> Result<Zeroizing<Vec<u8>>, Bech32Error> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(symbols.len() * 5 / 8));
    let (mut pending, mut bits) = (0_u32, 0);
    for &symbol in symbols {
        pending = (pending << 5 | u32::from(symbol)) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((pending >> bits & 0xff) as u8);
        }
    }
    if bits >= 5 {
        return Err(Bech32Error::Padding);
    }
    if pending << (8 - bits) & 0xff != 0 {
        return Err(Bech32Error::NonZeroPadding);
    }
    Ok(bytes)
}

/// The checksum's remainder over prefix and symbols: 1 if they end in their checksum.
fn checksum(prefix: &str, symbols: &[u8]) -> u32 {
    let lower = prefix.bytes().map(|b| b.to_ascii_lowercase());
    let high = lower.clone().map(|b| b >> 5);
    let low = lower.map(|b| b & 31);
    high.chain([0]).chain(low).chain(symbols.iter().copied()).fold(1, |state, symbol| {
        let top = state >> 25;
        let next = (state & 0x01ff_ffff) << 5 ^ u32::from(symbol);
        GENERATOR.iter().enumerate().fold(
            next,
            |next, (i, generator)| {
                if top >> i & 1 == 1 { next ^ generator } else { next }
            },
        )
    })
}

/// Writes bytes as Bech32, in the case of the prefix.
pub(crate) fn encode(prefix: &str, bytes: &[u8]) -> Zeroizing<String> {
    let mut symbols = Zeroizing::new(Vec::with_capacity(bytes.len() * 8 / 5 + 1 + CHECKSUM));
    let (mut pending, mut bits) = (0_u32, 0);
    for &byte in bytes {
        pending = (pending << 8 | u32::from(byte)) & 0xfff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            symbols.push((pending >> bits & 31) as u8);
        }
    }
    if bits > 0 {
        symbols.push((pending << (5 - bits) & 31) as u8);
    }
    let data = symbols.len();
    symbols.extend([0; CHECKSUM]);
    let sum = checksum(prefix, &symbols) ^ 1;
    for i in 0..CHECKSUM {
        symbols[data + i] = (sum >> (5 * (CHECKSUM - 1 - i)) & 31) as u8;
    }
    let mut text = Zeroizing::new(String::with_capacity(prefix.len() + 1 + symbols.len()));
    text.push_str(prefix);
    text.push('1');
    let upper = prefix.bytes().any(|b| b.is_ascii_uppercase());
    for &symbol in symbols.iter() {
        let c = char::from(CHARSET[usize::from(symbol)]);
        text.push(if upper { c.to_ascii_uppercase() } else { c });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The valid and invalid strings of BIP 173, as far as they apply without a length limit.
    #[test]
    fn bip_173() {
        for valid in ["A12UEL5L", "a12uel5l", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"] {
            let (prefix, bytes) = decode(valid).unwrap();
            assert_eq!(encode(prefix, &bytes).as_str(), valid);
        }
        for (invalid, error) in [
            ("A1G7SGD8", Bech32Error::Checksum),
            ("10a06t8", Bech32Error::Separator { position: 0, length: 7 }),
            ("pzry9x0s0muk", Bech32Error::Separator { position: -1, length: 12 }),
            ("x1b4n0q5v", Bech32Error::Data(0, 98)),
            ("li1dgmt3", Bech32Error::Separator { position: 2, length: 8 }),
            ("a12UEL5L", Bech32Error::MixedCase),
            ("\u{7f}1axkwrx", Bech32Error::Prefix(0, 0x7f)),
        ] {
            assert_eq!(decode(invalid).unwrap_err(), error, "{invalid}");
        }
    }
}
