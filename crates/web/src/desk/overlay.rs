//! What this body thinks of a record for itself: a note and tags, and choices with reasons. It never leaves the node.

use crate::cabinet::Drawer;
use crate::cabinet::Title;
use crate::front::Front;
use crate::problem::Problem;
use record::moment::Moment;
use record::name::Name;
use record::statement::RecordId;
use serde::Deserialize;
use serde::Serialize;

/// A note, in characters.
pub(crate) const NOTE_CHARS_MAX: usize = 20_000;
/// Tags of one record.
const TAGS_MAX: usize = 20;
/// A tag, in characters.
const TAG_CHARS_MAX: usize = 40;
/// Records of one shortlist.
pub(crate) const ENTRIES_MAX: usize = 500;
/// A reason or a name, in characters.
pub(crate) const REASON_CHARS_MAX: usize = 1_000;

/// A private note on a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    #[serde(default)]
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    /// Who wrote last.
    #[serde(default)]
    pub(crate) by: String,
    /// When, in seconds since 1970.
    #[serde(default)]
    pub(crate) at: u64,
}

/// A choice among records.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shortlist {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) entries: Vec<Entry>,
    #[serde(default)]
    pub(crate) by: String,
    #[serde(default)]
    pub(crate) at: u64,
}

/// One record of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// `publisher/record`.
    pub(crate) record: String,
    /// Whether it is still in the choice.
    pub(crate) stays: bool,
    /// Why it is in or out.
    #[serde(default)]
    pub(crate) reason: String,
}

impl Note {
    /// From a form: tags are written with commas between them.
    pub(crate) fn of(text: &str, tags: &str, by: &str, now: Moment) -> Note {
        let mut known: Vec<String> = Vec::new();
        for tag in tags.split([',', '\n']).map(str::trim).filter(|tag| !tag.is_empty()) {
            let tag: String = tag.chars().take(TAG_CHARS_MAX).collect();
            if known.len() < TAGS_MAX && !known.contains(&tag) {
                known.push(tag);
            }
        }
        let text = text.chars().take(NOTE_CHARS_MAX).collect();
        Note { text, tags: known, by: by.to_owned(), at: now.seconds() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.trim().is_empty() && self.tags.is_empty()
    }
}

impl Shortlist {
    /// Puts a record in, or changes what is said about it; false where there is no more room.
    pub(crate) fn put(&mut self, record: &str, stays: bool, reason: &str) -> bool {
        let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.record == record) {
            (entry.stays, entry.reason) = (stays, reason);
            return true;
        }
        let has_room = self.entries.len() < ENTRIES_MAX;
        if has_room {
            self.entries.push(Entry { record: record.to_owned(), stays, reason });
        }
        has_room
    }
}

/// The note on a record; an empty one where there is none.
pub(crate) async fn note(front: &Front, publisher: &Name, record: RecordId) -> Result<Note, Problem> {
    let title = Title::of(publisher, record);
    let text = front.papers(move |cabinet| cabinet.read(Drawer::Notes, &title)).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Keeps a note; an empty one is thrown away.
pub(crate) async fn keep_note(
    front: &Front,
    publisher: &Name,
    record: RecordId,
    note: &Note,
) -> Result<(), Problem> {
    let title = Title::of(publisher, record);
    if note.is_empty() {
        return front.papers(move |cabinet| cabinet.remove(Drawer::Notes, &title)).await;
    }
    let text = serde_json::to_string_pretty(note).expect("a note is JSON");
    front.papers(move |cabinet| cabinet.write(Drawer::Notes, &title, &text)).await
}

/// All shortlists by their file names.
pub(crate) async fn shortlists(front: &Front) -> Result<Vec<(Title, Shortlist)>, Problem> {
    let read = front.papers(|cabinet| {
        let mut papers = Vec::new();
        for title in cabinet.titles(Drawer::Shortlists)? {
            papers.extend(cabinet.read(Drawer::Shortlists, &title)?.map(|text| (title, text)));
        }
        Ok(papers)
    });
    let lists = read.await?.into_iter();
    Ok(lists.filter_map(|(title, text)| Some((title, serde_json::from_str(&text).ok()?))).collect())
}

/// One shortlist.
pub(crate) async fn shortlist(front: &Front, title: &Title) -> Result<Option<Shortlist>, Problem> {
    let title = title.clone();
    let text = front.papers(move |cabinet| cabinet.read(Drawer::Shortlists, &title)).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Keeps a shortlist.
pub(crate) async fn keep_shortlist(front: &Front, title: &Title, list: &Shortlist) -> Result<(), Problem> {
    let (title, text) = (title.clone(), serde_json::to_string_pretty(list).expect("a shortlist is JSON"));
    front.papers(move |cabinet| cabinet.write(Drawer::Shortlists, &title, &text)).await
}

/// Throws a shortlist away.
pub(crate) async fn discard_shortlist(front: &Front, title: &Title) -> Result<(), Problem> {
    let title = title.clone();
    front.papers(move |cabinet| cabinet.remove(Drawer::Shortlists, &title)).await
}

#[cfg(test)]
mod tests {
    use crate::desk::overlay::Note;
    use crate::desk::overlay::Shortlist;
    use record::moment::Moment;

    #[test]
    fn tags_stand_once_and_an_empty_note_is_none() {
        let now = Moment::from_seconds(1_793_606_400).unwrap();
        let note = Note::of("", " Favorit, später,Favorit,, ", "rathaus", now);
        assert_eq!(note.tags, ["Favorit", "später"]);
        assert!(Note::of("  \n", " , ", "rathaus", now).is_empty());
        let mut list = Shortlist::default();
        assert!(list.put("th.jena/1", true, "") && list.put("th.jena/1", false, "zu teuer"));
        assert_eq!((list.entries.len(), list.entries[0].reason.as_str()), (1, "zu teuer"));
    }
}
