//! What types cannot say about values.

use url::Url;

use super::Settings;

/// The first value that cannot work: its key, what was found and what is expected. Secrets are not repeated.
pub(super) fn check(settings: &Settings) -> Result<(), String> {
    let server = &settings.server;
    for (key, value) in [
        (
            "server.request_timeout_seconds",
            server.request_timeout_seconds,
        ),
        ("server.max_json_bytes", server.max_json_bytes),
        ("server.max_package_bytes", server.max_package_bytes),
        (
            "server.max_concurrent_requests",
            server.max_concurrent_requests as u64,
        ),
        (
            "server.requests_per_minute_per_user",
            server.requests_per_minute_per_user.into(),
        ),
        (
            "server.requests_per_minute_per_tenant",
            server.requests_per_minute_per_tenant.into(),
        ),
        (
            "server.requests_per_minute_per_address",
            server.requests_per_minute_per_address.into(),
        ),
        ("database.pool_size", settings.database.pool_size.into()),
        (
            "jobs.lease_seconds",
            settings.jobs.lease_seconds.unwrap_or(1).into(),
        ),
    ] {
        if value == 0 {
            return Err(format!("{key}: expected at least 1, found 0"));
        }
    }
    if let Some(url) = &server.public_url {
        web_address(url)
            .ok_or_else(|| wrong("server.public_url", url, "https://hub.example.com"))?;
    }
    for origin in &server.cors_origins {
        web_address(origin)
            .filter(|url| url.origin().ascii_serialization() == *origin)
            .ok_or_else(|| wrong("server.cors_origins", origin, "https://app.example.com"))?;
    }
    if let Some(url) = &settings.telemetry.otlp_endpoint {
        web_address(url)
            .ok_or_else(|| wrong("telemetry.otlp_endpoint", url, "http://collector:4318"))?;
    }
    for (key, url) in [
        ("database.url", &settings.database.url),
        ("database.migration_url", &settings.database.migration_url),
    ] {
        if url.as_ref().is_some_and(|url| !is_postgres(url.expose())) {
            return Err(format!(
                "{key}: expected postgres://user:password@host/database"
            ));
        }
    }
    Ok(())
}

fn wrong(key: &str, found: &str, example: &str) -> String {
    format!("{key}: '{found}' is no address of the web: expected one such as {example}")
}

fn web_address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

fn is_postgres(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "postgres" | "postgresql"))
}

#[cfg(test)]
mod tests {
    use super::super::Layers;

    #[test]
    fn values_that_cannot_work_are_named_without_their_secrets() {
        for flag in [
            "jobs.lease_seconds=0",
            "database.pool_size=0",
            "server.max_concurrent_requests=0",
            "server.public_url=hub.example.com",
            "server.cors_origins=https://app.example.com/path",
            "server.cors_origins=*",
            "telemetry.otlp_endpoint=collector:4318",
            "database.url=mysql://hub:geheim@host/hub",
            "database.migration_url=geheim",
        ] {
            let layers = Layers {
                flags: vec![flag.to_owned()],
                ..Layers::default()
            };
            let error = layers.read().expect_err(flag).to_string();
            let (key, _) = flag.split_once('=').expect("a key");
            assert!(error.starts_with(key), "{flag}: {error}");
            assert!(!error.contains("geheim"), "{error}");
        }
    }

    #[test]
    fn values_that_work_are_taken() {
        let layers = Layers {
            flags: [
                "server.public_url=https://hub.example.com/",
                "server.cors_origins=https://app.example.com, http://localhost:5173",
                "database.url=postgresql://hub@host/hub",
            ]
            .map(str::to_owned)
            .to_vec(),
            ..Layers::default()
        };
        let (settings, _) = layers.read().expect("all of it works");
        assert_eq!(settings.server.cors_origins.len(), 2);
    }
}
