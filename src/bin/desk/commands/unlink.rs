//! `desk unlink`

use desk::Result;
use desk::operation::{Relate, Verb};

use super::write;
use crate::context::Context;
use crate::exit::Exit;

/// The same as of `desk link`.
pub(crate) use super::link::Args;

pub(crate) fn run(args: Args, context: &mut Context) -> Result<Exit> {
    let relate = args.relate()?;
    let text = args
        .message
        .optional("Why they are no longer related.", context)?;
    write::each(context, &args.targets, text, |message| {
        Verb::Unlink(Relate {
            message,
            ..relate.clone()
        })
    })
}
