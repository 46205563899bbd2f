//! What the address of a search asks for: words, filters, page; the same for pages, feeds and tables.

use crate::visit::Visit;
use catalogue::query::Filters;
use catalogue::query::OFFSET_MAX;
use catalogue::query::Query;
use record::kind;
use record::name::LANDS;
use serde::Deserialize;

/// Hits on one page of results.
pub(crate) const PAGE_HITS: usize = 20;

/// The filters of an address: its parameters by facet.
pub(crate) const PARAMETERS: [(&str, &str); 12] = [
    ("kind", "kind"),
    ("action_field", "field"),
    ("population_class", "size"),
    ("land", "land"),
    ("district", "district"),
    ("stage", "stage"),
    ("phase", "phase"),
    ("deployment_model", "deployment"),
    ("lamp", "lamp"),
    ("licence", "licence"),
    ("freshness", "fresh"),
    ("publisher", "publisher"),
];

/// What the address asks for. Numbers are text here: a search page that somebody mistyped is still a page.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Looked {
    pub(crate) q: Option<String>,
    #[serde(default)]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) field: String,
    #[serde(default)]
    pub(crate) land: String,
    #[serde(default)]
    pub(crate) publisher: String,
    #[serde(default)]
    pub(crate) stage: String,
    #[serde(default)]
    pub(crate) size: String,
    #[serde(default)]
    pub(crate) district: String,
    #[serde(default)]
    pub(crate) phase: String,
    #[serde(default)]
    pub(crate) deployment: String,
    #[serde(default)]
    pub(crate) lamp: String,
    #[serde(default)]
    pub(crate) licence: String,
    #[serde(default)]
    pub(crate) fresh: String,
    /// `1`: the words as typed, without correcting them.
    #[serde(default)]
    pub(crate) verbatim: String,
    #[serde(default)]
    pub(crate) page: String,
}

impl Looked {
    /// The words, without spaces around them.
    pub(crate) fn words(&self) -> &str {
        self.q.as_deref().unwrap_or_default().trim()
    }

    /// Whether no filter is set.
    pub(crate) fn is_unfiltered(&self) -> bool {
        self.chosen().all(|(_, code)| code.is_empty())
    }

    /// Every filter with its parameter, in the order of [`PARAMETERS`].
    fn chosen(&self) -> impl Iterator<Item = ((&'static str, &'static str), &str)> {
        let codes = [
            &self.kind,
            &self.field,
            &self.size,
            &self.land,
            &self.district,
            &self.stage,
            &self.phase,
            &self.deployment,
            &self.lamp,
            &self.licence,
            &self.fresh,
            &self.publisher,
        ];
        PARAMETERS.into_iter().zip(codes.map(String::as_str))
    }

    /// The page asked for, from 1.
    pub(crate) fn page(&self) -> usize {
        self.page.parse().unwrap_or(1).clamp(1, OFFSET_MAX / PAGE_HITS)
    }

    /// The search for one page of results.
    pub(crate) fn query(&self, visit: &Visit) -> Query {
        self.stretch(visit, (self.page() - 1) * PAGE_HITS, PAGE_HITS)
    }

    /// The search for some stretch of all results.
    pub(crate) fn stretch(&self, visit: &Visit, offset: usize, limit: usize) -> Query {
        let mut filters = Filters::none();
        for ((facet, _), code) in self.chosen().filter(|(_, code)| !code.is_empty()) {
            filters.add(facet, code);
        }
        Query {
            text: self.q.clone().unwrap_or_default(),
            filters,
            now: visit.now,
            verbatim: self.verbatim == "1",
            lang: visit.lang,
            limit,
            offset,
            ..Query::default()
        }
    }

    /// The same search at another address of ours, such as its feed.
    pub(crate) fn at(&self, visit: &Visit, path: &str, page: &str) -> String {
        let mut query = vec![("q", self.words())];
        query.extend(self.chosen().map(|((_, parameter), code)| (parameter, code)));
        query.extend([("verbatim", self.verbatim.as_str()), ("page", page)]);
        visit.link_with(path, &query)
    }
}

/// The search form.
pub(crate) struct Form {
    pub(crate) q: String,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) lands: Vec<Choice>,
    pub(crate) sizes: Vec<Choice>,
    /// Filters in use that the form has no field for.
    pub(crate) hidden: Vec<(&'static str, String)>,
    /// Words that complete what is typed, where there is no script.
    pub(crate) suggested: Vec<String>,
}

/// One entry of a list to choose from.
pub(crate) struct Choice {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

impl Form {
    pub(crate) fn of(visit: &Visit, looked: &Looked, suggested: Vec<String>) -> Form {
        let kinds = kind::kinds().iter().filter(|kind| !kind.protocol).map(|kind| Choice {
            code: kind.name.clone(),
            label: kind.plural.say(visit.lang).to_owned(),
            chosen: kind.name == looked.kind,
        });
        let hidden = looked.chosen().map(|((_, parameter), code)| (parameter, code));
        let hidden = hidden.filter(|(parameter, _)| !["kind", "land", "size"].contains(parameter));
        Form {
            q: looked.q.clone().unwrap_or_default(),
            kinds: kinds.collect(),
            lands: lands(&looked.land),
            sizes: terms("population-class", &looked.size, visit),
            hidden: hidden
                .filter(|(_, value)| !value.is_empty())
                .map(|(key, value)| (key, value.to_owned()))
                .collect(),
            suggested,
        }
    }
}

/// The Länder to choose from, by their names.
pub(crate) fn lands(chosen: &str) -> Vec<Choice> {
    let mut lands: Vec<Choice> = LANDS
        .iter()
        .map(|(code, name)| Choice {
            code: (*code).to_owned(),
            label: (*name).to_owned(),
            chosen: *code == chosen,
        })
        .collect();
    lands.sort_by(|a, b| a.label.cmp(&b.label));
    lands
}

/// The codes of a vocabulary to choose from, in its order.
pub(crate) fn terms(vocabulary: &str, chosen: &str, visit: &Visit) -> Vec<Choice> {
    let terms = kind::vocabulary(vocabulary).map_or(&[][..], |vocabulary| &vocabulary.terms);
    terms
        .iter()
        .map(|term| Choice {
            code: term.code.clone(),
            label: term.label.say(visit.lang).to_owned(),
            chosen: term.code == chosen,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::pages::looked::PARAMETERS;
    use catalogue::query::FACETS;

    #[test]
    fn every_facet_of_the_catalogue_has_a_parameter() {
        for facet in FACETS {
            assert!(PARAMETERS.iter().any(|(known, _)| *known == facet), "{facet}");
        }
    }
}
