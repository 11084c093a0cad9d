//! Reading a document from a file.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use domain::plan::Checked;
use serde_json::Value;

/// Plans are some kilobytes; what is larger is another file.
const LARGEST: u64 = 1024 * 1024;

/// The text of a file, or of standard input where the file is `-`.
pub(crate) fn read(file: &Path) -> Result<String> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(LARGEST + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(LARGEST + 1).read_to_string(&mut text))
    };
    let size = read.with_context(|| format!("cannot read {}", file.display()))?;
    if size as u64 > LARGEST {
        bail!("{} is larger than 1 MiB and cannot be a plan", file.display());
    }
    Ok(text)
}

/// The document in a text: JSON, or YAML, of which JSON is a part.
pub(crate) fn parse(text: &str) -> Result<Value> {
    serde_saphyr::from_str(text).map_err(|error| {
        let place = error
            .location()
            .map(|at| format!("line {}, column {}: ", at.line(), at.column()))
            .unwrap_or_default();
        anyhow::anyhow!("{place}{}", error.without_snippet())
    })
}

/// What is wrong with a document, one line for each problem and warning.
pub(crate) fn findings(checked: &Checked) -> String {
    let problems = checked.plan.as_ref().err().into_iter().flat_map(|problems| problems.iter());
    let problems = problems.map(|problem| format!("problem: {problem}\n"));
    let warnings = checked.warnings.iter().map(|warning| format!("warning: {warning}\n"));
    problems.chain(warnings).collect()
}
