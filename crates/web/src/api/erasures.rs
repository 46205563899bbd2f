//! `POST /api/v1/erasures` and `DELETE /api/v1/erasures/{publisher}/{record}`: erasing here, and taking that back.

use crate::api::request::Named;
use crate::api::request::Sent;
use crate::api::shape::PublishedShape;
use crate::bearer::Bearer;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::port::Erasing;
use crate::port::Erasure;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use record::name::Name;
use record::statement::RecordId;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

/// What is to be erased here.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Erasing)]
pub(crate) struct ErasingShape {
    #[schema(example = "th.jena")]
    publisher: String,
    #[schema(example = "0192f0c1-7c1e-7a60-9d7c-2f6f3c8f2b11")]
    record: String,
    /// Why, in words; shown at the record's address.
    reason: String,
    /// Whether one of this publisher's own is forgotten here alone, and not withdrawn everywhere.
    #[serde(default)]
    only_here: bool,
}

/// What an erasure came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Erased)]
pub(crate) struct ErasedShape {
    publisher: String,
    record: String,
    /// The withdrawal that was published for it, of a record of this publisher's own.
    withdrawn: Option<PublishedShape>,
    /// Whether later versions are kept out as well.
    kept_out: bool,
    /// Whether the bytes are off the disk already; otherwise that goes on in the background.
    gone: bool,
}

/// A record that was erased here.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Erasure)]
pub(crate) struct ErasureShape {
    publisher: String,
    record: String,
    reason: String,
    at: String,
    /// Whether later versions are kept out as well, until that is lifted.
    kept_out: bool,
    /// The head that keeps its place without bytes, if one does.
    head: Option<HeadShape>,
}

/// A head without its statement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErasedHead)]
pub(crate) struct HeadShape {
    epoch: u64,
    version: u64,
    id: String,
    /// In seconds since 1970.
    issued: u64,
}

impl ErasureShape {
    pub(crate) fn of(erasure: &Erasure) -> ErasureShape {
        ErasureShape {
            publisher: erasure.publisher.to_string(),
            record: erasure.record.to_string(),
            reason: erasure.reason.clone(),
            at: erasure.at.to_string(),
            kept_out: erasure.kept_out,
            head: erasure.head.map(|(epoch, version, id, issued)| HeadShape {
                epoch,
                version,
                id: id.to_string(),
                issued: issued.seconds(),
            }),
        }
    }
}

/// Erases a record here, physically and now.
#[utoipa::path(
    post, path = "/api/v1/erasures", tag = "node", request_body = ErasingShape,
    responses(
        (status = 201, body = ErasedShape), (status = 401, body = ProblemDetails), (status = 422, body = ProblemDetails),
        (status = 503, body = ProblemDetails),
    ),
    security(("token" = [])),
)]
pub(crate) async fn erase(
    State(front): State<Front>,
    bearer: Bearer,
    Sent(wish): Sent<ErasingShape>,
) -> Result<(StatusCode, Json<ErasedShape>), Problem> {
    let ErasingShape { publisher, record, reason, only_here } = wish;
    let publisher: Name = publisher.parse().map_err(|error| Problem::unreadable("publisher", &error))?;
    let record: RecordId = record.parse().map_err(|error| Problem::unreadable("record", &error))?;
    let erased = front.port.erase(publisher.clone(), record, Erasing { reason, only_here }).await?;
    tracing::warn!(token = bearer.name, %publisher, %record, kept_out = erased.kept_out, "erased");
    let shape = ErasedShape {
        publisher: publisher.to_string(),
        record: record.to_string(),
        withdrawn: erased.withdrawn.as_ref().map(PublishedShape::of),
        kept_out: erased.kept_out,
        gone: erased.gone,
    };
    Ok((StatusCode::CREATED, Json(shape)))
}

/// Takes an erasure back; peers bring the record again, where they still have it.
#[utoipa::path(
    delete, path = "/api/v1/erasures/{publisher}/{record}", tag = "node",
    params(
        ("publisher" = String, Path, description = "Whose record."),
        ("record" = String, Path, description = "The id of the record, a UUID."),
    ),
    responses((status = 204), (status = 401, body = ProblemDetails), (status = 404, body = ProblemDetails)),
    security(("token" = [])),
)]
pub(crate) async fn lift(
    State(front): State<Front>,
    bearer: Bearer,
    named: Named,
) -> Result<StatusCode, Problem> {
    front.port.lift(named.publisher.clone(), named.record).await?;
    tracing::warn!(token = bearer.name, publisher = %named.publisher, record = %named.record, "erasure lifted");
    Ok(StatusCode::NO_CONTENT)
}

/// Why there is no such record here: unknown, or erased with a reason.
pub(crate) fn missing(front: &Front, publisher: &Name, record: RecordId) -> Problem {
    match front.port.erasure(publisher, record) {
        Some(erasure) => Problem::erased(&erasure.reason),
        None => Problem::no_record(),
    }
}
