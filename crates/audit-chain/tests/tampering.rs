//! Ten thousand events, and everything that can be done to them.
//!
//! A verifier that has seen the first events of a chain is a value that can be copied. So every place of the chain is tried:
//! what comes before a tampered event has been judged already, and would be judged the same again.

use std::sync::LazyLock;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use installhub_audit_chain::{
    AuditEvent, BadEvent, BadReason, ChainHead, Checkpoint, EventOutcome, NewEvent, SigningKey,
    Verifier, seal,
};
use installhub_checksum::Digest;
use installhub_kernel::{ActorKind, RequestId, TenantId, TenantScope};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

const EVENTS: usize = 10_000;

fn scope(number: u128) -> TenantScope {
    TenantScope::acting(
        TenantId::from_uuid(Uuid::from_u128(number)),
        "anna@example.test".parse().expect("an actor"),
        ActorKind::User,
        Some(RequestId::from_uuid(Uuid::from_u128(9))),
    )
}

fn start() -> DateTime<Utc> {
    "2026-03-01T12:00:00.250Z".parse().expect("a time")
}

/// A chain of `count` events of tenant 1.
fn chain(count: usize) -> Vec<AuditEvent> {
    let scope = scope(1);
    let mut head = ChainHead::start(scope.tenant());
    let mut events = Vec::with_capacity(count);
    for number in 0..count {
        let at = start() + TimeDelta::seconds(number.try_into().expect("small"));
        let id = Uuid::from_u128(1_000_000 + number as u128);
        let event = NewEvent::success("artifact.changed", "artifact", format!("a-{number}"))
            .with(json!({"after": {"version": number}, "before": null, "name": "Täglich \"neu\""}));
        let sealed = seal(&scope, head, id, at, event);
        head = ChainHead::of(&sealed);
        events.push(sealed);
    }
    events
}

static CHAIN: LazyLock<Vec<AuditEvent>> = LazyLock::new(|| chain(EVENTS));

/// The verifier in front of every event, and behind the last one.
static STATES: LazyLock<Vec<Verifier>> = LazyLock::new(|| {
    let mut verifier = Verifier::new(scope(1).tenant());
    let mut states = vec![verifier.clone()];
    for event in CHAIN.iter() {
        verifier.feed(event).expect("the chain is good");
        states.push(verifier.clone());
    }
    states
});

fn head() -> ChainHead {
    ChainHead::of(CHAIN.last().expect("events"))
}

/// What is found from `place` (an index) on, when `tail` follows.
fn found<'a>(
    place: usize,
    tail: impl IntoIterator<Item = &'a AuditEvent>,
    known: ChainHead,
) -> Option<BadEvent> {
    let mut verifier = STATES[place].clone();
    for event in tail {
        if let Err(bad) = verifier.feed(event) {
            return Some(bad);
        }
    }
    verifier.finish(known).err()
}

fn other_digest() -> Digest {
    Digest::of(b"something else")
}

/// A member, and how it gets another value.
type Edit = (&'static str, fn(&mut AuditEvent));

/// Every member of an event with another value.
const EDITS: [Edit; 18] = [
    ("action", |it| it.action.push('x')),
    ("actor", |it| {
        it.actor = "ben@example.test".parse().expect("an actor");
    }),
    ("actorKind", |it| it.actor_kind = ActorKind::System),
    ("at", |it| it.at += TimeDelta::milliseconds(1)),
    ("at, finer", |it| it.at += TimeDelta::nanoseconds(1)),
    ("details", |it| it.details["after"]["version"] = json!(-1)),
    ("details, added", |it| it.details["more"] = json!(null)),
    ("details, gone", |it| it.details = json!(null)),
    ("hash", |it| it.hash = other_digest()),
    ("id", |it| it.id = Uuid::from_u128(5)),
    ("object id", |it| {
        it.object.as_mut().expect("an object").id.push('x');
    }),
    ("object kind", |it| {
        it.object.as_mut().expect("an object").kind.push('x');
    }),
    ("object", |it| it.object = None),
    ("outcome", |it| it.outcome = EventOutcome::Denied),
    ("previous", |it| it.previous = other_digest()),
    ("request", |it| it.request = None),
    ("sequence", |it| it.sequence += 100_000),
    ("tenant", |it| {
        it.tenant = TenantId::from_uuid(Uuid::from_u128(2));
    }),
];

#[test]
fn a_good_chain_is_good() {
    assert_eq!(found(0, CHAIN.iter(), head()), None);
}

#[test]
fn every_edit_of_every_member_of_every_event_is_found_where_it_is() {
    for (member, edit) in EDITS {
        for place in 0..EVENTS {
            let mut event = CHAIN[place].clone();
            edit(&mut event);
            let bad = STATES[place].clone().feed(&event).expect_err(member);
            assert_eq!(bad.sequence, place as u64 + 1, "{member}: {bad}");
            assert_eq!(bad.id, Some(event.id), "{member}: {bad}");
        }
    }
}

#[test]
fn every_edit_with_a_new_hash_is_found_at_the_next_event_or_at_the_end() {
    for (member, edit) in EDITS {
        if ["hash", "previous", "sequence", "tenant"].contains(&member) {
            continue;
        }
        for place in 0..EVENTS {
            let mut event = CHAIN[place].clone();
            edit(&mut event);
            event.hash = event.computed_hash();
            let tail = std::iter::once(&event).chain(CHAIN.get(place + 1));
            // The head as it would be had the tail been fed to its end.
            let bad = found(place, tail, head()).expect(member);
            let expected = (place as u64 + 2).min(EVENTS as u64);
            assert_eq!(bad.sequence, expected, "{member}: {bad}");
        }
    }
}

#[test]
fn every_removal_is_found_where_the_event_is_missing() {
    for place in 0..EVENTS {
        let bad = found(place, CHAIN.get(place + 1), head()).expect("it is missing");
        assert_eq!(bad.sequence, place as u64 + 1, "{bad}");
    }
}

#[test]
fn every_swap_of_neighbours_and_every_repetition_is_found() {
    for place in 0..EVENTS - 1 {
        let bad = found(place, [&CHAIN[place + 1], &CHAIN[place]], head()).expect("swapped");
        assert_eq!(bad.sequence, place as u64 + 1, "{bad}");
        let again = [&CHAIN[place], &CHAIN[place]];
        let bad = found(place, again, head()).expect("repeated");
        assert_eq!(bad.sequence, place as u64 + 2, "{bad}");
        // Swapped with their sequences exchanged, as the rows of a table can be.
        let (mut one, mut other) = (CHAIN[place + 1].clone(), CHAIN[place].clone());
        (one.sequence, other.sequence) = (other.sequence, one.sequence);
        let bad = found(place, [&one, &other], head()).expect("exchanged");
        assert_eq!(bad.sequence, place as u64 + 1, "{bad}");
    }
}

#[test]
fn every_insertion_is_found_at_the_latest_behind_it() {
    for place in 0..EVENTS {
        let behind = STATES[place].head();
        let new = NewEvent::success("artifact.changed", "artifact", "forged");
        let forged = seal(&scope(1), behind, Uuid::from_u128(3), start(), new);
        let bad = found(place, [&forged, &CHAIN[place]], head()).expect("inserted");
        assert_eq!(bad.sequence, place as u64 + 2, "{bad}");
    }
}

#[test]
fn every_cut_of_the_tail_is_found_by_the_head_and_by_a_checkpoint() {
    let key = SigningKey::from_seed(&[7; 32]);
    let keys = [key.verifying_key()];
    let checkpoint = Checkpoint::sign(scope(1).tenant(), head(), start(), &key);
    for place in 0..EVENTS {
        let bad = found(place, [], head()).expect("cut");
        let expected = BadEvent {
            sequence: place as u64 + 1,
            id: None,
            reason: BadReason::TailCut {
                known: EVENTS as u64,
            },
        };
        assert_eq!(bad, expected);
        if place % 500 == 0 {
            // Whoever cuts the tail can write the head, too; a checkpoint nobody else can sign.
            let cut_to = STATES[place].head();
            assert_eq!(found(place, [], cut_to), None);
            let mut verifier = STATES[place].clone();
            verifier.expect(&checkpoint, &keys).expect("it is signed");
            assert_eq!(verifier.finish(cut_to), Err(expected));
        }
    }
}

#[test]
fn history_written_anew_is_found_by_a_checkpoint() {
    let key = SigningKey::from_seed(&[7; 32]);
    let keys = [key.verifying_key()];
    let head = STATES[5_000].head();
    let checkpoint = Checkpoint::sign(scope(1).tenant(), head, start(), &key);
    let mut verifier = STATES[4_000].clone();
    verifier.expect(&checkpoint, &keys).expect("it is signed");
    let mut result = Ok(());
    for event in &CHAIN[4_000..5_000] {
        let mut event = event.clone();
        event.action = "artifact.read".to_owned();
        event.previous = verifier.head().hash;
        event.hash = event.computed_hash();
        result = verifier.feed(&event);
    }
    let bad = result.expect_err("another event was signed");
    assert_eq!(bad.sequence, 5_000);
    assert!(matches!(bad.reason, BadReason::NotAsSigned { .. }), "{bad}");
}

#[test]
fn whole_chains_are_judged_fast() {
    let chain = &*CHAIN;
    let begun = Instant::now();
    for round in 0..5 {
        assert_eq!(found(0, chain.iter(), head()), None, "round {round}");
    }
    let rate =
        5.0 * f64::from(u32::try_from(EVENTS).expect("small")) / begun.elapsed().as_secs_f64();
    // An order of magnitude below what any machine does: only a change of the kind would fail it.
    assert!(rate > 10_000.0, "{rate:.0} events a second");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Two things are done at once: the first bad event is the first of both places.
    #[test]
    fn the_first_of_several_edits_is_named(
        places in proptest::collection::btree_set(0..2_000_usize, 1..6),
        member in 0..18_usize,
    ) {
        let mut events = CHAIN[..2_000].to_vec();
        for place in &places {
            EDITS[member].1(&mut events[*place]);
        }
        let first = *places.first().expect("there is one");
        let bad = found(0, &events, STATES[2_000].head()).expect("edited");
        prop_assert_eq!(bad.sequence, first as u64 + 1);
    }

    /// Any stretch is removed, or moved to anywhere else.
    #[test]
    fn a_stretch_that_is_moved_is_named_where_the_order_breaks(
        (from, to) in (0..1_000_usize, 0..1_000_usize).prop_map(|(a, b)| (a.min(b), a.max(b) + 1)),
        target in 0..1_000_usize,
    ) {
        let mut events = CHAIN[..1_001].to_vec();
        let moved: Vec<_> = events.drain(from..to).collect();
        let removed = found(0, &events, STATES[1_001].head()).expect("removed");
        prop_assert_eq!(removed.sequence, from as u64 + 1);
        let target = target.min(events.len());
        events.splice(target..target, moved);
        let moved = found(0, &events, STATES[1_001].head());
        if target == from {
            prop_assert_eq!(moved, None);
        } else {
            prop_assert_eq!(moved.expect("moved").sequence, target.min(from) as u64 + 1);
        }
    }
}
