//! One text for one value: JSON with sorted keys and no spaces.
//!
//! Written here and not left to the map type of `serde_json`, whose order depends on a feature
//! that any crate of the build may turn on. Python makes the same text with
//! `json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)`.

use serde::Serialize;
use serde_json::Value;

/// The canonical text of a value.
///
/// # Errors
/// When the value has no JSON form, such as a map whose keys are not strings.
pub(crate) fn text<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    let mut out = String::new();
    write(&serde_json::to_value(value)?, &mut out);
    Ok(out)
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(&map[key], out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        leaf => out.push_str(&leaf.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_at_every_depth_and_nothing_is_spaced() {
        let value = json!({"b": [1, {"z": null, "a": "ü\n\""}], "a": true});
        assert_eq!(text(&value).unwrap(), r#"{"a":true,"b":[1,{"a":"ü\n\"","z":null}]}"#);
    }
}
