//! Standard output: buffered, through a pager if it is long, and honest about what went wrong.
//!
//! A reader that goes away (`desk list | head`, or a pager that is quit) is no failure: what is
//! written from then on goes nowhere. Everything else that stops a write, such as a full disk, is
//! one, also when only the last flush finds out.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use desk::Error;

/// The pager that is used when the user names none: it quits by itself if all fits on the screen
/// (`F`), shows colours (`R`), leaves the text standing (`X`), and ends on Ctrl-C together with
/// desk instead of fighting with the shell for the keyboard (`K`).
pub(crate) const DEFAULT_PAGER: [&str; 2] = ["less", "-FRXK"];

/// A program that shows long output page by page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pager {
    /// The program and its arguments; no shell sees them. Empty is no pager.
    pub(crate) argv: Vec<String>,
    /// The terminal's height: up to so many lines are shown without the pager.
    pub(crate) height: usize,
}

/// Where commands write to.
pub(crate) struct Output<'a> {
    sink: BufWriter<Sink<'a>>,
}

impl<'a> Output<'a> {
    /// Straight to `out`.
    pub(crate) fn new(out: impl Write + 'a) -> Self {
        Self::with_route(out, Route::Straight)
    }

    fn with_route(out: impl Write + 'a, route: Route) -> Self {
        let out = Box::new(out);
        Self {
            sink: BufWriter::new(Sink {
                out,
                route,
                closed: false,
            }),
        }
    }

    /// Whether the reader has gone: a long listing may stop.
    pub(crate) fn is_closed(&self) -> bool {
        self.sink.get_ref().closed
    }

    /// Writes out what is still held, and waits until a pager is quit.
    ///
    /// # Errors
    /// [`Error::Io`] when not everything could be written. A closed pipe is no error.
    pub(crate) fn finish(mut self) -> desk::Result<()> {
        self.sink.flush().map_err(failed)?;
        self.sink.get_mut().finish().map_err(failed)
    }
}

impl Pager {
    /// Output that goes to `out` while it is no longer than the terminal is high, and through the
    /// pager, which must show it at the same place as `out`, once it is.
    pub(crate) fn wrap<'a>(self, out: impl Write + 'a) -> Output<'a> {
        Output::with_route(
            out,
            Route::Held {
                pager: self,
                text: Vec::new(),
                lines: 0,
            },
        )
    }

    fn start(&self) -> Option<Child> {
        let (program, arguments) = self.argv.split_first()?;
        Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .spawn()
            .ok()
    }
}

/// An I/O error of the output, for `map_err`.
pub(crate) fn failed(source: io::Error) -> Error {
    Error::io("write", Path::new("standard output"))(source)
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sink.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// What lies below the buffer.
struct Sink<'a> {
    out: Box<dyn Write + 'a>,
    route: Route,
    closed: bool,
}

/// The way that the bytes take.
enum Route {
    /// To `out`.
    Straight,
    /// Held until it is known whether they fill more than a screen.
    Held {
        pager: Pager,
        text: Vec<u8>,
        lines: usize,
    },
    /// Into a pager that runs.
    Paged(Child),
}

impl Sink<'_> {
    /// Lets go of what is held, into the pager if it is `long` and can be started.
    fn release(&mut self, long: bool) -> io::Result<()> {
        let Route::Held { pager, text, .. } = &mut self.route else {
            return Ok(());
        };
        let text = std::mem::take(text);
        let started = if long { pager.start() } else { None };
        self.route = started.map_or(Route::Straight, Route::Paged);
        self.pass(|to| to.write_all(&text))
    }

    /// Does something to the reader, and notes if it has gone.
    fn pass(&mut self, act: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let result = match &mut self.route {
            Route::Paged(Child {
                stdin: Some(stdin), ..
            }) => act(stdin),
            _ => act(&mut *self.out),
        };
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => other,
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.release(false)?;
        self.pass(|to| to.flush())?;
        if let Route::Paged(pager) = &mut self.route {
            // Closes its input first. How a pager ends says nothing about what was written.
            pager.wait()?;
        }
        Ok(())
    }
}

impl Drop for Sink<'_> {
    /// What was held when a command failed is shown all the same; its own error is what counts.
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Route::Held { pager, text, lines } = &mut self.route {
            text.extend_from_slice(bytes);
            *lines += bytes.iter().filter(|&&byte| byte == b'\n').count();
            if *lines > pager.height {
                self.release(true)?;
            }
        } else {
            self.pass(|to| to.write_all(bytes))?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.route {
            Route::Held { .. } => Ok(()),
            _ => self.pass(|to| to.flush()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes `room` bytes, then fails; `late` fails only when flushed, as a buffered stdout does.
    struct Failing {
        room: usize,
        kind: ErrorKind,
        late: bool,
    }

    impl Write for Failing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.late {
                return Ok(bytes.len());
            }
            if self.room == 0 {
                return Err(self.kind.into());
            }
            let taken = bytes.len().min(self.room);
            self.room -= taken;
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            if self.late {
                Err(self.kind.into())
            } else {
                Ok(())
            }
        }
    }

    /// Writes more than a buffer, and says whether that and the end of it went well.
    fn fill(mut output: Output) -> desk::Result<()> {
        for _ in 0..5_000 {
            output.write_all(b"0123456789\n").map_err(failed)?;
        }
        output.finish()
    }

    fn failing(kind: ErrorKind, room: usize, late: bool) -> desk::Result<()> {
        fill(Output::new(Failing { room, kind, late }))
    }

    #[test]
    fn a_closed_pipe_is_silent_and_a_full_disk_is_not() {
        for (room, late) in [(0, false), (7, false), (20_000, false), (0, true)] {
            assert!(failing(ErrorKind::BrokenPipe, room, late).is_ok());
            let error = failing(ErrorKind::StorageFull, room, late).unwrap_err();
            assert_eq!(error.code(), desk::Code::Io);
            assert!(
                error
                    .to_string()
                    .starts_with("cannot write standard output: ")
            );
        }
    }

    #[test]
    fn a_listing_can_stop_when_the_reader_has_gone() {
        let mut output = Output::new(Failing {
            room: 0,
            kind: ErrorKind::BrokenPipe,
            late: false,
        });
        assert!(!output.is_closed());
        output.write_all(b"x").unwrap();
        output.flush().unwrap();
        assert!(output.is_closed());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_full_disk_fails_at_the_last_flush() {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let mut output = Output::new(full);
        output.write_all(b"x").unwrap();
        assert!(output.finish().is_err());
    }

    fn pager(argv: &[&str], height: usize) -> Pager {
        Pager {
            argv: argv.iter().map(|&arg| arg.to_owned()).collect(),
            height,
        }
    }

    /// What went straight out, and what a pager that writes to a file got.
    fn paged(text: &str, height: usize) -> (String, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("paged");
        let target = format!("of={}", file.display());
        let mut straight = Vec::new();
        let mut output = pager(&["dd", &target, "status=none"], height).wrap(&mut straight);
        output.write_all(text.as_bytes()).unwrap();
        output.finish().unwrap();
        let straight = String::from_utf8(straight).unwrap();
        (straight, std::fs::read_to_string(file).ok())
    }

    #[test]
    fn what_is_held_when_a_command_fails_is_shown() {
        let mut straight = Vec::new();
        let mut output = pager(&["true"], 9).wrap(&mut straight);
        output.write_all(b"half\n").unwrap();
        drop(output);
        assert_eq!(straight, b"half\n");
    }

    #[test]
    fn only_what_is_longer_than_the_screen_is_paged() {
        let short = "a\nb\n";
        assert_eq!(paged(short, 2), (short.to_owned(), None));
        let long = "line\n".repeat(9_000);
        assert_eq!(paged(&long, 8_999), (String::new(), Some(long)));
    }

    #[test]
    fn a_pager_that_is_quit_or_cannot_start_is_no_error() {
        assert!(fill(pager(&["true"], 1).wrap(io::sink())).is_ok());
        for argv in [&[][..], &["/no/such/pager"]] {
            let mut straight = Vec::new();
            assert!(fill(pager(argv, 1).wrap(&mut straight)).is_ok());
            assert_eq!(straight.len(), 5_000 * 11);
        }
    }
}
