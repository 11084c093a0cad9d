//! What the ledger's README promises, on DynamoDB as the local cloud has it, in the table that
//! `infra/stateful.yaml` makes.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

mod audit;
mod command;
mod desk;
mod lease;
mod plan;
mod record;
mod search;

use desk::Desk;

/// One cloud for all cases, since each has its own snapshots and nothing here is global.
#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_keeps_its_promises() {
    let desk = Desk::set_up().await;

    lease::one_of_two_claims_wins(&desk).await;
    lease::a_lease_that_ran_out_is_taken_over(&desk).await;
    lease::a_holder_may_claim_again_renew_and_let_go(&desk).await;
    lease::a_journey_opened_by_many_at_once_is_opened_once(&desk).await;

    record::each_change_is_an_entry(&desk).await;
    record::nothing_is_recorded_without_the_lease(&desk).await;
    record::one_of_two_records_at_once_wins(&desk).await;
    record::a_repeated_record_succeeds_and_writes_nothing(&desk).await;
    record::claims_while_a_holder_records_do_not_fail_it(&desk).await;
    record::the_largest_journey_is_recorded(&desk).await;

    audit::what_was_tampered_with_is_found(&desk).await;
    audit::the_published_recipe_agrees(&desk).await;

    search::each_filter_finds_its_journeys_page_by_page(&desk).await;
    search::a_missing_table_is_named(&desk).await;

    plan::one_of_two_plans_at_once_comes_into_force(&desk).await;

    command::people_and_programs_see_what_was_recorded(&desk).await;
    command::a_history_that_was_altered_fails_it(&desk).await;
    command::a_plan_is_pushed_once(&desk).await;
    command::what_is_in_the_way_is_named(&desk).await;

    desk.close().await;
}
