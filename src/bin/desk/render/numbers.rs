//! Numbers as a country writes them: `8,995` and `12.5%`, `8.995` and `12,5%`.
//!
//! Only the page in HTML writes them so. What a terminal shows is often pasted into a command, and
//! what goes to programs is theirs.

use pure_rust_locales::{Locale, locale_match};

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Numbers {
    /// What stands before the fraction.
    point: &'static str,
    /// What stands between groups of digits.
    group: &'static str,
    /// How many digits the groups have, from the right; the last one repeats.
    sizes: &'static [i64],
}

impl Numbers {
    /// ISO 80000-1: a point, and a narrow space between groups of three.
    pub(crate) const ISO: Self = Self {
        point: ".",
        group: "\u{202f}",
        sizes: &[3],
    };

    /// As in a locale, named as POSIX does, `nb_NO.UTF-8`, or as browsers do, `nb-NO`; `None` if
    /// there is none of that name. `C` and `POSIX` are no country's.
    pub(crate) fn of(locale: &str) -> Option<Self> {
        let name = locale.split(['.', '@']).next()?.replace('-', "_");
        if matches!(&*name, "C" | "POSIX") {
            return Some(Self::ISO);
        }
        let locale = Locale::try_from(&*name).ok()?;
        Some(Self {
            point: locale_match!(locale => LC_NUMERIC::DECIMAL_POINT),
            group: locale_match!(locale => LC_NUMERIC::THOUSANDS_SEP),
            sizes: locale_match!(locale => LC_NUMERIC::GROUPING),
        })
    }

    /// A text that says numbers as programs write them, `-1481.5`, with the numbers as people do.
    pub(crate) fn written(self, text: &str) -> String {
        let mut written = String::with_capacity(text.len() + 8);
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let (before, number) = rest.split_at(start);
            written.push_str(before);
            let (whole, after) = split_digits(number);
            self.push_grouped(&mut written, whole);
            rest = after;
            let fraction = after.strip_prefix('.').map(split_digits);
            if let Some((digits, after)) = fraction.filter(|(digits, _)| !digits.is_empty()) {
                written.push_str(self.point);
                written.push_str(digits);
                rest = after;
            }
        }
        written + rest
    }

    fn push_grouped(self, into: &mut String, digits: &str) {
        let starts = self.starts(digits.len());
        for (i, digit) in digits.char_indices() {
            if starts.contains(&i) {
                into.push_str(self.group);
            }
            into.push(digit);
        }
    }

    /// Where groups begin, but for the first.
    fn starts(self, digits: usize) -> Vec<usize> {
        let last = self.sizes.last().copied().unwrap_or(0);
        let mut sizes = self.sizes.iter().copied().chain(std::iter::repeat(last));
        let mut left = digits;
        // A size that is none ends the grouping.
        let next = || {
            let size = usize::try_from(sizes.next()?).ok().filter(|&n| n > 0)?;
            left = left.checked_sub(size).filter(|&left| left > 0)?;
            Some(left)
        };
        std::iter::from_fn(next).collect()
    }
}

/// The digits at the beginning of a text, and what follows.
fn split_digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_country_does() {
        let table = [
            ("C", "1234567.25", "1\u{202f}234\u{202f}567.25"),
            ("en_US.UTF-8", "1234567.25", "1,234,567.25"),
            ("en-GB", "1000", "1,000"),
            ("de_DE@euro", "1234567.25", "1.234.567,25"),
            ("nb_NO", "8995", "8\u{202f}995"),
            ("nb_NO", "12.5%", "12,5%"),
            ("bn_BD", "1234567", "12,34,567"),
            ("vi_VN", "8995 opened", "8.995 opened"),
            ("en_US", "999", "999"),
            ("en_US", "-1481", "-1,481"),
            ("en_US", "1 d 4 h", "1 d 4 h"),
            ("en_US", "12. 3.", "12. 3."),
            ("en_US", "", ""),
        ];
        for (locale, text, expected) in table {
            let numbers = Numbers::of(locale).unwrap();
            assert_eq!(numbers.written(text), expected, "{locale} {text}");
        }
        for locale in ["", "xx_XX", "nb", "English"] {
            assert_eq!(Numbers::of(locale), None, "{locale}");
        }
    }
}
