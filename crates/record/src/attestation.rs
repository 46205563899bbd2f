//! The body of kind `attestation`: a name vouches for a name below it and lists its keys.

use crate::ars::Ars;
use crate::bounds::ATTESTED_KEYS_MAX;
use crate::key::PublicKey;
use crate::moment::Moment;
use crate::name::Name;
use crate::statement::Content;
use crate::statement::RecordId;
use crate::statement::Said;
use crate::value::Map;
use crate::value::Value;

/// The kind of these records.
pub const KIND: &str = "attestation";

/// What an attester says of a subject in one epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// Whom it is about.
    pub subject: Name,
    /// The official name, such as "Stadt Jena".
    pub name: String,
    /// The sort of body (vocabulary `org-type`).
    pub org_type: String,
    /// The regional key, where the subject is territorial.
    pub ars: Option<Ars>,
    /// The keys that sign for the subject in this epoch, 1 to [`ATTESTED_KEYS_MAX`].
    pub keys: Vec<PublicKey>,
    /// The epoch, from 1.
    pub epoch: u64,
    /// Statements of the subject with a lower epoch count no more.
    pub floor: u64,
    /// Whether the subject may in turn vouch for names below its own.
    pub may_attest: bool,
    /// From when the keys may sign.
    pub not_before: Moment,
    /// Until when, where there is an end.
    pub not_after: Option<Moment>,
}

/// Why a statement of kind `attestation` is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttestationError {
    /// It was retracted.
    #[error("an attestation is not retracted: attest the next epoch, or raise the floor")]
    Retracted,
    /// A field is missing or wrong.
    #[error("the attestation's field \"{0}\" is not {1}")]
    Field(&'static str, &'static str),
    /// The record id does not follow from subject and epoch.
    #[error("the attestation's record id does not follow from its subject and epoch")]
    Record,
    /// An anchor's link that does not follow on the epoch before.
    #[error("an anchor attests its epoch {epoch} with a key of the epoch before, not of epoch {signed}")]
    Chain {
        /// The epoch attested.
        epoch: u64,
        /// The epoch that signed.
        signed: u64,
    },
    /// The attester may not speak about this subject.
    #[error("{attester} may not vouch for {subject}: only a name above it may, or an anchor for itself")]
    Prefix {
        /// Who spoke.
        attester: Name,
        /// About whom.
        subject: Name,
    },
}

impl AttestationError {
    /// The stable code that counters and the API use.
    pub fn code(&self) -> &'static str {
        match self {
            AttestationError::Retracted => "attestation-retracted",
            AttestationError::Field(..) => "attestation-field",
            AttestationError::Record => "attestation-record",
            AttestationError::Chain { .. } => "attestation-chain",
            AttestationError::Prefix { .. } => "attestation-prefix",
        }
    }
}

impl Attestation {
    /// The record id that an attestation of this subject and epoch always has:
    /// SHA-256("attestation" || subject || epoch as 8 bytes, big endian), first 16 bytes.
    pub fn record_id(subject: &Name, epoch: u64) -> RecordId {
        RecordId::derived(&[KIND.as_bytes(), subject.as_str().as_bytes(), &epoch.to_be_bytes()])
    }

    /// Reads the attestation out of a statement's content and checks what can be checked of it alone.
    pub fn read(content: &Content) -> Result<Attestation, AttestationError> {
        let Said::Body(body) = &content.said else {
            return Err(AttestationError::Retracted);
        };
        let attestation = Attestation::from_body(body)?;
        let Attestation { subject, epoch, .. } = &attestation;
        let about_itself = content.publisher == *subject && subject.depth() == 1;
        if !about_itself && !content.publisher.is_above(subject) {
            return Err(AttestationError::Prefix {
                attester: content.publisher.clone(),
                subject: subject.clone(),
            });
        }
        if about_itself && content.epoch.checked_add(1) != Some(*epoch) {
            return Err(AttestationError::Chain { epoch: *epoch, signed: content.epoch });
        }
        if content.record != Attestation::record_id(subject, *epoch) {
            return Err(AttestationError::Record);
        }
        Ok(attestation)
    }

    fn from_body(body: &Map) -> Result<Attestation, AttestationError> {
        let wrong = AttestationError::Field;
        let text = |key: &'static str| {
            body.get(key).and_then(Value::as_text).filter(|text| !text.is_empty()).ok_or(wrong(key, "a text"))
        };
        let moment = |key: &'static str| match body.get(key) {
            None => Ok(None),
            Some(value) => match value.as_uint().and_then(Moment::from_seconds) {
                Some(moment) => Ok(Some(moment)),
                None => Err(wrong(key, "a moment in seconds since 1970")),
            },
        };
        let number = |key: &'static str| body.get(key).and_then(Value::as_uint);
        let epoch = number("epoch").filter(|n| *n >= 1).ok_or(wrong("epoch", "a whole number from 1 on"))?;
        let floor = number("floor")
            .filter(|floor| (1..=epoch).contains(floor))
            .ok_or(wrong("floor", "a whole number from 1 to the epoch"))?;
        Ok(Attestation {
            subject: text("subject")?.parse().map_err(|_| wrong("subject", "a publisher name"))?,
            name: text("name")?.to_owned(),
            org_type: text("org_type")?.to_owned(),
            ars: match body.get("ars") {
                None => None,
                Some(_) => Some(
                    text("ars")?
                        .parse()
                        .map_err(|_| wrong("ars", "a Regionalschlüssel of 2 to 12 digits"))?,
                ),
            },
            keys: keys(body).ok_or(wrong("keys", "a list of 1 to 16 different keys of 32 bytes"))?,
            epoch,
            floor,
            may_attest: body
                .get("may_attest")
                .and_then(Value::as_bool)
                .ok_or(wrong("may_attest", "true or false"))?,
            not_before: moment("not_before")?.ok_or(wrong("not_before", "a moment in seconds since 1970"))?,
            not_after: moment("not_after")?,
        })
    }

    /// The body as it is signed.
    pub fn to_body(&self) -> Map {
        let mut body = Map::new();
        let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
        put("subject", self.subject.as_str().into());
        put("name", self.name.as_str().into());
        put("org_type", self.org_type.as_str().into());
        if let Some(ars) = &self.ars {
            put("ars", ars.as_str().into());
        }
        put(
            "keys",
            self.keys.iter().map(|key| Value::Bytes(key.as_bytes().to_vec())).collect::<Vec<_>>().into(),
        );
        put("epoch", self.epoch.into());
        put("floor", self.floor.into());
        put("may_attest", self.may_attest.into());
        put("not_before", self.not_before.seconds().into());
        if let Some(not_after) = self.not_after {
            put("not_after", not_after.seconds().into());
        }
        body
    }

    /// Whether the keys may sign at this moment.
    pub fn covers(&self, issued: Moment) -> bool {
        self.not_before <= issued && self.not_after.is_none_or(|not_after| issued <= not_after)
    }
}

fn keys(body: &Map) -> Option<Vec<PublicKey>> {
    let items = body.get("keys")?.as_list()?;
    let mut keys = Vec::new();
    for item in items {
        let key = PublicKey::from_bytes(item.as_bytes()?.try_into().ok()?);
        if keys.contains(&key) || keys.len() == ATTESTED_KEYS_MAX {
            return None;
        }
        keys.push(key);
    }
    (!keys.is_empty()).then_some(keys)
}
