//! Writes the API's OpenAPI document to where it is kept, after the API has changed.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi/marketplace.json");
    std::fs::write(file, installhub_http_marketplace::document())
}
