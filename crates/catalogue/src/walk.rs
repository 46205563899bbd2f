//! The walk through all segments: which records have the words and phrases, pass the filters, and are the best.

use crate::bits::Bits;
use crate::bits::STRETCH;
use crate::cursor::Cursor;
use crate::edition::Edition;
use crate::fields::Fields;
use crate::index::Catalogue;
use crate::index::FindError;
use crate::plan::Answer;
use crate::scan::Part;
use crate::scan::Score;
use crate::scratch::Scratch;
use crate::sift::Best;
use crate::sift::Floor;
use crate::sift::Pass;
use crate::sift::Sieve;
use crate::sift::Sifted;
use crate::sift::in_order;
use crate::wanted::Sought;
use crate::wanted::Wanted;
use crate::weights::Weights;
use record::kind::Lang;
use std::sync::LazyLock;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use tantivy::DocId;
use tantivy::DocSet as _;
use tantivy::SegmentReader;
use tantivy::TERMINATED;
use tantivy::Term;
use tantivy::query::BooleanQuery;
use tantivy::query::EnableScoring;
use tantivy::query::Occur;
use tantivy::query::PhraseQuery;
use tantivy::query::Query as Ask;
use tantivy::query::TermQuery;
use tantivy::schema::IndexRecordOption;

/// Records that one thread looks through before it takes others.
const PART_RECORDS: DocId = 4 * STRETCH as DocId;
/// With fewer postings, a few milliseconds of work, a second thread is not worth waiting for: at first it may be given
/// the processor of the first.
const SHARED_MIN: u64 = 400_000;
/// Threads that look for one person, where the machine has as many processors.
const WALKERS_MAX: usize = 2;

/// The threads of one search.
static WALKERS: LazyLock<usize> = LazyLock::new(|| {
    std::thread::available_parallelism().map_or(1, |processors| processors.get().min(WALKERS_MAX))
});

/// The records of a segment that have all phrases, each in a list, and those that have an excluded one.
struct Phrases {
    must: Vec<Vec<DocId>>,
    never: Vec<Vec<DocId>>,
}

impl Phrases {
    /// Leaves those of the records of a stretch from `from` on that have what they must.
    fn hold(&self, from: DocId, met: &mut Bits) {
        let has = |docs: &Vec<DocId>, doc: DocId| docs.binary_search(&(from + doc)).is_ok();
        if !self.must.is_empty() || !self.never.is_empty() {
            met.retain(|doc| {
                self.must.iter().all(|docs| has(docs, doc)) && !self.never.iter().any(|docs| has(docs, doc))
            });
        }
    }
}

impl Catalogue {
    /// What is found, with the best in order; behind a cursor if there is one.
    pub(crate) fn walk(
        &self,
        edition: &Edition,
        (wanted, answers): (&Wanted, &[Answer]),
        (sieve, weights): (&Sieve, &Weights),
        (after, keep): (Option<&Cursor>, usize),
    ) -> Result<Sifted, FindError> {
        let score = Score::of(edition, answers, weights)?;
        let phrases = self.phrases(edition, wanted)?;
        let parts = parts(edition);
        let (next, floor) = (AtomicUsize::new(0), Floor::default());
        let work = || {
            self.scratches.lend(|scratch| -> Result<Sifted, FindError> {
                let Scratch { desk, .. } = scratch;
                score.start(desk);
                let mut sifted = Sifted::new(edition);
                let mut best = Best::new(&floor);
                let mut open = None;
                while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let at = part.segment;
                    let Some(phrases) = phrases.get(at) else { continue };
                    let Some(mut pass) =
                        Pass::new(sieve, (at, edition), (after, keep), &mut best, &mut sifted)
                    else {
                        continue;
                    };
                    let hold = |from: DocId, met: &mut Bits| phrases.hold(from, met);
                    if score.has_words() {
                        score.segment(part, &mut open, desk, hold, &mut pass)?;
                    } else if wanted.is_open() {
                        for from in part.docs.clone().step_by(STRETCH) {
                            desk.met.fill();
                            hold(from, &mut desk.met);
                            pass.sieve(from, &mut desk.met);
                            desk.met.each(|doc| pass.keep(from + doc, 0.0, 0));
                        }
                    }
                }
                sifted.best = best.found;
                Ok(sifted)
            })
        };
        let all = if wanted.is_open() { edition.num_docs() } else { 0 };
        let much = parts.len() > 1 && score.postings() + all >= SHARED_MIN;
        let mut sifted = if much { shared(&work)? } else { work()? };
        let side = sifted.side(edition, sieve);
        let (next, passed) = (AtomicUsize::new(0), std::mem::take(&mut sifted.passed));
        let count = || {
            self.scratches.lend(|scratch| {
                let mut counted = Sifted::new(edition);
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(passed) = passed.get(at) else { break Ok(counted) };
                    counted.count((at, passed), (edition, side), sieve, &mut scratch.counts);
                }
            })
        };
        sifted.add(if much { shared(&count)? } else { count()? });
        sifted.turn(edition, side);
        in_order(&mut sifted.best, &edition.rolls);
        sifted.best.truncate(keep);
        Ok(sifted)
    }

    /// By segment: which records the phrases hold.
    fn phrases(&self, edition: &Edition, wanted: &Wanted) -> Result<Vec<Phrases>, FindError> {
        let of_segment = |segment: &SegmentReader| {
            let found = |phrase: &Vec<Sought>| docs(edition, segment, &*asked_phrase(&self.fields, phrase));
            let must = wanted.phrases.iter().map(found).collect::<Result<_, FindError>>()?;
            let never = wanted.excluded.iter().map(found).collect::<Result<_, FindError>>()?;
            Ok(Phrases { must, never })
        };
        edition.segment_readers().iter().map(of_segment).collect()
    }
}

/// The parts of all segments.
fn parts(edition: &Edition) -> Vec<Part<'_>> {
    let segments = edition.segment_readers().iter().enumerate();
    let parts = segments.flat_map(|(segment, reader)| {
        let all = reader.max_doc();
        let begins = (0..all).step_by(PART_RECORDS as usize);
        begins.map(move |from| Part {
            segment,
            reader,
            docs: from..from.saturating_add(PART_RECORDS).min(all),
        })
    });
    parts.collect()
}

/// Lets several threads work and adds up what they found.
fn shared(work: &(impl Fn() -> Result<Sifted, FindError> + Sync)) -> Result<Sifted, FindError> {
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..*WALKERS).map(|_| scope.spawn(work)).collect();
        let mut sifted = work()?;
        for other in others {
            sifted.add(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        Ok(sifted)
    })
}

/// The records of a segment that answer a question, in their order.
pub(crate) fn docs(
    searcher: &Edition,
    segment: &SegmentReader,
    ask: &dyn Ask,
) -> Result<Vec<DocId>, FindError> {
    let weight = ask.weight(EnableScoring::disabled_from_searcher(searcher))?;
    let mut scorer = weight.scorer(segment, 1.0)?;
    let mut found = Vec::new();
    let mut doc = scorer.doc();
    while doc != TERMINATED {
        found.push(doc);
        doc = scorer.advance();
    }
    Ok(found)
}

/// A phrase in any field, in one language at a time.
fn asked_phrase(fields: &Fields, phrase: &[Sought]) -> Box<dyn Ask> {
    let mut ways: Vec<(Occur, Box<dyn Ask>)> = Vec::new();
    for pair in [fields.title, fields.body] {
        for lang in [Lang::De, Lang::En] {
            let field = pair.of(lang);
            let stems: Vec<_> = phrase
                .iter()
                .filter_map(|word| Some((word.place, Term::from_field_text(field, word.stem(lang)?))))
                .collect();
            let way: Box<dyn Ask> = match stems.as_slice() {
                [] => continue,
                [(_, only)] => Box::new(TermQuery::new(only.clone(), IndexRecordOption::Basic)),
                _ => Box::new(PhraseQuery::new_with_offset(stems)),
            };
            ways.push((Occur::Should, way));
        }
    }
    Box::new(BooleanQuery::new(ways))
}
