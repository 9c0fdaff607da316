//! `desk`, the IT help desk that lives in a shell.

pub mod error;
pub mod operation;
pub mod policy;
pub mod query;
pub mod report;
pub mod roster;
pub mod ticket;
pub mod view;
pub mod zone;

pub use error::{Code, Error, Result};
pub use operation::Operation;
pub use policy::Policy;
pub use zone::Zone;
