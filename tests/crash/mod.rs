//! Every step of every command, gone wrong.

mod found;
#[allow(dead_code, reason = "the enumerations come next")]
mod state;

use crate::harness::has;

/// Whether commands can be stopped here.
fn possible() -> bool {
    has("strace")
}
