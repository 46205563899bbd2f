//! "Kommunen wie wir": publishers of the same population class and settlement type, the nearest first.

use crate::codes::Traits;
use crate::codes::code_term;
use crate::index::Catalogue;
use crate::index::FindError;
use crate::register::Register;
use crate::register::Town;
use crate::sift::Candidate;
use record::name::Name;
use std::collections::BTreeMap;
use tantivy::Term;
use tantivy::collector::DocSetCollector;
use tantivy::query::TermQuery;
use tantivy::schema::IndexRecordOption;

/// Profiles of organisations that are read, at most.
const PROFILES_MAX: usize = 20_000;
/// Municipalities of one answer, at most.
pub const ALIKE_MAX: usize = 500;

/// A municipality that is like another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    /// Its publisher name.
    pub publisher: Name,
    /// The name of the municipality in the register, where it is known there.
    pub town: Option<String>,
    /// Its population class.
    pub population_class: Option<String>,
    /// Whether that is the class of the one that asks.
    pub same_class: bool,
    /// Whether the settlement type is.
    pub same_settlement: bool,
    /// How far away it is, as the crow flies.
    pub distance_km: Option<u32>,
}

impl Catalogue {
    /// Those of the publishers (with their regional keys) that are most like one of them: same class, then same
    /// settlement type, then near, then by name.
    pub fn alike(
        &self,
        register: &Register,
        own: &Name,
        publishers: &[(Name, Option<String>)],
        limit: usize,
    ) -> Result<Vec<Alike>, FindError> {
        let traits = self.traits()?;
        let town = |ars: &Option<String>| ars.as_deref().and_then(|ars| register.find(ars));
        let class = |name: &Name, town: Option<&Town>| {
            let said = traits.get(name).and_then(|traits| traits.population_class.clone());
            said.or_else(|| town.and_then(Town::population_class).map(str::to_owned))
        };
        let settlement = |name: &Name, town: Option<&Town>| {
            let said = traits.get(name).and_then(|traits| traits.settlement_type.clone());
            said.or_else(|| town.and_then(|town| town.settlement.clone()))
        };
        let own_town = publishers.iter().find(|(name, _)| name == own).and_then(|(_, ars)| town(ars));
        let (own_class, own_settlement) = (class(own, own_town), settlement(own, own_town));
        let mut alike: Vec<Alike> = publishers
            .iter()
            .filter(|(name, ars)| name != own && (ars.as_ref().is_some_and(|ars| ars.len() == 12)))
            .map(|(name, ars)| {
                let town = town(ars);
                let population_class = class(name, town);
                Alike {
                    publisher: name.clone(),
                    town: town.map(|town| town.name.clone()),
                    same_class: own_class.is_some() && population_class == own_class,
                    same_settlement: own_settlement.is_some() && settlement(name, town) == own_settlement,
                    population_class,
                    distance_km: own_town.zip(town).and_then(|(own, other)| own.distance_km(other)),
                }
            })
            .collect();
        alike.sort_by_key(|one| {
            let far = one.distance_km.unwrap_or(u32::MAX);
            (!one.same_class, !one.same_settlement, far, one.publisher.clone())
        });
        alike.truncate(limit.min(ALIKE_MAX));
        Ok(alike)
    }

    /// What the publishers say of themselves.
    fn traits(&self) -> Result<BTreeMap<Name, Traits>, FindError> {
        let searcher = self.searcher();
        let term = Term::from_field_text(self.fields.codes, &code_term("kind", "organisation"));
        let ask = TermQuery::new(term, IndexRecordOption::Basic);
        let mut found: Vec<_> = searcher.search(&ask, &DocSetCollector)?.into_iter().collect();
        found.sort();
        let mut traits = BTreeMap::new();
        for address in found.into_iter().take(PROFILES_MAX) {
            let card = self.card(&searcher, &Candidate::at(address.segment_ord as usize, address.doc_id))?;
            if let (Ok(name), Some(said)) = (card.publisher.parse(), card.traits) {
                traits.insert(name, Traits { population_class: said.0, settlement_type: said.1 });
            }
        }
        Ok(traits)
    }
}
