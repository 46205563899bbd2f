//! `/api/v1/attestations`: who vouches for whom.

use crate::api::drafts;
use crate::api::request::Sent;
use crate::api::shape::AttestShape;
use crate::api::shape::AttestationShape;
use crate::api::shape::AttestationsShape;
use crate::api::shape::PublishedShape;
use crate::bearer::Bearer;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::response::Response;

/// Lists the standing attestations.
#[utoipa::path(
    get, path = "/api/v1/attestations", tag = "publishers", responses((status = 200, body = AttestationsShape)),
)]
pub(crate) async fn list(State(front): State<Front>) -> Result<Json<AttestationsShape>, Problem> {
    let kept = front.port.attestations().await?;
    Ok(Json(AttestationsShape { attestations: kept.iter().filter_map(AttestationShape::of).collect() }))
}

/// Vouches for a body below this node's own.
#[utoipa::path(
    post, path = "/api/v1/attestations", tag = "publishers", request_body = AttestShape,
    responses(
        (status = 201, body = PublishedShape), (status = 200, body = PublishedShape),
        (status = 401, body = ProblemDetails), (status = 422, body = ProblemDetails),
    ),
    security(("token" = [])),
)]
pub(crate) async fn attest(
    State(front): State<Front>,
    bearer: Bearer,
    Sent(asked): Sent<AttestShape>,
) -> Result<Response, Problem> {
    let published = front.port.attest(asked.request, asked.code, asked.may_attest).await?;
    Ok(drafts::answer(&front, &published, &bearer).await)
}
