//! Bodies that are too large, break off or drip: refused or kept as far as they came, and others notice nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::Shutdown;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use installhub_acceptance::http::{self, Ask};
use serde_json::json;

use crate::bad_requests::{LARGEST_JSON, LARGEST_PACKAGE, TRIES, World};
use crate::fleet::text;

#[test]
fn bodies_that_are_too_large() {
    let world = World::on_sqlite();
    for (path, media_type, limit) in [
        ("artifacts", "application/json", LARGEST_JSON),
        ("tokens", "application/json", LARGEST_JSON),
        ("packages", "application/zip", LARGEST_PACKAGE),
    ] {
        let large = vec![b' '; limit + 1];
        world.refuses(
            &world.ask("POST", path).bytes(media_type, &large),
            413,
            "payloadTooLarge",
        );
        // The same without saying so before.
        let ask = world.ask("POST", path).header("Content-Type", media_type);
        let head = ask
            .header("Transfer-Encoding", "chunked")
            .header("Connection", "close");
        let head = head
            .head(world.server.url())
            .replacen("HTTP/1.0", "HTTP/1.1", 1);
        let mut stream = http::connect(world.server.url()).expect("a connection");
        let mut chunk = String::new();
        let _ = write!(chunk, "{:x}\r\n", large.len());
        let sent = [head.as_bytes(), chunk.as_bytes(), &large, b"\r\n0\r\n\r\n"].concat();
        // Whoever sends more than is read may be cut off.
        let _ = stream.write_all(&sent);
        http::receive(&mut stream)
            .expect("an answer")
            .refused(413, "payloadTooLarge");
    }
    let upload = world
        .ask("POST", "uploads")
        .json(&json!({ "bytes": LARGEST_PACKAGE + 1 }));
    world.refuses(&upload, 413, "payloadTooLarge");
    // A piece that runs over what was announced.
    let id = world.begin(100);
    world.refuses(&world.piece(&id, 0, &[7; 101]), 413, "payloadTooLarge");
    world.stands_at(&id, 0);
}

#[test]
fn half_an_upload_leaves_nothing_and_goes_on() {
    let world = World::on_sqlite();
    let package = world.package();
    let objects = world.sandbox.server_home().join("objects");
    let before = files(&objects);
    let half = package.len() / 2;
    let cut = |ask: &Ask, head: &str| {
        let mut stream = http::connect(world.server.url()).expect("a connection");
        let head = ask.head(world.server.url()) + head;
        stream.write_all(head.as_bytes()).expect("it is sent");
        stream.write_all(&package[..half]).expect("it is sent");
        stream
            .shutdown(Shutdown::Both)
            .expect("a connection that can be cut");
    };
    let length = package.len().to_string();
    cut(
        &world
            .ask("POST", "packages")
            .header("Content-Length", &length)
            .header("Content-Type", "application/zip"),
        "",
    );
    let packages = world.ask("GET", "packages?name=Small");
    for try_ in 0.. {
        let left = files(&objects);
        if left == before {
            break;
        }
        assert!(try_ < TRIES, "left: {:?}", left.difference(&before));
        world.send(&packages).expect(200);
    }
    assert_eq!(world.send(&packages).expect(200).json()["items"], json!([]));

    let id = world.begin(package.len());
    let piece = world
        .ask("PATCH", &format!("uploads/{id}"))
        .header("Upload-Offset", "0");
    cut(
        &piece
            .header("Content-Length", &length)
            .header("Content-Type", "application/octet-stream"),
        "",
    );
    world.stands_at(&id, half);
    let complete = world.ask("POST", &format!("uploads/{id}/complete"));
    world.refuses(&complete, 409, "conflict");
    for wrong in [0, half - 1, half + 1, package.len()] {
        let body = world.refuses(
            &world.piece(&id, wrong, &package[half..=half]),
            409,
            "conflict",
        );
        assert!(
            body.to_string().contains(&half.to_string()),
            "{body} does not name {half}"
        );
    }
    for wrong in ["-1", "x", "", "99999999999999999999999"] {
        let ask = world
            .ask("PATCH", &format!("uploads/{id}"))
            .header("Upload-Offset", wrong);
        world.refuses(
            &ask.bytes("application/octet-stream", b"a"),
            400,
            "badRequest",
        );
    }
    let without = world
        .ask("PATCH", &format!("uploads/{id}"))
        .bytes("application/octet-stream", b"a");
    world.refuses(&without, 400, "badRequest");
    world.stands_at(&id, half);
    world
        .send(&world.piece(&id, half, &package[half..]))
        .expect(200);
    let job = world.send(&complete).expect(202).json();
    let events = world.ask("GET", &format!("jobs/{}/events", text(&job, "id")));
    world.send(&events).expect(200);
    let job = world
        .send(&world.ask("GET", &format!("jobs/{}", text(&job, "id"))))
        .expect(200)
        .json();
    assert_eq!(job["state"], "succeeded", "{job}");
}

/// Every file below a folder, whatever its depth.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.display().to_string());
        }
    }
    found
}

#[test]
fn slow_clients_are_cut_off_and_hinder_nobody() {
    let world = World::on_sqlite();
    let id = world.begin(1000);
    let url = world.server.url();
    let stuck = |bytes: String| {
        let mut stream = http::connect(url).expect("a connection");
        let patience = Some(Duration::from_mins(1));
        stream
            .set_read_timeout(patience)
            .expect("a connection of ours");
        stream.write_all(bytes.as_bytes()).expect("it is sent");
        move || {
            let (mut stream, began) = (stream, Instant::now());
            (http::receive(&mut stream), began.elapsed())
        }
    };
    let piece = world
        .ask("PATCH", &format!("uploads/{id}"))
        .header("Upload-Offset", "0");
    let piece = piece
        .header("Content-Length", "1000")
        .header("Content-Type", "application/octet-stream");
    let json = world
        .ask("POST", "tokens")
        .header("Content-Length", "1000")
        .header("Content-Type", "application/json");
    let headless: Vec<_> = (0..50)
        .map(|_| stuck("GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ".to_owned()))
        .collect();
    let streamed = stuck(piece.head(url) + "some bytes");
    let whole = stuck(json.head(url) + "{\"name\":");
    thread::scope(|scope| {
        let headless = scope.spawn(|| headless.into_iter().map(|wait| wait()).collect::<Vec<_>>());
        let streamed = scope.spawn(streamed);
        let (answer, lasted) = whole();
        let answer = answer.expect("an answer");
        assert!([408, 504].contains(&answer.status), "{answer:?}");
        assert!(lasted < Duration::from_secs(6), "{lasted:?}");
        // Others notice nothing.
        let began = Instant::now();
        for _ in 0..100 {
            world.send(&world.ask("GET", "packages")).expect(200);
        }
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "{:?}",
            began.elapsed()
        );
        for (answer, lasted) in headless.join().expect("they end") {
            let refused = answer.as_ref().is_ok_and(|answer| answer.status == 408);
            assert!(refused || answer.is_err(), "{answer:?}");
            assert!(lasted < Duration::from_secs(20), "{lasted:?}");
        }
        let (answer, lasted) = streamed.join().expect("it ends");
        answer.expect("an answer").refused(408, "slowBody");
        assert!(lasted < Duration::from_secs(40), "{lasted:?}");
    });
    // What came is kept.
    world.stands_at(&id, "some bytes".len());
}
