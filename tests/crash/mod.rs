//! Every step of every command, gone wrong.

mod found;

use crate::harness::has;

/// Whether commands can be stopped here.
fn possible() -> bool {
    has("strace")
}
