#![doc = include_str!("../README.md")]

mod aes;
mod changes;
mod connection;
mod connections;
mod error;
mod guard;
mod key_ring;
mod kind;
mod name;
mod place;
pub mod ports;
mod probe;
mod rotation;
mod seal;
mod settings;

pub use aes::AesSealer;
pub use connection::{
    Connection, ConnectionChange, ConnectionMaterial, NewConnection, SecretChange,
};
pub use connections::Connections;
pub use error::ConnectionError;
pub use guard::{AddressGuard, AddressRefused};
pub use key_ring::{KeyRing, KeyRingError};
pub use kind::{ConnectionKind, ConnectionKindError};
pub use name::{ConnectionName, ConnectionNameError};
pub use place::{ConnectionPlace, ConnectionPlaceError};
pub use probe::{ConnectionProbe, ProbeByKind, ProbeOutcome, ProbeReport};
pub use rotation::Rotation;
pub use seal::{SealError, SealedSecret, Sealer};
pub use settings::{
    HttpAuthentication, HttpSettings, PostgreSqlSettings, S3Settings, Settings, TlsMode,
};
