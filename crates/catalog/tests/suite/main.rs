//! The catalogue on real stores: every test runs on SQLite and on PostgreSQL, with objects in a folder,
//! and what depends on it with objects in a bucket.

mod hub;

mod artifact_lists;
mod artifacts;
mod bucket;
mod conformance;
mod downloads;
mod packages;
mod races;
mod sweeping;
mod uploads;

/// Makes a test on each engine of functions that take a [`hub::Hub`].
macro_rules! on_each_engine {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::hub::Hub::on_sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::hub::Hub::on_postgres().await).await;
            })+
        }
    };
}

pub(crate) use on_each_engine;
