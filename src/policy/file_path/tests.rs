//! What sops 3.13.2 makes of paths: `filepath.Abs` of the file, and of the folder of the configuration as found or
//! named, which is cut off with a separator behind it. The tables are what those calls gave with Go 1.26 on
//! Linux, and on Windows (under Wine, but for the row that is marked).

use super::{MatchSeparator, PathStyle};

/// The working directory, the configuration and the file as typed, and what rules see.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// What a rule sees.
fn seen((cwd, config, file, _): Row, style: PathStyle, separator: MatchSeparator) -> String {
    let text = |path: &[u8]| String::from_utf8(path.to_vec()).expect("text");
    let file = text(&style.absolute(file.as_bytes(), cwd.as_bytes()));
    let base = style.absolute(config.as_bytes(), cwd.as_bytes());
    let base = text(style.folder(&base));
    style.below(&file, &base, separator).into_owned()
}

#[rustfmt::skip]
const UNIX: &[Row] = &[
    (r"/home/me/w", r".sops.yaml", r"f", r"f"),
    (r"/home/me/w", r".sops.yaml", r"./f", r"f"),
    (r"/home/me/w", r".sops.yaml", r"sub/f", r"sub/f"),
    (r"/home/me/w", r".sops.yaml", r"sub//deep/f", r"sub/deep/f"),
    (r"/home/me/w", r".sops.yaml", r"../x/f", r"/home/me/x/f"),
    (r"/home/me/w", r".sops.yaml", r"/home/me/w/sub/f", r"sub/f"),
    (r"/home/me/w", r".sops.yaml", r"/home/me/W/f", r"/home/me/W/f"),
    (r"/home/me/w", r".sops.yaml", r"sub\f", r"sub\f"),
    (r"/home/me/w", r".sops.yaml", r"C:\w\f", r"C:\w\f"),
    (r"/home/me/w", r".sops.yaml", r"f.", r"f."),
    (r"/home/me/w", r".sops.yaml", r"", r"/home/me/w"),
    (r"/home/me/w/sub", r"../.sops.yaml", r"f", r"sub/f"),
    (r"/home/me/w/sub", r"../.sops.yaml", r"../f", r"f"),
    (r"/home/me/elsewhere", r"/home/me/w/.sops.yaml", r"f", r"/home/me/elsewhere/f"),
    (r"/home/me/elsewhere", r"/home/me/w/.sops.yaml", r"../w/f", r"f"),
    (r"/home/me/elsewhere", r"../w/.sops.yaml", r"/home/me/w/sub/f", r"sub/f"),
    (r"/home/me/w", r"/.sops.yaml", r"f", r"/home/me/w/f"),
    (r"/", r".sops.yaml", r"sub/f", r"/sub/f"),
];

#[rustfmt::skip]
const WINDOWS: &[Row] = &[
    (r"C:\w", r".sops.yaml", r"f", r"f"),
    (r"C:\w", r".sops.yaml", r".\f", r"f"),
    (r"C:\w", r".sops.yaml", r"./f", r"f"),
    (r"C:\w", r".sops.yaml", r"sub\f", r"sub\f"),
    (r"C:\w", r".sops.yaml", r"sub/f", r"sub\f"),
    (r"C:\w", r".sops.yaml", r"sub\\deep//f", r"sub\deep\f"),
    (r"C:\w", r".sops.yaml", r"..\x\f", r"C:\x\f"),
    (r"C:\w", r".sops.yaml", r"../w/f", r"f"),
    (r"C:\w", r".sops.yaml", r"C:\w\f", r"f"),
    (r"C:\w", r".sops.yaml", r"C:/w/sub\f", r"sub\f"),
    (r"C:\w", r".sops.yaml", r"c:\w\f", r"c:\w\f"),
    (r"C:\w", r".sops.yaml", r"C:\W\f", r"C:\W\f"),
    (r"C:\w", r".sops.yaml", r"C:f", r"f"),
    (r"C:\w", r".sops.yaml", r"c:sub\f", r"sub\f"),
    (r"C:\w", r".sops.yaml", r"\w\f", r"f"),
    // Wine takes this for a path of its host; Windows does not.
    (r"C:\w", r".sops.yaml", r"/other/f", r"C:\other\f"),
    (r"C:\w", r".sops.yaml", r"C:\other\f", r"C:\other\f"),
    (r"C:\w", r".sops.yaml", r"D:\w\f", r"D:\w\f"),
    (r"C:\w", r".sops.yaml", r"f.", r"f"),
    (r"C:\w", r".sops.yaml", r"sub.\f", r"sub\f"),
    (r"C:\w", r".sops.yaml", r"..\..\..\f", r"C:\f"),
    (r"C:\w", r".sops.yaml", r"\\server\share\f", r"\\server\share\f"),
    (r"C:\w", r".sops.yaml", r"", r"C:\w"),
    (r"C:\w\sub", r"../.sops.yaml", r"f", r"sub\f"),
    (r"C:\w\sub", r"../.sops.yaml", r"..\f", r"f"),
    (r"C:\w\sub", r"../.sops.yaml", r"./deep/f", r"sub\deep\f"),
    (r"C:\w\sub", r"../.sops.yaml", r"C:\w\f", r"f"),
    (r"C:\elsewhere", r"C:\w\.sops.yaml", r"f", r"C:\elsewhere\f"),
    (r"C:\elsewhere", r"C:\w\.sops.yaml", r"..\w\f", r"f"),
    (r"C:\elsewhere", r"C:\w\.sops.yaml", r"C:\w\sub\f", r"sub\f"),
    (r"C:\elsewhere", r"c:\w\.sops.yaml", r"C:\w\sub\f", r"C:\w\sub\f"),
    (r"C:\elsewhere", r"C:/w/.sops.yaml", r"C:\w\sub\f", r"sub\f"),
    (r"C:\elsewhere", r"..\w\.sops.yaml", r"C:\w\sub\f", r"sub\f"),
    (r"C:\", r".sops.yaml", r"f", r"C:\f"),
    (r"C:\", r".sops.yaml", r"sub\f", r"C:\sub\f"),
    (r"C:\w", r"../.sops.yaml", r"f", r"C:\w\f"),
    (r"C:\w", r"\\server\share\.sops.yaml", r"\\server\share\sub\f", r"\\server\share\sub\f"),
    (r"C:\w", r"\\server\share\w\.sops.yaml", r"\\server\share\w\sub\f", r"sub\f"),
    (r"C:\w", r"\\server\share\w\.sops.yaml", r"//server/share/w/sub/f", r"sub\f"),
    (r"C:\w", r"\\server\share\w\.sops.yaml", r"\\server\share\w\..\x\f", r"\\server\share\x\f"),
    (r"C:\w", r"\\server\share\w\.sops.yaml", r"\\server\share\..\..\x\f", r"\\server\share\x\f"),
    (r"C:\w", r"\\?\C:\w\.sops.yaml", r"\\?\C:\w\sub\f", r"sub\f"),
];

#[test]
fn rules_see_what_they_see_in_sops() {
    for (style, rows) in [(PathStyle::Unix, UNIX), (PathStyle::Windows, WINDOWS)] {
        for row in rows {
            assert_eq!(seen(*row, style, MatchSeparator::System), row.3, "{row:?}");
        }
    }
}

#[test]
fn rules_that_want_slashes_see_the_same_with_slashes() {
    for row in UNIX {
        assert_eq!(seen(*row, PathStyle::Unix, MatchSeparator::Slash), row.3, "{row:?}");
    }
    for row in WINDOWS {
        assert_eq!(
            seen(*row, PathStyle::Windows, MatchSeparator::Slash),
            row.3.replace('\\', "/"),
            "{row:?}"
        );
    }
}

#[test]
fn cleaning_is_by_text() {
    for (from, to) in [
        ("/a/./b//c/../d", "/a/b/d"),
        ("/../a", "/a"),
        ("../a/..", ".."),
        ("", "."),
        ("a/..", "."),
        ("/", "/"),
        ("../../x", "../../x"),
        (r"a\..\b", r"a\..\b"),
    ] {
        assert_eq!(PathStyle::Unix.clean(from.as_bytes()), to.as_bytes(), "{from}");
    }
    for (from, to) in [
        (r"C:\a\.\b\\c/../d", r"C:\a\b\d"),
        (r"C:\..\a", r"C:\a"),
        ("C:/", r"C:\"),
        ("C:", "C:."),
        (r"..\a/..", ".."),
        ("", "."),
        (r"//server/share/a\..", r"\\server\share\"),
    ] {
        assert_eq!(PathStyle::Windows.clean(from.as_bytes()), to.as_bytes(), "{from}");
    }
}
