//! From what is wanted to where it is looked up: for each word the terms that answer it, with their weights.

use crate::codes::Labelled;
use crate::codes::labelled;
use crate::codes::name_mark;
use crate::dictionary::Dictionary;
use crate::fields::Fields;
use crate::fields::Pair;
use crate::lexicon::parts;
use crate::stem::stem;
use crate::synonyms::Meant;
use crate::synonyms::Synonyms;
use crate::wanted::Sought;
use crate::wanted::Wanted;
use crate::weights::Weights;
use record::kind::Lang;
use std::collections::BTreeSet;
use tantivy::schema::Field;

/// Longer words that one beginning may stand for: of the most frequent ones those that are found no other way.
const BEGINNINGS_MAX: usize = 40;
/// Words one behind the other that are looked up together in the list of synonyms, at most.
const TOGETHER_MAX: usize = 4;
/// The shortest stem that is completed.
const STEM_BYTES_MIN: usize = 3;
/// Letters that the endings below may have.
const ENDING_BYTES_MAX: usize = 8;
/// Endings that a stemmed word may have lost: somebody who has typed "Beteiligu" means "Beteiligung".
const ENDINGS: [&str; 14] = [
    "e",
    "en",
    "er",
    "ern",
    "es",
    "heiten",
    "igkeiten",
    "igungen",
    "ischen",
    "keiten",
    "lichen",
    "ungen",
    "igen",
    "isierungen",
];

/// What a term stands in, which decides how matches count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Title,
    Body,
    Label,
}

/// One term.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Leaf {
    pub(crate) field: Field,
    pub(crate) text: String,
    pub(crate) place: Place,
    pub(crate) weight: f32,
    /// The word itself; others are never rarer than it, or a rare synonym would outweigh it.
    pub(crate) is_base: bool,
}

impl Leaf {
    /// Whether a title that has it says what was typed.
    pub(crate) fn names(&self) -> bool {
        self.is_base && self.place == Place::Title
    }
}

/// Terms of which the best counts.
pub(crate) type Leaves = Vec<Leaf>;

/// Several that belong together and add up: the parts of a compound, or words that only together mean the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Group {
    pub(crate) weight: f32,
    pub(crate) sets: Vec<Leaves>,
    /// Whether some of the sets without the others say nothing: `old people` is not about `old`.
    pub(crate) is_whole: bool,
}

/// The groups that answer one word; the best counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub(crate) groups: Vec<Group>,
}

/// What all answers are made with.
#[derive(Debug)]
pub(crate) struct Planner<'a> {
    pub(crate) fields: &'a Fields,
    pub(crate) weights: &'a Weights,
    pub(crate) synonyms: &'a Synonyms,
    pub(crate) dictionary: &'a Dictionary<'a>,
}

impl Planner<'_> {
    /// The answers to all words, in their order.
    pub(crate) fn answers(&self, wanted: &Wanted) -> tantivy::Result<Vec<Answer>> {
        let words: Vec<&Sought> = wanted.scored().collect();
        let mut answers: Vec<Answer> =
            words.iter().map(|word| self.answer(word)).collect::<tantivy::Result<_>>()?;
        for count in 2..=TOGETHER_MAX {
            for (at, run) in words.windows(count).enumerate() {
                let meant = self.together(run);
                for answer in answers.iter_mut().skip(at).take(count).filter(|_| !meant.is_empty()) {
                    // Behind the word itself and before its parts, which are the last group.
                    answer.groups.splice(1..1, meant.iter().cloned());
                }
            }
        }
        Ok(answers)
    }

    /// What means the same as these words one behind the other.
    fn together(&self, run: &[&Sought]) -> Vec<Group> {
        let Some(first) = run.first() else { return Vec::new() };
        let mut groups = Vec::new();
        for lang in [Lang::De, Lang::En] {
            let stems: Option<Vec<&str>> = run.iter().map(|word| word.stem(lang)).collect();
            let meant = stems.map(|stems| self.synonyms.of(lang, &stems)).unwrap_or_default();
            for group in meant.iter().filter_map(|meant| self.same_group(first, meant)) {
                if !groups.contains(&group) {
                    groups.push(group);
                }
            }
        }
        groups
    }

    /// The answer to one word.
    fn answer(&self, word: &Sought) -> tantivy::Result<Answer> {
        let mut whole = Vec::new();
        for lang in [Lang::De, Lang::En] {
            if let Some(stem) = word.stem(lang) {
                self.texts(word, lang, stem, 1.0, true, &mut whole);
            }
        }
        if !word.title_only {
            self.labels(word, &mut whole);
        }
        if word.beginning {
            self.beginnings(word, &mut whole)?;
        }
        let mut groups = vec![Group { weight: 1.0, sets: vec![whole], is_whole: false }];
        self.meant(word, &mut groups);
        let sets: Vec<Leaves> = word.parts.iter().map(|part| self.part(word, part)).collect();
        if !sets.is_empty() {
            groups.push(Group { weight: self.weights.parts, sets, is_whole: false });
        }
        Ok(Answer { groups })
    }

    fn pairs(&self, word: &Sought) -> Vec<(Pair, Place, f32)> {
        let mut pairs = vec![(self.fields.title, Place::Title, self.weights.title)];
        if !word.title_only {
            pairs.push((self.fields.body, Place::Body, self.weights.body));
        }
        pairs
    }

    fn texts(&self, word: &Sought, lang: Lang, stem: &str, weight: f32, is_base: bool, into: &mut Leaves) {
        for (pair, place, of_place) in self.pairs(word) {
            let field = pair.of(lang);
            if !into.iter().any(|leaf| leaf.field == field && leaf.text == stem) {
                into.push(Leaf { field, text: stem.to_owned(), place, weight: weight * of_place, is_base });
            }
        }
    }

    fn labels(&self, word: &Sought, into: &mut Leaves) {
        let weight = self.weights.labels;
        let mut put =
            |field, text| into.push(Leaf { field, text, place: Place::Label, weight, is_base: false });
        let meant: BTreeSet<&Labelled> = [Lang::De, Lang::En]
            .into_iter()
            .filter_map(|lang| Some((lang, word.stem(lang)?)))
            .flat_map(|(lang, stem)| labelled(lang, stem))
            .collect();
        for labelled in meant {
            match labelled {
                Labelled::Code(term) => put(self.fields.codes, term.clone()),
                Labelled::Mark(term) => put(self.fields.marks, term.clone()),
            }
        }
        put(self.fields.marks, name_mark(&word.folded));
    }

    /// Longer words: those that begin with the stem of what was typed, and those whose stem the typing has passed.
    fn beginnings(&self, word: &Sought, into: &mut Leaves) -> tantivy::Result<()> {
        let weight = self.weights.beginnings;
        for lang in [Lang::De, Lang::En] {
            let Some(own) = word.stem(lang).filter(|stem| stem.len() >= STEM_BYTES_MIN) else { continue };
            let typed = match lang {
                Lang::De => without_umlauts(&word.folded),
                Lang::En => word.folded.clone(),
            };
            let mut stems: Vec<String> = Vec::new();
            for beginning in BTreeSet::from([own, typed.as_str()]) {
                let fields = [self.fields.title.of(lang), self.fields.body.of(lang)];
                let longer = self.dictionary.longer(fields, beginning, BEGINNINGS_MAX)?;
                // A compound has its parts as terms of their own, so records with it are found by the word itself.
                let is_other = |longer: &&String| lang != Lang::De || !parts(longer).contains(&own);
                stems.extend(longer.iter().filter(is_other).cloned());
            }
            stems.extend(passed(&typed).filter(|stem| stem.len() >= STEM_BYTES_MIN));
            for stem in stems {
                self.texts(word, lang, &stem, weight, false, into);
            }
        }
        Ok(())
    }

    /// Words of the same meaning; one of several words is there when all of them are.
    fn meant(&self, word: &Sought, groups: &mut Vec<Group>) {
        let mut single = Vec::new();
        for lang in [Lang::De, Lang::En] {
            let Some(own) = word.stem(lang) else { continue };
            for meant in self.synonyms.of(lang, &[own]) {
                match meant.words {
                    [one] => self.same(word, one, self.weight_of(&meant), &mut single),
                    _ => groups.extend(self.same_group(word, &meant)),
                }
            }
        }
        if let Some(Group { sets, .. }) = groups.first_mut()
            && let Some(whole) = sets.first_mut()
        {
            whole.extend(single);
        }
    }

    /// Several words that mean the same only together.
    fn same_group(&self, word: &Sought, meant: &Meant) -> Option<Group> {
        let set = |one: &String| {
            let mut set = Vec::new();
            self.same(word, one, 1.0, &mut set);
            set
        };
        let sets: Vec<Leaves> = meant.words.iter().map(set).filter(|set| !set.is_empty()).collect();
        let weight = self.weight_of(meant) / sets.len().max(1) as f32;
        (!sets.is_empty()).then_some(Group { weight, sets, is_whole: true })
    }

    fn weight_of(&self, meant: &Meant) -> f32 {
        if meant.is_narrower { self.weights.narrower } else { self.weights.synonyms }
    }

    fn same(&self, word: &Sought, folded: &str, weight: f32, into: &mut Leaves) {
        for lang in [Lang::De, Lang::En] {
            if let Some(stem) = stem(folded, lang) {
                self.texts(word, lang, &stem, weight, false, into);
            }
        }
    }

    /// One part of a compound, and what is meant by it.
    fn part(&self, word: &Sought, part: &str) -> Leaves {
        let mut set = Vec::new();
        self.texts(word, Lang::De, part, 1.0, true, &mut set);
        for meant in self.synonyms.of(Lang::De, &[part]).into_iter().filter(|meant| !meant.is_narrower) {
            if let [one] = meant.words {
                self.same(word, one, self.weights.synonyms, &mut set);
            }
        }
        set
    }
}

/// As the German stemmer writes them.
fn without_umlauts(folded: &str) -> String {
    folded.replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

/// Stems that were typed already together with the beginning of an ending.
fn passed(typed: &str) -> impl Iterator<Item = String> + '_ {
    let from = typed.len().saturating_sub(ENDING_BYTES_MAX);
    (from..typed.len()).filter_map(move |at| {
        let (stem, begun) = typed.split_at_checked(at)?;
        ENDINGS.iter().any(|ending| ending.starts_with(begun)).then(|| stem.to_owned())
    })
}
