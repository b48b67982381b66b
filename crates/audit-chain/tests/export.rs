//! Exports: written, read again, and tampered with.

use std::io::Cursor;

use chrono::{DateTime, Utc};
use installhub_audit_chain::{
    AuditEvent, ChainHead, Checkpoint, ExportError, ExportHeader, ExportedKey, Exporter, NewEvent,
    SigningKey, VerifyingKey, Voucher, canonical_json, seal, verify_export,
};
use installhub_kernel::{TenantId, TenantScope};
use serde_json::{Value, json};
use uuid::Uuid;

fn at() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().expect("a time")
}

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

fn chain(count: u32) -> Vec<AuditEvent> {
    let scope = TenantScope::new(TenantId::LOCAL, "anna".parse().expect("an actor"));
    let mut head = ChainHead::start(scope.tenant());
    let events = (0..count).map(|number| {
        let event = NewEvent::success("artifact.changed", "artifact", number)
            .with(json!({"number": number, "rate": 0.1, "text": "a\nb \u{1f600}"}));
        let sealed = seal(&scope, head, Uuid::from_u128(number.into()), at(), event);
        head = ChainHead::of(&sealed);
        sealed
    });
    events.collect()
}

/// An export of the events from the one at `from` (1 is the first) on, signed by the key.
fn export(events: &[AuditEvent], from: usize) -> String {
    let head = ChainHead::of(events.last().expect("events"));
    let behind = match from {
        1 => ChainHead::start(TenantId::LOCAL),
        _ => ChainHead::of(&events[from - 2]),
    };
    let mut header = ExportHeader::new(TenantId::LOCAL, at(), behind, head.sequence, head);
    let checkpoint = ChainHead::of(&events[events.len() / 2]);
    header.checkpoints = vec![Checkpoint::sign(TenantId::LOCAL, checkpoint, at(), &key())];
    header.keys = vec![ExportedKey::from(&key().verifying_key())];
    let (mut exporter, mut out) = Exporter::begin(&header);
    for event in &events[from - 1..] {
        exporter.event(event, &mut out);
    }
    let proof = Checkpoint::sign(TenantId::LOCAL, exporter.last(), at(), &key());
    out.append(&mut exporter.finish(Some(proof)));
    String::from_utf8(out).expect("UTF-8")
}

fn judge(text: &str, trusted: &[VerifyingKey]) -> Result<Voucher, ExportError> {
    verify_export(Cursor::new(text), trusted).map(|report| report.voucher)
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

fn joined(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}

#[test]
fn an_export_proves_itself_whole_and_in_part() {
    let events = chain(20);
    let mine = key().verifying_key();
    for from in [1, 7] {
        let text = export(&events, from);
        let own = judge(&text, &[]).expect("it is good");
        assert_eq!(own, Voucher::OwnKey(mine.id()));
        let trusted = judge(&text, std::slice::from_ref(&mine)).expect("it is good");
        assert_eq!(trusted, Voucher::TrustedKey(mine.id()));
    }
    let stranger = SigningKey::from_seed(&[8; 32]).verifying_key();
    let error = judge(&export(&events, 1), &[stranger]).expect_err("the key is another");
    assert!(matches!(error, ExportError::Checkpoint(_)), "{error}");
}

#[test]
fn a_line_is_the_canonical_form_that_anybody_can_hash() {
    let event = &chain(1)[0];
    let line = String::from_utf8(event.to_line()).expect("UTF-8");
    let mut value: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(canonical_json(&value), line);
    value.as_object_mut().expect("an object").remove("hash");
    let canonical = canonical_json(&value);
    assert_eq!(canonical.as_bytes(), event.canonical());
    assert_eq!(
        canonical,
        "{\"action\":\"artifact.changed\",\"actor\":\"anna\",\"actorKind\":\"commandLine\",\
         \"at\":\"2026-03-01T12:00:00.000Z\",\"details\":{\"number\":0,\"rate\":0.1,\"text\":\"a\\nb \u{1f600}\"},\
         \"id\":\"00000000-0000-0000-0000-000000000000\",\"object\":{\"id\":\"0\",\"kind\":\"artifact\"},\
         \"outcome\":\"success\",\"previous\":\"sha256:a01e0612bb66eb4d4ee637a301a6ca8051b77e3455131c22409f652dbfa4aac0\",\
         \"request\":null,\"sequence\":1,\"tenant\":\"00000000-0000-0000-0000-000000000001\"}"
    );
    let read: AuditEvent = serde_json::from_str(&line).expect("an event");
    assert_eq!(&read, event);
}

#[test]
fn every_line_that_is_gone_twice_or_elsewhere_is_found() {
    let text = export(&chain(12), 1);
    let good = lines(&text);
    for place in 0..good.len() {
        let mut gone = good.clone();
        gone.remove(place);
        assert!(judge(&joined(&gone), &[]).is_err(), "line {place} gone");
        let mut twice = good.clone();
        twice.insert(place, good[place].clone());
        assert!(judge(&joined(&twice), &[]).is_err(), "line {place} twice");
        let mut swapped = good.clone();
        swapped.swap(place, (place + 1) % good.len());
        assert!(
            judge(&joined(&swapped), &[]).is_err(),
            "line {place} swapped"
        );
        let cut = if place == 0 {
            String::new()
        } else {
            joined(&good[..place])
        };
        assert!(judge(&cut, &[]).is_err(), "cut before line {place}");
    }
    assert!(
        judge(text.trim_end(), &[]).is_err(),
        "the last line feed gone"
    );
    assert!(judge(&format!("{text}\n"), &[]).is_err(), "a line more");
}

#[test]
fn every_byte_counts() {
    let text = export(&chain(3), 1);
    for place in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[place] ^= 1;
        let judged = verify_export(Cursor::new(&bytes), &[key().verifying_key()]);
        assert!(
            judged.is_err(),
            "byte {place}: {:?}",
            char::from(bytes[place])
        );
    }
}

#[test]
fn the_first_bad_event_of_an_export_is_named() {
    let events = chain(12);
    let mut tampered = events.clone();
    tampered[4].action = "artifact.read".to_owned();
    let error = judge(&export(&tampered, 1), &[]).expect_err("edited");
    assert!(
        error
            .to_string()
            .starts_with("event 5 is bad: its content gives"),
        "{error}"
    );
    let mut other = lines(&export(&events, 1));
    other[3] = other[3].replace("\"artifact.changed\"", "\"artifact\\u002echanged\"");
    let error = judge(&joined(&other), &[]).expect_err("another spelling");
    assert_eq!(
        error.to_string(),
        "event 3 is bad: it cannot be read: line 4 is not in canonical form"
    );
}

#[test]
fn keys_are_pem_files_and_say_no_secret() {
    let pem = key().to_pkcs8_pem();
    assert!(
        pem.starts_with("-----BEGIN PRIVATE KEY-----\n"),
        "a PEM file"
    );
    let read = SigningKey::from_pkcs8_pem(&pem).expect("it reads back");
    assert_eq!(read.id(), key().id());
    assert_eq!(
        format!("{read:?}"),
        format!("SigningKey(KeyId(\"{}\"))", key().id())
    );
    let public = key().verifying_key().to_public_key_pem();
    let read = VerifyingKey::from_public_key_pem(&public).expect("it reads back");
    assert_eq!(read, key().verifying_key());
    assert!(SigningKey::from_pkcs8_pem(&public).is_err());
    assert!(VerifyingKey::from_public_key_pem(&pem).is_err());
}
