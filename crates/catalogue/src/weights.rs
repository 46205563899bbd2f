//! The numbers by which hits are ordered, in one place: what the page "Wie wird sortiert?" tells.

/// What counts how much. The default is what every node uses; a bench tries others.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// A word in the title.
    pub title: f32,
    /// A word in any other text.
    pub body: f32,
    /// All parts of a compound, where the compound as a whole is not there.
    pub parts: f32,
    /// How much a compound keeps of what its parts give, where only one of many is there, 0 to 1.
    pub some_parts: f32,
    /// A word of the same meaning from the list of synonyms.
    pub synonyms: f32,
    /// A word from the field that the word typed stands for, from the same list.
    pub narrower: f32,
    /// A longer word that begins as the last word typed.
    pub beginnings: f32,
    /// A word of a label: kind, action field, Land, name of the publisher.
    pub labels: f32,
    /// How much a match in a second place adds to the best one.
    pub tie: f32,
    /// What a record gains whose title says what was typed and nothing else; others gain the square of their share:
    /// the share of the title that was typed, times the share of what was typed that stands in the title.
    pub titled: f32,
    /// How much of its score a record keeps that has none of the other words, 0 to 1.
    pub alone: f32,
    /// How soon more of the same word in one text stops to count (BM25, k1).
    pub saturation: f32,
    /// How much longer texts count less (BM25, b).
    pub length: f32,
    /// The length of a usual title in words (and parts).
    pub title_words: f32,
    /// The length of the other usual texts of a record in words (and parts).
    pub body_words: f32,
    /// What each step of evidence adds, in thousandths: measured or evaluated by itself, an adoption, an assessment.
    pub evidence_thousandths: u64,
    /// Steps of evidence that count, at most.
    pub evidence_steps_max: u64,
    /// What a record signed today has over one that is as old as `recency_days`, in thousandths.
    pub recency_thousandths: u64,
    /// From this age on, age makes no difference.
    pub recency_days: u64,
    /// Evidence and age order the best hits among themselves, so many.
    pub window: usize,
}

impl Default for Weights {
    fn default() -> Weights {
        Weights {
            title: 0.8,
            body: 1.0,
            parts: 1.0,
            some_parts: 0.4,
            synonyms: 0.7,
            narrower: 0.5,
            beginnings: 0.5,
            labels: 0.4,
            tie: 0.3,
            titled: 1.5,
            alone: 0.5,
            saturation: 1.2,
            length: 0.75,
            title_words: 5.0,
            body_words: 80.0,
            evidence_thousandths: 20,
            evidence_steps_max: 5,
            recency_thousandths: 50,
            recency_days: 730,
            window: 50,
        }
    }
}
