//! The names of `\p{…}` that Go knows, and the sets they stand for.

/// General categories.
const CATEGORIES: &str = "C Cc Cf Cn Co Cs L Lc Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po \
                          Ps S Sc Sk Sm So Z Zl Zp Zs";

/// Scripts. Those whose names have several words are missing: Go 1.26 does not find them.
const SCRIPTS: &str = "Adlam Ahom Arabic Armenian Avestan Balinese Bamum Batak Bengali Bhaiksuki Bopomofo \
    Brahmi Braille Buginese Buhid Carian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform Cypriot \
    Cyrillic Deseret Devanagari Dogra Duployan Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha \
    Greek Gujarati Gurmukhi Han Hangul Hanunoo Hatran Hebrew Hiragana Inherited Javanese Kaithi Kannada \
    Katakana Kawi Kharoshthi Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Lisu Lycian Lydian Mahajani \
    Makasar Malayalam Mandaic Manichaean Marchen Medefaidrin Miao Modi Mongolian Mro Multani Myanmar \
    Nabataean Nandinagari Newa Nko Nushu Ogham Oriya Osage Osmanya Palmyrene Phoenician Rejang Runic \
    Samaritan Saurashtra Sharada Shavian Siddham Sinhala Sogdian Soyombo Sundanese Syriac Tagalog Tagbanwa \
    Takri Tamil Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho \
    Yezidi Yi";

/// Long names of categories.
const ALIASES: &str = "Casedletter=Lc Closepunctuation=Pe Combiningmark=M Connectorpunctuation=Pc Control=Cc \
    Currencysymbol=Sc Dashpunctuation=Pd Decimalnumber=Nd Enclosingmark=Me Finalpunctuation=Pf Format=Cf \
    Initialpunctuation=Pi Letter=L Letternumber=Nl Lineseparator=Zl Lowercaseletter=Ll Mark=M Mathsymbol=Sm \
    Modifierletter=Lm Modifiersymbol=Sk Nonspacingmark=Mn Number=N Openpunctuation=Ps Other=C Otherletter=Lo \
    Othernumber=No Otherpunctuation=Po Othersymbol=So Paragraphseparator=Zp Privateuse=Co Punctuation=P \
    Separator=Z Spaceseparator=Zs Spacingmark=Mc Surrogate=Cs Symbol=S Titlecaseletter=Lt Unassigned=Cn \
    Uppercaseletter=Lu Cntrl=Cc Digit=Nd Punct=P";

/// What Go's tables know of Unicode.
const AGE: &str = r"\p{age=15.0}";

/// The items of a set for the `regex` crate, or nothing for an unknown name.
pub(super) fn table(name: &str) -> Option<String> {
    let name = canonical(name);
    let known = |list: &str| list.split_ascii_whitespace().any(|item| item == name);
    match name.as_str() {
        "Any" => return Some(r"\x{0}-\x{10FFFF}".to_owned()),
        "Ascii" => return Some(r"\x{0}-\x{7F}".to_owned()),
        "Assigned" => return Some(format!(r"\P{{gc=Cn}}&&{AGE}")),
        _ => {}
    }
    if known(CATEGORIES) {
        return Some(category(&name));
    }
    if known(SCRIPTS) {
        return Some(format!(r"\p{{sc={name}}}&&{AGE}"));
    }
    let mut aliases = ALIASES.split_ascii_whitespace().filter_map(|item| item.split_once('='));
    aliases.find(|(alias, _)| *alias == name).map(|(_, short)| category(short))
}

fn category(name: &str) -> String {
    match name {
        "Cn" => r"\p{gc=Cn}\P{age=15.0}".to_owned(),
        "C" => r"\p{gc=C}\P{age=15.0}".to_owned(),
        "Cs" => "a&&b".to_owned(),
        name => format!(r"\p{{gc={name}}}&&{AGE}"),
    }
}

/// First letter upper case, the others lower case, without blanks, `_` and `-`.
fn canonical(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')) {
        out.push(if out.is_empty() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() });
    }
    out
}
