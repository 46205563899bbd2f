//! `/api/v1/bundles`: signed statements as they are, many at once, for backups and snapshots.

use crate::api::request::Asked;
use crate::api::request::Raw;
use crate::bearer::Bearer;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::port::Admitted;
use crate::port::Change;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use record::cbor;
use record::value::Value;
use serde::Deserialize;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::IntoParams;
use utoipa::ToSchema;

/// The bytes of one bundle that is sent in.
pub(crate) const BUNDLE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Changes that are looked at for one answer, at most.
const LIMIT_MAX: usize = 1_000;
const CBOR: &str = "application/cbor";

/// From where to read on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct From {
    /// The number of the last change that is known already; 0 for none.
    #[serde(default)]
    since: u64,
    /// How many changes to look at, 500 unless said otherwise.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Reads what stands as signed bytes, oldest change first. The answer is one CBOR map: `newest`, the number of the
/// node's newest change; `next`, what to ask with as `since` next time, equal to `since` at the end; `statements`, a
/// list of byte strings.
#[utoipa::path(
    get, path = "/api/v1/bundles", tag = "changes", params(From),
    responses((status = 200, content_type = "application/cbor", body = Vec<u8>)),
)]
pub(crate) async fn read(State(front): State<Front>, Asked(from): Asked<From>) -> Result<Response, Problem> {
    let limit = from.limit.unwrap_or(LIMIT_MAX / 2).clamp(1, LIMIT_MAX);
    let found = front.port.changes(from.since, limit, Duration::ZERO).await?;
    let (mut next, mut statements) = (from.since, Vec::new());
    for change in &found.changes {
        match change {
            Change::Stands(kept) => {
                next = kept.change;
                statements.push(Value::Bytes(kept.statement.bytes().to_vec()));
            }
            Change::Gone { change, .. } => next = *change,
        }
    }
    let bundle = Value::Map(BTreeMap::from([
        ("newest".to_owned(), Value::Uint(found.newest)),
        ("next".to_owned(), Value::Uint(next)),
        ("statements".to_owned(), Value::List(statements)),
    ]));
    Ok(([(header::CONTENT_TYPE, CBOR)], cbor::encode(&bundle)).into_response())
}

/// What became of the statements of a bundle.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Admitted)]
pub(crate) struct AdmittedShape {
    /// New ones that stand now.
    admitted: u64,
    /// Those that stood already, or that this node does not keep.
    known: u64,
    /// Those that wait for an attestation or for their hour.
    held: u64,
    /// What was refused, by reason code.
    refused: BTreeMap<String, u64>,
}

/// Takes statements through the one door, in order: a CBOR list of byte strings. What is refused stops nothing.
#[utoipa::path(
    post, path = "/api/v1/bundles", tag = "records",
    request_body(content = Vec<u8>, content_type = "application/cbor"),
    responses(
        (status = 200, body = AdmittedShape), (status = 400, body = ProblemDetails),
        (status = 401, body = ProblemDetails), (status = 413, body = ProblemDetails),
    ),
    security(("token" = [])),
)]
pub(crate) async fn admit(
    State(front): State<Front>,
    bearer: Bearer,
    Raw(bytes): Raw,
) -> Result<Json<AdmittedShape>, Problem> {
    let bundle = cbor::decode(&bytes).map_err(|error| Problem::unreadable("bundle", &error))?;
    let statements: Option<Vec<Vec<u8>>> = bundle
        .as_list()
        .and_then(|list| list.iter().map(|statement| statement.as_bytes().map(<[u8]>::to_vec)).collect());
    let statements = statements
        .ok_or_else(|| Problem::unreadable("bundle", &"a bundle is a CBOR list of byte strings"))?;
    let Admitted { admitted, known, held, refused } = front.port.admit(statements).await?;
    tracing::info!(token = bearer.name, admitted, "a bundle was taken in");
    Ok(Json(AdmittedShape { admitted, known, held, refused }))
}
