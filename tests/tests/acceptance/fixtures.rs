//! Databases and folders that several tests start from.

use std::fs;
use std::path::{Path, PathBuf};

use installhub_acceptance::{Sandbox, inputs, open};
use serde_json::{Value, json};

/// What the sample database lacks: views, triggers, counters, computed columns, every kind of index, every class of value.
pub(crate) const RICH: &str = r#"
PRAGMA foreign_keys = OFF;
PRAGMA user_version = 7;
CREATE TABLE customer (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    balance NUMERIC DEFAULT 0 CHECK (balance >= -100),
    created TEXT DEFAULT CURRENT_TIMESTAMP,
    label TEXT GENERATED ALWAYS AS (email || ' ' || balance) VIRTUAL,
    twice REAL GENERATED ALWAYS AS (balance * 2) STORED
);
CREATE TABLE "order" (
    number TEXT NOT NULL,
    line INTEGER NOT NULL,
    customer INTEGER REFERENCES customer (id) ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED,
    "unit price" REAL,
    PRIMARY KEY (number, line)
) WITHOUT ROWID;
CREATE TABLE strictly (id INTEGER PRIMARY KEY, n INT, r REAL, t TEXT, b BLOB, a ANY) STRICT;
CREATE TABLE anything (x, y);
CREATE TABLE "Größe ""mit"" Zeichen" ("ä" TEXT, "select" INTEGER, PRIMARY KEY ("ä"));
CREATE TABLE employee (id INTEGER PRIMARY KEY, boss INTEGER REFERENCES employee (id));
CREATE TABLE left_side (id INTEGER PRIMARY KEY, other INTEGER REFERENCES right_side (id));
CREATE TABLE right_side (id INTEGER PRIMARY KEY, other INTEGER REFERENCES left_side (id));
CREATE TABLE audit (at TEXT, what TEXT);
CREATE TABLE empty (void);
CREATE INDEX order_by_customer ON "order" (customer DESC, "unit price");
CREATE UNIQUE INDEX customer_by_balance ON customer (balance) WHERE balance > 1000;
CREATE INDEX customer_by_domain ON customer (substr(email, instr(email, '@') + 1) COLLATE NOCASE);
CREATE VIEW big_spender AS SELECT id, email FROM customer WHERE balance > 1000;
CREATE VIEW spending (who, much) AS SELECT b.email, sum(o."unit price") FROM big_spender b JOIN "order" o ON o.customer = b.id GROUP BY 1;
CREATE TRIGGER customer AFTER UPDATE OF email ON customer WHEN new.email <> old.email
BEGIN
    INSERT INTO audit VALUES (datetime('now'), old.email || ' → ' || new.email);
    UPDATE "order" SET customer = new.id WHERE customer = old.id;
END;
CREATE TRIGGER no_change INSTEAD OF DELETE ON big_spender BEGIN SELECT raise(ABORT, 'no; never'); END;
INSERT INTO customer (id, email, balance, created) VALUES
    (1, 'ann@example.com', 12.5, '2024-02-29 12:00:00'), (40, 'bob@example.com', 5000, NULL), (41, 'x@y', -100, '');
DELETE FROM customer WHERE id = 41;
INSERT INTO "order" VALUES ('A-1', 1, 1, 0.1), ('A-1', 2, 40, 1e300), ('A-2', 1, NULL, NULL), ('Ω', -9223372036854775808, 40, -0.0);
INSERT INTO strictly VALUES (1, 9223372036854775807, 1, 'text', x'00ff', 1), (2, NULL, 0.1, '', x'', 'any'), (3, 0, 3.0, '''', NULL, x'41');
INSERT INTO anything VALUES
    (NULL, 1), (1, 1.0), (1.0, '1'), ('1', x'31'), (x'', ''), (9007199254740993, -9007199254740993),
    (1e999, -1e999), (0.1, 1e-320), ('{"a": 1}', '[1]'), (char(10, 9, 13, 34, 92, 8232), '€ 😀'), ('null', 'true'), (2, 2), (2, 2);
INSERT INTO "Größe ""mit"" Zeichen" VALUES ('ß', 1), ('SS', 2);
INSERT INTO employee VALUES (1, 2), (2, 1), (3, 3);
INSERT INTO left_side VALUES (1, 1);
INSERT INTO right_side VALUES (1, 1);
"#;

/// A database with everything in it that SQLite has.
pub(crate) fn rich(sandbox: &Sandbox, name: &str) -> PathBuf {
    let path = sandbox.write(name, "");
    open(&path).execute_batch(RICH).expect("the rich database");
    path
}

/// The sample database after somebody has worked with it.
pub(crate) fn edited_chinook(sandbox: &Sandbox, name: &str) -> PathBuf {
    let path = sandbox.copy(&inputs::chinook(), name);
    open(&path).execute_batch(EDITS).expect("the edits");
    path
}

/// Rows changed, added and deleted, an index dropped, a view, a table and a column added, and what only the file's header knows.
const EDITS: &str = "
PRAGMA user_version = 42;
UPDATE Artist SET Name = 'AC/DC (remastered)' WHERE ArtistId = 1;
INSERT INTO Artist VALUES (9001, 'Local hero');
DELETE FROM PlaylistTrack WHERE PlaylistId = 18;
DROP INDEX IFK_AlbumArtistId;
CREATE VIEW local_view AS SELECT Name FROM Artist;
ALTER TABLE Genre ADD COLUMN remark TEXT DEFAULT 'local';
UPDATE Genre SET remark = 'loud' WHERE GenreId = 1;
CREATE TABLE local_counter (id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT);
INSERT INTO local_counter (what) VALUES ('a'), ('b');
DELETE FROM local_counter WHERE what = 'b';
";

/// The package of the sample database.
pub(crate) fn chinook_package(sandbox: &Sandbox) -> PathBuf {
    let package = sandbox.path("chinook.zip");
    sandbox.export(&inputs::chinook(), &package);
    package
}

/// A folder with three artifacts: a workflow that needs a form that needs an entity.
pub(crate) fn small_folder(sandbox: &Sandbox, name: &str) -> PathBuf {
    let documents = [
        json!({"_type": "EntitySchema", "_version": "1.0.0", "id": "ent-1", "name": "Order",
               "fields": [{"fieldName": "total", "type": "decimal"}, {"fieldName": "at", "type": "date"}]}),
        json!({"_type": "AtlasForm", "_version": "1.0.0", "id": "form-1", "name": "Order form", "title": "Order",
               "fields": [{"fieldId": "f1", "label": "Total", "dataSource": {"entityId": "ent-1"}}]}),
        json!({"_type": "ProcessDefinition", "_version": "1.0.0", "id": "proc-1", "name": "Approval", "limit": 100,
               "nodes": [{"nodeId": "n1", "name": "Ask", "config": {"formId": "form-1"}},
                         {"nodeId": "n2", "name": "Done", "config": {}}],
               "connections": [{"from": "n1", "to": "n2"}]}),
    ];
    for document in documents {
        write_document(sandbox, name, &document);
    }
    sandbox.path(name)
}

/// Writes an artifact into a folder, under its id.
pub(crate) fn write_document(sandbox: &Sandbox, folder: &str, document: &Value) {
    let id = document["id"].as_str().expect("a document with an id");
    let text = serde_json::to_string_pretty(document).expect("JSON");
    sandbox.write(&format!("{folder}/{id}.json"), text);
}

/// Changes an artifact that is in a folder.
pub(crate) fn edit_document(folder: &Path, id: &str, edit: impl FnOnce(&mut Value)) {
    let path = folder.join(format!("{id}.json"));
    let mut document =
        serde_json::from_slice(&fs::read(&path).expect("an artifact")).expect("JSON");
    edit(&mut document);
    fs::write(&path, serde_json::to_vec(&document).expect("JSON")).expect("an artifact");
}

/// Packs a folder of artifacts.
#[track_caller]
pub(crate) fn pack(sandbox: &Sandbox, folder: &Path, name: &str, version: &str) -> PathBuf {
    let package = sandbox.path(&format!(
        "{}-{version}.zip",
        name.to_lowercase().replace(' ', "-")
    ));
    let command = sandbox
        .installhub("pack")
        .arg(folder)
        .flag("--output", &package);
    let command = command
        .flag("--name", name)
        .flag("--version", version)
        .flag("--type", "workflow-package");
    command.json_format().run().done();
    package
}
