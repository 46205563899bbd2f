//! Writes news as an Atom feed (RFC 4287).

use crate::xml;
use record::moment::Moment;

/// A feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// An address or URN that never changes.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Where the feed itself stands.
    pub itself: String,
    /// The page with the same content.
    pub page: String,
    /// Its language, as a BCP 47 tag.
    pub lang: String,
    /// The moment of the latest entry; of an empty feed any moment that does not move.
    pub updated: Moment,
    /// Newest first.
    pub entries: Vec<Entry>,
}

/// One entry of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// A URN that stays when the entry is revised.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its page.
    pub page: String,
    /// Who says it.
    pub author: String,
    /// When it was last said.
    pub updated: Moment,
    /// One paragraph of plain text; may be empty.
    pub summary: String,
    /// Code and label of what it is filed under.
    pub categories: Vec<(String, String)>,
}

/// The media type.
pub const MEDIA_TYPE: &str = "application/atom+xml; charset=utf-8";

/// Writes a feed.
pub fn write(feed: &Feed) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    out.push_str(&format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{}\">\n",
        xml::escaped(&feed.lang)
    ));
    element(&mut out, "id", &feed.id);
    element(&mut out, "title", &feed.title);
    element(&mut out, "updated", &feed.updated.to_string());
    link(&mut out, "self", "application/atom+xml", &feed.itself);
    link(&mut out, "alternate", "text/html", &feed.page);
    for entry in &feed.entries {
        out.push_str("<entry>\n");
        element(&mut out, "id", &entry.id);
        element(&mut out, "title", &entry.title);
        element(&mut out, "updated", &entry.updated.to_string());
        link(&mut out, "alternate", "text/html", &entry.page);
        out.push_str(&format!("<author><name>{}</name></author>\n", xml::escaped(&entry.author)));
        for (code, label) in &entry.categories {
            let (code, label) = (xml::escaped(code), xml::escaped(label));
            out.push_str(&format!("<category term=\"{code}\" label=\"{label}\"/>\n"));
        }
        if !entry.summary.is_empty() {
            element(&mut out, "summary", &entry.summary);
        }
        out.push_str("</entry>\n");
    }
    out.push_str("</feed>\n");
    out
}

fn element(out: &mut String, name: &str, text: &str) {
    out.push_str(&format!("<{name}>{}</{name}>\n", xml::escaped(text)));
}

fn link(out: &mut String, relation: &str, media_type: &str, address: &str) {
    let address = xml::escaped(address);
    out.push_str(&format!("<link rel=\"{relation}\" type=\"{media_type}\" href=\"{address}\"/>\n"));
}

#[cfg(test)]
mod tests {
    use crate::atom::Entry;
    use crate::atom::Feed;
    use crate::atom::write;
    use record::moment::Moment;

    #[test]
    fn harm_in_a_title_stays_text() {
        let moment = Moment::from_seconds(1_793_606_400).unwrap();
        let feed = Feed {
            id: "urn:x".to_owned(),
            title: "Suche nach „<Bäume> & Co“".to_owned(),
            itself: "https://a.example/feed.atom?q=a&land=th".to_owned(),
            page: "https://a.example/?q=a&land=th".to_owned(),
            lang: "de".to_owned(),
            updated: moment,
            entries: vec![Entry {
                id: "urn:uuid:0192".to_owned(),
                title: "]]><script>alert(1)</script>\u{0}\u{b}".to_owned(),
                page: "https://a.example/records/th.jena/1".to_owned(),
                author: "Stadt \"Jena\"".to_owned(),
                updated: moment,
                summary: String::new(),
                categories: vec![("measure".to_owned(), "Maßnahme".to_owned())],
            }],
        };
        insta::assert_snapshot!(write(&feed));
    }
}
