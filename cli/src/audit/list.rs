//! `snapguard audit list`.

use std::process::ExitCode;

use anyhow::Result;
use clap::builder::PossibleValuesParser;
use comfy_table::CellAlignment;
use domain::id::{CacheName, Region};
use domain::journey::{Journey, State};
use jiff::{SignedDuration, Timestamp};
use ledger::Search;

use super::row::{self, Row};
use crate::desk::Desk;
use crate::error::explained;
use crate::format::{self, Format};
use crate::human;
use crate::moment::{self, Since};

/// How far back a list without a cache or a state goes: every further day is one more question
/// to the ledger.
const DEFAULT_SPAN: SignedDuration = SignedDuration::from_hours(7 * 24);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only of this cache.
    #[arg(long, value_name = "NAME")]
    cache: Option<CacheName>,
    /// Only in this state.
    #[arg(long, value_parser = PossibleValuesParser::new(State::NAMES))]
    state: Option<String>,
    /// Only of snapshots taken since: 12h, 7d, 2026-03-01. With neither a cache nor a state, the
    /// last seven days.
    #[arg(long, value_parser = moment::since)]
    since: Option<Since>,
    /// Only to this DR Region.
    #[arg(long, value_name = "REGION")]
    dr_region: Option<Region>,
    /// The form of the answer.
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    output: Format,
    #[command(flatten)]
    desk: Desk,
}

pub(crate) async fn run(args: &Args, now: Timestamp) -> Result<ExitCode> {
    let search = search(args, now)?;
    let (ledger, _) = args.desk.open().await?;
    let found = ledger.search(&search).all().await.map_err(|e| explained(e, &args.desk.table))?;
    print!("{}", render(&found.journeys, args.output)?);
    if args.output == Format::Table && found.journeys.is_empty() {
        eprintln!("No journey since {} matches.", human::minute(search.since));
    }
    for key in &found.unreadable {
        eprintln!("snapguard: the item {key} is not a journey that this version can read");
    }
    Ok(if found.unreadable.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn search(args: &Args, now: Timestamp) -> Result<Search> {
    let since = match args.since {
        Some(since) => since,
        None if args.cache.is_some() || args.state.is_some() => Since::At(Timestamp::UNIX_EPOCH),
        None => Since::Ago(DEFAULT_SPAN),
    };
    Ok(Search {
        cache: args.cache.clone(),
        state: args.state.clone(),
        dr_region: args.dr_region.clone(),
        since: since.resolve(now)?,
        until: now,
        page_size: None,
    })
}

fn render(journeys: &[Journey], output: Format) -> Result<String> {
    match output {
        Format::Json => format::json(&journeys.iter().map(Row::of).collect::<Vec<_>>()),
        Format::Csv => format::csv(&Row::HEADER, &journeys.iter().map(Row::of).collect::<Vec<_>>()),
        Format::Table if journeys.is_empty() => Ok(String::new()),
        Format::Table => Ok(table(journeys)),
    }
}

fn table(journeys: &[Journey]) -> String {
    let mut table =
        format::table(["TAKEN (UTC)", "CACHE", "SNAPSHOT", "DR REGION", "SIZE", "STATE"]);
    for journey in journeys {
        table.add_row([
            human::minute(journey.id.snapshot.taken_at),
            journey.source.cache.to_string(),
            journey.id.snapshot.name.to_string(),
            journey.id.dr_region.to_string(),
            row::size(journey).map_or_else(|| "-".to_owned(), human::size),
            state(journey),
        ]);
    }
    if let Some(size) = table.column_mut(4) {
        size.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt() + "\n"
}

/// The state, with what a glance at it raises as a question.
fn state(journey: &Journey) -> String {
    match &journey.state {
        State::Failed { failure } => format!("failed: {}", human::failure(failure)),
        State::Skipped { reason } => format!("skipped: {reason}"),
        state if journey.attempts > 0 => {
            format!(
                "{}, {}",
                state.name(),
                human::count(journey.attempts as usize, "attempt", "attempts")
            )
        }
        state => state.name().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::audit::sample;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn parsed(line: &str) -> Result<Args, clap::Error> {
        Line::try_parse_from(["list"].into_iter().chain(line.split_whitespace())).map(|l| l.args)
    }

    #[test]
    fn people_see_a_line_for_each_journey() {
        insta::assert_snapshot!(render(&sample::journeys(), Format::Table).unwrap(), @r"
        TAKEN (UTC)       CACHE     SNAPSHOT                    DR REGION     SIZE  STATE
        2026-03-08 03:15  orders    automatic.orders-2026-03-0  eu-west-1        -  observed, 2 attempts
                                    8-03-15
        2026-03-07 04:00  sessions  nightly                     eu-west-1        -  failed: export (denied)
        2026-03-07 03:15  orders    nightly                     eu-west-1  3.0 GiB  copied
        2026-03-06 12:30  scratch   by-hand                     eu-west-1        -  skipped: no tier
        ");
    }

    #[test]
    fn a_list_fits_a_hundred_columns() {
        let mut journeys = sample::journeys();
        journeys[0].id.snapshot.name = "x".repeat(255).parse().unwrap();
        let shown = render(&journeys, Format::Table).unwrap();
        assert!(shown.lines().all(|line| line.chars().count() <= 100), "{shown}");
    }

    #[test]
    fn programs_see_a_header_and_every_field() {
        insta::assert_snapshot!(render(&sample::journeys(), Format::Csv).unwrap(), @r#"
        cache,snapshot,region,taken_at,dr_region,bucket,state,shards,size_bytes,attempts,failure_step,failure_class,failure_code,failure_cause,skipped_reason,opened_at,updated_at
        orders,automatic.orders-2026-03-08-03-15,us-east-1,2026-03-08T03:15:02Z,eu-west-1,dr-bucket,observed,2,,2,,,,,,2026-03-08T03:15:32Z,2026-03-08T03:15:37Z
        sessions,nightly,us-east-1,2026-03-07T04:00:00Z,eu-west-1,dr-bucket,failed,2,,8,export,denied,InvalidParameterValue,"ElastiCache may not write to bucket staging, ""yet""",,2026-03-07T04:00:30Z,2026-03-07T04:10:30Z
        orders,nightly,us-east-1,2026-03-07T03:15:00Z,eu-west-1,dr-bucket,copied,2,3221225472,0,,,,,,2026-03-07T03:15:30Z,2026-03-07T03:17:30Z
        scratch,by-hand,us-east-1,2026-03-06T12:30:00Z,eu-west-1,dr-bucket,skipped,2,,0,,,,,no tier,2026-03-06T12:30:30Z,2026-03-06T12:30:31Z
        "#);
        let none = render(&[], Format::Csv).unwrap();
        assert_eq!(none.trim_end(), Row::HEADER.join(","));
    }

    #[test]
    fn the_header_names_the_fields_in_their_order() {
        let json = serde_json::to_string(&Row::of(&sample::journeys()[0])).unwrap();
        let places: Vec<_> =
            Row::HEADER.iter().map(|name| json.find(&format!("\"{name}\":")).unwrap()).collect();
        assert!(places.is_sorted(), "{json}");
    }

    #[test]
    fn no_journeys_are_an_empty_array() {
        assert_eq!(render(&[], Format::Json).unwrap(), "[]\n");
    }

    #[test]
    fn without_a_cache_or_a_state_a_list_goes_back_a_week() {
        let now: Timestamp = "2026-03-08T00:00:00Z".parse().unwrap();
        let since = |line| search(&parsed(line).unwrap(), now).unwrap().since.to_string();
        assert_eq!(since(""), "2026-03-01T00:00:00Z");
        assert_eq!(since("--dr-region eu-west-1"), "2026-03-01T00:00:00Z");
        assert_eq!(since("--cache orders"), "1970-01-01T00:00:00Z");
        assert_eq!(since("--state failed --since 1d"), "2026-03-07T00:00:00Z");
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for line in ["--state lost", "--since yesterday", "--cache 1x", "--dr-region moon"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
