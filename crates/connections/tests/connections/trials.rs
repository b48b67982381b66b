//! Trying connections out.

use installhub_audit_chain::EventOutcome;
use installhub_connections::ProbeOutcome;

use crate::world::{World, anna};

on_both_engines!(a_trial_is_shown_the_secret_and_told_in_the_log);

async fn a_trial_is_shown_the_secret_and_told_in_the_log(world: World) {
    let created = world.create("Sales", Some("s3cret")).await;
    let report = world.connections.test(&anna(1), created.id).await;
    assert_eq!(report.expect("a report").outcome, ProbeOutcome::Works);
    *world.probe.fails.lock().expect("no test panicked here") = true;
    let report = world.connections.test(&anna(1), created.id).await;
    let report = report.expect("that it does not work is no error");
    assert_eq!(report.outcome, ProbeOutcome::Unauthorized);

    let shown = world
        .probe
        .shown
        .lock()
        .expect("no test panicked here")
        .clone();
    let expected = (created.settings.to_value(), Some("s3cret".to_owned()));
    assert_eq!(shown, [expected.clone(), expected]);
    let events = world.events(1).await;
    let told: Vec<_> = events
        .iter()
        .skip(1)
        .map(|event| {
            (
                event.action.as_str(),
                event.outcome,
                &event.details["outcome"],
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("connection.tested", EventOutcome::Success, &"works".into()),
            (
                "connection.tested",
                EventOutcome::Failure,
                &"unauthorized".into()
            ),
        ]
    );
    assert!(!format!("{events:?}").contains("s3cret"));
}
