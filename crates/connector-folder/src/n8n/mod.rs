//! Workflows as n8n exports them, made into artifacts without changing what they say.
//!
//! Reading goes file by file and leaves the content in the spool; only when all ids are known is it certain which workflow is
//! called by another, and so what each becomes.

mod calls;
mod naming;
mod report;
mod resolve;
mod workflow;

pub(crate) use resolve::resolve;
pub(crate) use workflow::read_workflows;
