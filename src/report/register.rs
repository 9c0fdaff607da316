//! Where figures are kept while they are counted: under the numbers of what they are of.

use std::collections::HashMap;
use std::hash::Hash;

/// Numbers what comes, in the order in which it came first.
pub(super) struct Register<K> {
    known: Vec<K>,
    numbers: HashMap<K, usize>,
    /// What came last, and most often comes next.
    last: usize,
}

impl<K: Clone + Eq + Hash> Register<K> {
    pub(super) fn new() -> Self {
        Self {
            known: Vec::new(),
            numbers: HashMap::new(),
            last: 0,
        }
    }

    /// The number of what comes, which is the next one if it never came before.
    pub(super) fn number(&mut self, of: K) -> usize {
        if self.known.get(self.last) != Some(&of) {
            self.last = match self.numbers.get(&of) {
                Some(number) => *number,
                None => {
                    let next = self.known.len();
                    self.numbers.insert(of.clone(), next);
                    self.known.push(of);
                    next
                }
            };
        }
        self.last
    }

    /// All that came, by its number.
    pub(super) fn into_known(self) -> impl Iterator<Item = K> {
        self.known.into_iter()
    }
}

/// Values under numbers most of which have none, the smallest number first.
#[derive(Debug, Default)]
pub(super) struct Sparse<T>(Vec<(usize, T)>);

impl<T: Default> Sparse<T> {
    /// What stands under a number.
    pub(super) fn at(&mut self, number: usize) -> &mut T {
        let values = &mut self.0;
        // Tickets come in the order in which they were opened: so the last one is asked for most often.
        let place = match values.last() {
            Some((last, _)) if *last == number => values.len() - 1,
            Some((last, _)) if *last > number => {
                values.partition_point(|(known, _)| *known < number)
            }
            _ => values.len(),
        };
        if values.get(place).is_none_or(|(known, _)| *known != number) {
            if values.is_empty() {
                // Where there are many of these, most have one value each.
                values.reserve_exact(1);
            }
            values.insert(place, (number, T::default()));
        }
        &mut values[place].1
    }

    /// What stands under any number.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, (usize, T)> {
        self.0.iter()
    }
}

impl<T> IntoIterator for Sparse<T> {
    type Item = (usize, T);
    type IntoIter = std::vec::IntoIter<(usize, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_keeps_its_number() {
        let mut register = Register::new();
        let numbers = ["b", "a", "b", "b", "c", "a"].map(|name| register.number(name));
        assert_eq!(numbers, [0, 1, 0, 0, 2, 1]);
        assert!(register.into_known().eq(["b", "a", "c"]));
    }

    #[test]
    fn values_stand_in_the_order_of_their_numbers() {
        let mut sums = Sparse::default();
        for (number, value) in [(3, 1), (0, 2), (7, 4), (3, 8)] {
            *sums.at(number) += value;
        }
        assert_eq!(*sums.at(5), 0);
        assert!(sums.into_iter().eq([(0, 2), (3, 9), (5, 0), (7, 4)]));
    }
}
