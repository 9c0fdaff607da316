//! Where figures are kept while they are counted: under the numbers of what they are of.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::{BuildHasher, Hash};

/// Numbers what comes, in the order in which it came first.
pub(super) struct Register<K> {
    known: Vec<K>,
    /// By their hashes: of very many, what each is need be looked at only to tell two of one hash apart.
    numbers: HashMap<u64, usize>,
    hashing: RandomState,
    /// What came last, and most often comes next.
    last: usize,
}

impl<K: Eq + Hash> Register<K> {
    pub(super) fn new() -> Self {
        Self {
            known: Vec::new(),
            numbers: HashMap::new(),
            hashing: RandomState::new(),
            last: 0,
        }
    }

    /// The number of what comes, which is the next one if it never came before.
    pub(super) fn number(&mut self, of: K) -> usize {
        if self.known.get(self.last) != Some(&of) {
            let hash = self.hashing.hash_one(&of);
            self.last = self.number_under(hash, of);
        }
        self.last
    }

    /// The number of what came, if it did.
    pub(super) fn find(&self, of: &K) -> Option<usize> {
        let mut hash = self.hashing.hash_one(of);
        loop {
            match self.numbers.get(&hash) {
                Some(number) if self.known[*number] == *of => return Some(*number),
                Some(_) => hash = hash.wrapping_add(1),
                None => return None,
            }
        }
    }

    fn number_under(&mut self, mut hash: u64, of: K) -> usize {
        loop {
            match self.numbers.entry(hash) {
                Entry::Vacant(place) => {
                    let next = *place.insert(self.known.len());
                    self.known.push(of);
                    return next;
                }
                Entry::Occupied(place) if self.known[*place.get()] == of => return *place.get(),
                // Another one has this hash, and this one the next that is free.
                Entry::Occupied(_) => hash = hash.wrapping_add(1),
            }
        }
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
        let found = ["a", "c", "d"].map(|name| register.find(&name));
        assert_eq!(found, [Some(1), Some(2), None]);
        assert!(register.into_known().eq(["b", "a", "c"]));
    }

    #[test]
    fn those_of_one_hash_are_told_apart() {
        let mut register = Register::new();
        let numbers = [(7, "b"), (7, "a"), (8, "c"), (7, "a"), (8, "c"), (7, "b")]
            .map(|(hash, name)| register.number_under(hash, name));
        assert_eq!(numbers, [0, 1, 2, 1, 2, 0]);
        assert_eq!(register.into_known().count(), 3);
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
