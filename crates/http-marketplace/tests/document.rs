//! The document that others generate their clients from is the one of this API.

const KEPT: &str = include_str!("../../../docs/openapi/marketplace.json");

#[test]
fn the_kept_document_is_current() {
    assert!(
        KEPT == installhub_http_marketplace::document(),
        "the API has changed: run cargo xtask openapi"
    );
}
