//! Where objects lie: keys made of the tenant, the kind and the digest, and of nothing a person has typed.

use installhub_checksum::Digest;
use installhub_kernel::TenantId;
use object_store::path::Path;
use uuid::Uuid;

/// The folder that holds one folder for each tenant.
pub(crate) const TENANTS: &str = "tenants";

/// The folder of a tenant that holds what is being written.
pub(crate) const UPLOADS: &str = "uploads";

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bundle,
    Snapshot,
}

impl Kind {
    /// The folder of a tenant that holds objects of this kind.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Bundle => "bundles",
            Self::Snapshot => "snapshots",
        }
    }
}

/// `tenants/<tenant>/<kind>/sha256/ab/cdef…`: the same bytes of the same tenant always lie at the same place.
pub(crate) fn object_key(tenant: TenantId, kind: Kind, digest: Digest) -> Path {
    let hex = digest.to_hex();
    let (first, rest) = hex.split_at(2);
    Path::from_iter([
        TENANTS,
        &tenant.to_string(),
        kind.folder(),
        "sha256",
        first,
        rest,
    ])
}

/// Reads a key back, if it is one that [`object_key`] makes for this tenant and kind; any other is as good as absent.
pub(crate) fn read_key(tenant: TenantId, kind: Kind, text: &str) -> Option<(Path, Digest)> {
    let parts: Vec<&str> = text.split('/').collect();
    let [_, _, _, _, first, rest] = parts.as_slice() else {
        return None;
    };
    let digest = format!("sha256:{first}{rest}").parse().ok()?;
    let key = object_key(tenant, kind, digest);
    (key.as_ref() == text).then_some((key, digest))
}

/// `tenants/<tenant>/uploads/<id>`: where bytes wait until their digest is known.
pub(crate) fn upload_key(tenant: TenantId, id: Uuid) -> Path {
    Path::from_iter([TENANTS, &tenant.to_string(), UPLOADS, &id.to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_by_its_own_tenant_only() {
        let digest = Digest::of(b"abc");
        let key = object_key(TenantId::LOCAL, Kind::Snapshot, digest);
        assert_eq!(
            key.as_ref(),
            "tenants/00000000-0000-0000-0000-000000000001/snapshots/sha256/ba/\
             7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            read_key(TenantId::LOCAL, Kind::Snapshot, key.as_ref()),
            Some((key.clone(), digest))
        );
        assert_eq!(read_key(TenantId::LOCAL, Kind::Bundle, key.as_ref()), None);
        let other = TenantId::from_uuid(Uuid::from_u128(2));
        assert_eq!(read_key(other, Kind::Snapshot, key.as_ref()), None);
        for foreign in [
            "",
            "../../etc/passwd",
            "tenants/x",
            &key.as_ref().to_uppercase(),
            &format!("{key}/"),
        ] {
            assert_eq!(
                read_key(TenantId::LOCAL, Kind::Snapshot, foreign),
                None,
                "{foreign}"
            );
        }
    }
}
