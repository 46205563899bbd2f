//! `/compare`: two to five records side by side, with what differs marked, and the same as a table to keep.

use crate::day;
use crate::frame;
use crate::frame::Frame;
use crate::front::Front;
use crate::link;
use crate::pages::dated;
use crate::pages::export;
use crate::pages::gist;
use crate::pages::joined;
use crate::pages::joined::InShort;
use crate::pages::looked::Looked;
use crate::pages::results;
use crate::pages::results::HitShown;
use crate::port::Kept;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::boards::Boards;
use crate::words::fill;
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use record::kind;
use record::kind::Field;

/// Records side by side.
const COLUMNS_MAX: usize = 5;

/// Rows that say who published a record and when.
const ABOUT_ROWS: usize = 2;
/// Characters of a cell.
const CELL_CHARS_MAX: usize = 400;
/// Solutions that are offered where fewer than two were chosen.
const OFFERED: usize = 12;

/// A record that can be chosen, or is.
struct OfferShown {
    reference: String,
    title: String,
    lang: Option<String>,
    published: String,
    chosen: bool,
}

struct ColumnShown {
    title: String,
    lang: Option<String>,
    link: String,
    remove: String,
}

struct RowShown {
    label: String,
    cells: Vec<String>,
    differs: bool,
}

#[derive(Template)]
#[template(path = "compare.html")]
struct Compare<'a> {
    frame: Frame<'a>,
    columns: Vec<ColumnShown>,
    rows: Vec<RowShown>,
    notes: Vec<String>,
    only: bool,
    toggle: String,
    table: String,
    add: String,
    offered: Vec<OfferShown>,
}

/// What the address asks for.
struct Chosen {
    records: Vec<Kept>,
    /// As written in the address, once each.
    references: Vec<String>,
    lost: bool,
    many: bool,
}

async fn chosen(front: &Front, visit: &Visit) -> Result<Chosen, Problem> {
    let mut references: Vec<String> = Vec::new();
    for (_, text) in visit.query.iter().filter(|(key, _)| key == "r") {
        if !references.contains(text) {
            references.push(text.clone());
        }
    }
    let many = references.len() > COLUMNS_MAX;
    references.truncate(COLUMNS_MAX);
    let (mut records, mut kept, mut lost) = (Vec::new(), Vec::new(), false);
    for text in references {
        let found = match crate::pages::shown::referred(&text) {
            Some((publisher, record)) => front.port.record(publisher, record).await?,
            None => None,
        };
        match found.filter(|kept| !kept.statement.content().is_retracted()) {
            Some(found) => {
                records.push(found);
                kept.push(text);
            }
            None => lost = true,
        }
    }
    Ok(Chosen { records, references: kept, lost, many })
}

/// `GET /compare`
pub(crate) async fn show(State(front): State<Front>, visit: Visit) -> Result<Response, Problem> {
    let b = Boards::of(visit.lang);
    let chosen = chosen(&front, &visit).await?;
    let only = visit.query.iter().any(|(key, value)| key == "only" && value == "1");
    let mut notes = Vec::new();
    if chosen.lost {
        notes.push(b.compare_lost.to_owned());
    }
    if chosen.many {
        notes.push(fill(b.compare_many, &[("n", &COLUMNS_MAX.to_string())]));
    }
    let enough = chosen.records.len() > 1;
    let offered = if enough { Vec::new() } else { offered(&front, &visit, &chosen).await? };
    let mut rows = if enough { all_rows(&front, &chosen.records, &visit).await? } else { Vec::new() };
    if only {
        rows.retain(|row| row.differs);
    }
    let toggle = at(&visit, "/compare", &chosen.references, !only);
    let page = Compare {
        frame: Frame::new(&visit, &front.settings.node_name, b.compare_title),
        columns: if enough { columns(&chosen, &visit) } else { Vec::new() },
        rows,
        notes,
        only,
        toggle,
        table: at(&visit, "/compare.csv", &chosen.references, false),
        add: Looked { kind: "solution".to_owned(), ..Looked::default() }.at(&visit, "/", ""),
        offered,
    };
    Ok(frame::page(&page, visit.lang))
}

/// `GET /compare.csv`
pub(crate) async fn csv(State(front): State<Front>, visit: Visit) -> Result<Response, Problem> {
    let b = Boards::of(visit.lang);
    let chosen = chosen(&front, &visit).await?;
    let titles = chosen.records.iter().map(|kept| dated::title(kept, &visit).0);
    let mut table: Vec<Vec<String>> =
        vec![std::iter::once(b.compare_detail.to_owned()).chain(titles).collect()];
    for row in all_rows(&front, &chosen.records, &visit).await? {
        table.push(std::iter::once(row.label).chain(row.cells).collect());
    }
    Ok(export::answer(&table, "vergleich.csv"))
}

fn at(visit: &Visit, path: &str, references: &[String], only: bool) -> String {
    let lang = visit.chosen.then_some(("lang", visit.lang.as_str()));
    let chosen = references.iter().map(|text| ("r", text.as_str()));
    link::address(path, chosen.chain(only.then_some(("only", "1"))).chain(lang))
}

/// What was chosen already, then the newest solutions to choose from.
async fn offered(front: &Front, visit: &Visit, chosen: &Chosen) -> Result<Vec<OfferShown>, Problem> {
    let looked = Looked { kind: "solution".to_owned(), ..Looked::default() };
    let found = front.search(looked.stretch(visit, 0, OFFERED)).await?;
    let names = results::names(front, found.hits.iter().map(|hit| &hit.publisher)).await?;
    let newest = results::hits(&found, &names, visit, (front.settings.clock)().day());
    let newest = newest.into_iter().filter(|hit| !chosen.references.contains(&hit.reference));
    let already = chosen.records.iter().zip(&chosen.references).map(|(kept, reference)| {
        let (title, lang) = dated::title(kept, visit);
        let day = day::moment(kept.statement.content().issued, visit.lang);
        let who = kept.voucher.display_name.as_str();
        let published = fill(visit.words().hit_published, &[("who", who), ("day", &day)]);
        OfferShown { reference: reference.clone(), title, lang, published, chosen: true }
    });
    Ok(already.chain(newest.map(OfferShown::from)).collect())
}

impl From<HitShown> for OfferShown {
    fn from(hit: HitShown) -> OfferShown {
        let HitShown { reference, title, foreign, published, .. } = hit;
        OfferShown { reference, title, lang: foreign.title, published, chosen: false }
    }
}

fn columns(chosen: &Chosen, visit: &Visit) -> Vec<ColumnShown> {
    let column = |(kept, reference): (&Kept, &String)| {
        let (title, lang) = dated::title(kept, visit);
        let others: Vec<String> =
            chosen.references.iter().filter(|other| *other != reference).cloned().collect();
        ColumnShown {
            title,
            lang,
            link: dated::link(kept, visit),
            remove: at(visit, "/compare", &others, false),
        }
    };
    chosen.records.iter().zip(&chosen.references).map(column).collect()
}

/// What others say about them stands before their own words.
async fn all_rows(front: &Front, records: &[Kept], visit: &Visit) -> Result<Vec<RowShown>, Problem> {
    let b = Boards::of(visit.lang);
    let size = front.size().await?;
    let mut others = Vec::new();
    for kept in records {
        others.push(joined::in_short(kept, crate::joined::joined(front, kept).await?.as_ref(), size, visit));
    }
    let mut said =
        vec![row(visit.words().joined_uses, others.iter().map(|other| other.users.clone()).collect(), b)];
    let mut families: Vec<&String> = Vec::new();
    for (family, _) in others.iter().flat_map(|other| &other.checks) {
        if !families.contains(&family) {
            families.push(family);
        }
    }
    for family in families {
        let result = |other: &InShort| {
            let check = other.checks.iter().find(|(known, _)| known == family);
            check.map(|(_, said)| said.clone()).unwrap_or_default()
        };
        let label = fill(b.compare_checked, &[("what", family)]);
        said.push(row(&label, others.iter().map(result).collect(), b));
    }
    let mut rows = rows(records, visit);
    rows.splice(ABOUT_ROWS..ABOUT_ROWS, said);
    Ok(rows)
}

/// Every field that one of them has, in the order of the kinds; first who published them and when.
fn rows(records: &[Kept], visit: &Visit) -> Vec<RowShown> {
    let b = Boards::of(visit.lang);
    let mut rows = vec![
        row(b.compare_by, records.iter().map(|kept| kept.voucher.display_name.clone()).collect(), b),
        row(
            b.compare_version,
            records.iter().map(|kept| day::moment(kept.statement.content().issued, visit.lang)).collect(),
            b,
        ),
    ];
    let mut fields: Vec<&Field> = Vec::new();
    for kept in records {
        let Some(kind) = kind::kind(kept.statement.content().kind.as_str()) else { continue };
        for field in kind.fields.iter().filter(|field| field.name != "title") {
            if !fields.iter().any(|known| known.name == field.name) {
                fields.push(field);
            }
        }
    }
    for field in fields {
        let cells: Vec<String> = records
            .iter()
            .map(|kept| {
                let value = kept.statement.content().body().get(&field.name);
                value.map_or_else(String::new, |value| gist::of(field, value, visit, CELL_CHARS_MAX))
            })
            .collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.push(row(field.label.say(visit.lang), cells, b));
        }
    }
    rows
}

fn row(label: &str, cells: Vec<String>, b: &Boards) -> RowShown {
    let differs = cells.windows(2).any(|pair| matches!(pair, [a, b] if a != b));
    let said = |cell: String| if cell.is_empty() { b.compare_none.to_owned() } else { cell };
    RowShown { label: label.to_owned(), cells: cells.into_iter().map(said).collect(), differs }
}
