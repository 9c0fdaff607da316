//! `desk take`

use desk::Result;
use desk::operation::{Take, Verb};

use super::write;
use crate::context::Context;
use crate::exit::Exit;

/// The tickets, and a text.
pub(crate) use super::write::Texted as Args;

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let text = args.message.optional("Why you take it.", context)?;
    write::each(context, &args.targets, text, |message| {
        Verb::Take(Take { message })
    })
}
