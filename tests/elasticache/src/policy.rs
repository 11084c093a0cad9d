//! Resource policies, as far as buckets and topics that ElastiCache uses need them.
//!
//! The endpoint reaches buckets and topics with the local cloud's own credentials, which may do
//! everything. That the service's principal is really allowed to must therefore be decided here,
//! from the policy that the owner wrote.

use std::collections::HashMap;

use serde_json::Value;

/// Who asks for what.
#[derive(Clone, Debug)]
pub(crate) struct Request<'a> {
    /// The kind of principal, such as `Service`.
    pub(crate) principal_kind: &'a str,
    /// The principal, such as `eu-west-1.elasticache-snapshot.amazonaws.com`.
    pub(crate) principal: &'a str,
    /// Such as `s3:PutObject`.
    pub(crate) action: &'a str,
    /// The ARN acted on.
    pub(crate) resource: &'a str,
    /// Condition keys, in lower case, that have a value in this request.
    pub(crate) context: &'a HashMap<String, String>,
}

/// Whether a policy allows a request: some statement allows it and none denies it.
pub(crate) fn allows(policy: &Value, request: &Request<'_>) -> bool {
    let statements = many(policy.get("Statement"));
    let applies = |effect: &str| {
        statements.iter().any(|statement| {
            statement.get("Effect").and_then(Value::as_str) == Some(effect)
                && statement_matches(statement, request)
        })
    };
    applies("Allow") && !applies("Deny")
}

fn statement_matches(statement: &Value, request: &Request<'_>) -> bool {
    let principal = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), _) => principal_matches(principal, request),
        (None, Some(others)) => !principal_matches(others, request),
        (None, None) => false,
    };
    principal
        && listed(statement, "Action", "NotAction", |pattern| {
            like(&pattern.to_ascii_lowercase(), &request.action.to_ascii_lowercase())
        })
        && listed(statement, "Resource", "NotResource", |pattern| like(pattern, request.resource))
        && conditions_hold(statement.get("Condition"), request.context)
}

fn principal_matches(principal: &Value, request: &Request<'_>) -> bool {
    if principal.as_str() == Some("*") {
        return true;
    }
    let of_kind = |kind: &str| texts(principal.get(kind));
    of_kind("AWS").contains(&"*")
        || of_kind(request.principal_kind)
            .iter()
            .any(|name| *name == "*" || *name == request.principal)
}

fn listed(statement: &Value, name: &str, inverse: &str, matches: impl Fn(&str) -> bool) -> bool {
    match (statement.get(name), statement.get(inverse)) {
        (Some(patterns), _) => texts(Some(patterns)).into_iter().any(matches),
        (None, Some(patterns)) => !texts(Some(patterns)).into_iter().any(matches),
        (None, None) => false,
    }
}

fn conditions_hold(condition: Option<&Value>, context: &HashMap<String, String>) -> bool {
    let Some(operators) = condition.and_then(Value::as_object) else { return true };
    operators.iter().all(|(operator, keys)| {
        keys.as_object().is_some_and(|keys| {
            keys.iter().all(|(key, wanted)| {
                condition_holds(operator, &scalars(wanted), context.get(&key.to_ascii_lowercase()))
            })
        })
    })
}

/// AWS's rule for a key the request does not have: a positive operator fails, a negated one and
/// one with `IfExists` hold.
fn condition_holds(operator: &str, wanted: &[String], actual: Option<&String>) -> bool {
    if operator == "Null" {
        return wanted.iter().any(|value| (value == "true") == actual.is_none());
    }
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let negated = operator.contains("Not");
    let Some(actual) = actual else { return negated || if_exists };
    let lower = actual.to_ascii_lowercase();
    let any = |matches: &dyn Fn(&str) -> bool| wanted.iter().any(|value| matches(value));
    match operator {
        "StringEquals" => any(&|value| value == actual),
        "StringNotEquals" => !any(&|value| value == actual),
        "StringEqualsIgnoreCase" | "Bool" => any(&|value| value.to_ascii_lowercase() == lower),
        "StringNotEqualsIgnoreCase" => !any(&|value| value.to_ascii_lowercase() == lower),
        "StringLike" | "ArnLike" | "ArnEquals" => any(&|value| like(value, actual)),
        "StringNotLike" | "ArnNotLike" | "ArnNotEquals" => !any(&|value| like(value, actual)),
        // An operator nobody here understands grants nothing.
        _ => false,
    }
}

fn many(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(item) => vec![item],
        None => Vec::new(),
    }
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    many(value).into_iter().filter_map(Value::as_str).collect()
}

fn scalars(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    many(Some(value)).into_iter().map(text).collect()
}

/// Whether text matches a pattern of `*` and `?`.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PRINCIPAL: &str = "eu-west-1.elasticache-snapshot.amazonaws.com";

    fn ask(policy: &Value, action: &str, resource: &str) -> bool {
        let context = HashMap::from([("aws:securetransport".to_owned(), "true".to_owned())]);
        let request = Request {
            principal_kind: "Service",
            principal: PRINCIPAL,
            action,
            resource,
            context: &context,
        };
        allows(policy, &request)
    }

    #[test]
    fn the_documented_policy_allows_and_another_region_does_not() {
        let policy = json!({"Statement": [{
            "Effect": "Allow", "Principal": {"Service": PRINCIPAL},
            "Action": ["s3:PutObject", "s3:Get*"],
            "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]
        }]});
        assert!(ask(&policy, "s3:PutObject", "arn:aws:s3:::b/x-0001.rdb"));
        assert!(ask(&policy, "s3:GetBucketAcl", "arn:aws:s3:::b"));
        assert!(!ask(&policy, "s3:ListBucket", "arn:aws:s3:::b"));
        assert!(!ask(&policy, "s3:PutObject", "arn:aws:s3:::c/x"));
        let elsewhere = policy.to_string().replace("eu-west-1", "us-east-1");
        let elsewhere = serde_json::from_str(&elsewhere).expect("json");
        assert!(!ask(&elsewhere, "s3:PutObject", "arn:aws:s3:::b/x"));
    }

    #[test]
    fn a_deny_wins_unless_its_condition_does_not_hold() {
        let policy = |transport: &str| {
            json!({"Statement": [
                {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"},
                {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
                 "Condition": {"Bool": {"aws:SecureTransport": transport}}}
            ]})
        };
        assert!(ask(&policy("false"), "s3:PutObject", "x"));
        assert!(!ask(&policy("true"), "s3:PutObject", "x"));
    }

    #[test]
    fn a_key_the_request_lacks_follows_the_rule_of_its_operator() {
        let allow = |operator: &str| {
            let policy = json!({"Statement": {
                "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
                "Condition": {operator: {"aws:SourceAccount": "1"}}
            }});
            ask(&policy, "s3:PutObject", "x")
        };
        assert!(!allow("StringEquals"));
        assert!(allow("StringNotEquals"));
        assert!(allow("StringEqualsIfExists"));
        assert!(!allow("NumericEquals"));
    }

    #[test]
    fn patterns() {
        assert!(like("a*c?e", "abbbcde"));
        assert!(like("*", ""));
        assert!(!like("a*c", "ab"));
        assert!(like("arn:*:s3:::b/*", "arn:aws:s3:::b/x/y"));
    }
}
