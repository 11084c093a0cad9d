//! DescribeEvents.

use jiff::{Timestamp, ToSpan as _};

use super::page::Page;
use super::{Reply, result};
use crate::fault::Fault;
use crate::model::SourceType;
use crate::protocol::Params;
use crate::service::Call;

/// How long events are kept, in days.
const KEPT_DAYS: i64 = 14;

/// Tells what happened, by default within the last hour.
pub(super) fn describe(call: &Call, mut params: Params) -> Result<Reply, Fault> {
    let source = params.optional("SourceIdentifier");
    let kind = params.optional("SourceType").map(|name| SourceType::find(&name)).transpose()?;
    let start = params.timestamp("StartTime")?;
    let end = params.timestamp("EndTime")?;
    let minutes = params.integer_in("Duration", 1, KEPT_DAYS * 24 * 60)?;
    let page = Page::take(&mut params, 100)?;
    params.finish()?;
    if source.is_some() && kind.is_none() {
        return Err(Fault::invalid_combination(
            "A source type must be given together with a source identifier.",
        ));
    }

    let now = Timestamp::now();
    let oldest = now - (KEPT_DAYS * 24).hours();
    let span = minutes.unwrap_or(60).minutes();
    let (start, end) = match (start, end) {
        (Some(start), Some(_)) if minutes.is_some() => {
            return Err(Fault::invalid_combination(format!(
                "Duration cannot be given together with StartTime {start} and EndTime."
            )));
        }
        (Some(start), Some(end)) => (start, end),
        (Some(start), None) => (start, if minutes.is_some() { start + span } else { now }),
        (None, Some(end)) => (end - span, end),
        (None, None) => (now - span, now),
    };
    if start < oldest || start > end {
        return Err(Fault::invalid_value(format!(
            "StartTime must be before EndTime and within the last {KEPT_DAYS} days."
        )));
    }

    let records = call.service.store.with(&call.scope, |region| {
        let numbered = region.events.iter().enumerate();
        numbered
            .filter(|(_, event)| event.date >= start && event.date <= end)
            .filter(|(_, event)| kind.is_none_or(|kind| kind == Some(event.source_type)))
            .filter(|(_, event)| source.as_ref().is_none_or(|source| *source == event.source))
            .map(|(number, event)| (format!("{number:010}"), event.to_xml()))
            .collect()
    });
    Ok(page.list(result("DescribeEvents"), "Events", records).into())
}
