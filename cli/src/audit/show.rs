//! `snapguard audit show`.

use std::process::ExitCode;

use anyhow::{Result, bail};
use domain::id::{Region, SnapshotName};
use domain::journey::Change;
use domain::object::Object;
use ledger::{Audit, Sealed};
use serde::Serialize;

use super::row::Row;
use crate::desk::Desk;
use crate::error::explained;
use crate::format::{self, Format};
use crate::human;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The snapshot's name.
    #[arg(value_name = "SNAPSHOT")]
    snapshot: SnapshotName,
    /// Only its journey to this DR Region.
    #[arg(long, value_name = "REGION")]
    dr_region: Option<Region>,
    /// The form of the answer.
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    output: Format,
    #[command(flatten)]
    desk: Desk,
}

pub(crate) async fn run(args: &Args) -> Result<ExitCode> {
    let (ledger, region) = args.desk.open().await?;
    let mut audits =
        ledger.audit(&region, &args.snapshot).await.map_err(|e| explained(e, &args.desk.table))?;
    if let Some(dr_region) = &args.dr_region {
        audits.retain(|audit| audit.journey.id.dr_region == *dr_region);
    }
    if audits.is_empty() {
        let to = args.dr_region.as_ref().map(|r| format!(" on its way to {r}")).unwrap_or_default();
        bail!("the ledger of {region} has no snapshot {}{to}", args.snapshot);
    }
    print!("{}", render(&audits, args.output)?);
    let intact = audits.iter().all(|audit| audit.chain.is_ok());
    Ok(if intact { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn render(audits: &[Audit], output: Format) -> Result<String> {
    match output {
        Format::Json => format::json(&audits.iter().map(Shown::of).collect::<Vec<_>>()),
        Format::Csv => {
            let lines: Vec<Line> = audits.iter().flat_map(lines).collect();
            format::csv(&Line::HEADER, &lines)
        }
        Format::Table => Ok(audits.iter().map(text).collect::<Vec<_>>().join("\n")),
    }
}

/// A journey with its history, for programs.
#[derive(Serialize)]
struct Shown<'a> {
    journey: Row,
    /// The objects of the finished copy, in shard order.
    objects: &'a [Object],
    /// The manifest beside them.
    manifest: Option<&'a Object>,
    entries: Vec<Recorded<'a>>,
    chain: Chain,
}

/// An entry, with the hash that the chain is made of.
#[derive(Serialize)]
struct Recorded<'a> {
    #[serde(flatten)]
    entry: &'a ledger::Entry,
    hash: ledger::Digest,
}

/// Whether the history is what was written.
#[derive(Serialize)]
struct Chain {
    intact: bool,
    broken: Option<String>,
}

impl<'a> Shown<'a> {
    fn of(audit: &'a Audit) -> Self {
        let copy = audit.journey.copy.as_ref();
        Self {
            journey: Row::of(&audit.journey),
            objects: copy.map_or(&[], |copy| &copy.objects),
            manifest: copy.map(|copy| &copy.manifest),
            entries: audit
                .entries
                .iter()
                .map(|sealed| Recorded { entry: sealed.entry(), hash: sealed.hash() })
                .collect(),
            chain: Chain {
                intact: audit.chain.is_ok(),
                broken: audit.chain.as_ref().err().map(ToString::to_string),
            },
        }
    }
}

/// An entry as a line of CSV.
#[derive(Serialize)]
struct Line {
    cache: String,
    snapshot: String,
    taken_at: String,
    dr_region: String,
    seq: u64,
    at: String,
    function: String,
    request_id: String,
    change: &'static str,
    detail: String,
    state: &'static str,
    hash: String,
    chain: String,
}

impl Line {
    const HEADER: [&'static str; 13] = [
        "cache",
        "snapshot",
        "taken_at",
        "dr_region",
        "seq",
        "at",
        "function",
        "request_id",
        "change",
        "detail",
        "state",
        "hash",
        "chain",
    ];
}

fn lines(audit: &Audit) -> impl Iterator<Item = Line> {
    let chain = match &audit.chain {
        Ok(()) => "intact".to_owned(),
        Err(broken) => format!("broken: {broken}"),
    };
    let id = &audit.journey.id;
    audit.entries.iter().map(move |sealed| {
        let entry = sealed.entry();
        Line {
            cache: audit.journey.source.cache.to_string(),
            snapshot: id.snapshot.name.to_string(),
            taken_at: id.snapshot.taken_at.to_string(),
            dr_region: id.dr_region.to_string(),
            seq: entry.seq,
            at: entry.at.to_string(),
            function: entry.who.function.clone(),
            request_id: entry.who.request_id.clone(),
            change: entry.change.name(),
            detail: detail(&entry.change),
            state: entry.state.name(),
            hash: sealed.hash().to_string(),
            chain: chain.clone(),
        }
    })
}

fn text(audit: &Audit) -> String {
    let journey = &audit.journey;
    let source = &journey.source;
    let size = super::row::size(journey).map(|bytes| format!(", {}", human::size(bytes)));
    let head = format!(
        "{} of {} ({} {}, {}{})\n\
         taken {} UTC in {}, to {} in {}: {}\n",
        journey.id.snapshot.name,
        source.cache,
        source.engine,
        source.engine_version,
        human::count(source.shards.len(), "shard", "shards"),
        size.unwrap_or_default(),
        human::second(journey.id.snapshot.taken_at),
        journey.id.snapshot.region,
        journey.bucket,
        journey.id.dr_region,
        journey.state.name(),
    );
    let mut table = format::table(["#", "AT (UTC)", "WHAT", "DETAIL", "BY"]);
    for sealed in &audit.entries {
        let entry = sealed.entry();
        table.add_row([
            entry.seq.to_string(),
            human::second(entry.at),
            entry.change.name().replace('_', " "),
            detail(&entry.change),
            format!("{} {}", entry.who.function, short(&entry.who.request_id)),
        ]);
    }
    let chain = match &audit.chain {
        Ok(()) => format!("History intact: {}", last(&audit.entries)),
        Err(broken) => format!("HISTORY BROKEN: {broken}"),
    };
    format!("{head}\n{}\n\n{chain}\n", table.trim_fmt())
}

fn last(entries: &[Sealed]) -> String {
    match entries.last() {
        Some(last) => {
            format!(
                "{}, the last one {}",
                human::count(entries.len(), "entry", "entries"),
                last.hash()
            )
        }
        None => "no entries".to_owned(),
    }
}

/// Enough of a request id to find its log by; `--output json` has all of it.
fn short(request_id: &str) -> String {
    request_id.chars().take(8).collect()
}

/// What a change says beyond its name.
fn detail(change: &Change) -> String {
    match change {
        Change::Opened
        | Change::ExportSeen
        | Change::CopyStarted
        | Change::Restored
        | Change::AlertOpened
        | Change::AlertResolved => String::new(),
        Change::ExportStarted { target } => format!("as {target}"),
        Change::Exported { objects, .. } => contents(objects),
        Change::Copied { copy } => {
            format!("{}, sizes and checksums match", contents(&copy.objects))
        }
        Change::AttemptFailed { failure } | Change::Failed { failure } => {
            format!("{}, attempt {}: {}", human::failure(failure), failure.attempts, failure.cause)
        }
        Change::Skipped { reason } => reason.clone(),
    }
}

fn contents(objects: &[Object]) -> String {
    let bytes = objects.iter().map(|object| object.size).sum();
    format!("{}, {}", human::count(objects.len(), "object", "objects"), human::size(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::sample;

    #[test]
    fn people_see_the_history_and_that_it_holds() {
        let audit = sample::audit();
        let hash = audit.entries.last().unwrap().hash().to_string();
        let shown = render(&[audit], Format::Table).unwrap().replace(&hash, "<hash>");
        insta::assert_snapshot!(shown, @r#"
        nightly of orders (redis 7.1.0, 2 shards, 3.0 GiB)
        taken 2026-03-07 03:15:00 UTC in us-east-1, to dr-bucket in eu-west-1: copied

        #  AT (UTC)             WHAT            DETAIL                               BY
        1  2026-03-07 03:15:50  opened                                               copy-snapshot 8a2e2f0e
        2  2026-03-07 03:16:10  attempt failed  export (denied), attempt 1:          copy-snapshot 8a2e2f0e
                                                ElastiCache may not write to bucket
                                                staging, "yet"
        3  2026-03-07 03:16:30  export started  as nightly.20260307t031500z          copy-snapshot 8a2e2f0e
        4  2026-03-07 03:16:50  exported        2 objects, 3.0 GiB                   copy-snapshot 8a2e2f0e
        5  2026-03-07 03:17:10  copy started                                         copy-snapshot 8a2e2f0e
        6  2026-03-07 03:17:30  copied          2 objects, 3.0 GiB, sizes and        copy-snapshot 8a2e2f0e
                                                checksums match

        History intact: 6 entries, the last one <hash>
        "#);
    }

    #[test]
    fn a_broken_history_is_said_in_every_form() {
        let audit =
            Audit { chain: Err(ledger::BrokenChain::Altered { seq: 2 }), ..sample::audit() };
        let said = "entry 2 was altered";
        for output in [Format::Table, Format::Json, Format::Csv] {
            let text = render(std::slice::from_ref(&audit), output).unwrap();
            assert!(text.contains(said), "{text}");
        }
    }

    #[test]
    fn programs_see_one_line_for_each_entry() {
        let shown = render(&[sample::audit()], Format::Csv).unwrap();
        assert_eq!(shown.lines().count(), 7);
        let head: String = shown.split_inclusive('\n').take(3).collect();
        insta::assert_snapshot!(head, @r#"
        cache,snapshot,taken_at,dr_region,seq,at,function,request_id,change,detail,state,hash,chain
        orders,nightly,2026-03-07T03:15:00Z,eu-west-1,1,2026-03-07T03:15:50Z,copy-snapshot,8a2e2f0e-6b1a-4f3c-9d55-000000000000,opened,,observed,8deb0a359a6bdfb5b2211e26af7ca7b9df7e83209cdc320267fcee025fbc4d0e,intact
        orders,nightly,2026-03-07T03:15:00Z,eu-west-1,2,2026-03-07T03:16:10Z,copy-snapshot,8a2e2f0e-6b1a-4f3c-9d55-000000000000,attempt_failed,"export (denied), attempt 1: ElastiCache may not write to bucket staging, ""yet""",observed,16b5cd4c7fe9697e98fd8c74fa946de0d0ceed3a7b1228134724b2e1afa43ae2,intact
        "#);
    }

    #[test]
    fn programs_see_the_whole_entry() {
        let shown = render(&[sample::audit()], Format::Json).unwrap();
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        insta::assert_json_snapshot!(shown[0]["entries"][1], @r#"
        {
          "at": "2026-03-07T03:16:10Z",
          "change": {
            "failure": {
              "attempts": 1,
              "cause": "ElastiCache may not write to bucket staging, \"yet\"",
              "class": "denied",
              "code": "InvalidParameterValue",
              "step": "export"
            },
            "what": "attempt_failed"
          },
          "hash": "16b5cd4c7fe9697e98fd8c74fa946de0d0ceed3a7b1228134724b2e1afa43ae2",
          "journey": {
            "dr_region": "eu-west-1",
            "snapshot": {
              "name": "nightly",
              "region": "us-east-1",
              "taken_at": "2026-03-07T03:15:00Z"
            }
          },
          "journey_digest": "408454ce57392bccb8adce315146b0d333b8f8b1afc4529d30d339b2aff908ab",
          "prev": "8deb0a359a6bdfb5b2211e26af7ca7b9df7e83209cdc320267fcee025fbc4d0e",
          "seq": 2,
          "state": {
            "name": "observed"
          },
          "who": {
            "function": "copy-snapshot",
            "request_id": "8a2e2f0e-6b1a-4f3c-9d55-000000000000"
          }
        }
        "#);
        assert_eq!(shown[0]["chain"], serde_json::json!({"intact": true, "broken": null}));
        assert_eq!(shown[0]["journey"]["state"], "copied");
        assert_eq!(shown[0]["objects"].as_array().map(Vec::len), Some(2));
    }
}
