//! Strictness, exactness, bounds.

use proptest::prelude::*;

use super::*;

fn kind(text: &str) -> JsonErrorKind {
    let error = parse(text.as_bytes()).expect_err(text);
    assert_eq!(
        check(text.as_bytes()),
        Err(error.clone()),
        "{text}: the check judges like the reader"
    );
    error.kind
}

fn message(text: &str) -> String {
    parse(text.as_bytes()).expect_err(text).to_string()
}

/// A text, and what its error says.
const REFUSED: &[(&str, &str)] = &[
    (
        "",
        "found an empty text, expected a JSON document (line 1, column 1)",
    ),
    (
        " \n ",
        "found an empty text, expected a JSON document (line 2, column 2)",
    ),
    (
        "\u{feff}{}",
        "found a byte order mark, expected UTF-8 without one (line 1, column 1)",
    ),
    (
        "{\"a\":1,\n \"\\u0061\":2}",
        "found the key \"a\" again, expected every key of an object once (line 2, column 2)",
    ),
    ("[NaN]", "found 'NaN', expected a value (line 1, column 2)"),
    (
        "[-Infinity]",
        "found 'Infinity', expected a digit (line 1, column 3)",
    ),
    ("[nul]", "found 'nul', expected a value (line 1, column 2)"),
    ("[1,]", "found ']', expected a value (line 1, column 4)"),
    (
        "{\"ä\" 1}",
        "found '1', expected ':' after a key (line 1, column 6)",
    ),
    ("{\"a\":1,}", "found '}', expected a key (line 1, column 8)"),
    (
        "{a:1}",
        "found 'a', expected a key or '}' (line 1, column 2)",
    ),
    ("[1 2]", "found '2', expected ',' or ']' (line 1, column 4)"),
    (
        "{\"a\":1]",
        "found ']', expected ',' or '}' (line 1, column 7)",
    ),
    (
        "[1",
        "found the end of the text, expected ',' or ']' (line 1, column 3)",
    ),
    (
        "{} {}",
        "found '{', expected the end of the text after the document (line 1, column 4)",
    ),
    (
        "[01]",
        "found '01', expected a number without leading zeros (line 1, column 2)",
    ),
    ("[-]", "found ']', expected a digit (line 1, column 3)"),
    (
        "[1.]",
        "found ']', expected a digit after the decimal point (line 1, column 4)",
    ),
    ("[.5]", "found '.5', expected a value (line 1, column 2)"),
    (
        "[1e]",
        "found ']', expected a digit in the exponent (line 1, column 4)",
    ),
    (
        "[1e400]",
        "found the number 1e400, which is out of range, expected a magnitude below 1.8e308 (line 1, column 2)",
    ),
    (
        "[\"\\ud800\"]",
        "found the lone surrogate \\ud800, expected a high surrogate followed by a low one (line 1, column 3)",
    ),
    (
        "[\"\\udc00\\ud800\"]",
        "found the lone surrogate \\udc00, expected a high surrogate followed by a low one (line 1, column 3)",
    ),
    (
        "[\"\\ud800\\u0041\"]",
        "found the lone surrogate \\ud800, expected a high surrogate followed by a low one (line 1, column 3)",
    ),
    (
        "[\"a\tb\"]",
        "found the control character U+0009 in a string, expected it to be escaped (line 1, column 4)",
    ),
    (
        "[\"\\x\"]",
        "found 'x', expected one of \" \\ / b f n r t u after a backslash (line 1, column 4)",
    ),
    (
        "[\"\\u12g4\"]",
        "found 'g4', expected four hexadecimal digits after \\u (line 1, column 7)",
    ),
    (
        "[\"abc",
        "found the end of the text, expected the closing quote of a string (line 1, column 6)",
    ),
    (
        "// no\n[]",
        "found '/', expected a value (line 1, column 1)",
    ),
    ("['a']", "found ''', expected a value (line 1, column 2)"),
    (
        "[\u{a0}1]",
        "found '\u{a0}', expected a value (line 1, column 2)",
    ),
];

#[test]
fn errors_say_what_was_found_and_expected_and_where() {
    for (text, expected) in REFUSED {
        let got = message(text);
        // Escaped characters are shown as such.
        assert_eq!(
            got.replace("\\u{a0}", "\u{a0}").replace("\\'", "'"),
            *expected,
            "{text}"
        );
        kind(text);
    }
}

#[test]
fn bytes_that_are_no_utf8_are_refused_where_they_stand() {
    let error = parse(b"[\"\xc3\xa4\", \"\xff\"]").expect_err("0xff is never UTF-8");
    assert_eq!(error.kind, JsonErrorKind::InvalidUtf8(0xff));
    assert_eq!((error.offset, error.line, error.column), (8, 1, 8));
}

#[test]
fn numbers_stay_as_written() {
    for lexeme in [
        "0",
        "-0",
        "1.0",
        "1e3",
        "1E+3",
        "-0.10",
        "123456789012345678901234567890",
        "1e-400",
        "9007199254740993",
    ] {
        let text = format!("[ {lexeme} ]");
        let document = parse(text.as_bytes()).expect(lexeme);
        assert_eq!(
            document
                .pointer("/0")
                .and_then(Json::as_number)
                .map(Number::as_str),
            Some(lexeme)
        );
        assert_eq!(to_compact_string(&document), format!("[{lexeme}]"));
        assert_eq!(
            serde_json::to_string(&document).expect("serializes"),
            format!("[{lexeme}]")
        );
        assert_eq!(Json::from_serialize(&document).expect("converts"), document);
    }
}

#[test]
fn long_digit_strings_are_fine_until_they_overflow() {
    assert!(parse("9".repeat(308).as_bytes()).is_ok());
    let beyond = "9".repeat(310);
    assert!(
        matches!(kind(&beyond), JsonErrorKind::NumberOutOfRange(shown) if shown.chars().count() == 41)
    );
    let any = JsonLimits {
        numbers: NumberRange::Any,
        ..JsonLimits::default()
    };
    assert!(parse_with(beyond.as_bytes(), &any).is_ok());
    assert!(parse(format!("0.{}", "1".repeat(100_000)).as_bytes()).is_ok());
}

#[test]
fn depth_is_counted_before_anything_is_built() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(nested(128).as_bytes()).is_ok());
    assert_eq!(kind(&nested(129)), JsonErrorKind::TooDeep { limit: 128 });
    assert_eq!(
        kind(&nested(100_000)),
        JsonErrorKind::TooDeep { limit: 128 }
    );
    assert_eq!(
        kind(&"{\"a\":".repeat(100_000)),
        JsonErrorKind::TooDeep { limit: 128 }
    );
    assert_eq!(
        kind(&"[".repeat(10_000_000)),
        JsonErrorKind::TooDeep { limit: 128 }
    );
    let careless = JsonLimits {
        max_depth: usize::MAX,
        ..JsonLimits::default()
    };
    let error = parse_with(nested(100_000).as_bytes(), &careless).expect_err("the ceiling holds");
    assert_eq!(error.kind, JsonErrorKind::TooDeep { limit: 1_000 });
    drop(
        parse_with(nested(1_000).as_bytes(), &careless)
            .expect("the ceiling is allowed")
            .clone(),
    );
}

#[test]
fn a_duplicate_is_found_among_few_and_many_keys() {
    for count in [2, 3, 16, 17, 40, 1_000] {
        let object = |last: &str| {
            // Descending, so that the sorted fast path does not answer.
            let keys: String = (1..count).rev().fold(String::new(), |keys, at| {
                keys + &format!("\"k{at:05}\":{{}},")
            });
            format!("{{{keys}\"{last}\":[]}}")
        };
        let members = parse(object("zz").as_bytes()).expect("distinct keys");
        assert_eq!(
            members.as_object().map(|members| members.len()),
            Some(count)
        );
        let twice = object("k\\u0030\\u0030001");
        let error = parse(twice.as_bytes()).expect_err("k00001 comes twice");
        assert_eq!(error.kind, JsonErrorKind::DuplicateKey("k00001".to_owned()));
        assert_eq!(&twice[error.offset..error.offset + 2], "\"k");
        assert_eq!(error.offset, twice.rfind("\"k").expect("present"));
        assert_eq!(check(twice.as_bytes()), Err(error));
    }
}

#[test]
fn the_same_key_in_different_objects_is_no_duplicate() {
    assert!(parse(br#"{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":{}}}"#).is_ok());
    assert!(check(br#"{"a":{"a":[{"a":1},{"a":2}]},"b":{"a":{}}}"#).is_ok());
}

#[test]
fn a_million_keys_take_no_quadratic_time() {
    let keys: Vec<String> = (0..1_000_000u32)
        .map(|at| format!("\"{:08x}\":0", at.wrapping_mul(2_654_435_761)))
        .collect();
    let text = format!("{{{}}}", keys.join(","));
    let document = parse_ref(text.as_bytes()).expect("distinct keys");
    assert_eq!(document.as_object().map(<[_]>::len), Some(1_000_000));
}

#[test]
fn strings_are_unescaped_wherever_the_escape_stands() {
    for padding in 0..20 {
        let pad = "ä".repeat(padding / 2) + &"x".repeat(padding);
        let text = format!(r#"["{pad}\n\"\\\/\b\f\r\t\u00e4\ud83d\ude00{pad}"]"#);
        let expected = format!("{pad}\n\"\\/\u{8}\u{c}\r\tä😀{pad}");
        let document = parse_ref(text.as_bytes()).expect("escapes are legal");
        assert_eq!(
            document.pointer("/0").and_then(JsonRef::as_str),
            Some(expected.as_str())
        );
        for control in ["\u{0}", "\u{1f}", "\n"] {
            let text = format!("[\"{pad}{control}{pad}\"]");
            assert!(matches!(kind(&text), JsonErrorKind::ControlCharacter(_)));
        }
    }
}

#[test]
fn rows_are_counted_and_judged() {
    assert_eq!(check_array(b"[]"), Ok(0));
    assert_eq!(
        check_array(b" [1, \"a,b\", null, [1,2,3], {\"x\":[4,5]}, true] \r\n"),
        Ok(6)
    );
    assert!(check_array(b"[1][2]").is_err());
    assert!(check_array(br#"[{"a":1,"\u0061":2}]"#).is_err());
    assert!(check_array(br#"["\ud800"]"#).is_err());
    let error = check_array(b" {}").expect_err("an object is no row");
    assert_eq!(
        error.to_string(),
        "found an object, expected an array (line 1, column 2)"
    );
    assert_eq!(
        check_array(b"12")
            .expect_err("a number is no row")
            .kind
            .to_string(),
        "found a number, expected an array"
    );
}

#[test]
fn canonical_text_is_sorted_indented_and_minimally_escaped() {
    let text = r#"{"é":1,"z":[],"a":{"y":{},"b":[1,2.50]},"\u0061b":"\/\u0007\u001f\u007f\n\"\\é😀","B":null}"#;
    let expected = concat!(
        "{\n  \"B\": null,\n  \"a\": {\n    \"b\": [\n      1,\n      2.50\n    ],\n    \"y\": {}\n  },\n",
        "  \"ab\": \"/\\u0007\\u001f\u{7f}\\n\\\"\\\\é😀\",\n  \"z\": [],\n  \"é\": 1\n}\n"
    );
    let document = parse(text.as_bytes()).expect("strict");
    assert_eq!(
        String::from_utf8(to_canonical_bytes(&document)).expect("UTF-8"),
        expected
    );
    assert_eq!(to_canonical_bytes(&Json::Null), b"null\n");
}

#[test]
fn pointers_follow_rfc_6901() {
    let document = parse(br#"{"":0,"a/b":[10,{"m~n":11}],"0":12,"01":[1]}"#).expect("strict");
    let number = |pointer: &str| document.pointer(pointer).and_then(Json::as_u64);
    assert_eq!(document.pointer(""), Some(&document));
    assert_eq!(number("/"), Some(0));
    assert_eq!(number("/a~1b/0"), Some(10));
    assert_eq!(number("/a~1b/1/m~0n"), Some(11));
    assert_eq!(number("/0"), Some(12));
    for missing in ["a", "/a~1b/00", "/a~1b/-", "/a~1b/2", "/a~1b/+1", "/0/x"] {
        assert_eq!(number(missing), None, "{missing}");
    }
    let mut pointer = String::new();
    push_pointer(&mut pointer, "a/b");
    push_pointer(&mut pointer, "~1");
    assert_eq!(pointer, "/a~1b/~01");
    let mut changed = document.clone();
    *changed.pointer_mut("/a~1b/1/m~0n").expect("present") = Json::Null;
    assert_eq!(changed.pointer("/a~1b/1/m~0n"), Some(&Json::Null));
}

#[test]
fn floats_become_short_decimals_without_trailing_zeros() {
    for (value, lexeme) in [
        (1.0, "1"),
        (0.5, "0.5"),
        (-2.25, "-2.25"),
        (1e300, "1e300"),
        (1e-7, "1e-7"),
        (0.1 + 0.2, "0.30000000000000004"),
    ] {
        let number = Number::from_f64(value).expect("finite");
        assert_eq!(number.as_str(), lexeme);
        assert_eq!(Number::parse(lexeme).expect("JSON's grammar"), number);
    }
    assert_eq!(Number::from_f64(f64::NAN), None);
    for wrong in ["", "1 ", " 1", "+1", "1x", "NaN", "0x1"] {
        assert!(Number::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn objects_of_the_json_library_stay_sorted_and_its_numbers_plain() {
    // Features `preserve_order` and `arbitrary_precision` act on every crate of a build; both would change what is written.
    let value: serde_json::Value = serde_json::from_str(r#"{"b":1,"a":1e2}"#).expect("JSON");
    assert_eq!(value.to_string(), r#"{"a":100.0,"b":1}"#);
}

#[test]
fn a_borrowed_value_is_small() {
    assert!(
        size_of::<JsonRef<'_>>() <= 24,
        "trees of large documents take {} bytes a value",
        size_of::<JsonRef<'_>>()
    );
}

fn document() -> impl Strategy<Value = Json> {
    let number = prop_oneof![
        any::<i64>().prop_map(Number::from_i64),
        any::<f64>().prop_filter_map("finite", Number::from_f64),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?"
            .prop_map(|lexeme| Number::parse(&lexeme).expect("the grammar")),
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        number.prop_map(Json::Number),
        any::<String>().prop_map(Json::String),
        "[\\x00-\\x20\"\\\\äx]{0,24}".prop_map(Json::String),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::Array),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Object::from_iter(members).into()),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(document in document()) {
        let canonical = to_canonical_bytes(&document);
        let read = parse(&canonical).expect("what is written is strict");
        prop_assert_eq!(&read, &document);
        prop_assert_eq!(to_canonical_bytes(&read), canonical);
        prop_assert_eq!(parse(to_compact_string(&document).as_bytes()), Ok(document.clone()));
        prop_assert_eq!(Json::from_serialize(&document).expect("converts"), document);
    }

    #[test]
    fn any_text_is_judged_alike_and_as_the_json_library_would(text in "[\\[\\]{}:,\"\\\\ \\ntruefalsnu0-9.eE+äu/\u{1}-]{0,24}") {
        let read = parse(text.as_bytes());
        prop_assert_eq!(check(text.as_bytes()), read.clone().map(drop));
        prop_assert_eq!(check_array(text.as_bytes()).ok(), read.as_ref().ok().and_then(Json::as_array).map(Vec::len));
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match &read {
            Ok(_) => prop_assert!(theirs.is_ok(), "{}", text),
            Err(error) => prop_assert!(
                theirs.is_err() || matches!(error.kind, JsonErrorKind::DuplicateKey(_)),
                "{}: {}", text, error
            ),
        }
    }

    #[test]
    fn any_bytes_are_judged_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        prop_assert_eq!(check(&bytes), parse(&bytes).map(drop));
    }

    #[test]
    fn a_changed_byte_of_a_document_is_judged_as_the_json_library_would(document in document(), at: prop::sample::Index, byte: u8) {
        let mut bytes = to_compact_string(&document).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let theirs = serde_json::from_slice::<serde_json::Value>(&bytes).is_ok();
        match parse(&bytes) {
            Ok(_) => prop_assert!(theirs),
            Err(error) => prop_assert!(
                !theirs || matches!(error.kind, JsonErrorKind::DuplicateKey(_)),
                "{}", error
            ),
        }
    }
}
