//! The use cases on the real store.

/// Runs each test in a world of its own: what depends on how an engine locks, compares and finds on both of them, what is
/// decided before the store is asked on SQLite alone.
macro_rules! tests {
    (on_both_engines: [$($both:ident,)*], on_sqlite: [$($one:ident,)*],) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $both() {
                super::$both(crate::world::World::on_sqlite()).await;
            })*
            $(#[tokio::test]
            async fn $one() {
                super::$one(crate::world::World::on_sqlite()).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test]
            async fn $both() {
                super::$both(crate::world::World::on_postgres().await).await;
            })*
        }
    };
}

mod credentials;
mod first_administrator;
mod identities;
mod isolation;
mod passwords;
mod tenants;
mod throttle;
mod tokens;
mod users;
mod world;
