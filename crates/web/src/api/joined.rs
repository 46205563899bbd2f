//! `GET /api/v1/records/{publisher}/{record}/joined`: what others say about a record.

use crate::api::request::Named;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::joined;
use crate::joined::text;
use crate::port::Kept;
use crate::problem::Problem;
use crate::sayings::Assessment;
use crate::sayings::Joined;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What others say about a record, each under their own signature. There is no score over it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Joined)]
pub(crate) struct JoinedShape {
    adoptions: AdoptionsShape,
    /// What counts now first, then the newest.
    assessments: Vec<AssessmentShape>,
    /// Records of kind `notice`, newest first.
    notices: Vec<MentionShape>,
    /// Who has taken this stub over.
    claims: Vec<MentionShape>,
    /// The first of all other records that refer to this one.
    others: Vec<MentionShape>,
    others_total: usize,
}

/// Who uses it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JoinedAdoptions)]
pub(crate) struct AdoptionsShape {
    total: usize,
    by_status: BTreeMap<&'static str, usize>,
    /// Of those in use or in a pilot: population class to number; an empty class is not given.
    by_population_class: BTreeMap<&'static str, usize>,
    /// Of those in use or in a pilot: Land to number.
    by_land: BTreeMap<String, usize>,
    /// How many are willing to advise.
    willing_to_advise: usize,
    /// The first of them, in use before others.
    first: Vec<MentionShape>,
}

/// An assessment, sorted by the families of its catalogue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JoinedAssessment)]
pub(crate) struct AssessmentShape {
    #[serde(flatten)]
    mention: MentionShape,
    /// Whether it is the assessed body's own word.
    self_declared: bool,
    /// False when it has expired, was withdrawn, or its assessor replaced it.
    stands: bool,
    /// The catalogue, as `publisher/record`.
    criteria: Option<String>,
    criteria_version: Option<u64>,
    /// Whether the catalogue is here; without it results cannot be sorted.
    criteria_here: bool,
    /// Family to what came out: `met`, `partly-met`, `not-met` or `unknown`.
    families: BTreeMap<String, &'static str>,
}

/// A record that speaks of another one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mention)]
pub(crate) struct MentionShape {
    kind: String,
    publisher: String,
    record: String,
    /// The statement id.
    id: String,
    title: String,
    /// Its single codes that say how, such as `status` or `overall`.
    codes: BTreeMap<&'static str, String>,
}

/// Codes that a mention repeats.
const CODES: [&str; 10] = [
    "status",
    "population_class",
    "deployment",
    "would_do_again",
    "method",
    "assessor_role",
    "overall",
    "notice_type",
    "severity",
    "assessed_on",
];

impl MentionShape {
    fn of(kept: &Kept) -> MentionShape {
        let content = kept.statement.content();
        MentionShape {
            kind: content.kind.to_string(),
            publisher: content.publisher.to_string(),
            record: content.record.to_string(),
            id: kept.statement.id().to_string(),
            title: joined::title_of(kept, record::kind::Lang::De),
            codes: CODES.iter().filter_map(|code| Some((*code, text(kept, code)?.to_owned()))).collect(),
        }
    }
}

impl AssessmentShape {
    fn of(one: &Assessment) -> AssessmentShape {
        let body = one.kept.statement.content().body();
        AssessmentShape {
            mention: MentionShape::of(&one.kept),
            self_declared: one.is_own,
            stands: one.stands,
            criteria: text(&one.kept, "criteria").map(str::to_owned),
            criteria_version: body.get("criteria_version").and_then(record::value::Value::as_uint),
            criteria_here: one.criteria.is_some(),
            families: one
                .families
                .iter()
                .map(|(family, outcome)| (family.clone(), outcome.light().as_str()))
                .collect(),
        }
    }
}

impl JoinedShape {
    fn of(joined: &Joined) -> JoinedShape {
        let mentions = |all: &[Kept]| all.iter().map(MentionShape::of).collect();
        let uses = &joined.uses;
        JoinedShape {
            adoptions: AdoptionsShape {
                total: uses.total,
                by_status: uses.by_status.iter().copied().collect(),
                by_population_class: uses.by_class.clone(),
                by_land: uses.by_land.clone(),
                willing_to_advise: uses.advisers,
                first: mentions(&uses.read),
            },
            assessments: joined.assessments.iter().map(AssessmentShape::of).collect(),
            notices: mentions(&joined.notices),
            claims: mentions(&joined.claims),
            others: mentions(&joined.others),
            others_total: joined.others_total,
        }
    }
}

/// Reads what others say about a record: adoptions, assessments, notices, and what else refers to it.
#[utoipa::path(
    get, path = "/api/v1/records/{publisher}/{record}/joined", tag = "records",
    params(
        ("publisher" = String, Path, description = "Whose record, such as `th.jena`."),
        ("record" = String, Path, description = "The id of the record, a UUID."),
    ),
    responses((status = 200, body = JoinedShape), (status = 404, body = ProblemDetails)),
)]
pub(crate) async fn read(State(front): State<Front>, named: Named) -> Result<Json<JoinedShape>, Problem> {
    let kept = front.port.record(named.publisher, named.record).await?.ok_or_else(Problem::no_record)?;
    Ok(Json(JoinedShape::of(joined::joined(&front, &kept).await?.as_ref())))
}
