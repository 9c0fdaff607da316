//! What comes from elsewhere: a file in one of several forms, read as a stream of tickets or of rows,
//! and taken in group by group.
//!
//! [`input`] finds out what a file is, and reads it; [`whole`] takes tickets of an export back, [`foreign`]
//! reads what others wrote, and [`rows`] makes tickets of it by a mapping; [`tell`] says what became of each,
//! and [`preview`] how rows would be understood.

pub(crate) mod foreign;
pub(crate) mod input;
pub(crate) mod preview;
pub(crate) mod rows;
pub(crate) mod tell;
pub(crate) mod whole;
