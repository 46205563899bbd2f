//! What a record scores at most that has certain of the frequent terms and no other (MaxScore: Turtle and Flood 1995).
//!
//! Scores only grow with what a record has, and how often, so the score of the shortest text with these terms is a
//! bound for all of them.

use crate::signs::Mark;
use crate::signs::SIGNS_MAX;
use crate::signs::TIMES;
use crate::signs::each;
use crate::signs::sign;
use crate::weights::Weights;

/// How what the words give becomes the score of a record.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Joined {
    /// How many words there are.
    pub(crate) words: usize,
    /// Words and parts of compounds that a title may say.
    pub(crate) sayable: usize,
    /// See [`Weights`].
    pub(crate) alone: f32,
    pub(crate) titled: f32,
    pub(crate) tie: f32,
}

impl Joined {
    pub(crate) fn of(words: usize, sayable: usize, weights: &Weights) -> Joined {
        let Weights { alone, titled, tie, .. } = *weights;
        Joined { words, sayable: sayable.max(1), alone, titled, tie }
    }

    /// The score of a record by how many of the words it has, what they give together, how many of them its title
    /// says, and the share of the title that they are.
    pub(crate) fn score(&self, words: f32, sum: f32, (said, of_title): (f32, f32)) -> f32 {
        let share = self.alone + (1.0 - self.alone) * words / self.words as f32;
        // Squared, so that a title in which the words only occur gains next to nothing.
        let alike = of_title.min(1.0) * said / self.sayable as f32;
        sum * share * (1.0 + self.titled * alike * alike)
    }
}

/// The terms that have a sign, and how they belong together.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    /// By sign.
    terms: Vec<Term>,
    /// By set that has such a term: its group. There are no more of them than signs.
    sets: Vec<usize>,
    groups: Vec<Group>,
    word: usize,
    joined: Joined,
    /// Whether the set that was begun has no such term yet.
    is_new: bool,
}

/// A term, or several of one set that share a sign.
#[derive(Debug)]
struct Term {
    set: usize,
    /// What one adds at most, by how often a record has it, or how many of them.
    best: [f32; TIMES],
    /// The same of all of them together.
    all: [f32; TIMES],
    /// Whether a title that has it says what was typed.
    names: bool,
}

#[derive(Debug)]
struct Group {
    word: usize,
    /// What the sum of the sets counts, by how many of them are there.
    factors: Vec<f32>,
}

/// What ties: the best counts whole, the others in part.
#[derive(Clone, Copy, Debug, Default)]
struct Tied {
    best: f32,
    all: f32,
    is_named: bool,
}

impl Tied {
    fn add(&mut self, score: f32) {
        self.add_several(score, score);
    }

    fn add_several(&mut self, best: f32, all: f32) {
        self.best = self.best.max(best);
        self.all += all;
    }

    fn score(&self, tie: f32) -> f32 {
        self.best + tie * (self.all - self.best)
    }
}

impl Bound {
    /// Without any term.
    pub(crate) fn of(joined: Joined) -> Bound {
        Bound { joined, ..Bound::default() }
    }

    /// Begins another word.
    pub(crate) fn word(&mut self) {
        self.word += 1;
    }

    /// Begins another group of the word, which counts so much by how many of its sets are there.
    pub(crate) fn group(&mut self, factors: Vec<f32>) {
        self.groups.push(Group { word: self.word, factors });
    }

    /// Begins another set of the group.
    pub(crate) fn set(&mut self) {
        self.is_new = true;
    }

    /// Adds a term to the set, with what it adds to a score at most by how often a record has it: its mark, where
    /// a sign is left.
    pub(crate) fn term(&mut self, most: [f32; TIMES], names: bool) -> Option<Mark> {
        self.put(most, most, names).map(Mark::Own)
    }

    /// Adds terms to the set that share a sign, with what each adds to a score at most.
    pub(crate) fn terms_together(&mut self, mut most: Vec<f32>, names: bool) -> Option<Mark> {
        most.sort_by(|a, b| b.total_cmp(a));
        let of_best = |count: usize| most.iter().take(count).sum();
        let best = most.first().copied().unwrap_or_default();
        // The last stands for that many and more.
        let all = [0.0, of_best(1), of_best(2), of_best(most.len())];
        self.put([0.0, best, best, best], all, names).map(Mark::Shared)
    }

    fn put(&mut self, best: [f32; TIMES], all: [f32; TIMES], names: bool) -> Option<usize> {
        let sign = self.terms.len();
        if sign == SIGNS_MAX {
            return None;
        }
        if std::mem::take(&mut self.is_new) {
            self.sets.push(self.groups.len().saturating_sub(1));
        }
        self.terms.push(Term { set: self.sets.len().saturating_sub(1), best, all, names });
        Some(sign)
    }

    /// By sign: what a term adds at most by itself, where all sets of its group are there, by how often.
    pub(crate) fn terms(&self) -> impl Iterator<Item = [f32; TIMES]> {
        self.terms.iter().map(|term| {
            let group = self.sets.get(term.set).and_then(|group| self.groups.get(*group));
            let factors = group.into_iter().flat_map(|group| &group.factors);
            let factor = factors.copied().fold(0.0, f32::max);
            term.all.map(|most| factor * most)
        })
    }

    /// The signs of all terms that a title says, and what their record gains at most.
    pub(crate) fn named(&self) -> (u64, f32) {
        let named = (0..).zip(&self.terms).filter(|(_, term)| term.names);
        (named.fold(0, |all, (number, _)| all | sign(number, u32::MAX)), 1.0 + self.joined.titled)
    }

    /// What a record scores at most that has these signs and no other term.
    pub(crate) fn most(&self, signs: u64) -> f32 {
        let tie = self.joined.tie;
        let mut sets = [Tied::default(); SIGNS_MAX];
        each(signs, |sign, times| {
            if let Some(term) = self.terms.get(sign)
                && let Some(set) = sets.get_mut(term.set)
            {
                let most = |of: &[f32; TIMES]| of.get(times).copied().unwrap_or_default();
                set.add_several(most(&term.best), most(&term.all));
                set.is_named |= term.names;
            }
        });
        let mut own = sets.iter().zip(&self.sets).filter(|(set, _)| set.all > 0.0).peekable();
        let (mut words, mut all, mut said) = (0.0, 0.0, 0.0);
        let (mut word, mut met, mut sum) = (Tied::default(), 0, 0.0);
        while let Some((set, group)) = own.next() {
            met += 1;
            sum += set.score(tie);
            said += f32::from(u8::from(set.is_named));
            let next = own.peek().map(|(_, group)| **group);
            if next == Some(*group) {
                continue;
            }
            let of = |group: usize| self.groups.get(group);
            let factor = of(*group).and_then(|group| group.factors.get(met)).copied().unwrap_or_default();
            word.add(factor * sum);
            (met, sum) = (0, 0.0);
            if next.and_then(of).map(|group| group.word) != of(*group).map(|group| group.word) {
                words += f32::from(u8::from(word.all > 0.0));
                all += std::mem::take(&mut word).score(tie);
            }
        }
        self.joined.score(words, all, (said, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use crate::bound::Bound;
    use crate::bound::Joined;
    use crate::signs::Mark;
    use crate::signs::SIGNS_MAX;
    use crate::signs::sign;

    /// The sign of a record that has so many of it.
    fn seen(mark: Mark, count: u32) -> u64 {
        let (Mark::Own(number) | Mark::Shared(number)) = mark else { panic!("there is a sign left") };
        sign(number, count)
    }

    fn bound(words: usize) -> Bound {
        Bound::of(Joined { words, sayable: 2, alone: 0.5, titled: 1.0, tie: 0.5 })
    }

    #[test]
    fn the_best_of_a_set_and_a_word_counts_and_sets_add_up() {
        let mut bound = bound(2);
        bound.word();
        bound.group(vec![0.0, 1.0]);
        bound.set();
        let [first, second] = [4.0, 2.0].map(|most| bound.term([0.0, most, most, most], true).unwrap());
        bound.group(vec![0.0, 0.0, 0.5]);
        let [third, fourth] = [6.0, 10.0].map(|most| {
            bound.set();
            bound.term([0.0, most, most + 1.0, most + 2.0], false).unwrap()
        });
        bound.word();
        bound.group(vec![0.0, 1.0]);
        bound.set();
        let fifth = bound.term([0.0, 1.0, 1.0, 1.0], true).unwrap();
        let of =
            |terms: &[(Mark, u32)]| bound.most(terms.iter().map(|(mark, count)| seen(*mark, *count)).sum());
        // One of two words, of which the title says one of two.
        let one = 0.75 * 1.25;
        assert_eq!(of(&[(second, 9)]), 2.0 * one);
        assert_eq!(of(&[(first, 1), (second, 1)]), 5.0 * one);
        // One set of the two is nothing.
        assert_eq!(of(&[(third, 1)]), 0.0);
        assert_eq!(of(&[(third, 1), (fourth, 3)]), 9.0 * 0.75);
        assert_eq!(of(&[(first, 1), (third, 2), (fourth, 1), (fifth, 1)]), (8.5 + 2.0 + 1.0) * 2.0);
        assert_eq!(bound.terms().nth(3), Some([0.0, 5.0, 5.5, 6.0]));
        assert_eq!(bound.named(), (first.signs() | second.signs() | fifth.signs(), 2.0));
    }

    #[test]
    fn of_several_terms_together_the_best_may_be_meant() {
        let mut bound = bound(1);
        bound.word();
        bound.group(vec![0.0, 1.0]);
        bound.set();
        let own = bound.term([0.0, 1.0, 2.0, 3.0], false).unwrap();
        let shared = bound.terms_together(vec![1.0, 4.0, 2.0, 1.0], false).unwrap();
        let of = |count| bound.most(seen(shared, count));
        assert_eq!([1, 2, 3].map(of), [4.0, 5.0, 6.0]);
        assert_eq!(bound.most(seen(own, 3) | seen(shared, 1)), 5.5);
        assert_eq!(bound.terms().nth(1), Some([0.0, 4.0, 6.0, 8.0]));
    }

    #[test]
    fn there_are_only_so_many_signs() {
        let mut bound = bound(1);
        bound.word();
        bound.group(vec![0.0, 1.0]);
        bound.set();
        let given = (0..2 * SIGNS_MAX).filter(|_| bound.term([0.0, 1.0, 1.0, 1.0], false).is_some());
        assert_eq!(given.count(), SIGNS_MAX);
    }
}
