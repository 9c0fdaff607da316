//! The life of a ticket, verb by verb.

use crate::harness::Desk;

#[test]
fn open_prints_the_number_and_nothing_else() {
    let desk = Desk::new();
    let said = desk.ok(["open", "Printer jams"]);
    assert_eq!((said.out.as_str(), said.err.as_str()), ("1\n", ""));
    let said = desk.ok(["open", "Phone is dead", "--take"]);
    assert_eq!(said.out, "2\n");
    assert_eq!(desk.ticket(2)["status"], "open");
    assert_eq!(desk.ticket(2)["assignee"], "minh");
}
