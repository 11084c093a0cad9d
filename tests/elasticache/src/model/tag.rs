//! Tags of a resource.

use std::collections::BTreeMap;

use crate::fault::Fault;
use crate::protocol::Params;
use crate::xml::Element;

/// The most tags a resource may have.
const QUOTA: usize = 50;

/// Keys and values, in the order of the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tags(BTreeMap<String, String>);

impl Tags {
    /// Takes the `Tags` parameter of a request.
    ///
    /// # Errors
    /// `InvalidParameterValue` for a bad key or value, `TagQuotaPerResourceExceeded`.
    pub(crate) fn take(params: &mut Params) -> Result<Self, Fault> {
        let mut tags = Self::default();
        for mut item in params.structures("Tags", "Tag")? {
            let key = item.required("Key")?;
            let value = item.optional("Value").unwrap_or_default();
            item.finish()?;
            if key.starts_with("aws:") || key.len() > 128 || value.len() > 256 {
                return Err(Fault::invalid_value(format!("Invalid tag: {key}.")));
            }
            if tags.0.insert(key.clone(), value).is_some() {
                return Err(Fault::invalid_value(format!("Duplicate tag key: {key}.")));
            }
        }
        tags.within_quota()
    }

    /// Adds tags, replacing the values of keys that are there.
    ///
    /// # Errors
    /// `TagQuotaPerResourceExceeded`, and then nothing has changed.
    pub(crate) fn add(&mut self, more: Self) -> Result<(), Fault> {
        let mut merged = self.clone();
        merged.0.extend(more.0);
        *self = merged.within_quota()?;
        Ok(())
    }

    /// Removes a key.
    ///
    /// # Errors
    /// `TagNotFound`.
    pub(crate) fn remove(&mut self, key: &str) -> Result<(), Fault> {
        match self.0.remove(key) {
            Some(_) => Ok(()),
            None => Err(Fault::new("TagNotFound", 404, format!("Tag {key} not found."))),
        }
    }

    /// The `TagList` of an answer.
    pub(crate) fn to_xml(&self) -> Element {
        let tags = self
            .0
            .iter()
            .map(|(key, value)| Element::new("Tag").text("Key", key).text("Value", value));
        tags.fold(Element::new("TagList"), Element::child)
    }

    fn within_quota(self) -> Result<Self, Fault> {
        if self.0.len() > QUOTA {
            let message = format!("A resource can have {QUOTA} tags at most.");
            return Err(Fault::new("TagQuotaPerResourceExceeded", 400, message));
        }
        Ok(self)
    }
}
