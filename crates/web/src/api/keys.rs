//! `/api/v1/rotate` and `/api/v1/revoke`: keys are changed as planned, and trust is taken back.

use crate::api::request::Sent;
use crate::api::shape::PublishedShape;
use crate::bearer::Bearer;
use crate::front::Front;
use crate::guard::answer::ProblemDetails;
use crate::port::Revocation;
use crate::port::Rotated;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use record::name::Name;
use serde::Deserialize;
use serde::Serialize;
use utoipa::ToSchema;

/// How keys are changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Rotation)]
pub(crate) struct RotateShape {
    /// Anchors only: everything that was signed before counts no more until it is said again.
    #[serde(default)]
    floor: bool,
}

/// A change of keys that has begun, or at an anchor is done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rotated)]
pub(crate) struct RotatedShape {
    /// The new key.
    public_key: String,
    /// The text to send to the attester; absent at an anchor.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    /// The code to read out by phone; absent at an anchor.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// An anchor's link to its next epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<PublishedShape>,
}

impl RotatedShape {
    fn of(rotated: Rotated) -> RotatedShape {
        let (request, code) = rotated.asks.unzip();
        let link = rotated.link.as_ref().map(PublishedShape::of);
        RotatedShape { public_key: rotated.key.to_string(), request, code, link }
    }
}

/// What is taken back.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum What {
    /// The keys end now; what was said stays.
    #[default]
    Keys,
    /// The key was stolen: everything said so far falls.
    Everything,
    /// The right to vouch for others.
    MayAttest,
}

/// From whom what is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Revocation)]
pub(crate) struct RevokeShape {
    #[schema(example = "th.jena")]
    subject: String,
    #[serde(default)]
    #[schema(inline)]
    what: What,
    /// With `everything`: the text that `allmende rotate` printed at the other body.
    request: Option<String>,
    /// The code of that text, as it was read out by phone.
    code: Option<String>,
}

/// Begins a planned change of keys; at an anchor it is done when answered. Asked again before the new key is
/// attested, it answers with the same key.
#[utoipa::path(
    post, path = "/api/v1/rotate", tag = "publishers", request_body = RotateShape,
    responses(
        (status = 200, body = RotatedShape), (status = 401, body = ProblemDetails),
        (status = 422, body = ProblemDetails),
    ),
    security(("token" = [])),
)]
pub(crate) async fn rotate(
    State(front): State<Front>,
    bearer: Bearer,
    Sent(asked): Sent<RotateShape>,
) -> Result<Json<RotatedShape>, Problem> {
    let rotated = front.port.rotate(asked.floor).await?;
    tracing::info!(token = bearer.name, key = %rotated.key, "a change of keys was asked for");
    Ok(Json(RotatedShape::of(rotated)))
}

/// Takes trust back from a body below this node's own. Answers with the attestations that say so, one for each epoch.
#[utoipa::path(
    post, path = "/api/v1/revoke", tag = "publishers", request_body = RevokeShape,
    responses(
        (status = 200, body = Vec<PublishedShape>), (status = 401, body = ProblemDetails),
        (status = 404, body = ProblemDetails), (status = 422, body = ProblemDetails),
    ),
    security(("token" = [])),
)]
pub(crate) async fn revoke(
    State(front): State<Front>,
    bearer: Bearer,
    Sent(asked): Sent<RevokeShape>,
) -> Result<Json<Vec<PublishedShape>>, Problem> {
    let subject: Name = asked.subject.parse().map_err(|error| Problem::unreadable("name", &error))?;
    let successor = match (asked.request, asked.code) {
        (Some(request), Some(code)) => Some((request, code)),
        (None, None) => None,
        // Without either a theft would be answered with a key that nobody holds.
        _ => return Err(Problem::unreadable("request", &"a request and its code go together")),
    };
    let what = match (asked.what, successor) {
        (What::Everything, successor) => Revocation::Everything { successor },
        (_, Some(_)) => {
            return Err(Problem::unreadable("request", &"a request goes only with \"everything\""));
        }
        (What::Keys, None) => Revocation::Keys,
        (What::MayAttest, None) => Revocation::Right,
    };
    let published = front.port.revoke(subject.clone(), what).await?;
    tracing::warn!(token = bearer.name, %subject, attestations = published.len(), "trust was taken back");
    Ok(Json(published.iter().map(PublishedShape::of).collect()))
}
