//! The catalogue: fed with the changes of the store, asked by everybody who looks for something.

use crate::change::Change;
use crate::codebook::Codebook;
use crate::codes::code_term;
use crate::entry::entry;
use crate::entry::key;
use crate::fields::Fields;
use crate::fields::fingerprint;
use crate::home::Home;
use crate::home::OpenError;
use crate::home::payload;
use crate::suggest::complete;
use crate::synonyms::Synonyms;
use record::kind::kinds;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use tantivy::Index;
use tantivy::IndexReader;
use tantivy::IndexWriter;
use tantivy::ReloadPolicy;
use tantivy::Searcher;
use tantivy::TantivyError;
use tantivy::Term;
use tantivy::collector::Count;
use tantivy::indexer::IndexWriterOptions;
use tantivy::indexer::LogMergePolicy;
use tantivy::query::BooleanQuery;
use tantivy::query::Occur;
use tantivy::query::Query as Ask;
use tantivy::query::TermQuery;
use tantivy::schema::IndexRecordOption;

/// What the writer may hold in memory before it begins a new segment, in bytes; tantivy's least.
const WRITER_BYTES: usize = 15_000_000;
/// Decompressed blocks of stored cards that each segment keeps in memory.
const CARD_BLOCKS_KEPT: usize = 4;
/// Segments of about the same size before they are merged into one.
const SEGMENTS_MERGED: usize = 6;
/// Segments up to this many records count as of the same size.
const SEGMENT_RECORDS_SMALL: u32 = 1_000;
/// The share of replaced and removed records above which a segment is written anew.
const REMOVED_SHARE_MAX: f32 = 0.2;

/// The full-text index. Finding and feeding may go on at the same time from several threads; one feeds.
pub struct Catalogue {
    pub(crate) fields: Fields,
    fingerprint: String,
    index: Index,
    reader: IndexReader,
    /// The one writer; none after it failed, until the next change makes a new one.
    writer: Mutex<Option<IndexWriter>>,
    checkpoint: AtomicU64,
    rebuilt: Option<String>,
    pub(crate) book: Codebook,
    pub(crate) synonyms: RwLock<Arc<Synonyms>>,
}

/// Why changes were not taken in. The same call may be made again; saying a change twice changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The index could not be written.
    #[error("the catalogue could not be written: {0}; check that the disk has room")]
    Index(#[from] TantivyError),
    /// Our own fault.
    #[error("a record's card could not be written: {0}")]
    Card(#[from] serde_json::Error),
}

/// Why a search has no answer. What was typed is never the reason.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The index could not be read.
    #[error("the catalogue could not be read: {0}; delete its folder and restart to build it anew")]
    Index(#[from] TantivyError),
    /// A stored card is not as this version writes it.
    #[error(
        "a card in the catalogue is damaged: {0}; delete the catalogue's folder and restart to build it anew"
    )]
    Card(String),
}

impl Catalogue {
    /// Opens the index in a folder, making both where they are missing. An index that is broken or of
    /// another form is cleared away and begun anew: then the checkpoint is 0 and [`Catalogue::rebuilt`]
    /// says why.
    pub fn open(folder: &Path) -> Result<Catalogue, OpenError> {
        let (schema, fields) = Fields::build();
        let fingerprint = fingerprint(&schema);
        let home = Home::open(folder, &schema, &fingerprint)?;
        Ok(Catalogue::over(home, fields, fingerprint)?)
    }

    /// An index in memory, for tests and short-lived nodes.
    pub fn in_memory() -> Catalogue {
        let (schema, fields) = Fields::build();
        let home =
            Home::in_memory(&schema).expect("an index in memory needs no disk and our schema is sound");
        Catalogue::over(home, fields, fingerprint(&schema))
            .expect("a fresh index in memory has nothing to fail on")
    }

    fn over(home: Home, fields: Fields, fingerprint: String) -> tantivy::Result<Catalogue> {
        let reader = home
            .index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(CARD_BLOCKS_KEPT)
            .try_into()?;
        let writer = Mutex::new(Some(writer(&home.index)?));
        if let Some(reason) = &home.rebuilt {
            tracing::warn!(reason, "the catalogue is built anew");
        }
        let checkpoint = AtomicU64::new(home.checkpoint);
        let Home { index, rebuilt, .. } = home;
        let book = Codebook::default();
        let synonyms = RwLock::default();
        Ok(Catalogue { fields, fingerprint, index, reader, writer, checkpoint, rebuilt, book, synonyms })
    }

    /// The change number up to which everything is taken in; 0 when nothing is.
    pub fn checkpoint(&self) -> u64 {
        self.checkpoint.load(Ordering::Acquire)
    }

    /// Why the index was begun anew when it was opened, if it was; the feed is then replayed from 0.
    pub fn rebuilt(&self) -> Option<&str> {
        self.rebuilt.as_deref()
    }

    /// Takes other synonyms from now on: our own and an operator's. Nothing is indexed anew.
    pub fn set_synonyms(&self, synonyms: Synonyms) {
        *self.synonyms.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(synonyms);
    }

    /// The records as they stand now.
    pub(crate) fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }

    /// How many records can be found.
    pub fn count(&self) -> u64 {
        self.reader.searcher().num_docs()
    }

    /// How many records of this publisher a reader finds.
    pub fn count_of(&self, publisher: &str) -> Result<u64, FindError> {
        let term = Term::from_field_text(self.fields.codes, &code_term("publisher", publisher));
        let mut parts = hidden(&self.fields);
        parts.push((Occur::Must, Box::new(TermQuery::new(term, IndexRecordOption::Basic))));
        let question = BooleanQuery::new(parts);
        Ok(self.reader.searcher().search(&question, &Count)? as u64)
    }

    /// Takes in changes in their order and remembers that everything up to change `upto` is in.
    /// All of it is on the disk and visible to searches when this returns. After an error either all or
    /// nothing is on the disk, and [`Catalogue::checkpoint`] tells which.
    pub fn apply(&self, changes: &[Change], upto: u64) -> Result<(), ApplyError> {
        let mut guard = self.lock();
        // A writer that failed is dropped with all that it held, so that nothing half stays.
        let mut writer = match guard.take() {
            Some(writer) => writer,
            None => writer(&self.index)?,
        };
        for change in changes {
            match change {
                Change::Stands(content) => {
                    writer.delete_term(key(&self.fields, &content.publisher, content.record));
                    if let Some(entry) = entry(&self.fields, content)? {
                        writer.add_document(entry)?;
                    }
                }
                Change::Gone { publisher, record } => {
                    writer.delete_term(key(&self.fields, publisher, *record));
                }
            }
        }
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&payload(&self.fingerprint, upto));
        commit.commit()?;
        self.checkpoint.store(upto, Ordering::Release);
        *guard = Some(writer);
        self.reader.reload()?;
        Ok(())
    }

    /// Writes every segment anew that still holds bytes of removed or replaced records, and removes the
    /// old files. Needed after an erasure; otherwise merging does it in its own time.
    pub fn purge(&self) -> Result<(), ApplyError> {
        let mut guard = self.lock();
        if let Some(writer) = guard.take() {
            // A merge under way holds segments that could not be named here.
            writer.wait_merging_threads()?;
        }
        let mut writer = writer(&self.index)?;
        for segment in self.index.searchable_segment_metas()? {
            if segment.has_deletes() {
                writer.merge(&[segment.id()]).wait()?;
            }
        }
        self.reader.reload()?;
        writer.garbage_collect_files().wait()?;
        *guard = Some(writer);
        Ok(())
    }

    /// Completes the word that is being typed from the words of titles: the whole text with its last word
    /// completed, words of more titles first, at most `limit` (and at most 20).
    pub fn suggest(&self, typed: &str, limit: usize) -> Vec<String> {
        let searcher: Searcher = self.reader.searcher();
        complete(&searcher, &self.fields, typed, limit).unwrap_or_else(|error| {
            tracing::warn!(%error, "the catalogue could not be read for suggestions");
            Vec::new()
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<IndexWriter>> {
        // A panic while feeding leaves no writer behind, which is what a failed writer leaves.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue")
            .field("checkpoint", &self.checkpoint())
            .field("count", &self.count())
            .field("rebuilt", &self.rebuilt)
            .finish_non_exhaustive()
    }
}

/// What nodes say to each other is found by those who ask for it, and counts among no reader's hits.
fn hidden(fields: &Fields) -> Vec<(Occur, Box<dyn Ask>)> {
    let protocol = kinds().iter().filter(|kind| kind.protocol);
    let without = protocol.map(|kind| {
        let term = Term::from_field_text(fields.codes, &code_term("kind", &kind.name));
        let question: Box<dyn Ask> = Box::new(TermQuery::new(term, IndexRecordOption::Basic));
        (Occur::MustNot, question)
    });
    without.collect()
}

fn writer(index: &Index) -> tantivy::Result<IndexWriter> {
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(WRITER_BYTES)
        .build();
    let writer = index.writer_with_options(options)?;
    let mut merging = LogMergePolicy::default();
    merging.set_min_num_segments(SEGMENTS_MERGED);
    merging.set_min_layer_size(SEGMENT_RECORDS_SMALL);
    merging.set_del_docs_ratio_before_merge(REMOVED_SHARE_MAX);
    writer.set_merge_policy(Box::new(merging));
    Ok(writer)
}
