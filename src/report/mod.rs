//! The reports.
