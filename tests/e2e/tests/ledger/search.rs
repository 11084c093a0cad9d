//! Finding journeys.

use domain::class::Class;
use domain::journey::Change;
use domain::port::Journal;
use futures::future::join_all;
use ledger::{Ledger, Search};

use crate::desk::{Desk, journey_of, who};

/// Long before what the other cases use.
const SINCE: &str = "2025-01-01T00:00:00Z";

fn search() -> Search {
    Search {
        cache: None,
        state: None,
        dr_region: None,
        since: SINCE.parse().unwrap(),
        until: "2025-01-04T00:00:00Z".parse().unwrap(),
        page_size: None,
    }
}

/// The names found and the number of pages.
async fn found(ledger: &Ledger, search: &Search) -> (Vec<String>, usize) {
    let mut pages = ledger.search(search);
    let mut names = Vec::new();
    let mut count = 0;
    while let Some(page) = pages.next().await.unwrap() {
        assert!(page.unreadable.is_empty());
        let name = |id: &domain::id::JourneyId| format!("{}>{}", id.snapshot.name, id.dr_region);
        names.extend(page.journeys.iter().map(|journey| name(&journey.id)));
        count += 1;
    }
    (names, count)
}

pub(crate) async fn each_filter_finds_its_journeys_page_by_page(desk: &Desk) {
    let journeys = [
        journey_of("ledgers", "a", "2025-01-01T06:00:00Z", "eu-west-1"),
        journey_of("ledgers", "b", "2025-01-02T06:00:00Z", "eu-west-1"),
        journey_of("ledgers", "b", "2025-01-02T06:00:00Z", "ap-south-1"),
        journey_of("ledgers", "c", "2025-01-03T06:00:00Z", "eu-west-1"),
        journey_of("sessions", "d", "2025-01-03T07:00:00Z", "eu-west-1"),
    ];
    let ours = who("ours");
    join_all(journeys.iter().map(async |journey| {
        let (held, version) = desk.hold(journey, &ours).await;
        if journey.source.cache.as_str() == "ledgers" && journey.id.snapshot.name.as_str() != "a" {
            desk.record(&held, &Change::CopyStarted, version, &ours).await.unwrap();
        }
    }))
    .await;
    let ledger = &desk.ledger;

    let (all, days) = found(ledger, &search()).await;
    assert_eq!(all, ["d>eu-west-1", "c>eu-west-1", "b>eu-west-1", "b>ap-south-1", "a>eu-west-1"]);
    assert_eq!(days, 4, "one query a day");

    let cache = Search { cache: Some("ledgers".parse().unwrap()), ..search() };
    let (of_cache, _) = found(ledger, &cache).await;
    assert_eq!(of_cache, ["c>eu-west-1", "b>eu-west-1", "b>ap-south-1", "a>eu-west-1"]);
    let (paged, pages) = found(ledger, &Search { page_size: Some(1), ..cache.clone() }).await;
    assert_eq!(paged, of_cache);
    assert!(pages >= 4, "{pages}");

    let state = Search { state: Some("copying".to_owned()), ..search() };
    let (copying, _) = found(ledger, &state).await;
    assert_eq!(copying.len(), 3, "{copying:?}");
    assert_eq!(copying[0], "c>eu-west-1");

    let narrow = Search {
        state: Some("copying".to_owned()),
        dr_region: Some("eu-west-1".parse().unwrap()),
        since: "2025-01-02T06:00:00Z".parse().unwrap(),
        until: "2025-01-02T06:00:00Z".parse().unwrap(),
        ..cache
    };
    assert_eq!(found(ledger, &narrow).await.0, ["b>eu-west-1"]);

    let id = &journeys[1].id.snapshot;
    let both = ledger.of_snapshot(&id.region, &id.name).await.unwrap();
    let regions: Vec<_> = both.iter().map(|journey| journey.id.dr_region.as_str()).collect();
    assert_eq!(regions, ["ap-south-1", "eu-west-1"]);
}

pub(crate) async fn a_missing_table_is_named(desk: &Desk) {
    let ledger = Ledger::new(desk.client.clone(), "no-such-table".to_owned());
    let error = ledger.search(&search()).next().await.unwrap_err();
    assert_eq!(error.class, Class::Invalid, "{error}");
    assert!(error.to_string().contains("no-such-table"), "{error}");
}
