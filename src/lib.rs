//! `desk`, the IT help desk that lives in a shell.

pub mod desk;
pub mod error;
mod group;
mod index;
pub mod operation;
pub mod policy;
pub mod query;
pub mod report;
pub mod roster;
mod store;
pub mod ticket;
pub mod view;
pub mod zone;

pub use desk::{Answer, Caller, Desk, Found, Mode};
pub use error::{Code, Error, Result};
pub use operation::Operation;
pub use policy::Policy;
pub use store::{Checked, Finding};
pub use zone::Zone;
