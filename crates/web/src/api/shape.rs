//! The JSON of every answer, in one place. Moments are RFC 3339 in UTC, keys and ids hexadecimal.

use crate::port::Change;
use crate::port::Kept;
use crate::port::Published;
use crate::port::Publisher;
use crate::port::Voucher;
use catalogue::found::Found;
use catalogue::found::Hit;
use catalogue::found::Match;
use catalogue::found::Reason;
use catalogue::found::Similar;
use record::attestation::Attestation;
use record::json;
use record::kind::Finding;
use record::kind::Grade;
use record::kind::Lang;
use record::statement::Said;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The answer to a search.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SearchResult)]
pub(crate) struct FoundShape {
    /// How many records match, this page and all others.
    pub(crate) total: u64,
    /// The records of this page, best first.
    pub(crate) hits: Vec<HitShape>,
    /// How all matching records divide: facet, then codes with counts, most first.
    pub(crate) facets: BTreeMap<String, Vec<CountShape>>,
    /// The address of the next page, if there is one.
    pub(crate) next: Option<String>,
    /// The words that were looked for.
    pub(crate) words: Vec<String>,
    /// What was looked for instead of what was typed, where that was found nowhere.
    pub(crate) correction: Option<CorrectionShape>,
}

/// What was looked for instead.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Correction)]
pub(crate) struct CorrectionShape {
    typed: String,
    instead: String,
}

/// Records that are like another one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimilarRecords)]
pub(crate) struct SimilarShape {
    similar: Vec<SimilarHitShape>,
}

/// A record that is like another one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimilarRecord)]
pub(crate) struct SimilarHitShape {
    hit: HitShape,
    /// Words that both have.
    shared: Vec<String>,
}

/// What answers a need, or the needs that a record answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Matches)]
pub(crate) struct MatchesShape {
    matches: Vec<MatchShape>,
}

/// A record that matches another one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Match)]
pub(crate) struct MatchShape {
    hit: HitShape,
    /// Why, the weightiest reason first.
    reasons: Vec<ReasonShape>,
}

/// Why two records match.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reason)]
pub(crate) struct ReasonShape {
    /// `supports`, `words`, `action_fields`, `adopted_by_class` or `land`.
    reason: &'static str,
    /// The services, words or codes that both have.
    what: Vec<String>,
    /// How many municipalities of the population class adopted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
}

impl SimilarShape {
    pub(crate) fn of(found: &[Similar]) -> SimilarShape {
        let shape =
            |one: &Similar| SimilarHitShape { hit: HitShape::of(&one.hit), shared: one.shared.clone() };
        SimilarShape { similar: found.iter().map(shape).collect() }
    }
}

impl MatchesShape {
    pub(crate) fn of(found: &[Match]) -> MatchesShape {
        let shape = |one: &Match| MatchShape {
            hit: HitShape::of(&one.hit),
            reasons: one.reasons.iter().map(ReasonShape::of).collect(),
        };
        MatchesShape { matches: found.iter().map(shape).collect() }
    }
}

impl ReasonShape {
    fn of(reason: &Reason) -> ReasonShape {
        let (reason, what, count) = match reason {
            Reason::Supports(what) => ("supports", what.clone(), None),
            Reason::Words(what) => ("words", what.clone(), None),
            Reason::ActionFields(what) => ("action_fields", what.clone(), None),
            Reason::AdoptedByClass(class, count) => ("adopted_by_class", vec![class.clone()], Some(*count)),
            Reason::Land(land) => ("land", vec![land.clone()], None),
        };
        ReasonShape { reason, what, count }
    }
}

/// How many records have a code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FacetCount)]
pub(crate) struct CountShape {
    #[schema(example = "mobility")]
    code: String,
    count: u64,
}

/// A record that matches.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hit)]
pub(crate) struct HitShape {
    #[schema(example = "th.jena")]
    publisher: String,
    #[schema(example = "0192f0c1-7c1e-7a60-9d7c-2f6f3c8f2b11")]
    record: String,
    #[schema(example = "measure")]
    kind: String,
    title: String,
    summary: String,
    /// A stretch of the text around the words found.
    snippet: Vec<PieceShape>,
    action_fields: Vec<String>,
    issued: String,
    /// A day, `YYYY-MM-DD`.
    valid_until: Option<String>,
    /// The first day of an event or call, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    begins: Option<String>,
    /// The last day of an event or call.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends: Option<String>,
    /// Beginnings of regional keys that it is about.
    area: Vec<String>,
    /// How many standing adoptions name it.
    adoptions: u64,
    /// How many standing assessments name it.
    assessments: u64,
    /// How many of the words it has.
    words_met: usize,
}

/// A piece of a snippet.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SnippetPiece)]
pub(crate) struct PieceShape {
    text: String,
    /// Whether it is a word that was looked for.
    hit: bool,
}

impl FoundShape {
    pub(crate) fn of(found: &Found, next: Option<String>) -> FoundShape {
        let counts = |counts: &Vec<(String, u64)>| {
            counts.iter().map(|(code, count)| CountShape { code: code.clone(), count: *count }).collect()
        };
        FoundShape {
            total: found.total,
            hits: found.hits.iter().map(HitShape::of).collect(),
            facets: found.facets.iter().map(|(facet, codes)| (facet.clone(), counts(codes))).collect(),
            next,
            words: found.words.clone(),
            correction: found.correction.as_ref().map(|correction| CorrectionShape {
                typed: correction.typed.clone(),
                instead: correction.instead.clone(),
            }),
        }
    }
}

impl HitShape {
    fn of(hit: &Hit) -> HitShape {
        HitShape {
            publisher: hit.publisher.to_string(),
            record: hit.record.to_string(),
            kind: hit.kind.clone(),
            title: hit.title.clone(),
            summary: hit.summary.clone(),
            snippet: hit
                .snippet
                .iter()
                .map(|piece| PieceShape { text: piece.text.clone(), hit: piece.hit })
                .collect(),
            action_fields: hit.action_fields.clone(),
            issued: hit.issued.to_string(),
            valid_until: hit.valid_until.clone(),
            begins: hit.begins.clone(),
            ends: hit.ends.clone(),
            area: hit.area.clone(),
            adoptions: hit.adoptions,
            assessments: hit.assessments,
            words_met: hit.words_met,
        }
    }
}

/// A standing statement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Record)]
pub(crate) struct RecordShape {
    #[schema(example = "th.jena")]
    publisher: String,
    #[schema(example = "0192f0c1-7c1e-7a60-9d7c-2f6f3c8f2b11")]
    record: String,
    #[schema(example = "measure")]
    kind: String,
    schema: u64,
    epoch: u64,
    version: u64,
    issued: String,
    /// The statement id: SHA-256 of the Sig_structure.
    id: String,
    /// The public key that signed it.
    key: String,
    /// The fields of the kind; absent when the record is withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<serde_json::Map<String, serde_json::Value>>,
    /// The reason, when the record is withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    retracted: Option<String>,
    /// Who vouches for the key.
    vouched_by: VoucherShape,
}

impl RecordShape {
    pub(crate) fn of(kept: &Kept) -> RecordShape {
        let content = kept.statement.content();
        let (body, retracted) = match &content.said {
            Said::Body(body) => (Some(json::from_map(body)), None),
            Said::Retracted(reason) => (None, Some(reason.to_string())),
        };
        RecordShape {
            publisher: content.publisher.to_string(),
            record: content.record.to_string(),
            kind: content.kind.to_string(),
            schema: content.schema,
            epoch: content.epoch,
            version: content.version,
            issued: content.issued.to_string(),
            id: kept.statement.id().to_string(),
            key: kept.statement.key().to_string(),
            body,
            retracted,
            vouched_by: VoucherShape::of(&kept.voucher),
        }
    }
}

/// One attested epoch of a publisher.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Voucher)]
pub(crate) struct VoucherShape {
    subject: String,
    name: String,
    org_type: String,
    ars: Option<String>,
    epoch: u64,
    keys: Vec<String>,
    may_attest: bool,
    not_before: String,
    not_after: Option<String>,
    /// Who vouches; null for an anchor's first epoch, which stands in the network document.
    attester: Option<String>,
    attester_name: Option<String>,
    /// The statement id of the attestation.
    id: Option<String>,
}

impl VoucherShape {
    pub(crate) fn of(voucher: &Voucher) -> VoucherShape {
        VoucherShape {
            subject: voucher.subject.to_string(),
            name: voucher.display_name.clone(),
            org_type: voucher.org_type.clone(),
            ars: voucher.ars.clone(),
            epoch: voucher.epoch,
            keys: voucher.keys.iter().map(ToString::to_string).collect(),
            may_attest: voucher.may_attest,
            not_before: voucher.not_before.to_string(),
            not_after: voucher.not_after.map(|moment| moment.to_string()),
            attester: voucher.attester.as_ref().map(ToString::to_string),
            attester_name: voucher.attester_name.clone(),
            id: voucher.statement.map(|id| id.to_string()),
        }
    }
}

/// A publisher and its public history of keys.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Publisher)]
pub(crate) struct PublisherShape {
    #[schema(example = "th.jena")]
    publisher: String,
    #[schema(example = "Stadt Jena")]
    name: String,
    /// Statements below this epoch count no more.
    floor: u64,
    /// Standing records, withdrawn ones not counted.
    records: u64,
    /// Oldest first.
    epochs: Vec<VoucherShape>,
}

impl PublisherShape {
    pub(crate) fn of(publisher: &Publisher) -> PublisherShape {
        PublisherShape {
            publisher: publisher.name.to_string(),
            name: publisher.display_name.clone(),
            floor: publisher.floor,
            records: publisher.records,
            epochs: publisher.epochs.iter().map(VoucherShape::of).collect(),
        }
    }
}

/// All publishers, in the order of their names.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Publishers)]
pub(crate) struct PublishersShape {
    pub(crate) publishers: Vec<PublisherShape>,
}

/// A standing attestation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attestation)]
pub(crate) struct AttestationShape {
    /// Who vouches.
    attester: String,
    /// For whom.
    subject: String,
    name: String,
    org_type: String,
    ars: Option<String>,
    epoch: u64,
    floor: u64,
    keys: Vec<String>,
    may_attest: bool,
    not_before: String,
    not_after: Option<String>,
    record: String,
    id: String,
}

impl AttestationShape {
    /// Nothing, where the statement is no attestation.
    pub(crate) fn of(kept: &Kept) -> Option<AttestationShape> {
        let content = kept.statement.content();
        let attestation = Attestation::read(content).ok()?;
        Some(AttestationShape {
            attester: content.publisher.to_string(),
            subject: attestation.subject.to_string(),
            name: attestation.name,
            org_type: attestation.org_type,
            ars: attestation.ars.map(|ars| ars.to_string()),
            epoch: attestation.epoch,
            floor: attestation.floor,
            keys: attestation.keys.iter().map(ToString::to_string).collect(),
            may_attest: attestation.may_attest,
            not_before: attestation.not_before.to_string(),
            not_after: attestation.not_after.map(|moment| moment.to_string()),
            record: content.record.to_string(),
            id: kept.statement.id().to_string(),
        })
    }
}

/// All standing attestations.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attestations)]
pub(crate) struct AttestationsShape {
    pub(crate) attestations: Vec<AttestationShape>,
}

/// What to vouch for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AttestationRequest)]
pub(crate) struct AttestShape {
    /// The text that `allmende request` printed at the other body.
    pub(crate) request: String,
    /// The code that was read out by phone.
    pub(crate) code: String,
    /// Whether the other body may vouch for bodies below it.
    #[serde(default)]
    pub(crate) may_attest: bool,
}

/// What a publish answers with, after the statement is durable.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Published)]
pub(crate) struct PublishedShape {
    #[schema(example = "th.jena")]
    publisher: String,
    #[schema(example = "0192f0c1-7c1e-7a60-9d7c-2f6f3c8f2b11")]
    record: String,
    version: u64,
    /// The statement id.
    id: String,
    /// False when the same was said before and nothing new was signed.
    changed: bool,
}

impl PublishedShape {
    pub(crate) fn of(published: &Published) -> PublishedShape {
        PublishedShape {
            publisher: published.publisher.to_string(),
            record: published.record.to_string(),
            version: published.version,
            id: published.id.to_string(),
            changed: published.changed,
        }
    }
}

/// One thing to mend in a draft.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Finding)]
pub(crate) struct FindingShape {
    #[schema(example = "effort.months")]
    path: String,
    /// What people call the field.
    label: String,
    /// `error`: is not published like this. `warning`: someone should look.
    #[schema(example = "error")]
    grade: &'static str,
    /// The rule, for programs.
    #[schema(example = "required")]
    code: String,
    /// A full sentence in the reader's language.
    message: String,
}

impl FindingShape {
    pub(crate) fn of(finding: &Finding, lang: Lang) -> FindingShape {
        FindingShape {
            path: finding.path.clone(),
            label: finding.label.say(lang).to_owned(),
            grade: match finding.grade {
                Grade::Error => "error",
                Grade::Warning => "warning",
            },
            code: finding.code.to_owned(),
            message: finding.message.say(lang).to_owned(),
        }
    }
}

/// What a check has to say.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Checked)]
pub(crate) struct CheckedShape {
    /// Whether the draft would be published as it is.
    pub(crate) publishable: bool,
    pub(crate) findings: Vec<FindingShape>,
}

/// A stretch of the change feed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Changes)]
pub(crate) struct ChangesShape {
    /// Oldest first.
    pub(crate) changes: Vec<ChangeShape>,
    /// The number of the node's newest change.
    pub(crate) newest: u64,
    /// Ask with `since` set to this next time.
    pub(crate) next: u64,
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Change)]
pub(crate) struct ChangeShape {
    pub(crate) change: u64,
    /// `stands` or `gone`.
    #[schema(example = "stands")]
    what: &'static str,
    publisher: String,
    record: String,
    /// What stands now.
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<RecordShape>,
}

impl ChangeShape {
    pub(crate) fn of(change: &Change) -> ChangeShape {
        match change {
            Change::Stands(kept) => ChangeShape {
                change: kept.change,
                what: "stands",
                publisher: kept.statement.content().publisher.to_string(),
                record: kept.statement.content().record.to_string(),
                statement: Some(RecordShape::of(kept)),
            },
            Change::Gone { change, publisher, record } => ChangeShape {
                change: *change,
                what: "gone",
                publisher: publisher.to_string(),
                record: record.to_string(),
                statement: None,
            },
        }
    }
}

/// A kind of record.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Kind)]
pub(crate) struct KindShape {
    #[schema(example = "measure")]
    pub(crate) kind: String,
    /// The number that statements carry as `schema`.
    pub(crate) version: u64,
    pub(crate) label: String,
    pub(crate) plural: String,
    pub(crate) help: String,
    /// Where its JSON Schema is.
    pub(crate) schema: String,
}

/// All kinds this node knows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Kinds)]
pub(crate) struct KindsShape {
    pub(crate) kinds: Vec<KindShape>,
}

/// What could be meant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suggestions)]
pub(crate) struct SuggestionsShape {
    pub(crate) suggestions: Vec<String>,
}

/// A peer to be dialled from now on.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PeerAddress)]
pub(crate) struct AddressShape {
    /// A multiaddr.
    #[schema(example = "/dns4/relay.thueringen.example/tcp/4480")]
    pub(crate) address: String,
}

/// Any fields: a draft with `kind`, perhaps `record`, and the body's fields beside them or under `body`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Draft)]
pub(crate) struct DraftShape {
    #[schema(example = "measure")]
    kind: String,
    /// The record to be said anew; absent for a fresh one.
    record: Option<String>,
    /// The fields of the kind, by name.
    #[serde(flatten)]
    fields: BTreeMap<String, serde_json::Value>,
}
