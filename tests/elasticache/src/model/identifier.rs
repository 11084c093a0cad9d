//! Names that users give, and which of them the service takes.

use crate::fault::Fault;

/// The name of a replication group (40 characters at most) or cluster (50), in lower case.
///
/// # Errors
/// `InvalidParameterValue`.
pub(crate) fn cache_id(parameter: &str, name: &str, longest: usize) -> Result<String, Fault> {
    if name.len() > longest || !is_identifier(name) {
        return Err(Fault::invalid_value(format!(
            "The parameter {parameter} is not a valid identifier. Identifiers must begin with a \
             letter; must contain only ASCII letters, digits, and hyphens; must be 1 to {longest} \
             characters long; and must not end with a hyphen or contain two consecutive hyphens."
        )));
    }
    Ok(name.to_ascii_lowercase())
}

/// The name of a snapshot, in lower case.
///
/// # Errors
/// `InvalidParameterValue`.
pub(crate) fn snapshot_name(name: &str) -> Result<String, Fault> {
    if name.len() > 255 || !is_identifier(name) {
        return Err(Fault::invalid_value(format!(
            "Invalid snapshot identifier: {name}. Identifiers must begin with a letter; must \
             contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or \
             contain two consecutive hyphens."
        )));
    }
    Ok(name.to_ascii_lowercase())
}

/// The name of an export, which becomes the beginning of object keys.
///
/// AWS documents one rule for all target names; what it is seen to take for an export is wider:
/// folders work, and so do the dots of automatic snapshots' names.
///
/// # Errors
/// `InvalidParameterValue`.
pub(crate) fn export_name(name: &str) -> Result<String, Fault> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if name.len() > 1_000 || !begins || !name.chars().all(good) || name.contains("//") {
        return Err(Fault::invalid_value(format!("Invalid target snapshot name: {name}.")));
    }
    Ok(name.to_ascii_lowercase())
}

fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !name.ends_with('-')
        && !name.contains("--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_follow_the_documented_rules() {
        assert_eq!(cache_id("X", "Orders-1", 40).as_deref(), Ok("orders-1"));
        for bad in ["", "1a", "a-", "a--b", "a_b", "a.b", &"a".repeat(41)] {
            assert!(cache_id("X", bad, 40).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_the_service_itself_names_snapshots_with_dots() {
        assert!(snapshot_name("automatic.orders-2026-11-20-03-00").is_err());
        assert!(export_name("automatic.orders-2026-11-20-03-00").is_ok());
        assert_eq!(export_name("Exports/orders").as_deref(), Ok("exports/orders"));
        for bad in ["", "/orders", "a//b", "a b", "a,b"] {
            assert!(export_name(bad).is_err(), "{bad}");
        }
    }
}
