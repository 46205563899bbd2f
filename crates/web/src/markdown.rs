//! Limited Markdown as HTML that can do no harm: headings, paragraphs, lists, emphasis, links, code.

use crate::link;
use ammonia::Builder;
use pulldown_cmark::CowStr;
use pulldown_cmark::Event;
use pulldown_cmark::HeadingLevel;
use pulldown_cmark::Options;
use pulldown_cmark::Parser;
use pulldown_cmark::Tag;
use pulldown_cmark::TagEnd;
use std::collections::HashSet;
use std::sync::LazyLock;

/// The only tags that leave this file. Pictures are not among them: they would load from elsewhere.
const TAGS: [&str; 14] =
    ["p", "br", "em", "strong", "ul", "ol", "li", "a", "code", "pre", "blockquote", "h4", "h5", "hr"];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = Builder::empty();
    cleaner
        .tags(HashSet::from(TAGS))
        .add_tag_attributes("a", ["href"])
        .add_tag_attributes("ol", ["start"])
        .url_schemes(HashSet::from(["http", "https"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow"));
    cleaner
});

/// The HTML of a text in limited Markdown. Headings start at level 4, below those of the page.
pub(crate) fn html(text: &str) -> String {
    let events = Parser::new_ext(text, Options::empty()).map(limited);
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events);
    // Cleaned once more by a tool that knows nothing of Markdown: neither of the two must be perfect.
    CLEANER.clean(&html).to_string()
}

/// The words of a text in limited Markdown, in one line without marks.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::new();
    for event in Parser::new_ext(text, Options::empty()) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                out.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak => out.push(' '),
            Event::End(TagEnd::Item) => out.push_str("; "),
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::List(_)) => out.push(' '),
            _ => {}
        }
    }
    let words: Vec<&str> = out.split_whitespace().collect();
    words.join(" ").trim_end_matches([';', ' ']).to_owned()
}

/// Written tags become text, headings move down, harmful addresses go nowhere.
fn limited(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
            level: lowered(level),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        }),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lowered(level))),
        Event::Start(Tag::Link { link_type, dest_url, id, .. }) => {
            let dest_url = link::safe(&dest_url).map_or(CowStr::Borrowed(""), |safe| safe.to_owned().into());
            Event::Start(Tag::Link { link_type, dest_url, title: CowStr::Borrowed(""), id })
        }
        Event::Start(Tag::Image { .. }) => Event::Start(Tag::Emphasis),
        Event::End(TagEnd::Image) => Event::End(TagEnd::Emphasis),
        other => other,
    }
}

fn lowered(level: HeadingLevel) -> HeadingLevel {
    if level == HeadingLevel::H1 { HeadingLevel::H4 } else { HeadingLevel::H5 }
}

#[cfg(test)]
mod tests {
    use crate::markdown::html;
    use crate::markdown::plain;

    #[test]
    fn plain_words_stand_in_one_line() {
        assert_eq!(plain("# Ziel\n\nWir *gießen*\n\n- a\n- b"), "Ziel Wir gießen a; b");
    }

    #[test]
    fn ordinary_texts_keep_their_shape() {
        assert_eq!(
            html("# Ziel\n\nWir *gießen* Bäume."),
            "<h4>Ziel</h4>\n<p>Wir <em>gießen</em> Bäume.</p>\n"
        );
        assert!(html("- a\n- b").contains("<li>a</li>"));
        assert!(html("[Jena](https://jena.de)").contains("href=\"https://jena.de\""));
    }

    #[test]
    fn nothing_harmful_leaves() {
        for text in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "<a href=\"javascript:alert(1)\">x</a>",
            "![x](https://elsewhere.example/pixel.png)",
            "<style>*{display:none}</style>",
            "[x]: javascript:alert(1)\n\n[x]",
            "<svg/onload=alert(1)>",
            "<p style=\"position:fixed\">x</p>",
        ] {
            let html = html(text).to_lowercase();
            for bad in
                ["<script", "<img", "<style", "<svg", "<a href=\"javascript", "<a href=\"data", "<p style"]
            {
                assert!(!html.contains(bad), "{text} became {html}");
            }
        }
    }
}
