//! Reading a document without stopping at the first thing that is wrong.
//!
//! A reader answers `None` for what it could not read, after saying why; whoever asked goes on
//! with the rest.

use std::fmt::Display;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::nearest::hint;
use super::problem::Problem;

/// A value and its place in the document.
pub(super) struct Node<'a> {
    path: String,
    value: &'a Value,
}

/// The fields of an object.
pub(super) struct Fields<'a> {
    path: String,
    map: &'a Map<String, Value>,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self { path: String::new(), value }
    }

    pub(super) fn value(&self) -> &'a Value {
        self.value
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn problem(&self, message: impl Into<String>, problems: &mut Vec<Problem>) {
        problems.push(Problem::new(self.path.clone(), message));
    }

    fn expected(&self, what: &str, problems: &mut Vec<Problem>) {
        let found = match self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "text",
            Value::Array(_) => "a list",
            Value::Object(_) => "fields",
        };
        self.problem(format!("expected {what} and found {found}"), problems);
    }

    /// An object whose fields are all known.
    pub(super) fn fields(&self, known: &[&str], problems: &mut Vec<Problem>) -> Option<Fields<'a>> {
        let Value::Object(map) = self.value else {
            self.expected(&format!("the fields {}", known.join(", ")), problems);
            return None;
        };
        for name in map.keys().filter(|name| !known.contains(&name.as_str())) {
            let hint = hint(name, known);
            problems.push(Problem::new(at(&self.path, name), format!("no such field{hint}")));
        }
        Some(Fields { path: self.path.clone(), map })
    }

    /// An object with any fields.
    pub(super) fn map(&self, problems: &mut Vec<Problem>) -> Option<Vec<(&'a str, Node<'a>)>> {
        let Value::Object(map) = self.value else {
            self.expected("names with their values", problems);
            return None;
        };
        let node = |(name, value): (&'a String, &'a Value)| {
            (name.as_str(), Node { path: at(&self.path, name), value })
        };
        Some(map.iter().map(node).collect())
    }

    /// A list, of which every element is read.
    pub(super) fn list<T>(
        &self,
        problems: &mut Vec<Problem>,
        mut read: impl FnMut(&Node<'a>, &mut Vec<Problem>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Value::Array(values) = self.value else {
            self.expected("a list", problems);
            return None;
        };
        let read: Vec<Option<T>> = values
            .iter()
            .enumerate()
            .map(|(i, value)| read(&Node { path: format!("{}[{i}]", self.path), value }, problems))
            .collect();
        read.into_iter().collect()
    }

    pub(super) fn text(&self, problems: &mut Vec<Problem>) -> Option<&'a str> {
        match self.value {
            Value::String(text) => Some(text),
            Value::Number(number) => {
                self.problem(
                    format!("expected text and found a number; write it in quotes: \"{number}\""),
                    problems,
                );
                None
            }
            _ => {
                self.expected("text", problems);
                None
            }
        }
    }

    pub(super) fn count(&self, problems: &mut Vec<Problem>) -> Option<u32> {
        let count = self.value.as_u64().and_then(|n| u32::try_from(n).ok());
        if count.is_none() {
            self.expected("a whole number from 0 to 4294967295", problems);
        }
        count
    }

    /// Text that has a form of its own.
    pub(super) fn parsed<T>(&self, problems: &mut Vec<Problem>) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let text = self.text(problems)?;
        self.parse(text, problems)
    }

    /// Such a text that was found elsewhere, such as this node's name.
    pub(super) fn parse<T>(&self, text: &str, problems: &mut Vec<Problem>) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        text.parse().map_err(|e: T::Err| self.problem(e.to_string(), problems)).ok()
    }
}

impl<'a> Fields<'a> {
    /// A field that has to be there.
    pub(super) fn required<T>(
        &self,
        name: &str,
        problems: &mut Vec<Problem>,
        read: impl FnOnce(&Node<'a>, &mut Vec<Problem>) -> Option<T>,
    ) -> Option<T> {
        let Some(value) = self.map.get(name) else {
            problems.push(Problem::new(at(&self.path, name), "this field is missing"));
            return None;
        };
        read(&Node { path: at(&self.path, name), value }, problems)
    }

    /// A field that need not: `Some(None)` without it, `None` when it could not be read.
    pub(super) fn optional<T>(
        &self,
        name: &str,
        problems: &mut Vec<Problem>,
        read: impl FnOnce(&Node<'a>, &mut Vec<Problem>) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.map.get(name) {
            None => Some(None),
            Some(value) => read(&Node { path: at(&self.path, name), value }, problems).map(Some),
        }
    }
}

/// The place of a field.
pub(super) fn at(path: &str, name: &str) -> String {
    // A name from a document may be of any length.
    let name: String = name.chars().take(80).collect();
    if path.is_empty() { name } else { format!("{path}.{name}") }
}
