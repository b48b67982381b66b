//! What may be in a package together, and in which order.

use installhub_exporting::{EarlierPackage, ExportError};

use crate::sources::{Documents, exported, package, told};

fn ordered(install_order: &[&str]) -> EarlierPackage {
    EarlierPackage {
        install_order: install_order.iter().map(|id| (*id).to_owned()).collect(),
        manifest: Vec::new(),
        signatures: Vec::new(),
    }
}

fn chain() -> Documents {
    Documents::default()
        .form("a", &["b"])
        .form("b", &["c"])
        .form("c", &[])
        .form("d", &[])
}

#[test]
fn dependencies_come_first_whatever_the_order_of_the_source() {
    let (report, _) = package(chain(), None);
    let order = &report.written.manifest.install_order;
    let place = |id: &str| order.iter().position(|found| found == id);
    assert!(
        place("c") < place("b") && place("b") < place("a"),
        "{order:?}"
    );
    let turned = Documents::default()
        .form("d", &[])
        .form("c", &[])
        .form("b", &["c"])
        .form("a", &["b"]);
    let (again, _) = package(turned, None);
    assert_eq!(&again.written.manifest.install_order, order);
    assert_eq!(again.written.digest, report.written.digest);
}

#[test]
fn an_earlier_order_is_kept_while_it_fits() {
    for (preferred, kept) in [
        (["d", "c", "b", "a"].as_slice(), true),
        (&["c", "d", "b", "a"], true),
        (&["a", "b", "c", "d"], false),
        (&["c", "b", "a"], false),
        (&["c", "b", "a", "d", "e"], false),
        (&["c", "b", "a", "a"], false),
        (&["c", "b", "a", "x"], false),
    ] {
        let (report, _) = package(chain(), Some(ordered(preferred)));
        let order = &report.written.manifest.install_order;
        assert_eq!(order == preferred, kept, "{preferred:?} became {order:?}");
    }
}

#[test]
fn ids_that_are_offered_twice_are_named_together() {
    let one = Documents::default()
        .form("a", &[])
        .form("b", &[])
        .form("C", &[]);
    let other = Documents::default().form("b", &[]).form("c", &[]);
    let (result, bytes) = exported(vec![Box::new(one), Box::new(other)], None);
    let Err(ExportError::DuplicateIds(ids)) = result else {
        panic!("{result:?}");
    };
    assert_eq!(ids, ["C", "b", "c"]);
    assert!(bytes.is_empty());
}

#[test]
fn every_cycle_is_named_in_full() {
    let source = Documents::default()
        .form("a", &["b"])
        .form("b", &["c"])
        .form("c", &["a"])
        .form("x", &["x"]);
    let (result, bytes) = exported(vec![Box::new(source)], None);
    let message = result.expect_err("a circle has no order").to_string();
    for part in ["circular dependency", "a → b → c → a", "x → x"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(bytes.is_empty());
}

#[test]
fn nothing_is_no_package() {
    for sources in [Vec::new(), vec![Box::new(Documents::default()) as _]] {
        let (result, bytes) = exported(sources, None);
        assert!(
            matches!(result, Err(ExportError::NothingToExport)),
            "{result:?}"
        );
        assert!(bytes.is_empty());
    }
}

#[test]
fn missing_references_are_notices() {
    let (report, _) = package(Documents::default().form("a", &["elsewhere"]), None);
    assert_eq!(told(&report)["UnresolvedReference"], ["elsewhere"]);
    assert!(
        report.notices[0]
            .message
            .starts_with("a refers to it at /references/0")
    );
}

#[test]
fn only_a_source_that_tells_of_missing_references_itself_is_not_repeated() {
    let telling = Documents::default()
        .form("a", &["gone"])
        .telling("UnresolvedReference");
    let silent = Documents::default()
        .form("b", &["a", "lost"])
        .telling("NotCarried");
    let (report, _) = exported(vec![Box::new(telling), Box::new(silent)], None);
    let report = report.expect("a package");
    assert_eq!(told(&report)["UnresolvedReference"], ["source", "lost"]);
    assert_eq!(told(&report)["NotCarried"], ["source"]);
}
