//! `desk resume`

use desk::Result;
use desk::operation::{Resume, Verb};

use super::write;
use crate::context::Context;
use crate::exit::Exit;

/// The tickets, and a text.
pub(crate) use super::write::Texted as Args;

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let text = args.message.optional("Why it goes on.", context)?;
    write::each(context, &args.targets, text, |message| {
        Verb::Resume(Resume { message })
    })
}
