//! Streams of events, for clients that watch.

use std::time::Duration;

use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _};
use poem::web::sse::Event;
use poem_openapi::payload::EventStream;
use poem_openapi::types::{ToJSON, Type};

use crate::caller::Caller;

/// How often a silent stream says that it is still there.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A stream of `items` as server-sent events of type `name`. `id` gives each event its id, which a client sends back as
/// `Last-Event-ID` when it comes again.
///
/// The stream ends with the items, or when the process is told to stop; it holds the caller's place among the requests that
/// are being done.
pub fn events<T, S>(
    items: S,
    caller: &Caller,
    name: &'static str,
    id: impl Fn(&T) -> u64 + Send + 'static,
) -> EventStream<BoxStream<'static, T>>
where
    T: Type + ToJSON + Send + 'static,
    S: Stream<Item = T> + Send + 'static,
{
    let place = caller.place();
    let items = items
        .map(move |item| {
            let _held = &place;
            item
        })
        .take_until(caller.stopping().cancelled_owned())
        .boxed();
    EventStream::new(items)
        .to_event(move |item| {
            Event::message(item.to_json_string())
                .id(id(&item).to_string())
                .event_type(name)
        })
        .keep_alive(HEARTBEAT)
}
