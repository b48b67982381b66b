//! Databases for tests: each its own, none left behind, and outages that only one test notices.

use installhub_test_services::{empty_postgres_database, postgres_database};
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("it connects")
}

#[tokio::test]
async fn each_database_is_another_and_goes_with_its_value() {
    let (one, other) = (postgres_database().await, empty_postgres_database().await);
    connect(&one.owner_url())
        .await
        .execute("CREATE TABLE mine (id integer)")
        .await
        .expect("the owner makes tables");
    let mut service = connect(&one.service_url()).await;
    let refused = service.execute("CREATE TABLE yours (id integer)").await;
    assert!(refused.is_err(), "the service does not");
    let mut elsewhere = connect(&other.owner_url()).await;
    assert!(
        elsewhere.execute("SELECT FROM mine").await.is_err(),
        "nobody else sees them"
    );
    let url = one.owner_url();
    drop(one);
    assert!(
        PgConnection::connect(&url).await.is_err(),
        "it is gone although somebody was connected"
    );
}

#[tokio::test]
async fn a_way_that_is_cut_can_be_mended() {
    let database = postgres_database().await;
    let relay = database.relay().await;
    let url = database.service_url_through(&relay);
    let mut open = connect(&url).await;
    open.execute("SELECT 1").await.expect("the way is open");
    for _ in 0..2 {
        relay.cut().await;
        assert!(open.execute("SELECT 1").await.is_err(), "it is cut off");
        assert!(PgConnection::connect(&url).await.is_err(), "and refused");
        relay.mend().await;
        open = connect(&url).await;
        open.execute("SELECT 1").await.expect("the way is open");
    }
    let mut direct = connect(&database.service_url()).await;
    relay.cut().await;
    direct
        .execute("SELECT 1")
        .await
        .expect("others do not notice");
}
