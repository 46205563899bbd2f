//! What stands near a record: what is like it, what answers it, and what municipalities like ours use.

use crate::front::Front;
use crate::labels;
use crate::pages::results;
use crate::pages::spelled;
use crate::problem::Problem;
use crate::visit::Visit;
use crate::words::fill;
use crate::words::reading::Reading;
use catalogue::found::Hit;
use catalogue::found::Match;
use catalogue::found::Reason;
use catalogue::found::Similar;
use catalogue::found::Used;
use record::kind::Lang;
use record::name::Name;
use record::statement::RecordId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Records of one list.
const SHOWN: usize = 5;
/// Municipalities like ours that are asked.
const ALIKE: usize = 50;
/// Words that are named as a reason.
const WORDS: usize = 4;

/// A record in a short list, and why it stands there.
pub(crate) struct KinShown {
    pub(crate) link: String,
    pub(crate) title: String,
    /// The language of the title, where it is not the reader's.
    pub(crate) lang: Option<String>,
    pub(crate) kind: String,
    pub(crate) who: String,
    pub(crate) why: Vec<String>,
}

/// Both lists of a record.
pub(crate) struct Kin {
    pub(crate) similar: Vec<KinShown>,
    pub(crate) matches: Vec<KinShown>,
}

/// What is like a record, and what answers it.
pub(crate) async fn of(
    front: &Front,
    visit: &Visit,
    publisher: &Name,
    record: RecordId,
) -> Result<Kin, Problem> {
    let near = near(front, publisher, record, visit.lang).await?;
    let (similar, matches) = near.as_ref();
    let mut publishers: Vec<Name> = similar.iter().map(|similar| similar.hit.publisher.clone()).collect();
    publishers.extend(matches.iter().map(|one| one.hit.publisher.clone()));
    let names = results::names(front, publishers.iter()).await?;
    let r = Reading::of(visit.lang);
    Ok(Kin {
        similar: similar
            .iter()
            .map(|similar| {
                let words = listed(&similar.shared);
                let why = if words.is_empty() {
                    Vec::new()
                } else {
                    vec![fill(r.similar_why, &[("words", &words)])]
                };
                shown(&similar.hit, why, &names, visit)
            })
            .collect(),
        matches: matches.iter().map(|one| shown(&one.hit, reasons(one, visit), &names, visit)).collect(),
    })
}

/// Asked for once while the catalogue stays as it is.
async fn near(
    front: &Front,
    publisher: &Name,
    record: RecordId,
    lang: Lang,
) -> Result<Arc<(Vec<Similar>, Vec<Match>)>, Problem> {
    let (asked, newest) = ((publisher.clone(), record, lang), front.port.indexed());
    if let Some(near) = front.near.recall(&asked, newest) {
        return Ok(near);
    }
    let similar = front.port.similar(publisher.clone(), record, lang, SHOWN).await?;
    let matches = front.port.matches(publisher.clone(), record, lang, SHOWN).await?;
    let near = Arc::new((similar, matches));
    front.near.keep(asked, newest, Arc::clone(&near));
    Ok(near)
}

/// What municipalities like this node's own use, the most used first, and what they are called.
pub(crate) async fn used_by_alike(
    front: &Front,
    visit: &Visit,
) -> Result<(&'static str, Vec<KinShown>), Problem> {
    let used = used(front, visit.lang).await?;
    let (is_alike, used) = (used.0, &used.1);
    let mut publishers: Vec<Name> = used.iter().map(|used| used.hit.publisher.clone()).collect();
    publishers.extend(used.iter().filter_map(|used| used.by.first().cloned()));
    let names = results::names(front, publishers.iter()).await?;
    let r = Reading::of(visit.lang);
    let by = |by: &[Name]| {
        let first = by.first().map_or("", |name| names.get(name).map_or(name.as_str(), String::as_str));
        let who = match by.len() {
            0 | 1 => first.to_owned(),
            n => fill(r.alike_more, &[("who", first), ("n", &(n - 1).to_string())]),
        };
        fill(r.alike_by, &[("who", &who)])
    };
    let shown = used
        .iter()
        .filter(|used| !used.by.is_empty())
        .map(|used| shown(&used.hit, vec![by(&used.by)], &names, visit));
    Ok((if is_alike { r.alike_title } else { r.alike_others }, shown.collect()))
}

/// Whether those who use it are of this municipality's size, and what they use.
async fn used(front: &Front, lang: Lang) -> Result<Arc<(bool, Vec<Used>)>, Problem> {
    let newest = front.port.indexed();
    if let Some(used) = front.used.recall(&lang, newest) {
        return Ok(used);
    }
    let own = front.itself().await?.publisher.clone();
    let alike = front.port.alike(own, ALIKE).await?;
    let is_alike = alike.iter().any(|alike| alike.same_class);
    let alike = alike.into_iter().filter(|alike| alike.same_class || !is_alike);
    let alike: Vec<Name> = alike.map(|alike| alike.publisher).collect();
    let used = match alike.is_empty() {
        true => Vec::new(),
        false => front.port.used_by(alike, lang, SHOWN).await?,
    };
    let used = Arc::new((is_alike, used));
    front.used.keep(lang, newest, Arc::clone(&used));
    Ok(used)
}

fn shown(hit: &Hit, why: Vec<String>, names: &BTreeMap<Name, String>, visit: &Visit) -> KinShown {
    KinShown {
        link: visit.link(&format!("/records/{}/{}", hit.publisher, hit.record)),
        title: if hit.title.is_empty() {
            visit.words().record_untitled.to_owned()
        } else {
            hit.title.clone()
        },
        lang: hit.foreign.title.clone(),
        kind: labels::kind_one(&hit.kind, visit.lang),
        who: names.get(&hit.publisher).cloned().unwrap_or_else(|| hit.publisher.to_string()),
        why,
    }
}

fn reasons(one: &Match, visit: &Visit) -> Vec<String> {
    let r = Reading::of(visit.lang);
    let said = one.reasons.iter().map(|reason| match reason {
        Reason::Supports(words) => {
            let named = |uri: &String| spelled::standard(uri).unwrap_or_else(|| uri.clone());
            let named: Vec<String> = words.iter().map(named).collect();
            fill(r.reason_supports, &[("words", &listed(&named))])
        }
        Reason::Words(words) => fill(r.reason_words, &[("words", &listed(words))]),
        Reason::ActionFields(codes) => {
            let labels: Vec<String> =
                codes.iter().map(|code| labels::action_field(code, visit.lang)).collect();
            fill(r.reason_fields, &[("words", &listed(&labels))])
        }
        Reason::AdoptedByClass(class, count) => {
            let class = labels::term("population-class", class, visit.lang);
            fill(r.reason_adopted, &[("n", &count.to_string()), ("class", &class)])
        }
        Reason::Land(_) => r.reason_land.to_owned(),
    });
    said.collect()
}

fn listed(words: &[String]) -> String {
    words.get(..WORDS).unwrap_or(words).join(", ")
}
