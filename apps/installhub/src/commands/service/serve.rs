//! `installhub serve`.

use installhub_bootstrap::{Api, Service, Serving, Telemetry, TelemetryError, stop_signal};

use super::{demo, opened};
use crate::cli::{GlobalArgs, ServeArgs, ServedApi};
use crate::failure::{Failure, Outcome};
use crate::output;

pub(in crate::commands) async fn run(
    global: &GlobalArgs,
    arguments: &ServeArgs,
) -> Result<Outcome, Failure> {
    let listen = arguments
        .listen
        .map(|address| format!("server.listen={address}"));
    let read = opened::read(global, &arguments.settings, listen.as_slice())?;
    let telemetry = Telemetry::begin(&read.settings.telemetry, "installhub")
        .map_err(|error| unheard(&error))?;
    let failed = |error| opened::unusable(&error);
    let service = Service::open(read.settings, read.shown, &read.home).map_err(failed)?;
    service.migrate().await.map_err(failed)?;
    let demonstration = if arguments.demo {
        Some(demo::prepare(&service).await?)
    } else {
        None
    };
    let serving = Serving::begin(service, &apis(&arguments.only), &telemetry)
        .await
        .map_err(failed)?;
    let url = format!("http://{}", serving.address());
    if let Some(mut demonstration) = demonstration {
        demonstration.url.clone_from(&url);
        demo::keep(&demonstration, serving.home())?;
    }
    output::line(&format!("listening on {url}"))?;
    serving.until(stop_signal()).await.map_err(failed)?;
    telemetry.end();
    Ok(Outcome::Done)
}

fn apis(only: &[ServedApi]) -> Vec<Api> {
    if only.is_empty() {
        return Api::ALL.to_vec();
    }
    only.iter()
        .map(|api| match api {
            ServedApi::Creator => Api::Creator,
            ServedApi::Admin => Api::Admin,
            ServedApi::Marketplace => Api::Marketplace,
        })
        .collect()
}

fn unheard(error: &TelemetryError) -> Failure {
    Failure::from_error("InvalidConfiguration", error)
}
