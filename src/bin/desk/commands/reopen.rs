//! `desk reopen`

use desk::Result;
use desk::operation::{Reopen, Verb};

use super::write;
use crate::context::Context;
use crate::exit::Exit;

/// The tickets, and a text.
pub(crate) use super::write::Texted as Args;

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let text = args
        .message
        .required("Why it is taken up again.", context)?;
    write::each(context, &args.targets, text, |message| {
        Verb::Reopen(Reopen { message })
    })
}
