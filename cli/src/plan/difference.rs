//! What one plan changes of another.

use std::collections::BTreeMap;

use anyhow::Result;
use domain::plan::Plan;
use serde_json::Value;

/// A line for each change; none when both are the same.
pub(crate) fn lines(old: Option<&Plan>, new: &Plan) -> Result<Vec<String>> {
    let new = serde_json::to_value(new)?;
    let old = match old {
        Some(old) => serde_json::to_value(old)?,
        None => Value::Null,
    };
    let mut lines = tiers(&old["tiers"], &new["tiers"]);
    lines.extend(selectors(&old["selectors"], &new["selectors"]));
    Ok(lines)
}

fn tiers(old: &Value, new: &Value) -> Vec<String> {
    let (old, new) = (fields(old), fields(new));
    let mut names: Vec<&str> = old.keys().chain(new.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .flat_map(|name| match (old.get(name), new.get(name)) {
            (None, _) => vec![format!("+ tier {name}")],
            (_, None) => vec![format!("- tier {name}")],
            (Some(old), Some(new)) => tier(name, old, new),
        })
        .collect()
}

fn tier(name: &str, old: &Value, new: &Value) -> Vec<String> {
    let (old, new) = (fields(old), fields(new));
    let mut names: Vec<&str> = old.keys().chain(new.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    let shown = |value: Option<&&Value>| match value {
        None => "none".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    names
        .into_iter()
        .filter(|field| old.get(field) != new.get(field))
        .map(|field| {
            format!(
                "~ tier {name}: {field}: {} -> {}",
                shown(old.get(field)),
                shown(new.get(field))
            )
        })
        .collect()
}

fn fields(value: &Value) -> BTreeMap<&str, &Value> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect()
}

fn selectors(old: &Value, new: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (old, new) = (list(old), list(new));
    let gone = old.iter().filter(|s| !new.contains(s)).map(|s| format!("- selector {s}"));
    let come = new.iter().filter(|s| !old.contains(s)).map(|s| format!("+ selector {s}"));
    let mut lines: Vec<String> = gone.chain(come).collect();
    if lines.is_empty() && old != new {
        lines.push("~ selectors: asked in another order".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::document;

    const EXAMPLE: &str = include_str!("../../examples/plan.yaml");

    fn plan(text: &str) -> Plan {
        Plan::parse_json(&document::parse(text).unwrap()).unwrap()
    }

    #[test]
    fn each_change_is_a_line() {
        let old = plan(EXAMPLE);
        let new = plan(
            &EXAMPLE
                .replace("rto: 30m", "rto: 45m")
                .replace("    drill: 30d\n", "")
                .replace("analytics", "reports")
                .replace("[sessions, carts]", "[sessions]"),
        );
        insta::assert_snapshot!(lines(Some(&old), &new).unwrap().join("\n"), @r#"
        - tier analytics
        + tier reports
        ~ tier trading: drill: 30d -> none
        ~ tier trading: rto: 30m -> 45m
        - selector {"names":["carts","sessions"],"tier":"session"}
        - selector {"pattern":"report-.*","tier":"analytics"}
        + selector {"names":["sessions"],"tier":"session"}
        + selector {"pattern":"report-.*","tier":"reports"}
        "#);
    }

    #[test]
    fn the_same_plan_changes_nothing_and_an_order_is_a_change() {
        let old = plan(EXAMPLE);
        assert_eq!(lines(Some(&old), &old).unwrap(), [""; 0]);
        let mut value = serde_json::to_value(&old).unwrap();
        value["selectors"].as_array_mut().unwrap().reverse();
        let new = Plan::parse_json(&value).unwrap();
        assert_eq!(lines(Some(&old), &new).unwrap(), ["~ selectors: asked in another order"]);
    }

    #[test]
    fn the_first_plan_is_all_new() {
        assert_eq!(lines(None, &plan(EXAMPLE)).unwrap().len(), 6);
    }
}
