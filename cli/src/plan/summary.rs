//! A plan at a glance.

use domain::plan::{Destination, Plan, Retention, Verification};

use crate::format;

/// A line for each tier.
pub(crate) fn table(plan: &Plan) -> String {
    let mut table =
        format::table(["TIER", "RPO", "RTO", "EVERY", "TO", "KEEPS", "VERIFIES", "DRILL"]);
    for (name, tier) in plan.tiers() {
        table.add_row([
            name.to_string(),
            tier.rpo.to_string(),
            tier.rto.to_string(),
            tier.cadence.to_string(),
            tier.dr.iter().map(destination).collect::<Vec<_>>().join(", "),
            keeps(&tier.retention),
            match tier.verification {
                Verification::Structure => "structure".to_owned(),
                Verification::Deep => "deep".to_owned(),
            },
            tier.drill.map_or_else(|| "-".to_owned(), |drill| drill.to_string()),
        ]);
    }
    table.trim_fmt() + "\n"
}

fn destination(destination: &Destination) -> String {
    match &destination.account {
        None => destination.region.to_string(),
        Some(account) => format!("{} of {account}", destination.region),
    }
}

/// The newest, then how many days, weeks, months and years, then what no rule deletes.
fn keeps(retention: &Retention) -> String {
    let Retention { last, daily, weekly, monthly, yearly, verified_floor } = retention;
    let rules = [(daily, 'd'), (weekly, 'w'), (monthly, 'm'), (yearly, 'y')];
    let rules = rules.iter().filter(|(n, _)| **n > 0).map(|(n, letter)| format!(" {n}{letter}"));
    format!("last {last}{}, floor {verified_floor}", rules.collect::<String>())
}
