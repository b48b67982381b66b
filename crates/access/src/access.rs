//! The use cases; one file for each group.

use std::sync::Arc;

use installhub_kernel::{
    Clock, IdGenerator, Page, PageRequest, RequestId, SessionId, TenantId, TokenId, UserId,
};

use crate::ports::AccessStore;
use crate::{
    AccessError, AccessSettings, ClientInfo, Credential, IdentityProvider, IssuedToken, NewTenant,
    NewToken, NewUser, OidcSignedIn, OidcStart, PasswordHasher, Principal, SecretSource, Session,
    SignedIn, Tenant, TenantChange, Token, User, UserChange, UserFilter,
};

/// Who may come in, and who may do what: tenants, users, sessions and tokens.
pub struct Access {
    /// Where everything is kept.
    pub store: Arc<dyn AccessStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Fresh secrets.
    pub random: Arc<dyn SecretSource>,
    /// How passwords are kept.
    pub passwords: PasswordHasher,
    /// Who else knows people, if anybody.
    pub identity: Option<Arc<dyn IdentityProvider>>,
    /// What the operator has decided.
    pub settings: AccessSettings,
}

/// What a sweep has removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccessSweep {
    /// Sessions that had ended by themselves.
    pub sessions: u64,
    /// Accounts and addresses whose failed attempts are long past.
    pub attempts: u64,
    /// Sign-ins that never came back from the identity provider.
    pub sign_in_starts: u64,
}

impl Access {
    /// Signs in by password. Unknown and wrong look the same, also in the time they take.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        client: &ClientInfo,
        request: Option<RequestId>,
    ) -> Result<SignedIn, AccessError> {
        todo!()
    }
    pub async fn authenticate(
        &self,
        credential: Credential<'_>,
        request: Option<RequestId>,
    ) -> Result<Principal, AccessError> {
        todo!()
    }
    pub async fn sign_out(&self, principal: &Principal) -> Result<(), AccessError> {
        todo!()
    }
    pub async fn sessions(&self, principal: &Principal) -> Result<Vec<Session>, AccessError> {
        todo!()
    }
    pub async fn revoke_session(
        &self,
        principal: &Principal,
        id: SessionId,
    ) -> Result<(), AccessError> {
        todo!()
    }
    pub async fn create_token(
        &self,
        principal: &Principal,
        token: NewToken,
    ) -> Result<IssuedToken, AccessError> {
        todo!()
    }
    /// Own tokens.
    pub async fn tokens(
        &self,
        principal: &Principal,
        page: PageRequest,
    ) -> Result<Page<Token>, AccessError> {
        todo!()
    }
    /// All tokens of the tenant; needs `user:manage`.
    pub async fn tenant_tokens(
        &self,
        principal: &Principal,
        page: PageRequest,
    ) -> Result<Page<Token>, AccessError> {
        todo!()
    }
    pub async fn token(&self, principal: &Principal, id: TokenId) -> Result<Token, AccessError> {
        todo!()
    }
    pub async fn revoke_token(
        &self,
        principal: &Principal,
        id: TokenId,
    ) -> Result<Token, AccessError> {
        todo!()
    }
    pub async fn rotate_token(
        &self,
        principal: &Principal,
        id: TokenId,
    ) -> Result<IssuedToken, AccessError> {
        todo!()
    }
    pub async fn create_user(
        &self,
        principal: &Principal,
        user: NewUser,
    ) -> Result<User, AccessError> {
        todo!()
    }
    pub async fn users(
        &self,
        principal: &Principal,
        filter: &UserFilter,
        page: PageRequest,
    ) -> Result<Page<User>, AccessError> {
        todo!()
    }
    pub async fn user(&self, principal: &Principal, id: UserId) -> Result<User, AccessError> {
        todo!()
    }
    /// The own record.
    pub async fn own_user(&self, principal: &Principal) -> Result<User, AccessError> {
        todo!()
    }
    pub async fn change_user(
        &self,
        principal: &Principal,
        id: UserId,
        expected: Option<u64>,
        change: UserChange,
    ) -> Result<User, AccessError> {
        todo!()
    }
    pub async fn delete_user(
        &self,
        principal: &Principal,
        id: UserId,
        expected: Option<u64>,
    ) -> Result<(), AccessError> {
        todo!()
    }
    /// The own password; ends all other sessions.
    pub async fn change_password(
        &self,
        principal: &Principal,
        old: &str,
        new: &str,
    ) -> Result<(), AccessError> {
        todo!()
    }
    pub async fn create_tenant(
        &self,
        principal: &Principal,
        tenant: NewTenant,
    ) -> Result<(Tenant, User), AccessError> {
        todo!()
    }
    pub async fn tenants(
        &self,
        principal: &Principal,
        page: PageRequest,
    ) -> Result<Page<Tenant>, AccessError> {
        todo!()
    }
    pub async fn tenant(&self, principal: &Principal, id: TenantId) -> Result<Tenant, AccessError> {
        todo!()
    }
    pub async fn own_tenant(&self, principal: &Principal) -> Result<Tenant, AccessError> {
        todo!()
    }
    /// The own tenant with `tenant:update`, any with `tenant:manage`.
    pub async fn change_tenant(
        &self,
        principal: &Principal,
        id: TenantId,
        expected: Option<u64>,
        change: TenantChange,
    ) -> Result<Tenant, AccessError> {
        todo!()
    }
    pub async fn suspend_tenant(
        &self,
        principal: &Principal,
        id: TenantId,
        expected: Option<u64>,
    ) -> Result<Tenant, AccessError> {
        todo!()
    }
    pub async fn resume_tenant(
        &self,
        principal: &Principal,
        id: TenantId,
        expected: Option<u64>,
    ) -> Result<Tenant, AccessError> {
        todo!()
    }
    pub async fn bootstrap(&self, email: &str, password: &str) -> Result<User, AccessError> {
        todo!()
    }
    /// `return_to` is a path of this service, such as `/packages`.
    pub async fn begin_oidc(&self, return_to: &str) -> Result<OidcStart, AccessError> {
        todo!()
    }
    pub async fn finish_oidc(
        &self,
        code: &str,
        state: &str,
        state_cookie: &str,
        client: &ClientInfo,
        request: Option<RequestId>,
    ) -> Result<OidcSignedIn, AccessError> {
        todo!()
    }
    /// Removes what ended by itself; to be called now and then.
    pub async fn sweep(&self) -> Result<AccessSweep, AccessError> {
        todo!()
    }
}
