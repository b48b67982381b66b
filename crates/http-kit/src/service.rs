//! All APIs of a process as one endpoint.

use bytes::Bytes;
use poem::endpoint::{BoxEndpoint, make_sync};
use poem::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use poem::{Body, EndpointExt as _, Response, Route, get};

use crate::api::{Api, page};
use crate::edge::Edge;
use crate::kit::Kit;
use crate::operation::{OperationError, Operations};
use crate::probes::{self, Probes};

/// What the page that tries an API needs: its own script and style, which stand in it, and calls to its own origin.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; \
                           connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Mounts APIs, each with its document at `<prefix>/openapi.json` and a page to try it at `<prefix>/docs`, beside the probes.
pub fn service(
    kit: Kit,
    apis: Vec<Api>,
    probes: Probes,
) -> Result<BoxEndpoint<'static, Response>, OperationError> {
    let mut operations = Operations::default();
    let mut route = probes::routes(Route::new(), probes);
    for api in apis {
        operations.add(&api.document, &api.operations)?;
        // A document is sent again and again, its page hardly ever.
        let document = Bytes::from(api.document());
        let (title, for_page) = (api.title, document.clone());
        route = route
            .at(
                format!("{}/openapi.json", api.prefix),
                get(make_sync(move |_| {
                    Response::builder()
                        .content_type("application/json")
                        .header(CACHE_CONTROL, "no-cache")
                        .body(Body::from_bytes(document.clone()))
                })),
            )
            .at(
                format!("{}/docs", api.prefix),
                get(make_sync(move |_| {
                    Response::builder()
                        .content_type("text/html; charset=utf-8")
                        .header(CACHE_CONTROL, "no-cache")
                        .header(CONTENT_SECURITY_POLICY, PAGE_POLICY)
                        .body(page(title, &String::from_utf8_lossy(&for_page)))
                })),
            )
            .nest(api.prefix, api.routes);
    }
    Ok(Edge::new(kit, operations, route.map_to_response().boxed()).boxed())
}
