//! The command `snapguard`, as a person runs it.

use std::path::Path;

use serde_json::Value;
use tokio::process::Command;

use crate::audit::{key, overwrite};
use crate::desk::{Desk, journey_of};
use crate::record::lived;

/// What a run of the command left.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

async fn run_with(
    desk: &Desk,
    arguments: &[&str],
    change: impl Fn(&mut Command) -> &mut Command,
) -> Ran {
    let mut command = Command::new(&desk.snapguard);
    command
        .args(arguments)
        .env_clear()
        .env("HOME", desk.cloud.directory())
        .env("USER", "ann")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(desk.cloud.variables());
    let output = change(&mut command).output().await.unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

async fn run(desk: &Desk, arguments: &[&str]) -> Ran {
    run_with(desk, arguments, |command| command).await
}

pub(crate) async fn people_and_programs_see_what_was_recorded(desk: &Desk) {
    let fresh = journey_of("invoices", "shown", "2026-03-07T03:15:00Z", "eu-west-1");
    lived(desk, &fresh).await;

    let listed = run(desk, &["audit", "list", "--cache", "invoices", "--state", "copied"]).await;
    assert_eq!((listed.code, listed.err.as_str()), (Some(0), ""));
    let line = listed.out.lines().nth(1).unwrap();
    for word in ["2026-03-07 03:15", "invoices", "shown", "eu-west-1", "200.0 GiB", "copied"] {
        assert!(line.contains(word), "{line}");
    }
    let json = ["audit", "list", "--since", "2026-03-07", "--state", "copied", "-o", "json"];
    let rows: Value = serde_json::from_str(&run(desk, &json).await.out).unwrap();
    let shown = rows.as_array().unwrap().iter().find(|row| row["snapshot"] == "shown").unwrap();
    assert_eq!(shown["size_bytes"], 214_748_364_800_u64);
    let later = ["audit", "list", "--cache", "invoices", "--since", "2026-03-08", "-o", "csv"];
    assert_eq!(run(desk, &later).await.out.lines().count(), 1, "the header alone");

    let text = run(desk, &["audit", "show", "shown"]).await;
    assert_eq!(text.code, Some(0), "{}", text.err);
    assert!(text.out.contains("History intact: 5 entries"), "{}", text.out);
    let csv = run(desk, &["audit", "show", "shown", "--output", "csv"]).await;
    assert_eq!(csv.out.lines().count(), 6, "{}", csv.out);
}

pub(crate) async fn a_history_that_was_altered_fails_it(desk: &Desk) {
    let fresh = journey_of("invoices", "forged", "2026-03-07T03:15:00Z", "eu-west-1");
    lived(desk, &fresh).await;
    overwrite(desk, key(&fresh, "E#", 2), "hash", &"0".repeat(64)).await;
    let shown = run(desk, &["audit", "show", "forged"]).await;
    assert_eq!(shown.code, Some(1), "{}", shown.err);
    assert!(shown.out.contains("HISTORY BROKEN: entry 2 was altered"), "{}", shown.out);
}

pub(crate) async fn a_plan_is_pushed_once(desk: &Desk) {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../cli/examples/plan.yaml");
    let example = example.to_str().unwrap();
    let before = desk.ledger.plan().await.unwrap().unwrap().version;

    let tried = run(desk, &["plan", "push", example, "--dry-run"]).await;
    assert_eq!(tried.code, Some(0), "{}", tried.err);
    assert!(tried.out.contains("+ tier trading"), "{}", tried.out);
    assert_eq!(desk.ledger.plan().await.unwrap().unwrap().version, before);

    let pushed = run(desk, &["plan", "push", example]).await;
    assert_eq!(pushed.code, Some(0), "{}", pushed.err);
    let stored = desk.ledger.plan().await.unwrap().unwrap();
    assert_eq!((stored.version, stored.who.request_id.as_str()), (before + 1, "ann"));
    assert_eq!(stored.plan.tiers().len(), 3);

    let again = run(desk, &["plan", "push", example]).await;
    assert!(again.out.ends_with("says the same.\n"), "{}", again.out);
    assert_eq!(desk.ledger.plan().await.unwrap().unwrap().version, before + 1);
}

pub(crate) async fn what_is_in_the_way_is_named(desk: &Desk) {
    let list = ["audit", "list"];
    let no_table = run(desk, &["audit", "list", "--table", "elsewhere"]).await;
    assert!(no_table.err.contains("there is no table elsewhere"), "{}", no_table.err);

    let nobody = run_with(desk, &list, |command| {
        command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY")
    })
    .await;
    assert!(nobody.err.contains("no AWS credentials were found"), "{}", nobody.err);

    let stranger =
        run_with(desk, &list, |command| command.env("AWS_ACCESS_KEY_ID", "AKIAUNKNOWNUNKNOWN00"))
            .await;
    assert!(stranger.err.contains("not valid or have expired"), "{}", stranger.err);

    let nowhere = run_with(desk, &list, |command| {
        command.env_remove("AWS_REGION").env_remove("AWS_DEFAULT_REGION")
    })
    .await;
    assert!(nowhere.err.contains("no AWS Region"), "{}", nowhere.err);

    let unknown = run(desk, &["audit", "show", "never-taken"]).await;
    assert!(unknown.err.contains("has no snapshot never-taken"), "{}", unknown.err);

    for ran in [no_table, nobody, stranger, nowhere, unknown] {
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
        assert!(ran.err.starts_with("snapguard: "), "{}", ran.err);
    }
}
