//! Jobs on the real store, on both engines; workers that lose their leases, their database and their lives.

mod away;
mod claims;
mod effects;
mod faults;
mod fence;
mod processes;
mod queue;
mod schedules;
mod unreliable;
mod watch;
mod worker;
mod world;

/// Runs tests on SQLite and on PostgreSQL, each on a fresh store.
macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(&crate::world::World::on_sqlite()).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(&crate::world::World::on_postgres().await).await;
            })+
        }
    };
}
pub(crate) use on_both_engines;
