//! Reads the AWS Query protocol: a form of flat names into typed, strictly checked parameters.
//!
//! Operations *take* what they know; whatever is left at [`Params::finish`] is unknown and
//! refused. A misspelt parameter therefore fails here as it fails against AWS, rather than being
//! quietly ignored.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::fault::Fault;

/// The only API version the service has.
const VERSION: &str = "2015-02-02";

/// The parameters of one request, or of one structure in a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params {
    values: BTreeMap<String, String>,
    /// Where these parameters stand in the request, for messages: `""` or `Tags.Tag.1.`.
    path: String,
}

/// Reads a request body into its action and parameters.
///
/// # Errors
/// `MalformedInput` for a repeated name, `InvalidAction` without a known version,
/// `MissingAction` without an action.
pub(crate) fn parse(body: &[u8]) -> Result<(String, Params), Fault> {
    let mut values = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        if values.insert(name.to_string(), value.into_owned()).is_some() {
            return Err(Fault::malformed(format!("{name} is given more than once.")));
        }
    }
    let action = values.remove("Action").ok_or_else(|| {
        Fault::new("MissingAction", 400, "The request must contain the parameter Action.")
    })?;
    let version = values.remove("Version").unwrap_or_default();
    if version != VERSION {
        let message = format!("Could not find operation {action} for version {version}.");
        return Err(Fault::new("InvalidAction", 400, message));
    }
    Ok((action, Params { values, path: String::new() }))
}

impl Params {
    /// Looks at a value without taking it.
    pub(crate) fn peek(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Every scalar parameter at this level, by name.
    pub(crate) fn scalars(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .filter(|(name, _)| !name.contains('.'))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// `InvalidParameterValue` when it is missing or blank.
    pub(crate) fn required(&mut self, name: &str) -> Result<String, Fault> {
        self.optional(name).filter(|value| !value.trim().is_empty()).ok_or_else(|| {
            Fault::invalid_value(format!(
                "The parameter {}{name} must be provided and must not be blank.",
                self.path
            ))
        })
    }

    /// A text that may be there. An empty value counts as absent.
    pub(crate) fn optional(&mut self, name: &str) -> Option<String> {
        self.values.remove(name).filter(|value| !value.is_empty())
    }

    /// `true` or `false`, in any case.
    ///
    /// # Errors
    /// `MalformedInput` for anything else.
    pub(crate) fn boolean(&mut self, name: &str) -> Result<Option<bool>, Fault> {
        match self.optional(name) {
            None => Ok(None),
            Some(value) if value.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(value) if value.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(value) => Err(self.unreadable(name, &value, "a boolean")),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// `MalformedInput` for anything else.
    pub(crate) fn integer(&mut self, name: &str) -> Result<Option<i64>, Fault> {
        self.optional(name)
            .map(|value| value.parse().map_err(|_| self.unreadable(name, &value, "an integer")))
            .transpose()
    }

    /// A whole number within bounds.
    ///
    /// # Errors
    /// As [`integer`](Self::integer), and `InvalidParameterValue` outside the bounds.
    pub(crate) fn integer_in(
        &mut self,
        name: &str,
        low: i64,
        high: i64,
    ) -> Result<Option<i64>, Fault> {
        match self.integer(name)? {
            Some(value) if value < low || value > high => Err(Fault::invalid_value(format!(
                "Invalid value {value} for {name}. It must be between {low} and {high}."
            ))),
            value => Ok(value),
        }
    }

    /// A point in time, ISO 8601.
    ///
    /// # Errors
    /// `MalformedInput` for anything else.
    pub(crate) fn timestamp(&mut self, name: &str) -> Result<Option<Timestamp>, Fault> {
        self.optional(name)
            .map(|value| value.parse().map_err(|_| self.unreadable(name, &value, "a timestamp")))
            .transpose()
    }

    /// A list of texts, given as `name.member.1`, `name.member.2` ...
    ///
    /// # Errors
    /// `MalformedInput` when numbering has holes or a member is a structure.
    pub(crate) fn list(&mut self, name: &str, member: &str) -> Result<Vec<String>, Fault> {
        self.structures(name, member)?
            .into_iter()
            .map(|mut item| {
                let value = item.values.remove("");
                item.finish()?;
                value.ok_or_else(|| Fault::malformed(format!("{} is not a text.", item.path)))
            })
            .collect()
    }

    /// A list of structures, given as `name.member.1.Field` ...; nested lists stay in each.
    ///
    /// # Errors
    /// `MalformedInput` when numbering has holes.
    pub(crate) fn structures(&mut self, name: &str, member: &str) -> Result<Vec<Self>, Fault> {
        // An empty list is sent as the bare name.
        if self.values.get(name).is_some_and(String::is_empty) {
            self.values.remove(name);
        }
        let prefix = format!("{name}.{member}.");
        let mut items: BTreeMap<usize, Self> = BTreeMap::new();
        let names: Vec<String> =
            self.values.keys().filter(|key| key.starts_with(&prefix)).cloned().collect();
        for full in names {
            let rest = &full[prefix.len()..];
            let (index, field) = rest.split_once('.').unwrap_or((rest, ""));
            let index: usize = index
                .parse()
                .map_err(|_| Fault::malformed(format!("{full}: {index} is not an index.")))?;
            let item = items.entry(index).or_default();
            item.path = format!("{}{prefix}{index}.", self.path);
            if let Some(value) = self.values.remove(&full) {
                item.values.insert(field.to_owned(), value);
            }
        }
        if !items.keys().copied().eq(1..=items.len()) {
            return Err(Fault::malformed(format!("{name} is not numbered from 1 without holes.")));
        }
        Ok(items.into_values().collect())
    }

    /// Refuses parameters AWS knows and this endpoint does not model, if they are given.
    ///
    /// # Errors
    /// `InvalidParameterValue` naming the first one.
    pub(crate) fn refuse(&self, names: &[&str]) -> Result<(), Fault> {
        let given = |name: &str| {
            let nested = format!("{name}.");
            self.values
                .iter()
                .any(|(key, value)| (key == name && !value.is_empty()) || key.starts_with(&nested))
        };
        match names.iter().find(|name| given(name)) {
            Some(name) => Err(Fault::not_modelled(name)),
            None => Ok(()),
        }
    }

    /// Ends the reading: what nobody took is unknown.
    ///
    /// # Errors
    /// `MalformedInput` naming the first unknown parameter.
    pub(crate) fn finish(&self) -> Result<(), Fault> {
        match self.values.keys().next() {
            Some(name) => {
                Err(Fault::malformed(format!("Unexpected parameter {}{name}.", self.path)))
            }
            None => Ok(()),
        }
    }

    fn unreadable(&self, name: &str, value: &str, kind: &str) -> Fault {
        Fault::malformed(format!("{}{name}: {value} is not {kind}.", self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(body: &str) -> Params {
        let body = format!("Action=X&Version=2015-02-02&{body}");
        parse(body.as_bytes()).expect("a readable request").1
    }

    #[test]
    fn an_action_and_the_right_version_are_needed() {
        let fault = parse(b"Version=2015-02-02").expect_err("no action");
        assert_eq!(fault.code, "MissingAction");
        let fault = parse(b"Action=X&Version=2014-01-01").expect_err("wrong version");
        assert_eq!(fault.code, "InvalidAction");
        let fault = parse(b"Action=X&Action=Y&Version=2015-02-02").expect_err("twice");
        assert_eq!(fault.code, "MalformedInput");
    }

    #[test]
    fn what_nobody_takes_is_refused() {
        let mut params = params("SnapshotName=a&TargetRegion=eu-west-1");
        assert_eq!(params.required("SnapshotName").as_deref(), Ok("a"));
        let fault = params.finish().expect_err("TargetRegion is no parameter of anything");
        assert_eq!(fault.code, "MalformedInput");
        assert!(fault.message.contains("TargetRegion"), "{fault}");
    }

    #[test]
    fn lists_of_structures_keep_their_order_past_nine() {
        let body: Vec<String> =
            (1..=12).map(|n| format!("Tags.Tag.{n}.Key=k{n}&Tags.Tag.{n}.Value=v")).collect();
        let mut params = params(&body.join("&"));
        let keys: Vec<_> = params
            .structures("Tags", "Tag")
            .expect("a list")
            .into_iter()
            .map(|mut tag| tag.required("Key").expect("a key"))
            .collect();
        assert_eq!(keys[9..], ["k10", "k11", "k12"]);
        assert!(params.finish().is_ok());
    }

    #[test]
    fn an_empty_list_is_a_list_and_a_hole_is_not() {
        assert_eq!(params("SnapshotArns=").list("SnapshotArns", "SnapshotArn"), Ok(vec![]));
        let fault = params("SnapshotArns.SnapshotArn.2=x")
            .list("SnapshotArns", "SnapshotArn")
            .expect_err("there is no first");
        assert_eq!(fault.code, "MalformedInput");
    }

    #[test]
    fn scalars_are_typed() {
        let mut params = params("A=maybe&B=TRUE&C=12x&D=2026-11-20T01:02:03Z&E=19");
        assert!(params.boolean("A").is_err());
        assert_eq!(params.boolean("B"), Ok(Some(true)));
        assert!(params.integer("C").is_err());
        assert!(params.timestamp("D").expect("a time").is_some());
        let fault = params.integer_in("E", 20, 50).expect_err("too small");
        assert_eq!(fault.code, "InvalidParameterValue");
    }

    #[test]
    fn unmodelled_parameters_are_named() {
        let fault = params("LogDeliveryConfigurations.X.1.LogType=slow-log")
            .refuse(&["UserGroupIds", "LogDeliveryConfigurations"])
            .expect_err("not modelled");
        assert!(fault.message.contains("LogDeliveryConfigurations"), "{fault}");
    }
}
