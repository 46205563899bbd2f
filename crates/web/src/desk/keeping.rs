//! Keeping what a form sent: into its draft, or beside it where somebody else was there meanwhile.

use crate::cabinet::Title;
use crate::desk::filled;
use crate::desk::sent::Sent;
use crate::desk::sheet;
use crate::desk::sheet::Sheet;
use crate::front::Front;
use crate::port::Editor;
use crate::problem::Problem;
use crate::visit::Visit;
use axum::response::IntoResponse;
use axum::response::Redirect;
use axum::response::Response;
use record::kind;
use record::value::Map;

/// The sheet of an address, or that there is none.
pub(crate) fn named(id: &str) -> Result<Title, Problem> {
    id.parse().map_err(|_| Problem::no_page())
}

/// Keeps what was typed in a session that had ended, after its writer has logged in again.
pub(crate) async fn take_over(
    front: &Front,
    visit: &Visit,
    editor: &Editor,
    id: &str,
    sent: &Sent,
) -> Result<Response, Problem> {
    let _one = front.writing.lock().await;
    let (name, sheet, said) = kept(front, editor, id, sent).await?;
    drop(sheet);
    Ok(back(visit, &name, &[("said", said)], ""))
}

/// Leads back to the form.
pub(crate) fn back(visit: &Visit, name: &Title, query: &[(&str, &str)], fragment: &str) -> Response {
    let address = visit.link_with(&format!("/desk/drafts/{name}"), query);
    let fragment = if fragment.is_empty() { String::new() } else { format!("#{fragment}") };
    Redirect::to(&format!("{address}{fragment}")).into_response()
}

/// Takes in what was sent and puts it into the cabinet: the sheet's name, the sheet, and how it was kept.
pub(crate) async fn kept(
    front: &Front,
    editor: &Editor,
    id: &str,
    sent: &Sent,
) -> Result<(Title, Sheet, &'static str), Problem> {
    let (mut name, now) = (named(id)?, (front.settings.clock)());
    let mut said = "saved";
    let held = sheet::load(front, &name).await?;
    let seen = sent.find("_turn").and_then(|turn| turn.parse::<u64>().ok());
    let mut sheet = match held {
        // Somebody else changed the draft meanwhile, or it was sent again from an old page: neither loses anything.
        Some(sheet) if seen.is_some_and(|seen| seen != sheet.turn) => {
            if says_the_same(&sheet, sent) {
                return Ok((name, sheet, "saved"));
            }
            name = sheet::fresh(now)?;
            said = "copied";
            Sheet { begun_by: editor.name.clone(), turn: 0, ..sheet }
        }
        Some(sheet) => sheet,
        None => {
            let kind = kind::kind(sent.value("_kind")).ok_or_else(Problem::no_draft)?;
            name = sheet::fresh(now)?;
            said = "again";
            let mut sheet = Sheet::new(&kind.name, &editor.name, now, Map::new());
            sheet.record = sent.value("_record").parse().ok();
            sheet.expected = sent.value("_expected").parse().ok();
            sheet
        }
    };
    take(&mut sheet, sent);
    sheet.keep(front, &name, &editor.name).await?;
    Ok((name, sheet, said))
}

/// Lays what was sent over a sheet. A form that did not arrive whole changes nothing.
fn take(sheet: &mut Sheet, sent: &Sent) {
    for lang in sent.value("_langs").split(',') {
        sheet.speak(lang);
    }
    if let Some(kind) = kind::kind(&sheet.kind)
        && sent.find("_whole").is_some()
    {
        sheet.body = filled::filled(&kind.fields, &sheet.body, sent, &sheet.langs);
    }
}

fn says_the_same(sheet: &Sheet, sent: &Sent) -> bool {
    let mut again = sheet.clone();
    take(&mut again, sent);
    again.body == sheet.body
}
