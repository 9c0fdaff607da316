//! What starting a process costs, and no more.

fn main() {}
