//! Cross-validation of the weights: how good are weights on queries that had no part in choosing them?

use crate::cases::Cases;
use crate::cases::Judged;
use crate::cases::TAGS;
use catalogue::weights::Weights;
use std::error::Error;

/// Parts of the queries; each is held back once.
const FOLDS: usize = 5;
/// Walks over all knobs before the best is taken.
const ROUNDS: usize = 2;

/// One number that may be turned, and what is tried for it.
struct Knob {
    name: &'static str,
    turn: fn(&mut Weights, f32),
    tried: &'static [f32],
}

const KNOBS: [Knob; 14] = [
    Knob { name: "title", turn: |w, x| w.title = x, tried: &[0.8, 1.0, 1.3, 1.7] },
    Knob { name: "parts", turn: |w, x| w.parts = x, tried: &[0.4, 0.6, 0.75, 0.9, 1.1] },
    Knob { name: "some_parts", turn: |w, x| w.some_parts = x, tried: &[0.2, 0.4, 0.6, 0.8, 1.0] },
    Knob { name: "synonyms", turn: |w, x| w.synonyms = x, tried: &[0.01, 0.2, 0.35, 0.5, 0.7] },
    Knob { name: "narrower", turn: |w, x| w.narrower = x, tried: &[0.01, 0.15, 0.3, 0.4, 0.5] },
    Knob { name: "titled", turn: |w, x| w.titled = x, tried: &[0.0, 0.5, 1.0, 1.5, 2.0, 3.0] },
    Knob { name: "beginnings", turn: |w, x| w.beginnings = x, tried: &[0.1, 0.3, 0.5, 0.7] },
    Knob { name: "labels", turn: |w, x| w.labels = x, tried: &[0.1, 0.25, 0.4] },
    Knob { name: "tie", turn: |w, x| w.tie = x, tried: &[0.1, 0.2, 0.3, 0.5] },
    Knob { name: "alone", turn: |w, x| w.alone = x, tried: &[0.2, 0.35, 0.5, 0.7, 1.0] },
    Knob { name: "saturation", turn: |w, x| w.saturation = x, tried: &[0.6, 0.9, 1.2, 1.6] },
    Knob { name: "length", turn: |w, x| w.length = x, tried: &[0.2, 0.4, 0.6, 0.75] },
    Knob { name: "title_words", turn: |w, x| w.title_words = x, tried: &[5.0, 8.0, 12.0] },
    Knob { name: "body_words", turn: |w, x| w.body_words = x, tried: &[40.0, 80.0, 160.0] },
];

/// The default with some numbers turned, as `title=0.8,parts=1.1`.
pub(crate) fn turned(text: &str) -> Result<Weights, Box<dyn Error>> {
    let mut weights = Weights::default();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').ok_or("write it as title=0.8,parts=1.1")?;
        let knob = KNOBS.iter().find(|knob| knob.name == name);
        (knob.ok_or_else(|| format!("there is no weight {name}"))?.turn)(&mut weights, value.parse()?);
    }
    Ok(weights)
}

pub(crate) fn run() -> Result<bool, Box<dyn Error>> {
    let Some(cases) = Cases::read()? else {
        println!("skipped: the folder ../shared/data/search is absent");
        return Ok(true);
    };
    let tables = Tables::new(&cases)?;
    let base = Weights::default();
    println!("the default on everything: {:.3}", tables.mean(&base, |_| true)?);
    let mut sum = 0.0;
    for fold in 0..FOLDS {
        let chosen = tables.choose(&base, |at| at % FOLDS != fold)?;
        let (seen, held) =
            (tables.mean(&chosen, |at| at % FOLDS != fold)?, tables.mean(&chosen, |at| at % FOLDS == fold)?);
        let plain = tables.mean(&base, |at| at % FOLDS == fold)?;
        println!(
            "part {fold}: chosen on the others {seen:.3}, held back {held:.3} (default there {plain:.3})"
        );
        sum += held;
    }
    println!("cross-validated: {:.3}", sum / FOLDS as f64);
    let chosen = tables.choose(&base, |_| true)?;
    println!("chosen on everything, {:.3}: {chosen:?}", tables.mean(&chosen, |_| true)?);
    for knob in &KNOBS {
        let mut line = format!("{:<12}", knob.name);
        for value in knob.tried {
            let mut weights = base.clone();
            (knob.turn)(&mut weights, *value);
            line.push_str(&format!(" {value}: {:.3}", tables.mean(&weights, |_| true)?));
        }
        println!("{line}");
    }
    Ok(true)
}

/// The catalogues and the sets.
struct Tables<'a> {
    cases: &'a Cases,
    with: catalogue::index::Catalogue,
    without: catalogue::index::Catalogue,
}

impl<'a> Tables<'a> {
    fn new(cases: &'a Cases) -> Result<Tables<'a>, Box<dyn Error>> {
        Ok(Tables { cases, with: cases.catalogue(true)?, without: cases.catalogue(false)? })
    }

    /// The mean of the means of all sets over the queries of these families. The same query with a typing error or
    /// with ae, oe, ue is of the same family, so it is never held back and seen at once.
    fn mean(&self, weights: &Weights, takes: impl Fn(usize) -> bool) -> Result<f64, Box<dyn Error>> {
        let mut sum = 0.0;
        let mut sets = 0.0;
        let families = self.cases.families();
        for (at, ((_, queries), families)) in self.cases.sets().iter().zip(&families).enumerate() {
            let some: Vec<Judged> = queries
                .iter()
                .zip(families)
                .filter(|(_, family)| takes(**family))
                .map(|(query, _)| query.clone())
                .collect();
            let catalogue = if at == TAGS { &self.without } else { &self.with };
            let ranked = self.cases.order(catalogue, &some, weights)?;
            sum += crate::cases::ndcg(&some, &ranked);
            sets += 1.0;
        }
        Ok(sum / sets)
    }

    /// Turns one knob after the other to where these queries fare best.
    fn choose(&self, base: &Weights, takes: impl Fn(usize) -> bool) -> Result<Weights, Box<dyn Error>> {
        let mut best = base.clone();
        let mut reached = self.mean(&best, &takes)?;
        for knob in KNOBS.iter().cycle().take(KNOBS.len() * ROUNDS) {
            for value in knob.tried {
                let mut weights = best.clone();
                (knob.turn)(&mut weights, *value);
                let here = self.mean(&weights, &takes)?;
                if here > reached + 1e-6 {
                    (best, reached) = (weights, here);
                }
            }
        }
        Ok(best)
    }
}
