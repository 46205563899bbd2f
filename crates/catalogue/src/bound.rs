//! What a record scores at most that has certain of the frequent terms and no other (MaxScore: Turtle and Flood 1995).
//!
//! Scores only grow with what a record has, and how often, so the score of the shortest text with these terms is a
//! bound for all of them.

use crate::lengths::CLASSES;
use crate::lengths::Lengths;
use crate::signs::Mark;
use crate::signs::SIGNS_MAX;
use crate::signs::TIMES;
use crate::signs::each;
use crate::signs::sign;
use crate::wanted::WORDS_MAX;
use crate::weights::Weights;

/// Words of which it is told by which signs they are answered; searches seldom have more.
pub(crate) const WORDS_TOLD: usize = 4;

/// Sets of terms that a title may say of which it is told by which signs.
pub(crate) const NAMES_TOLD: usize = 8;

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
        sum * self.share(words) * self.gain((said, of_title))
    }

    /// What is left of a score by how many of the words are there.
    fn share(&self, words: f32) -> f32 {
        self.alone + (1.0 - self.alone) * words / self.words as f32
    }

    /// What a score is multiplied by, by how many of the words the title says, and the share of it that they are.
    fn gain(&self, (said, of_title): (f32, f32)) -> f32 {
        // Squared, so that a title in which the words only occur gains next to nothing.
        let alike = of_title.min(1.0) * said / self.sayable as f32;
        1.0 + self.titled * alike * alike
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
    joined: Joined,
    /// Whether the set that was begun has no such term yet.
    is_new: bool,
}

/// What a term adds at most, by the class of the record's lengths, then by how often it has the term.
pub(crate) type Most = [[f32; TIMES]; CLASSES];

/// What a term adds at most to all words together, where all sets of its group are there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adds<'a> {
    /// Of the terms of a set the best counts whole, the others in part.
    pub(crate) set: usize,
    best: &'a Most,
    all: &'a Most,
    factor: f32,
}

impl Adds<'_> {
    /// In a record of this class, by how often it has the term: what the best adds that share its sign, and all of them.
    pub(crate) fn to(&self, lengths: Lengths) -> [[f32; TIMES]; 2] {
        [self.best, self.all].map(|of| {
            let most = of.get(lengths.place()).copied().unwrap_or_default();
            most.map(|most| self.factor * most)
        })
    }
}

/// A term, or several of one set that share a sign.
#[derive(Debug)]
struct Term {
    set: usize,
    /// What one adds at most; of several, by how many of them there are.
    best: Most,
    /// The same of all of them together.
    all: Most,
    /// Whether a title that has it says what was typed.
    names: bool,
}

#[derive(Debug)]
struct Group {
    /// The words that it answers.
    words: Vec<usize>,
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

/// What was added up of a record so far.
#[derive(Debug, Default)]
struct Sums {
    set: Tied,
    /// How many sets of the group were met, and what they give.
    met: usize,
    group: f32,
    /// By word.
    words: [Tied; WORDS_MAX],
    /// How many sets the title says.
    said: f32,
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

    /// Begins another group, which answers some words and counts so much by how many of its sets are there.
    pub(crate) fn group(&mut self, words: &[usize], factors: Vec<f32>) {
        self.groups.push(Group { words: words.to_vec(), factors });
    }

    /// Begins another set of the group.
    pub(crate) fn set(&mut self) {
        self.is_new = true;
    }

    /// Adds a term to the set, with what it adds to a score at most: its mark, where a sign is left.
    pub(crate) fn term(&mut self, most: Most, names: bool) -> Option<Mark> {
        self.put(most, most, names).map(Mark::Own)
    }

    /// Adds terms to the set that share a sign, with what each adds to a score at most, however short the texts are.
    pub(crate) fn terms_together(&mut self, mut most: Vec<f32>, names: bool) -> Option<Mark> {
        most.sort_by(|a, b| b.total_cmp(a));
        let of_best = |count: usize| most.iter().take(count).sum();
        let best = most.first().copied().unwrap_or_default();
        // The last stands for that many and more.
        let all = [0.0, of_best(1), of_best(2), of_best(most.len())];
        self.put([[0.0, best, best, best]; CLASSES], [all; CLASSES], names).map(Mark::Shared)
    }

    fn put(&mut self, best: Most, all: Most, names: bool) -> Option<usize> {
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

    /// By sign: what a term adds at most.
    pub(crate) fn terms(&self) -> impl Iterator<Item = Adds<'_>> {
        self.terms.iter().map(|term| {
            let group = self.group_of(term);
            let factors = group.into_iter().flat_map(|group| &group.factors);
            let factor = factors.copied().fold(0.0, f32::max);
            let words = group.map_or(0, |group| group.words.len()) as f32;
            Adds { set: term.set, best: &term.best, all: &term.all, factor: words * factor }
        })
    }

    fn group_of(&self, term: &Term) -> Option<&Group> {
        self.sets.get(term.set).and_then(|group| self.groups.get(*group))
    }

    /// What counts of the terms of a set beside the best.
    pub(crate) fn tie(&self) -> f32 {
        self.joined.tie
    }

    /// By word, of the first few: the signs of all terms that answer it.
    pub(crate) fn words(&self) -> [u64; WORDS_TOLD] {
        let mut words = [0; WORDS_TOLD];
        for (number, term) in self.terms.iter().enumerate() {
            for word in self.group_of(term).into_iter().flat_map(|group| &group.words) {
                words.get_mut(*word).into_iter().for_each(|signs| *signs |= sign(number, u32::MAX));
            }
        }
        words
    }

    /// What is left of a score at most by how many of these words are there.
    pub(crate) fn shares(&self) -> [f32; WORDS_TOLD + 1] {
        let others = self.joined.words.saturating_sub(WORDS_TOLD);
        std::array::from_fn(|words| self.joined.share((words + others) as f32))
    }

    /// By set of terms that a title may say, of the first few: their signs.
    pub(crate) fn named(&self) -> [u64; NAMES_TOLD] {
        let mut names = [0; NAMES_TOLD];
        let sets = self.named_sets();
        for (number, term) in self.terms.iter().enumerate().filter(|(_, term)| term.names) {
            let at = sets.iter().position(|set| *set == term.set);
            let signs = at.and_then(|at| names.get_mut(at));
            signs.into_iter().for_each(|signs| *signs |= sign(number, u32::MAX));
        }
        names
    }

    /// What a record gains at most by its class, and by how many of these sets its title says.
    pub(crate) fn gains(&self) -> [[f32; NAMES_TOLD + 1]; CLASSES] {
        let others = self.named_sets().len().saturating_sub(NAMES_TOLD);
        Lengths::all().map(|lengths| {
            std::array::from_fn(|names| {
                let said = (names + others) as f32;
                self.joined.gain((said, said / lengths.title() as f32))
            })
        })
    }

    /// The sets of terms that a title may say, in their order.
    fn named_sets(&self) -> Vec<usize> {
        let mut sets: Vec<usize> = self.terms.iter().filter(|term| term.names).map(|term| term.set).collect();
        sets.dedup();
        sets
    }

    /// What a record of this class scores at most that has these signs and no other term.
    pub(crate) fn most(&self, signs: u64, lengths: Lengths) -> f32 {
        let (mut sums, mut before) = (Sums::default(), None);
        // Signs come in the order of their sets, and these in that of their groups.
        each(signs, |sign, times| {
            let Some(term) = self.terms.get(sign) else { return };
            if before != Some(term.set) {
                self.end(&mut sums, before, Some(term.set));
                before = Some(term.set);
            }
            let most =
                |of: &Most| of.get(lengths.place()).and_then(|of| of.get(times)).copied().unwrap_or_default();
            sums.set.add_several(most(&term.best), most(&term.all));
            sums.set.is_named |= term.names;
        });
        self.end(&mut sums, before, None);
        let (mut words, mut all) = (0.0, 0.0);
        for word in sums.words.iter().take(self.joined.words).filter(|word| word.all > 0.0) {
            words += 1.0;
            all += word.score(self.joined.tie);
        }
        let said = sums.said;
        self.joined.score(words, all, (said, said / lengths.title() as f32))
    }

    /// Adds what a set gives to what its group gives, and that to its word, where the next set is of another one.
    fn end(&self, sums: &mut Sums, set: Option<usize>, next: Option<usize>) {
        let place = |set: Option<usize>| set.and_then(|set| self.sets.get(set)).copied();
        let (Some(group), next) = (place(set), place(next)) else { return };
        let set = std::mem::take(&mut sums.set);
        sums.met += 1;
        sums.group += set.score(self.joined.tie);
        sums.said += f32::from(u8::from(set.is_named));
        if next == Some(group) {
            return;
        }
        let (met, sum) = (std::mem::take(&mut sums.met), std::mem::take(&mut sums.group));
        let Some(Group { words, factors }) = self.groups.get(group) else { return };
        let score = factors.get(met).copied().unwrap_or_default() * sum;
        for word in words {
            sums.words.get_mut(*word).into_iter().for_each(|own| own.add(score));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::bound::Bound;
    use crate::bound::Joined;
    use crate::bound::NAMES_TOLD;
    use crate::lengths::CLASSES;
    use crate::lengths::Lengths;
    use crate::signs::Mark;
    use crate::signs::SIGNS_MAX;
    use crate::signs::sign;

    /// The sign of a record that has so many of it.
    fn seen(mark: Mark, count: u32) -> u64 {
        let (Mark::Own(number) | Mark::Shared(number)) = mark else { panic!("there is a sign left") };
        sign(number, count)
    }

    const SHORT: Lengths = Lengths::SHORTEST;

    fn bound(words: usize) -> Bound {
        Bound::of(Joined { words, sayable: 2, alone: 0.5, titled: 1.0, tie: 0.5 })
    }

    #[test]
    fn the_best_of_a_set_and_a_word_counts_and_sets_add_up() {
        let mut bound = bound(2);
        bound.group(&[0], vec![0.0, 1.0]);
        bound.set();
        let [first, second] =
            [4.0, 2.0].map(|most| bound.term([[0.0, most, most, most]; CLASSES], true).unwrap());
        bound.group(&[0], vec![0.0, 0.0, 0.5]);
        let [third, fourth] = [6.0, 10.0].map(|most| {
            bound.set();
            bound.term([[0.0, most, most + 1.0, most + 2.0]; CLASSES], false).unwrap()
        });
        bound.group(&[1], vec![0.0, 1.0]);
        bound.set();
        let fifth = bound.term([[0.0, 1.0, 1.0, 1.0]; CLASSES], true).unwrap();
        let of = |terms: &[(Mark, u32)]| {
            bound.most(terms.iter().map(|(mark, count)| seen(*mark, *count)).sum(), SHORT)
        };
        // One of two words, of which the title says one of two.
        let one = 0.75 * 1.25;
        assert_eq!(of(&[(second, 9)]), 2.0 * one);
        assert_eq!(of(&[(first, 1), (second, 1)]), 5.0 * one);
        // One set of the two is nothing.
        assert_eq!(of(&[(third, 1)]), 0.0);
        assert_eq!(of(&[(third, 1), (fourth, 3)]), 9.0 * 0.75);
        assert_eq!(of(&[(first, 1), (third, 2), (fourth, 1), (fifth, 1)]), (8.5 + 2.0 + 1.0) * 2.0);
        let adds = |sign: usize| bound.terms().nth(sign).map(|adds| adds.to(SHORT));
        assert_eq!(adds(3), Some([[0.0, 5.0, 5.5, 6.0]; 2]));
        let [both, last, rest @ ..] = bound.named();
        assert_eq!((both, last), (first.signs() | second.signs(), fifth.signs()));
        assert_eq!(rest, [0; NAMES_TOLD - 2]);
        let gain = |said: f32, title: u32| 1.0 + ((said / title as f32).min(1.0) * said / 2.0).powi(2);
        for (gains, lengths) in bound.gains().into_iter().zip(Lengths::all()) {
            assert_eq!(gains.first_chunk(), Some(&[0.0, 1.0, 2.0].map(|said| gain(said, lengths.title()))));
        }
    }

    #[test]
    fn of_several_terms_together_the_best_may_be_meant() {
        let mut bound = bound(1);
        bound.group(&[0], vec![0.0, 1.0]);
        bound.set();
        let own = bound.term([[0.0, 1.0, 2.0, 3.0]; CLASSES], false).unwrap();
        let shared = bound.terms_together(vec![1.0, 4.0, 2.0, 1.0], false).unwrap();
        let of = |count| bound.most(seen(shared, count), SHORT);
        assert_eq!([1, 2, 3].map(of), [4.0, 5.0, 6.0]);
        assert_eq!(bound.most(seen(own, 3) | seen(shared, 1), SHORT), 5.5);
        let adds = bound.terms().nth(1).map(|adds| adds.to(SHORT));
        assert_eq!(adds, Some([[0.0, 4.0, 4.0, 4.0], [0.0, 4.0, 6.0, 8.0]]));
    }

    #[test]
    fn there_are_only_so_many_signs() {
        let mut bound = bound(1);
        bound.group(&[0], vec![0.0, 1.0]);
        bound.set();
        let given =
            (0..2 * SIGNS_MAX).filter(|_| bound.term([[0.0, 1.0, 1.0, 1.0]; CLASSES], false).is_some());
        assert_eq!(given.count(), SIGNS_MAX);
    }
}
