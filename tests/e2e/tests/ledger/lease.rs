//! Who holds a journey.

use domain::port::{Claim, Journal};
use futures::future::join_all;

use crate::desk::{Desk, LEASE, journey, later, who};

pub(crate) async fn one_of_two_claims_wins(desk: &Desk) {
    let fresh = journey("raced");
    let (one, two) = (who("1"), who("2"));
    let (a, b) = tokio::join!(
        desk.claim(&fresh, &one, fresh.opened_at),
        desk.claim(&fresh, &two, fresh.opened_at),
    );
    let until = later(fresh.opened_at, LEASE.as_secs().cast_signed());
    match (a.unwrap(), b.unwrap()) {
        (Claim::Held { journey, version }, Claim::Busy { until: told })
        | (Claim::Busy { until: told }, Claim::Held { journey, version }) => {
            assert_eq!((*journey, version, told), (fresh, 1, until));
        }
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn a_lease_that_ran_out_is_taken_over(desk: &Desk) {
    let fresh = journey("left-behind");
    desk.hold(&fresh, &who("dead")).await;
    let end = later(fresh.opened_at, LEASE.as_secs().cast_signed());

    let early = desk.claim(&fresh, &who("heir"), later(end, -1)).await.unwrap();
    assert_eq!(early, Claim::Busy { until: end });
    let late = desk.claim(&fresh, &who("heir"), end).await.unwrap();
    assert!(matches!(late, Claim::Held { version: 1, .. }), "{late:?}");

    assert!(!desk.ledger.renew(&fresh.id, &who("dead"), later(end, 60)).await.unwrap());
    desk.ledger.release(&fresh.id, &who("dead")).await.unwrap();
    let third = desk.claim(&fresh, &who("third"), end).await.unwrap();
    assert!(matches!(third, Claim::Busy { .. }), "the dead holder let go of the heir's lease");
}

pub(crate) async fn a_holder_may_claim_again_renew_and_let_go(desk: &Desk) {
    let fresh = journey("held");
    let ours = who("ours");
    desk.hold(&fresh, &ours).await;
    desk.hold(&fresh, &ours).await;
    let until = later(fresh.opened_at, 3600);
    assert!(desk.ledger.renew(&fresh.id, &ours, until).await.unwrap());
    let other = desk.claim(&fresh, &who("other"), later(fresh.opened_at, 3599)).await.unwrap();
    assert_eq!(other, Claim::Busy { until });
    desk.ledger.release(&fresh.id, &ours).await.unwrap();
    desk.hold(&fresh, &who("other")).await;
    assert_eq!(desk.entries(&fresh.id).await, 1, "leases are no history");
}

pub(crate) async fn a_journey_opened_by_many_at_once_is_opened_once(desk: &Desk) {
    let fresh = journey("crowded");
    let people: Vec<_> = (0..20).map(|i| who(&i.to_string())).collect();
    let claims = join_all(people.iter().map(|who| desk.claim(&fresh, who, fresh.opened_at))).await;
    let held = claims.into_iter().map(Result::unwrap);
    assert_eq!(held.filter(|claim| matches!(claim, Claim::Held { .. })).count(), 1);
    assert_eq!(desk.entries(&fresh.id).await, 1);
    assert_eq!(desk.ledger.load(&fresh.id).await.unwrap(), Some(fresh));
}
