//! Rows as lines of a data file (package format 1.0, Artifact types, "Data files").
//!
//! The encoding is described in full in the crate's documentation, under "Values in data files".

mod decode;
mod encode;

use crate::DataType;

pub use decode::{DecodeError, decode_row, decode_row_into};
pub use encode::{EncodeError, encode_row, encode_values};

/// What the codec has to know of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowColumn {
    /// Its name, for messages.
    pub name: String,
    /// What it is meant to hold; decides how values are written.
    pub data_type: DataType,
}

/// The class of values that a column's type stands for: these are written plainly, all others say their class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Natural {
    Integer,
    Real,
    Numeric,
    Text,
    Json,
    Blob,
    Boolean,
    Any,
}

impl Natural {
    const fn of(data_type: DataType) -> Self {
        match data_type {
            DataType::Integer => Self::Integer,
            DataType::Real => Self::Real,
            DataType::Numeric => Self::Numeric,
            DataType::Text
            | DataType::Date
            | DataType::Time
            | DataType::Timestamp
            | DataType::Uuid => Self::Text,
            DataType::Json => Self::Json,
            DataType::Blob => Self::Blob,
            DataType::Boolean => Self::Boolean,
            DataType::Any => Self::Any,
        }
    }
}

const INFINITY: &str = "Infinity";
const NEGATIVE_INFINITY: &str = "-Infinity";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Row, Value};

    fn columns(types: &[DataType]) -> Vec<RowColumn> {
        types
            .iter()
            .map(|data_type| RowColumn {
                name: format!("c_{data_type}"),
                data_type: *data_type,
            })
            .collect()
    }

    fn line(types: &[DataType], row: &[Value]) -> String {
        let mut out = Vec::new();
        encode_row(&columns(types), row, &mut out).expect("the row can be written");
        String::from_utf8(out).expect("lines are UTF-8")
    }

    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::Integer),
            (-3_i64..3).prop_map(Value::Integer),
            (-3_i64..3).prop_map(|near| Value::Integer((1 << 53) + near)),
            any::<f64>()
                .prop_filter("engines store no NaN", |real| !real.is_nan())
                .prop_map(Value::Real),
            (-3_i32..3).prop_map(|small| Value::Real(f64::from(small))),
            Just(Value::Real(f64::INFINITY)),
            Just(Value::Real(f64::NEG_INFINITY)),
            "[^\u{0}]*".prop_map(Value::Text),
            prop::sample::select(vec![
                "Infinity",
                "-Infinity",
                "12",
                "{\"text\":\"x\"}",
                "true",
                "[1, 2]"
            ])
            .prop_map(|text| Value::Text(text.to_owned())),
            prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Blob),
        ]
    }

    fn same(left: &Row, right: &Row) -> bool {
        left.len() == right.len()
            && left.iter().zip(right).all(|pair| match pair {
                (Value::Real(one), Value::Real(other)) => one.to_bits() == other.to_bits(),
                (one, other) => one == other,
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn every_class_survives_in_every_column(values in prop::collection::vec(any_value(), DataType::ALL.len())) {
            let columns = columns(&DataType::ALL);
            let mut out = Vec::new();
            encode_row(&columns, &values, &mut out).expect("no NUL, no NaN");
            prop_assert_eq!(out.iter().position(|byte| *byte == b'\n'), Some(out.len() - 1), "one line");
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&out).is_ok(), "a JSON document");
            let decoded = decode_row(&columns, &out).expect("what was written is read");
            prop_assert!(same(&values, &decoded), "{:?} became {:?} by {}", values, decoded, String::from_utf8_lossy(&out));
        }

        #[test]
        fn no_line_makes_the_reader_panic(line in ".*", types in prop::collection::vec(prop::sample::select(DataType::ALL.to_vec()), 0..4)) {
            let _ = decode_row(&columns(&types), line.as_bytes());
        }
    }

    #[test]
    fn plain_values_look_plain_and_others_say_their_class() {
        use DataType as T;
        for (data_type, value, expected) in [
            (T::Integer, Value::Integer(-5), "[-5]\n"),
            (
                T::Integer,
                Value::Integer(9_007_199_254_740_991),
                "[9007199254740991]\n",
            ),
            (
                T::Integer,
                Value::Integer(9_007_199_254_740_992),
                "[\"9007199254740992\"]\n",
            ),
            (
                T::Integer,
                Value::Integer(i64::MIN),
                "[\"-9223372036854775808\"]\n",
            ),
            (T::Integer, Value::Real(1.0), "[{\"real\":1.0}]\n"),
            (T::Integer, Value::Text("5".into()), "[{\"text\":\"5\"}]\n"),
            (T::Real, Value::Real(0.1), "[0.1]\n"),
            (T::Real, Value::Real(5.0), "[5.0]\n"),
            (T::Real, Value::Real(f64::NEG_INFINITY), "[\"-Infinity\"]\n"),
            (T::Real, Value::Integer(5), "[{\"integer\":\"5\"}]\n"),
            (T::Numeric, Value::Real(0.99), "[0.99]\n"),
            (T::Numeric, Value::Integer(1), "[1]\n"),
            (
                T::Text,
                Value::Text("a\"\\\n\u{1}\u{e9}".into()),
                "[\"a\\\"\\\\\\n\\u0001\u{e9}\"]\n",
            ),
            (
                T::Text,
                Value::Blob(vec![0, 255]),
                "[{\"blob\":\"AP8=\"}]\n",
            ),
            (T::Blob, Value::Blob(vec![0, 255]), "[\"AP8=\"]\n"),
            (T::Boolean, Value::Integer(1), "[true]\n"),
            (T::Boolean, Value::Integer(2), "[{\"integer\":\"2\"}]\n"),
            (T::Any, Value::Text("x".into()), "[\"x\"]\n"),
            (
                T::Any,
                Value::Integer(i64::MAX),
                "[{\"integer\":\"9223372036854775807\"}]\n",
            ),
            (
                T::Any,
                Value::Real(f64::INFINITY),
                "[{\"real\":\"Infinity\"}]\n",
            ),
            (
                T::Json,
                Value::Text("{\"a\": 1}".into()),
                "[\"{\\\"a\\\": 1}\"]\n",
            ),
            (T::Date, Value::Null, "[null]\n"),
        ] {
            assert_eq!(
                line(&[data_type], std::slice::from_ref(&value)),
                expected,
                "{value:?} in {data_type}"
            );
        }
        assert_eq!(line(&[], &[]), "[]\n");
    }

    #[test]
    fn lines_of_other_writers_are_understood() {
        use DataType as T;
        for (data_type, line, expected) in [
            (T::Real, "[5]", Value::Real(5.0)),
            (T::Boolean, "[1]", Value::Integer(1)),
            (
                T::Numeric,
                "[\"0.10000000000000000000001\"]",
                Value::Text("0.10000000000000000000001".into()),
            ),
            (
                T::Json,
                "[{\"a\": [1, 2]}]",
                Value::Text("{\"a\": [1, 2]}".into()),
            ),
            (T::Json, "[[1,  2.50]]", Value::Text("[1,  2.50]".into())),
            (
                T::Json,
                "[{\"text\": 7}]",
                Value::Text("{\"text\": 7}".into()),
            ),
            (T::Json, "[{\"text\":\"x\"}]", Value::Text("x".into())),
            (T::Any, "[true]", Value::Integer(1)),
            (T::Integer, " [ 7 ] \r\n", Value::Integer(7)),
        ] {
            assert_eq!(
                decode_row(&columns(&[data_type]), line.as_bytes()),
                Ok(vec![expected]),
                "{line}"
            );
        }
    }

    #[test]
    fn lines_that_mean_nothing_are_refused_with_column_and_reason() {
        use DataType as T;
        for (data_type, line, part) in [
            (
                T::Integer,
                "[1.5]",
                "column 'c_integer': found the number 1.5, expected an integer",
            ),
            (T::Integer, "[\"0x10\"]", "column 'c_integer'"),
            (T::Integer, "[99999999999999999999]", "column 'c_integer'"),
            (T::Real, "[\"NaN\"]", "column 'c_real'"),
            (
                T::Text,
                "[5]",
                "column 'c_text': found the number 5, expected",
            ),
            (
                T::Text,
                "[\"a\\u0000b\"]",
                "column 'c_text': text holds the character NUL",
            ),
            (
                T::Text,
                "[{\"text\":\"a\",\"text\":\"b\"}]",
                "column 'c_text'",
            ),
            (T::Text, "[{\"txt\":\"a\"}]", "column 'c_text'"),
            (T::Text, "[\"\\ud800\"]", "hex escape"),
            (
                T::Blob,
                "[\"***\"]",
                "column 'c_blob': found text that is not base64",
            ),
            (T::Text, "[]", "found 0 values, expected 1"),
            (T::Text, "[\"a\",\"b\"]", "found more than 1 value"),
            (T::Text, "[\"a\"] x", "trailing characters"),
            (T::Text, "[\"a\"", "EOF"),
            (T::Text, "{\"a\":1}", "expected an array"),
        ] {
            let error = decode_row(&columns(&[data_type]), line.as_bytes()).expect_err(line);
            assert!(error.to_string().contains(part), "{line}: {error}");
        }
    }

    #[test]
    fn what_no_line_can_hold_is_refused_by_the_writer() {
        let columns = columns(&[DataType::Integer, DataType::Text]);
        let mut out = b"kept".to_vec();
        for (row, expected) in [
            (
                vec![Value::Null, Value::Text("a\0b".into())],
                "column 'c_text': text holds the character NUL, which a data file cannot carry",
            ),
            (vec![Value::Null], "found 1 value, expected 2"),
            (
                vec![Value::Real(f64::NAN), Value::Null],
                "column 'c_integer': found NaN, expected a number that can be stored",
            ),
        ] {
            let error = encode_row(&columns, &row, &mut out).expect_err("refused");
            assert_eq!(error.to_string(), expected);
            assert_eq!(out, b"kept", "no half line stays behind");
        }
    }
}
