//! A report as one JSON document: as it stands, or what is left of it.
//!
//! As it stands is what its struct serialises to, byte for byte. Of very many rows most can say the same,
//! which is then written out once, and repeated.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::{self, Write};
use std::sync::Arc;

use desk::report::{Body, Report, RowFigures};
use serde::Serialize;
use serde_json::Value;

use super::super::json;
use super::series::{self, bounds};
use super::{figure, form};

/// Writes a report as it stands.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let whole = |out: &mut dyn Write| {
        let said = HashMap::new();
        Writing { out, said }.report(report)
    };
    match report.body {
        Body::Rows(_) => json::write_pieces(whole, out),
        _ => json::write(report, out),
    }
}

/// A report of rows on its way out.
struct Writing<'a> {
    out: &'a mut dyn Write,
    /// What several rows say, behind their names.
    said: HashMap<*const RowFigures, Vec<u8>>,
}

impl Writing<'_> {
    fn report(&mut self, report: &Report) -> io::Result<()> {
        self.begun(&report.head)?;
        self.body(&report.body)?;
        if let Some(series) = &report.series {
            self.out.write_all(b",\"series\":[")?;
            for (at, step) in series.iter().enumerate() {
                self.comma(at)?;
                self.begun(&bounds(step))?;
                self.body(&step.body)?;
                self.out.write_all(b"}")?;
            }
            self.out.write_all(b"]")?;
        }
        if let Some(previous) = &report.previous {
            self.out.write_all(b",\"previous\":")?;
            self.report(previous)?;
        }
        self.out.write_all(b"}")
    }

    /// An object without its end: more is to stand in it.
    fn begun(&mut self, object: &impl Serialize) -> io::Result<()> {
        let object = serde_json::to_vec(object)?;
        self.out
            .write_all(object.strip_suffix(b"}").unwrap_or(&object))?;
        self.out.write_all(b",")
    }

    fn comma(&mut self, at: usize) -> io::Result<()> {
        match at {
            0 => Ok(()),
            _ => self.out.write_all(b","),
        }
    }

    fn body(&mut self, body: &Body) -> io::Result<()> {
        let Body::Rows(rows) = body else {
            return Ok(());
        };
        self.out.write_all(b"\"rows\":[")?;
        for (at, row) in rows.rows.iter().enumerate() {
            self.comma(at)?;
            self.begun(&row.name)?;
            self.figures(&row.figures)?;
        }
        self.out.write_all(b"]")
    }

    /// The rest of a row.
    fn figures(&mut self, figures: &Arc<RowFigures>) -> io::Result<()> {
        let rest = || {
            let mut object = serde_json::to_vec(&**figures)?;
            object.remove(0);
            io::Result::Ok(object)
        };
        if Arc::strong_count(figures) == 1 {
            return self.out.write_all(&rest()?);
        }
        let said = match self.said.entry(Arc::as_ptr(figures)) {
            Entry::Occupied(said) => said.into_mut(),
            Entry::Vacant(new) => new.insert(rest()?),
        };
        self.out.write_all(said)
    }
}

/// The whole as JSON, or what is left of it: its head is.
pub(super) fn pruned(report: &Report, picked: Option<&[String]>) -> desk::Result<Value> {
    let Some(names) = picked else {
        return figure::value(report);
    };
    let mut document = figure::value(&report.head)?;
    if let Value::Object(document) = &mut document {
        document.extend(form(&report.body).pruned(names)?);
        if let Some(series) = &report.series {
            let steps = series.iter().map(|step| series::pruned(step, names));
            let steps = steps.collect::<desk::Result<Vec<Value>>>()?;
            document.insert("series".into(), steps.into());
        }
        if let Some(previous) = &report.previous {
            let previous = pruned(previous, picked)?;
            document.insert("previous".into(), previous);
        }
    }
    Ok(document)
}
