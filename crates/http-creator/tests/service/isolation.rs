//! Another tenant's ids are ids that nobody has.

use poem::http::{Method, StatusCode};

use crate::world::{World, package};

#[tokio::test]
async fn another_tenant_finds_nothing() {
    let world = World::new().await;
    let stranger = world.stranger().await;
    let artifact = world.artifact("Order").await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let made = world
        .anna(Method::POST, "packages")
        .body("application/zip", package("demo", "1.0.0"));
    let version = made.send().await.json();
    let (version, package) = (version["id"].to_string(), version["packageId"].to_string());
    let (version, package) = (version.trim_matches('"'), package.trim_matches('"'));
    for (method, path) in [
        (Method::GET, format!("artifacts/{artifact}")),
        (Method::GET, format!("artifacts/{artifact}/versions")),
        (Method::GET, format!("artifacts/{artifact}/versions/1.0.0")),
        (Method::DELETE, format!("artifacts/{artifact}")),
        (Method::POST, format!("artifacts/{artifact}/restore")),
        (Method::GET, format!("packages/{package}")),
        (Method::GET, format!("packages/{package}/versions")),
        (Method::DELETE, format!("packages/{package}")),
        (Method::GET, format!("package-versions/{version}")),
        (Method::GET, format!("package-versions/{version}/content")),
        (
            Method::POST,
            format!("package-versions/{version}/download-links"),
        ),
        (Method::DELETE, format!("package-versions/{version}")),
    ] {
        let answer = world
            .call(method.clone(), &path)
            .token(&stranger)
            .send()
            .await;
        assert_eq!(
            answer.status,
            StatusCode::NOT_FOUND,
            "{method} {path}: {}",
            answer.text
        );
    }
    let listed = world
        .call(Method::GET, "artifacts")
        .token(&stranger)
        .send()
        .await
        .json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(0));
}
