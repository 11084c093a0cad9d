//! Settings from environment variables.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

/// A setting that keeps the function from starting. Names the variable and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSetting {
    /// It is needed and not there.
    #[error("environment variable {name} is not set: expected {expected}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// What it should hold.
        expected: &'static str,
    },
    /// It is there and cannot be used.
    #[error("environment variable {name} is not usable: expected {expected}: {why}")]
    Unusable {
        /// The variable.
        name: &'static str,
        /// What it should hold.
        expected: &'static str,
        /// What is wrong with what it holds.
        why: String,
    },
}

/// The environment of a process, or of a test.
///
/// A variable that is set to nothing counts as not set: templates pass optional parameters on as
/// empty strings.
///
/// ```
/// let environment = lambda::Environment::of([("PARTS", "8")]);
/// let parts: u32 = environment.required("PARTS", "a number of parts")?;
/// assert_eq!(parts, 8);
/// let wait: Option<u32> = environment.optional("WAIT", "seconds")?;
/// assert_eq!(wait, None);
/// # Ok::<(), lambda::BadSetting>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// The process's own. Variables that are not Unicode are none of ours.
    #[must_use]
    pub fn of_process() -> Self {
        Self::of(std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }))
    }

    /// These variables and no others.
    #[must_use]
    pub fn of<N: Into<String>, V: Into<String>>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self { variables: variables.collect() }
    }

    /// A setting that must be there.
    ///
    /// # Errors
    /// When it is missing or cannot be parsed.
    pub fn required<T>(&self, name: &'static str, expected: &'static str) -> Result<T, BadSetting>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.optional(name, expected)?.ok_or(BadSetting::Missing { name, expected })
    }

    /// A setting that may be missing.
    ///
    /// # Errors
    /// When it is there and cannot be parsed.
    pub fn optional<T>(
        &self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>, BadSetting>
    where
        T: FromStr,
        T::Err: Display,
    {
        let Some(value) = self.variables.get(name).map(|value| value.trim()) else {
            return Ok(None);
        };
        if value.is_empty() {
            return Ok(None);
        }
        value.parse().map(Some).map_err(|error: T::Err| BadSetting::Unusable {
            name,
            expected,
            why: error.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_variable_and_what_was_expected() {
        let environment = Environment::of([("PARTS", "eight"), ("EMPTY", " ")]);
        let missing = environment.required::<u32>("EMPTY", "a number").unwrap_err();
        assert_eq!(missing, BadSetting::Missing { name: "EMPTY", expected: "a number" });
        let unusable = environment.required::<u32>("PARTS", "a number of parts").unwrap_err();
        assert_eq!(
            unusable.to_string(),
            "environment variable PARTS is not usable: expected a number of parts: invalid digit \
             found in string"
        );
        assert_eq!(environment.optional::<u32>("EMPTY", "a number"), Ok(None));
    }
}
