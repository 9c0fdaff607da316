//! `desk reply`

use desk::Result;
use desk::operation::{Note, Verb};

use super::write;
use crate::context::Context;
use crate::exit::Exit;

/// The tickets, and a text.
pub(crate) use super::write::Texted as Args;

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let text = args
        .message
        .required("A note that the requester may read.", context)?;
    write::each(context, &args.targets, text, |message| {
        Verb::Note(Note {
            message,
            public: true,
            from_requester: false,
        })
    })
}
