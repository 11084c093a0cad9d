//! The document as a whole.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn document() -> Value {
    json!({
        "tiers": {
            "trading": {
                "rpo": "4h", "rto": "30m", "cadence": "2h",
                "dr": ["eu-west-1", {"region": "eu-central-1", "account": "123456789012"}],
                "retention": {"last": 8, "daily": 7, "yearly": 7, "verified_floor": 3},
                "verification": "deep", "drill": "30d", "alerts": ["pagerduty:trading"]
            },
            "analytics": {
                "rpo": "48h", "rto": "24h", "cadence": "24h", "dr": ["eu-west-1"],
                "retention": {"last": 2}
            }
        },
        "selectors": [
            {"tier": "trading", "tags": {"snapguard:tier": "trading"}},
            {"tier": "trading", "names": ["Orders", "quotes"]},
            {"tier": "analytics", "pattern": "report-[a-z]+"}
        ]
    })
}

/// The document with one value replaced.
fn with(pointer: &str, value: Value) -> Value {
    let mut document = document();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Object(map) => {
            map.insert(name.to_owned(), value);
        }
        Value::Array(list) => list[name.parse::<usize>().unwrap()] = value,
        other => panic!("{other}"),
    }
    document
}

fn problems(document: &Value) -> Vec<String> {
    match Plan::parse_json(document) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

fn warnings(document: &Value) -> Vec<String> {
    Plan::check(document).warnings.iter().map(ToString::to_string).collect()
}

fn tier_of(plan: &Plan, cache: &str, tags: &[(&str, &str)]) -> Option<String> {
    let tags = tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    match plan.tier_of(&cache.parse().unwrap(), &tags) {
        Match::Tier { name, .. } => Some(name.to_string()),
        Match::Unmatched => None,
    }
}

#[test]
fn a_good_document_has_neither_problems_nor_warnings() {
    assert_eq!(problems(&document()), [""; 0]);
    assert_eq!(warnings(&document()), [""; 0]);
}

#[test]
fn the_first_selector_that_matches_decides() {
    let plan = Plan::parse_json(&document()).unwrap();
    assert_eq!(tier_of(&plan, "orders", &[]).as_deref(), Some("trading"));
    assert_eq!(tier_of(&plan, "report-daily", &[]).as_deref(), Some("analytics"));
    let tag = [("snapguard:tier", "trading"), ("team", "x")];
    assert_eq!(tier_of(&plan, "report-daily", &tag).as_deref(), Some("trading"));
    assert_eq!(tier_of(&plan, "my-report-daily", &[]), None, "the whole name has to match");
    assert_eq!(tier_of(&plan, "carts", &[("snapguard:tier", "session")]), None);
}

#[test]
fn each_problem_says_where_and_what() {
    let trading = |field: &str| format!("/tiers/trading/{field}");
    let cases = [
        (
            trading("rpo"),
            json!("1h"),
            "tiers.trading.rpo: 1h cannot be kept with a snapshot every 2h",
        ),
        (
            trading("rpo"),
            json!(15),
            "tiers.trading.rpo: expected text and found a number; write it in quotes: \"15\"",
        ),
        (
            trading("rto"),
            json!("soon"),
            "tiers.trading.rto: expected a length of time from 1m to 3650d, such as 15m, 24h, 30d or 2w",
        ),
        (
            trading("cadance"),
            json!("1h"),
            "tiers.trading.cadance: no such field; did you mean \"cadence\"?",
        ),
        (trading("colour"), json!("red"), "tiers.trading.colour: no such field"),
        (trading("dr"), json!([]), "tiers.trading.dr: name at least one DR Region"),
        (
            trading("dr"),
            json!(["eu-west-1", "eu-west-1"]),
            "tiers.trading.dr: eu-west-1 is named twice",
        ),
        (
            trading("dr"),
            json!(["Ireland"]),
            "tiers.trading.dr[0]: \"Ireland\" is not a Region: expected a Region code such as eu-west-1",
        ),
        (
            trading("dr"),
            json!([{"region": "eu-west-1", "account": 12}]),
            "tiers.trading.dr[0].account: expected text and found a number; write it in quotes: \"12\"",
        ),
        (
            trading("retention/last"),
            json!(2),
            "tiers.trading.retention.verified_floor: a floor of 3 cannot be met when only the last 2 are kept",
        ),
        (
            trading("retention/last"),
            json!(0),
            "tiers.trading.retention.last: at least the newest copy has to be kept",
        ),
        (
            trading("retention/verified_floor"),
            json!(0),
            "tiers.trading.retention.verified_floor: the last verified copy is never deleted: at least 1",
        ),
        (
            trading("retention/daily"),
            json!(-1),
            "tiers.trading.retention.daily: expected a whole number from 0 to 4294967295 and found a number",
        ),
        (
            trading("verification"),
            json!("deeep"),
            "tiers.trading.verification: expected \"structure\" or \"deep\"; did you mean \"deep\"?",
        ),
        (trading("alerts"), json!([" "]), "tiers.trading.alerts[0]: a route needs a name"),
        (
            "/tiers/Gold".to_owned(),
            document()["tiers"]["analytics"].clone(),
            "tiers.Gold: a tier's name has 1 to 32 lower-case letters, digits and dashes, and begins with a letter",
        ),
        (
            "/selectors/0".to_owned(),
            json!({"tier": "tradin", "names": ["a"]}),
            "selectors[0].tier: there is no such tier; did you mean \"trading\"?",
        ),
        (
            "/selectors/0".to_owned(),
            json!({"tier": "trading"}),
            "selectors[0]: it names no tags, names or pattern; for every cache write pattern: \".*\"",
        ),
        (
            "/selectors/0".to_owned(),
            json!({"tier": "trading", "names": ["1st"]}),
            "selectors[0].names[0]: \"1st\" is not a cache name: it must begin with a letter",
        ),
        ("/selectors".to_owned(), json!([]), "selectors: without a selector no cache is protected"),
        ("/selectors".to_owned(), json!(null), "selectors: expected a list and found nothing"),
    ];
    for (pointer, value, said) in cases {
        assert_eq!(problems(&with(&pointer, value)), [said]);
    }
    assert_eq!(problems(&json!([])), ["expected the fields tiers, selectors and found a list"]);
    assert_eq!(
        problems(&json!({})),
        ["tiers: this field is missing", "selectors: this field is missing"]
    );
}

#[test]
fn expressions_that_are_wrong_or_too_large_are_refused() {
    for bad in ["(", "a)|(b", "a{2", &"x".repeat(201), "(((a{50}){50}){50}){50}"] {
        let selector = json!({"tier": "trading", "pattern": bad});
        let said = problems(&with("/selectors/0", selector));
        assert!(
            said.len() == 1 && said[0].starts_with("selectors[0].pattern: "),
            "{bad}: {said:?}"
        );
    }
}

#[test]
fn every_problem_is_told_at_once() {
    let mut document = with("/tiers/trading/rpo", json!("1h"));
    document["tiers"]["trading"]["verification"] = json!("shallow");
    document["tiers"]["analytics"]["retention"]["lats"] = json!(3);
    document["selectors"][0]["tier"] = json!("gold");
    document["selectors"][2]["pattern"] = json!("[");
    document["tires"] = json!({});
    let problems = problems(&document);
    assert_eq!(problems.len(), 6, "{problems:#?}");
}

#[test]
fn what_is_most_likely_not_meant_is_warned_of() {
    assert_eq!(
        warnings(&with("/tiers/trading/rpo", json!("2h"))),
        [
            "tiers.trading.cadence: a snapshot every 2h leaves no time to copy it within an RPO of 2h"
        ]
    );
    assert_eq!(
        warnings(&with("/tiers/trading/cadence", json!("10m"))),
        [
            "tiers.trading.cadence: every 10m is 144 snapshots a day, and ElastiCache takes no more than 20 manual ones of a node in 24 hours"
        ]
    );
    assert_eq!(
        warnings(&with("/tiers/trading/drill", json!("1h"))),
        [
            "tiers.trading.drill: a drill every 1h tries the same copy again: a new one comes every 2h"
        ]
    );
    assert_eq!(
        warnings(&with("/selectors/2/tier", json!("trading"))),
        ["tiers.analytics: no selector gives it to a cache"]
    );
    assert_eq!(
        warnings(&with("/selectors/1", json!({"tier": "analytics", "pattern": ".*"}))),
        ["selectors[2]: it never decides: whatever it matches, selectors[1] matches first"]
    );
}

#[test]
fn a_plan_reads_back_as_it_is_written() {
    let plan = Plan::parse_json(&document()).unwrap();
    let written = serde_json::to_value(&plan).unwrap();
    assert_eq!(Plan::parse_json(&written).unwrap(), plan);
}

fn selector() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec!["a", "b", "ab", "c-1"]);
    let pattern = prop::sample::select(vec![".*", "a.*", "[ab]+", "c-\\d", "a"]);
    let value = prop::sample::select(vec!["x", "y"]);
    (
        prop::collection::btree_map(prop::sample::select(vec!["t", "u"]), value, 0..3),
        prop::collection::vec(name, 0..3),
        prop::option::of(pattern),
    )
        .prop_filter("it names something", |(tags, names, pattern)| {
            !(tags.is_empty() && names.is_empty() && pattern.is_none())
        })
        .prop_map(|(tags, names, pattern)| {
            let mut selector = json!({"tier": "trading", "tags": tags, "names": names});
            if let Some(pattern) = pattern {
                selector["pattern"] = json!(pattern);
            }
            selector
        })
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z0-9(\\[]{0,6}".prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "tiers",
        "selectors",
        "trading",
        "rpo",
        "rto",
        "cadence",
        "dr",
        "retention",
        "last",
        "tier",
        "tags",
        "names",
        "pattern",
        "x",
    ]);
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|map| map.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

proptest! {
    /// "It never decides" is said only of selectors that do not.
    #[test]
    fn a_selector_that_was_warned_of_never_decides(
        selectors in prop::collection::vec(selector(), 1..6),
        cache in prop::sample::select(vec!["a", "b", "ab", "c-1", "d"]),
        tags in prop::collection::btree_map(
            prop::sample::select(vec!["t", "u"]),
            prop::sample::select(vec!["x", "y", "z"]),
            0..3,
        ),
    ) {
        let document = with("/selectors", Value::from(selectors));
        let checked = Plan::check(&document);
        let plan = checked.plan.unwrap();
        let tags = tags.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        if let Match::Tier { selector, .. } = plan.tier_of(&cache.parse().unwrap(), &tags) {
            let path = format!("selectors[{selector}]");
            prop_assert!(!checked.warnings.iter().any(|warning| warning.path == path));
        }
    }

    #[test]
    fn any_document_is_a_plan_or_has_problems(document in any_json()) {
        match Plan::parse_json(&document) {
            Ok(plan) => {
                let written = serde_json::to_value(&plan).unwrap();
                prop_assert_eq!(Plan::parse_json(&written), Ok(plan));
            }
            Err(problems) => prop_assert!(problems.iter().next().is_some()),
        }
    }
}
