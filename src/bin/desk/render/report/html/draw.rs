//! Charts as drawings (SVG).
//!
//! Drawn as wide as a phone's page, 360 pixels, and scaled from there: so that what is written in
//! one can be read on any screen, and on paper. The colours are those of the bright page; a sheet of
//! styles that finds one by its value, `[fill="#2F6690"]`, can give it another.

use std::borrow::Cow;
use std::fmt::Display;
use std::io;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::super::super::chart::{Chart, Measure, Series, Shape};
use super::super::super::numbers::Numbers;
use super::super::super::{safe, width};
use super::text::escape;

/// Of text.
const INK: RGBColor = RGBColor(0x1f, 0x29, 0x33);
/// Of labels.
const SOFT: RGBColor = RGBColor(0x56, 0x61, 0x6d);
/// Of lines that help the eye.
const FAINT: RGBColor = RGBColor(0xdd, 0xe2, 0xe7);
/// Of the series: told apart by who cannot tell red from green, and in grey.
const SERIES: [RGBColor; 4] = [
    RGBColor(0x2f, 0x66, 0x90),
    RGBColor(0xc9, 0x6f, 0x1a),
    RGBColor(0x4b, 0x8b, 0x6f),
    RGBColor(0x7b, 0x5e, 0xa7),
];

/// A pixel of the page, in the drawing's own.
const PX: i32 = 4;
/// How wide a drawing is, in pixels of the page.
const WIDTH: i32 = 360;
/// How large its text is.
pub(super) const TEXT: f64 = 12.0;
/// More bars than this are no longer seen at a glance.
const MOST_BARS: usize = 12;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), DrawingAreaErrorKind<io::Error>>;

/// The drawing of a chart, under a title that is read to who does not see it.
pub(super) fn svg(chart: &Chart, id: usize, numbers: Numbers) -> io::Result<String> {
    let pen = Pen { chart, numbers };
    let height = pen.height();
    let mut text = String::new();
    {
        let size = [WIDTH, height].map(|side| (side * PX).unsigned_abs());
        let area = SVGBackend::with_string(&mut text, size.into()).into_drawing_area();
        let drawn = match chart.shape {
            Shape::Bars => pen.bars(&area),
            Shape::Columns => pen.columns(&area),
            Shape::Lines => pen.lines(&area),
        };
        drawn
            .and_then(|()| area.present())
            .map_err(io::Error::other)?;
    }
    // The head says how large the drawing is on a page of its own.
    let body = text.split_once('>').map_or("", |(_, body)| body);
    let (width, height) = (WIDTH * PX, height * PX);
    let title = escape(&pen.title()).into_owned();
    Ok(format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"chart-{id}\">\n\
         <title id=\"chart-{id}\">{title}</title>{body}"
    ))
}

/// How much of a chart is drawn, where that is not all.
pub(super) fn part(chart: &Chart) -> Option<String> {
    let all = chart.labels.len();
    let is_part = chart.shape == Shape::Bars && all > MOST_BARS;
    is_part.then(|| format!("the first {MOST_BARS} of {all}"))
}

/// Draws one chart. All measures are in pixels of the page.
struct Pen<'a> {
    chart: &'a Chart,
    numbers: Numbers,
}

impl Pen<'_> {
    fn title(&self) -> String {
        let title = safe::line(&self.chart.title);
        let part = part(self.chart).map(|part| format!(" ({part})"));
        let part = part.unwrap_or_default();
        format!("{title}{part}: a drawing of what the table below says")
    }

    /// Where the names of several series stand, each behind a spot of its colour, in as many lines
    /// as it takes.
    fn legend(&self) -> Vec<(String, (i32, i32))> {
        const SPOT: i32 = 15;
        const GAP: i32 = 14;
        let (mut x, mut y) = (0, 0);
        let place = |series: &Series| {
            let name = safe::line(&series.name);
            let name = cut(&name, f64::from(WIDTH / 2 - SPOT - GAP)).into_owned();
            let wide = SPOT + length(&name) as i32;
            if x + wide > WIDTH {
                (x, y) = (0, y + 18);
            }
            let at = (x, y);
            x += wide + GAP;
            (name, at)
        };
        match self.chart.series.len() {
            ..=1 => Vec::new(),
            _ => self.chart.series.iter().map(place).collect(),
        }
    }

    /// How much of the top that takes.
    fn legend_height(&self) -> i32 {
        self.legend().last().map_or(0, |(_, (_, y))| y + 24)
    }

    /// How high a bar's row is, and each of its bars.
    fn row(&self) -> (i32, i32) {
        match self.chart.series.len() {
            1 => (24, 14),
            several => (10 + 14 * several as i32, 13),
        }
    }

    fn height(&self) -> i32 {
        self.legend_height()
            + match self.chart.shape {
                Shape::Bars => self.row().0 * self.barred().count() as i32,
                Shape::Columns | Shape::Lines => 180,
            }
    }

    /// The places of what has bars: the first that have anything to show.
    fn barred(&self) -> impl Iterator<Item = usize> {
        let has_value = |i: &usize| self.chart.series.iter().any(|s| s.values[*i].is_some());
        (0..self.chart.labels.len())
            .filter(has_value)
            .take(MOST_BARS)
    }

    /// A value as it is written beside what it is drawn as.
    fn value(&self, value: f64) -> String {
        self.numbers.written(&self.chart.measure.shown(value))
    }

    /// What a drawing reaches up to.
    fn top(&self) -> f64 {
        self.chart.most().max(f64::MIN_POSITIVE)
    }

    fn draw_legend(&self, area: &Area) -> Drawn {
        for ((name, (x, y)), colour) in self.legend().iter().zip(SERIES.iter().cycle()) {
            rect(area, (*x, y + 4), (x + 10, y + 14), *colour)?;
            text(area, name, (x + 15, y + 9), HPos::Left, SOFT)?;
        }
        Ok(())
    }

    /// Lying bars, each between its label and its value.
    fn bars(&self, area: &Area) -> Drawn {
        const LABEL: i32 = 136;
        const VALUE: i32 = 78;
        self.draw_legend(area)?;
        let (row, thick) = self.row();
        let length = f64::from(WIDTH - LABEL - VALUE);
        let top = match self.chart.measure {
            // A part is seen beside its whole.
            Measure::Rate => 1.0,
            Measure::Count | Measure::Time | Measure::Change => self.top(),
        };
        for (place, i) in self.barred().enumerate() {
            let y = self.legend_height() + row * place as i32;
            let label = safe::line(&self.chart.labels[i]);
            let label = cut(&label, f64::from(LABEL - 8));
            text(area, label, (LABEL - 8, y + row / 2), HPos::Right, INK)?;
            let first = y + (row - (thick + 1) * self.chart.series.len() as i32) / 2;
            for (s, (series, colour)) in self
                .chart
                .series
                .iter()
                .zip(SERIES.iter().cycle())
                .enumerate()
            {
                let Some(value) = series.values[i] else {
                    continue;
                };
                let y = first + (thick + 1) * s as i32;
                let end = LABEL + (value / top * length).round() as i32;
                // What is more than nothing is seen.
                let end = if value > 0.0 { end.max(LABEL + 1) } else { end };
                rect(area, (LABEL, y), (end, y + thick), *colour)?;
                let beside = (end + 5, y + thick / 2);
                text(area, self.value(value), beside, HPos::Left, SOFT)?;
            }
        }
        Ok(())
    }

    /// Standing columns, each between its label below and its value above.
    fn columns(&self, area: &Area) -> Drawn {
        const FOOT: i32 = 22;
        const HEAD: i32 = 20;
        self.draw_legend(area)?;
        let (ground, sky) = (self.height() - FOOT, self.legend_height() + HEAD);
        let each = WIDTH / self.chart.labels.len().max(1) as i32;
        let several = self.chart.series.len() as i32;
        let thick = (each - 10) / several.max(1);
        line(area, (0, ground), (WIDTH, ground), FAINT)?;
        for (i, label) in self.chart.labels.iter().enumerate() {
            let x = each * i as i32 + 5;
            let middle = x + thick * several / 2;
            text(
                area,
                safe::line(label),
                (middle, ground + 12),
                HPos::Center,
                INK,
            )?;
            for (s, (series, colour)) in self
                .chart
                .series
                .iter()
                .zip(SERIES.iter().cycle())
                .enumerate()
            {
                let Some(value) = series.values[i] else {
                    continue;
                };
                let x = x + thick * s as i32;
                let high = (value / self.top() * f64::from(ground - sky)).round() as i32;
                let high = if value > 0.0 { high.max(1) } else { high };
                rect(area, (x, ground - high), (x + thick - 1, ground), *colour)?;
                let above = (x + thick / 2, ground - high - 8);
                text(area, self.value(value), above, HPos::Center, SOFT)?;
            }
        }
        Ok(())
    }

    /// How many values a scale names: of a few tickets each, and never half of one.
    fn scale(&self) -> usize {
        const MOST: usize = 4;
        match self.chart.measure {
            Measure::Count => (self.top() as usize + 1).clamp(2, MOST),
            Measure::Time | Measure::Rate | Measure::Change => MOST,
        }
    }

    /// Lines over time. Where there is no value there is no line.
    fn lines(&self, area: &Area) -> Drawn {
        self.draw_legend(area)?;
        let labels = &self.chart.labels;
        let last = labels.len().saturating_sub(1);
        let below = area.margin(self.legend_height() * PX, 0, 0, 0);
        let mut plot = ChartBuilder::on(&below)
            .margin_top(8 * PX)
            .margin_right(40 * PX)
            .x_label_area_size(26 * PX)
            .y_label_area_size(52 * PX)
            .build_cartesian_2d(0.0..last.max(1) as f64, 0.0..self.top() * 1.05)?;
        let label = |at: &f64| match labels.get(at.round() as usize) {
            Some(label) if at.fract().abs() < 1e-6 => safe::line(label).into_owned(),
            _ => String::new(),
        };
        let value = |value: &f64| self.value(*value);
        plot.configure_mesh()
            .disable_x_mesh()
            .bold_line_style(ShapeStyle::from(&FAINT).stroke_width(PX as u32))
            .light_line_style(TRANSPARENT)
            .axis_style(ShapeStyle::from(&FAINT).stroke_width(PX as u32))
            .set_tick_mark_size(LabelAreaPosition::Bottom, 6 * PX)
            .set_tick_mark_size(LabelAreaPosition::Left, 6 * PX)
            .x_labels(labels.len().clamp(2, 4))
            .y_labels(self.scale())
            .x_label_formatter(&label)
            .y_label_formatter(&value)
            .label_style(style(SOFT))
            .draw()?;
        for (series, colour) in self.chart.series.iter().zip(SERIES.iter().cycle()) {
            let style = ShapeStyle::from(colour).stroke_width(2 * PX as u32);
            let point = |(at, value): (usize, &Option<f64>)| value.map(|value| (at as f64, value));
            let points: Vec<_> = series.values.iter().enumerate().map(point).collect();
            for run in points.split(Option::is_none).filter(|run| !run.is_empty()) {
                let run: Vec<(f64, f64)> = run.iter().copied().flatten().collect();
                match run[..] {
                    [alone] => {
                        _ = plot.draw_series([Circle::new(alone, 3 * PX, style.filled())])?
                    }
                    _ => _ = plot.draw_series(LineSeries::new(run, style))?,
                }
            }
        }
        Ok(())
    }
}

/// How wide a character is, in a font that is wider than most: what reads a page has its own.
fn advance(c: char) -> f64 {
    match c {
        ' ' | '.' | ',' | ':' | ';' | '\'' | '!' | '|' | '/' | '-' | '(' | ')' | '[' | ']' => 4.7,
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' => 4.9,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 12.0,
        c if c.is_uppercase() || matches!(c, '&' | '#' | '<' | '>' | '=' | '+' | '_') => 10.0,
        c if c.is_ascii() => 7.7,
        c => 7.7 * width::of(c.encode_utf8(&mut [0; 4])) as f64,
    }
}

/// How wide a text is, in pixels of the page.
pub(super) fn length(text: &str) -> f64 {
    text.chars().map(advance).sum()
}

/// The text, or as much of its beginning as has room.
fn cut(text: &str, room: f64) -> Cow<'_, str> {
    // No letter is so narrow that more of them would fit; a name may have megabytes.
    let most = (room / advance(' ')) as usize + 1;
    let mut cuts = (0..=most).rev().map(|columns| width::cut(text, columns));
    cuts.find(|cut| length(cut) <= room).unwrap_or_default()
}

fn style<'a>(colour: RGBColor) -> TextStyle<'a> {
    // The library takes the height of a line for a text's size.
    let size = TEXT * f64::from(PX) * 1.24;
    ("sans-serif", size).into_font().color(&colour)
}

/// A text whose middle, its left end or its right end is at `at`, in height its middle.
fn text(
    area: &Area,
    text: impl Display,
    (x, y): (i32, i32),
    side: HPos,
    colour: RGBColor,
) -> Drawn {
    let style = style(colour).pos(Pos::new(side, VPos::Center));
    area.draw(&Text::new(text.to_string(), (x * PX, y * PX), style))
}

fn rect(
    area: &Area,
    (left, top): (i32, i32),
    (right, bottom): (i32, i32),
    colour: RGBColor,
) -> Drawn {
    let corners = [(left * PX, top * PX), (right * PX, bottom * PX)];
    area.draw(&Rectangle::new(corners, colour.filled()))
}

fn line(area: &Area, (x1, y1): (i32, i32), (x2, y2): (i32, i32), colour: RGBColor) -> Drawn {
    let style = ShapeStyle::from(&colour).stroke_width(PX as u32);
    let ends = vec![(x1 * PX, y1 * PX), (x2 * PX, y2 * PX)];
    area.draw(&PathElement::new(ends, style))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_cut_by_its_letters() {
        let table = [
            ("network/vpn", "network/vpn"),
            (
                "a-login-that-is-longer-than-anybody-expects",
                "a-login-that-is-lo…",
            ),
            ("WWWWWWWWWWWWWWWWWWWW", "WWWWWWWWW…"),
            ("打印机管理员打印机管理员", "打印机管理员打…"),
        ];
        for (label, expected) in table {
            assert_eq!(cut(label, 128.0), expected);
        }
    }

    /// The sheet of styles must know every colour, or the drawing is bright on a dark page.
    #[test]
    fn every_colour_has_another_in_the_dark() {
        for colour in [INK, SOFT, FAINT].iter().chain(&SERIES) {
            let RGBColor(r, g, b) = colour;
            let name = format!("=\"#{r:02X}{g:02X}{b:02X}\"]");
            assert!(super::super::STYLE.contains(&name), "{name}");
        }
    }
}
