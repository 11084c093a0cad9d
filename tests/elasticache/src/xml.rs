//! Writes the XML answers of the AWS Query protocol.

use std::fmt::Write as _;

/// The namespace of every answer.
const NAMESPACE: &str = "http://elasticache.amazonaws.com/doc/2015-02-02/";

/// One XML element: either text or children.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    name: String,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Text(String),
    Children(Vec<Element>),
}

impl Element {
    /// An element without children yet.
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), body: Body::Children(Vec::new()) }
    }

    /// An element that holds text.
    #[expect(clippy::needless_pass_by_value, reason = "numbers and texts alike, without `&`")]
    pub(crate) fn leaf(name: impl Into<String>, text: impl ToString) -> Self {
        Self { name: name.into(), body: Body::Text(text.to_string()) }
    }

    /// Appends a child.
    pub(crate) fn child(mut self, child: Self) -> Self {
        if let Body::Children(children) = &mut self.body {
            children.push(child);
        }
        self
    }

    /// Appends a child that holds text.
    pub(crate) fn text(self, name: &str, text: impl ToString) -> Self {
        self.child(Self::leaf(name, text))
    }

    /// Appends a child that holds text if there is any.
    pub(crate) fn maybe(self, name: &str, text: Option<impl ToString>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// Appends a wrapped list, whose items must carry the member name of the service model.
    pub(crate) fn list(self, name: &str, items: impl IntoIterator<Item = Self>) -> Self {
        let list = items.into_iter().fold(Self::new(name), Self::child);
        self.child(list)
    }

    /// The whole document, with this element as its root.
    pub(crate) fn document(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, true);
        out
    }

    fn write(&self, out: &mut String, root: bool) {
        let namespace = if root { format!(" xmlns=\"{NAMESPACE}\"") } else { String::new() };
        // Writing into a String cannot fail.
        let _ = write!(out, "<{}{namespace}>", self.name);
        match &self.body {
            Body::Text(text) => escape(text, out),
            Body::Children(children) => {
                for child in children {
                    child.write(out, false);
                }
            }
        }
        let _ = write!(out, "</{}>", self.name);
    }
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // XML 1.0 has no way to write the other control characters.
            c if c.is_control() && !matches!(c, '\t' | '\n' | '\r') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nests_escapes_and_names_the_namespace_once() {
        let xml = Element::new("A")
            .text("B", "1 < 2 & \"3\"")
            .maybe("None", None::<String>)
            .list("Items", ["x", "y"].map(|item| Element::leaf("Item", item)))
            .document();

        assert_eq!(
            xml,
            "<A xmlns=\"http://elasticache.amazonaws.com/doc/2015-02-02/\">\
             <B>1 &lt; 2 &amp; &quot;3&quot;</B>\
             <Items><Item>x</Item><Item>y</Item></Items></A>"
        );
    }
}
