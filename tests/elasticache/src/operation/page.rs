//! Paging: the marker is the place of the last record that was given.

use crate::fault::Fault;
use crate::protocol::Params;
use crate::xml::Element;

/// The page that was asked for.
pub(super) struct Page {
    after: Option<String>,
    size: usize,
    /// What the answer calls the marker.
    token: &'static str,
}

impl Page {
    /// Takes `MaxRecords`, from 20 to `most`, and `Marker`.
    ///
    /// # Errors
    /// `InvalidParameterValue` for another number.
    pub(super) fn take(params: &mut Params, most: i64) -> Result<Self, Fault> {
        let size = params.integer_in("MaxRecords", 20, most)?.unwrap_or(most);
        Ok(Self { after: params.optional("Marker"), size: size as usize, token: "Marker" })
    }

    /// Takes `MaxResults` and `NextToken`, which operations on serverless caches have instead.
    ///
    /// # Errors
    /// `InvalidParameterValue` for a number below 1 or above 50, the documented default.
    pub(super) fn take_results(params: &mut Params) -> Result<Self, Fault> {
        let size = params.integer_in("MaxResults", 1, 50)?.unwrap_or(50);
        let after = params.optional("NextToken");
        Ok(Self { after, size: size as usize, token: "NextToken" })
    }

    /// Adds this page of `records` to an answer, and a marker if more follow. Records must be in
    /// the order of their places.
    pub(super) fn list(
        &self,
        answer: Element,
        name: &str,
        records: Vec<(String, Element)>,
    ) -> Element {
        let rest: Vec<_> = records
            .into_iter()
            .filter(|(place, _)| self.after.as_ref().is_none_or(|after| place > after))
            .collect();
        let more = rest.len() > self.size;
        let page: Vec<_> = rest.into_iter().take(self.size).collect();
        let last = page.last().filter(|_| more).map(|(place, _)| place.clone());
        answer.maybe(self.token, last).list(name, page.into_iter().map(|(_, record)| record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &str) -> Result<Page, Fault> {
        let body = format!("Action=X&Version=2015-02-02&{query}");
        Page::take(&mut crate::protocol::parse(body.as_bytes())?.1, 50)
    }

    #[test]
    fn pages_follow_each_other_without_gap() {
        let records: Vec<_> = (10..60).map(|n| (n.to_string(), Element::leaf("R", n))).collect();
        let first = page("MaxRecords=20").expect("a page");
        let xml = first.list(Element::new("A"), "L", records.clone()).document();
        assert!(xml.contains("<Marker>29</Marker>"), "{xml}");
        let last = page("MaxRecords=20&Marker=49").expect("a page");
        let xml = last.list(Element::new("A"), "L", records).document();
        assert!(!xml.contains("Marker"), "{xml}");
        assert!(xml.contains("<L><R>50</R>") && xml.contains("<R>59</R></L>"), "{xml}");
    }

    #[test]
    fn sizes_have_bounds() {
        assert!(page("MaxRecords=19").is_err());
        assert!(page("MaxRecords=51").is_err());
        assert!(page("MaxRecords=50").is_ok());
    }
}
