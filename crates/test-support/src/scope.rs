//! Tenants for tests.

use installhub_kernel::{Actor, TenantId, TenantScope};
use uuid::Uuid;

/// The scope of tenant number `number`, in which `tester@example.com` acts.
pub fn scope(number: u128) -> TenantScope {
    let actor: Actor = "tester@example.com".parse().expect("an address is a name");
    TenantScope::new(
        TenantId::from_uuid(Uuid::from_u128(0x7e57_0000 + number)),
        actor,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_tenants() {
        assert_ne!(scope(1).tenant(), scope(2).tenant());
        assert_eq!(scope(1), scope(1));
    }
}
