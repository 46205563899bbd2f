//! The catalogue: fed with the changes of the store, asked by everybody who looks for something.

use crate::analysis::Memory;
use crate::change::ApplyError;
use crate::change::Change;
use crate::codebook::Codebook;
use crate::codes::code_term;
use crate::edition::Edition;
use crate::entry::entry;
use crate::entry::key;
use crate::fields::Fields;
use crate::fields::fingerprint;
use crate::home::Home;
use crate::home::OpenError;
use crate::home::payload;
use crate::pool::Pool;
use crate::scratch::Scratch;
use crate::suggest::complete;
use crate::synonyms::Synonyms;
use record::kind::kinds;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::TryLockError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use tantivy::Index;
use tantivy::IndexReader;
use tantivy::IndexWriter;
use tantivy::ReloadPolicy;
use tantivy::TantivyError;
use tantivy::Term;
use tantivy::collector::Count;
use tantivy::index::SegmentId;
use tantivy::indexer::IndexWriterOptions;
use tantivy::indexer::LogMergePolicy;
use tantivy::query::BooleanQuery;
use tantivy::query::Occur;
use tantivy::query::Query as Ask;
use tantivy::query::TermQuery;
use tantivy::schema::IndexRecordOption;

/// What the writer may hold in memory before it begins a new segment, in bytes. A segment of 8,000 records takes about so
/// much; with half of it, each commit of a bulk would be cut into segments that have to be merged the next moment.
const WRITER_BYTES: usize = 32_000_000;
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
    /// Where it lies; nowhere in memory.
    folder: Option<PathBuf>,
    /// What is searched.
    live: RwLock<Arc<Volume>>,
    /// What is built beside it, and takes its place when everything is in.
    growing: Mutex<Option<Arc<Volume>>>,
    damaged: AtomicBool,
    rebuilt: Option<String>,
    pub(crate) book: Codebook,
    pub(crate) synonyms: RwLock<Arc<Synonyms>>,
    /// What searches have learnt of words, for the next ones.
    pub(crate) memories: Pool<Memory>,
    /// Room to write on.
    pub(crate) scratches: Pool<Scratch>,
}

/// One index with its one writer.
struct Volume {
    index: Index,
    reader: IndexReader,
    /// What searches see.
    edition: RwLock<Arc<Edition>>,
    /// None after it failed, until the next change makes a new one.
    writer: Mutex<Option<IndexWriter>>,
    checkpoint: AtomicU64,
    /// The same of what searches see; it follows.
    shown: AtomicU64,
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
    /// Opens the index in a folder, making both where they are missing. An index that is broken is cleared away and
    /// begun anew; one of another form is still searched while its successor is built beside it. In both cases the
    /// checkpoint is 0 and [`Catalogue::rebuilt`] says why.
    pub fn open(folder: &Path) -> Result<Catalogue, OpenError> {
        let (schema, fields) = Fields::build();
        let fingerprint = fingerprint(&schema);
        let home = Home::open(folder, &schema, &fingerprint)?;
        let outdated = home.outdated;
        let catalogue = Catalogue::over(home, fields, fingerprint, Some(folder.to_owned()))?;
        if outdated {
            catalogue.begin_anew().map_err(|error| match error {
                ApplyError::Index(error) => OpenError::Index(error),
                ApplyError::Folder(error) => OpenError::Folder(error),
                ApplyError::Card(error) => OpenError::Folder(error.into()),
            })?;
        }
        Ok(catalogue)
    }

    /// An index in memory, for tests and short-lived nodes.
    pub fn in_memory() -> Catalogue {
        let (schema, fields) = Fields::build();
        let home =
            Home::in_memory(&schema).expect("an index in memory needs no disk and our schema is sound");
        Catalogue::over(home, fields, fingerprint(&schema), None)
            .expect("a fresh index in memory has nothing to fail on")
    }

    fn over(
        home: Home,
        fields: Fields,
        fingerprint: String,
        folder: Option<PathBuf>,
    ) -> tantivy::Result<Catalogue> {
        if let Some(reason) = &home.rebuilt {
            tracing::warn!(reason, "the catalogue is built anew");
        }
        let rebuilt = home.rebuilt.clone();
        let book = Codebook::default();
        Ok(Catalogue {
            fields,
            fingerprint,
            folder,
            live: RwLock::new(Arc::new(Volume::of(home, &book)?)),
            growing: Mutex::default(),
            damaged: AtomicBool::new(false),
            rebuilt,
            book,
            synonyms: RwLock::default(),
            memories: Pool::default(),
            scratches: Pool::default(),
        })
    }

    /// Begins an index anew beside the one that is searched: from now on [`Catalogue::apply`] feeds it, from change 0
    /// on, and [`Catalogue::settle`] puts it in the other's place.
    pub fn begin_anew(&self) -> Result<(), ApplyError> {
        let (schema, _) = Fields::build();
        let mut growing = self.growing();
        *growing = None;
        let home = match &self.folder {
            Some(folder) => Home::beside(folder, &schema)?,
            None => Home::in_memory(&schema)?,
        };
        *growing = Some(Arc::new(Volume::of(home, &self.book)?));
        self.damaged.store(false, Ordering::Release);
        Ok(())
    }

    /// Lets what was built beside take the place of what was searched until now. To be called when the feed has come to
    /// its end; does nothing where nothing was built.
    pub fn settle(&self) -> Result<(), ApplyError> {
        let Some(grown) = self.growing().take() else { return Ok(()) };
        let settled = match &self.folder {
            None => grown,
            Some(folder) => {
                // Both writers have to be gone before files change their place; the old one's readers keep their maps.
                for volume in [&self.live(), &grown] {
                    if let Some(writer) = volume.writer().take() {
                        writer.wait_merging_threads()?;
                    }
                }
                let checkpoint = grown.checkpoint.load(Ordering::Acquire);
                drop(grown);
                Arc::new(Volume::of(Home::move_in(folder, checkpoint)?, &self.book)?)
            }
        };
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = settled;
        tracing::info!("the catalogue that was built anew is searched from now on");
        Ok(())
    }

    /// Whether a search came upon an index that cannot be read; then it has to begin anew.
    pub fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Acquire)
    }

    /// Remembers that the index could not be read.
    pub(crate) fn note_damage(&self) {
        self.damaged.store(true, Ordering::Release);
    }

    fn live(&self) -> Arc<Volume> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn growing(&self) -> MutexGuard<'_, Option<Arc<Volume>>> {
        self.growing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What takes in changes.
    fn fed(&self) -> Arc<Volume> {
        self.growing().clone().unwrap_or_else(|| self.live())
    }

    /// The change number up to which everything is taken in; 0 when nothing is.
    pub fn checkpoint(&self) -> u64 {
        self.fed().checkpoint.load(Ordering::Acquire)
    }

    /// The change number up to which searches see everything. It follows [`Catalogue::checkpoint`] when what was taken in
    /// can be found, so an answer that was asked for after reading it is no older.
    pub fn shown(&self) -> u64 {
        self.live().shown.load(Ordering::Acquire)
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
    pub(crate) fn searcher(&self) -> Arc<Edition> {
        self.live().edition()
    }

    /// How many records can be found.
    pub fn count(&self) -> u64 {
        self.searcher().num_docs()
    }

    /// How many records of this publisher a reader finds.
    pub fn count_of(&self, publisher: &str) -> Result<u64, FindError> {
        let term = Term::from_field_text(self.fields.codes, &code_term("publisher", publisher));
        let mut parts = hidden(&self.fields);
        parts.push((Occur::Must, Box::new(TermQuery::new(term, IndexRecordOption::Basic))));
        let question = BooleanQuery::new(parts);
        Ok(self.searcher().search(&question, &Count)? as u64)
    }

    /// Takes in changes in their order and remembers that everything up to change `upto` is in.
    /// All of it is on the disk and visible to searches when this returns. After an error either all or
    /// nothing is on the disk, and [`Catalogue::checkpoint`] tells which.
    pub fn apply(&self, changes: &[Change], upto: u64) -> Result<(), ApplyError> {
        self.commit(|writer| self.put(writer, changes).map(|()| Some(upto)))
    }

    /// As [`Catalogue::apply`] for a bulk: portions of changes, each with the number of its last one, become one commit.
    /// Each portion is let go before the next is asked for. After an error, also one of the portions', nothing is in.
    pub fn apply_all<E: From<ApplyError>>(
        &self,
        portions: impl IntoIterator<Item = Result<(Vec<Change>, u64), E>>,
    ) -> Result<(), E> {
        self.commit(|writer| {
            let mut last = None;
            for portion in portions {
                let (changes, upto) = portion?;
                self.put(writer, &changes)?;
                last = Some(upto);
            }
            Ok(last)
        })
    }

    /// Commits what is fed to the writer, up to the change that feeding it answers with; none where nothing came.
    fn commit<E: From<ApplyError>>(
        &self,
        feed: impl FnOnce(&IndexWriter) -> Result<Option<u64>, E>,
    ) -> Result<(), E> {
        let volume = self.fed();
        let mut guard = volume.writer();
        // A writer that failed is dropped with all that it held, so that nothing half stays.
        let mut writer = match guard.take() {
            Some(writer) => writer,
            None => writer(&volume.index).map_err(ApplyError::from)?,
        };
        let Some(upto) = feed(&writer)? else {
            *guard = Some(writer);
            return Ok(());
        };
        volume.commit(&mut writer, &self.fingerprint, upto).map_err(ApplyError::from)?;
        *guard = Some(writer);
        Ok(volume.renew(&self.book).map_err(ApplyError::from)?)
    }

    /// Hands changes to the writer.
    fn put(&self, writer: &IndexWriter, changes: &[Change]) -> Result<(), ApplyError> {
        for change in changes {
            match change {
                Change::Stands(content) => {
                    writer.delete_term(key(&self.fields, content.publisher.as_str(), content.record));
                    if let Some(entry) = entry(&self.fields, content)? {
                        writer.add_document(entry)?;
                    }
                }
                Change::Gone { publisher, record } => {
                    writer.delete_term(key(&self.fields, publisher.as_str(), *record));
                }
            }
        }
        Ok(())
    }

    /// Writes every segment anew that still holds bytes of removed or replaced records, and removes the
    /// old files. Needed after an erasure; otherwise merging does it in its own time.
    pub fn purge(&self) -> Result<(), ApplyError> {
        let volume = self.fed();
        let mut guard = volume.writer();
        if let Some(writer) = guard.take() {
            // A merge under way holds segments that could not be named here.
            writer.wait_merging_threads()?;
        }
        let mut writer = writer(&volume.index)?;
        for segment in volume.index.searchable_segment_metas()? {
            if segment.has_deletes() {
                writer.merge(&[segment.id()]).wait()?;
            }
        }
        volume.renew(&self.book)?;
        writer.garbage_collect_files().wait()?;
        *guard = Some(writer);
        Ok(())
    }

    /// Lets searches read the few segments that several were merged into since the last change; whether there were any.
    /// The records are the same; the room on the disk that the old files have is free then. To be called now and then by
    /// the one who feeds: merging goes on after a change was taken in, and would be seen with the next one only. What
    /// cannot be read is damaged.
    pub fn adopt_merged(&self) -> Result<bool, ApplyError> {
        self.adopt().inspect_err(|_| self.note_damage()).map_err(ApplyError::from)
    }

    fn adopt(&self) -> tantivy::Result<bool> {
        let volume = self.live();
        // Whoever writes shows what there is afterwards.
        let _writer = match volume.writer.try_lock() {
            Ok(writer) => writer,
            Err(TryLockError::Poisoned(writer)) => writer.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(false),
        };
        let has_merged = volume.has_merged()?;
        if has_merged {
            volume.renew(&self.book)?;
        }
        Ok(has_merged)
    }

    /// How many segments searches look through.
    pub fn segments(&self) -> usize {
        self.searcher().segment_readers().len()
    }

    /// Completes the word that is being typed from the words of titles: the whole text with its last word
    /// completed, words of more titles first, at most `limit` (and at most 20).
    pub fn suggest(&self, typed: &str, limit: usize) -> Vec<String> {
        let searcher = self.searcher();
        complete(&searcher, &self.fields, typed, limit).unwrap_or_else(|error| {
            tracing::warn!(%error, "the catalogue could not be read for suggestions");
            Vec::new()
        })
    }
}

impl Volume {
    fn of(home: Home, book: &Codebook) -> tantivy::Result<Volume> {
        let reader = home
            .index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(CARD_BLOCKS_KEPT)
            .try_into()?;
        let writer = Mutex::new(Some(writer(&home.index)?));
        let edition = RwLock::new(Arc::new(Edition::of(reader.searcher(), book, None)?));
        let [checkpoint, shown] = [(); 2].map(|()| AtomicU64::new(home.checkpoint));
        Ok(Volume { reader, edition, writer, checkpoint, shown, index: home.index })
    }

    fn commit(&self, writer: &mut IndexWriter, fingerprint: &str, upto: u64) -> tantivy::Result<()> {
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&payload(fingerprint, upto));
        commit.commit()?;
        self.checkpoint.store(upto, Ordering::Release);
        Ok(())
    }

    fn edition(&self) -> Arc<Edition> {
        Arc::clone(&self.edition.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets searches see what was committed; what they need in memory is made ready before.
    fn renew(&self, book: &Codebook) -> tantivy::Result<()> {
        let committed = self.checkpoint.load(Ordering::Acquire);
        self.reader.reload()?;
        let edition = Edition::of(self.reader.searcher(), book, Some(&self.edition()))?;
        *self.edition.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(edition);
        self.shown.store(committed, Ordering::Release);
        Ok(())
    }

    /// Whether other segments stand on the disk than those that are searched.
    fn has_merged(&self) -> tantivy::Result<bool> {
        let standing: BTreeSet<SegmentId> = self.index.searchable_segment_ids()?.into_iter().collect();
        let searched: BTreeSet<SegmentId> =
            self.edition().segment_readers().iter().map(|segment| segment.segment_id()).collect();
        Ok(standing != searched)
    }

    fn writer(&self) -> MutexGuard<'_, Option<IndexWriter>> {
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
    // A commit that died on its way may have left a file with deletions under the very name that the next one gives its
    // own, and tantivy overwrites none.
    writer.garbage_collect_files().wait()?;
    Ok(writer)
}
