//! Folders in, artifacts out, and packages as folders.

mod directory_form;
mod n8n;
mod n8n_real;
mod native;
mod round_trip;
mod support;
