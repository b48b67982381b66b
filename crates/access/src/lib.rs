#![doc = include_str!("../README.md")]

mod access;
mod credential;
mod email;
mod error;
mod identity;
mod password;
mod permission;
pub mod ports;
mod principal;
mod random;
mod role;
mod session;
mod settings;
mod tenant;
mod token;
mod user;

pub use access::{Access, AccessSweep};
pub use credential::Credential;
pub use email::{Email, EmailError};
pub use error::{AccessError, FieldError};
pub use identity::{
    AuthorizationStart, Identity, IdentityError, IdentityProvider, OidcSignedIn, OidcStart,
};
pub use password::PasswordHasher;
pub use permission::{Permission, PermissionError};
pub use principal::{Denied, Principal};
pub use random::{SecretSource, SystemSecrets};
pub use role::{Role, RoleError};
pub use session::{ClientInfo, Session, SignedIn};
pub use settings::{AccessSettings, Newcomers, ThrottleSettings};
pub use tenant::{NewTenant, Slug, SlugError, Tenant, TenantChange, TenantStatus};
pub use token::{IssuedToken, NewToken, Token};
pub use user::{NewUser, User, UserChange, UserFilter, UserStatus};
