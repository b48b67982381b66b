//! The rules for names, row by row.

use proptest::prelude::*;

use super::*;

const LONGEST: usize = 512;

fn codes(name: &str) -> String {
    let faults = judge(name.as_bytes(), true, LONGEST);
    faults
        .iter()
        .map(|fault| match fault {
            NameFault::Traversal(_) => 'T',
            NameFault::Forbidden(_) => 'F',
            NameFault::NestedArchive(_) => 'A',
            NameFault::Invalid(_) => 'I',
        })
        .collect()
}

fn expect(expected: &str, names: &[&str]) {
    for name in names {
        assert_eq!(
            codes(name),
            expected,
            "{name:?}: {:?}",
            judge(name.as_bytes(), true, LONGEST)
        );
    }
}

#[test]
fn ordinary_names_pass() {
    expect(
        "",
        &[
            "manifest.json",
            "artifacts/forms/form-1.json",
            "artifacts/data/public.film.ndjson",
            "artifacts/forms/",
            "artifacts/forms/größe.json",
            "artifacts/forms/表單.json",
            "artifacts/forms/it's 100% done.json",
            "artifacts/forms/a%20b.json",
            "artifacts/forms/...a.json",
            "artifacts/forms/a..b.json",
            "artifacts/forms/.hidden",
            "artifacts/forms/proc.sh.json",
            "artifacts/forms/console.json",
            "artifacts/forms/com10.json",
            "artifacts/forms/zip",
            "artifacts/forms/push",
        ],
    );
}

#[test]
fn names_that_leave_the_package() {
    expect(
        "T",
        &[
            "..",
            "../x.json",
            "artifacts/../../x.json",
            "artifacts/forms/../x.json",
            "artifacts/..",
            "artifacts/../",
            "..\\x.json",
            "artifacts\\..\\x.json",
            "a/.. /b",
            "a/ ../b",
            "/etc/passwd",
            "\\windows\\x",
            "//server/share/x",
            "\\\\server\\share\\x",
            "C:/x.json",
            "c:\\x.json",
            "C:x.json",
            "%2e%2e/x.json",
            "%252e%252e%252fx.json",
            "%25252e%25252e%25252fx.json",
            "a/%2e%2e%5cx",
            "%2fetc/passwd",
            "%c0%ae%c0%ae%c0%afx",
            "\u{2025}/x.json",
            "\u{FF0E}\u{FF0E}/x.json",
            "..\u{FF0F}x.json",
            ".\u{200B}./x.json",
            "a/..\0/x",
            "\u{FF43}:/x",
        ],
    );
}

#[test]
fn names_that_would_run() {
    expect(
        "F",
        &[
            "a.exe",
            "artifacts/a.DLL",
            "a.Sh",
            "x/a.bat",
            "a.exe/x.json",
            "bin/run.tar.sh",
        ],
    );
    expect(
        "FI",
        &[
            "a.exe.",
            "a.exe ",
            "a.exe. .",
            "a.txt:b.exe",
            "a.exe:stream",
            "a.exe::$DATA",
            "a.\u{200B}exe",
            "a.e\u{FE0F}xe\u{202E}",
            "a.exe\0.json",
            "a.json\0.exe",
            "a.ex\u{AD}e",
        ],
    );
    expect("F", &["a\u{FF0E}exe", "a.\u{FF25}XE", "a.ｓｈ"]);
}

#[test]
fn names_of_archives() {
    expect(
        "A",
        &[
            "a.zip",
            "a.JAR",
            "a.tar",
            "a.tar.gz",
            "x/a.7z",
            "a.tgz",
            "a.zst",
            "a.\u{FF3A}ip",
        ],
    );
    expect("AI", &["a.zip.", "a.cab "]);
}

#[test]
fn names_that_not_every_system_can_have() {
    expect(
        "I",
        &[
            "",
            "a//b",
            "a/./b",
            ".",
            "a/b//",
            "a\nb",
            "a\u{7f}",
            "a\u{85}b",
            "a\u{202E}b",
            "a\u{2028}b",
            "a\u{378}b",
            "a\u{FFFF}",
            "a\\b",
            "ab:c",
            "a<b",
            "a>b",
            "a\"b",
            "a|b",
            "a?b",
            "a*b",
            "a.",
            "a /b",
            "a./b",
            " a",
            "a/ b",
            "CON",
            "con.json",
            "artifacts/NUL .txt",
            "aux/x.json",
            "COM1.json",
            "lpt\u{B3}",
            "conin$",
            "a\u{2215}b",
            "a\u{FF0F}b",
            "a\u{29F8}b",
        ],
    );
    let long = format!("{}x", "a".repeat(LONGEST));
    expect("I", &[&long]);
    expect("", &[&long[1..]]);
}

#[test]
fn bytes_that_are_no_text() {
    let invalid = |name: &[u8], utf8| judge(name, utf8, LONGEST);
    assert!(matches!(
        invalid(b"a\xff", true)[..],
        [NameFault::Invalid(_)]
    ));
    assert!(matches!(
        invalid("ä".as_bytes(), false)[..],
        [NameFault::Invalid(_)]
    ));
    assert_eq!(invalid("ä".as_bytes(), true), []);
    assert!(matches!(
        invalid(b"\xc0\xae\xc0\xae/x", true)[..],
        [NameFault::Traversal(_)]
    ));
}

#[test]
fn names_that_are_one_name_somewhere() {
    let pairs = |names: &[&str]| {
        let found = clashes(names).into_iter();
        found
            .map(|clash| (clash.entry, clash.with))
            .collect::<Vec<_>>()
    };
    assert_eq!(pairs(&["a", "b", "a/b"]), [(0, 2)]);
    assert_eq!(pairs(&["a", "b", "a", "a"]), [(2, 0), (3, 0)]);
    assert_eq!(pairs(&["a/B", "A/b"]), [(1, 0)]);
    assert_eq!(pairs(&["e\u{301}", "é"]), [(1, 0)]);
    assert_eq!(pairs(&["STRASSE", "straße"]), [(1, 0)]);
    assert_eq!(pairs(&["a/", "a/b", "a/c"]), []);
    assert_eq!(pairs(&["a/", "a"]), [(1, 0)]);
    assert_eq!(pairs(&["x/y/z", "X"]), [(1, 0)]);
    assert_eq!(pairs(&["a", "ab", "a-b/c"]), []);
}

proptest! {
    #[test]
    fn any_bytes_are_judged(name in prop::collection::vec(any::<u8>(), 0..60), utf8 in any::<bool>()) {
        let _ = judge(&name, utf8, LONGEST);
    }

    #[test]
    fn a_climbing_segment_is_found_wherever_it_is(before in "[a-z%./]{0,10}", after in "[a-z%./]{0,10}") {
        let (plain, encoded) = (format!("{before}/../{after}"), format!("{before}/%2E%2e\\{after}"));
        prop_assert!(leaves_the_package(&plain).is_some());
        prop_assert!(leaves_the_package(&encoded).is_some());
    }

    #[test]
    fn clashes_do_not_depend_on_case(names in prop::collection::vec("[a-c/]{1,4}", 0..8)) {
        let upper: Vec<String> = names.iter().map(|name| name.to_uppercase()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let upper: Vec<&str> = upper.iter().map(String::as_str).collect();
        prop_assert_eq!(clashes(&names).len(), clashes(&upper).len());
    }
}
