//! The index against the scan of the files.

mod cases;
mod histories;
mod world;
