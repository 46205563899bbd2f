//! Who vouches for whom, in the form that the pages show.

use record::envelope::Statement;
use record::name::Name;
use replica::trust::Standing;
use replica::trust::Trust;
use replica::trust::Vouched;
use web::port::Kept;
use web::port::Voucher;

/// The voucher of one epoch.
pub(crate) fn voucher(trust: &Trust, vouched: &Vouched) -> Voucher {
    let attestation = &vouched.attestation;
    let attester_name = vouched.attester.as_ref().map(|attester| display_name(trust, attester));
    Voucher {
        subject: attestation.subject.clone(),
        display_name: attestation.name.clone(),
        org_type: attestation.org_type.clone(),
        ars: attestation.ars.as_ref().map(ToString::to_string),
        epoch: attestation.epoch,
        keys: attestation.keys.clone(),
        may_attest: attestation.may_attest,
        not_before: attestation.not_before,
        not_after: attestation.not_after,
        attester: vouched.attester.clone(),
        attester_name,
        statement: vouched.statement,
    }
}

/// What a publisher calls itself, by its newest attestation.
pub(crate) fn display_name(trust: &Trust, name: &Name) -> String {
    let newest = trust.standing(name).and_then(Standing::newest);
    newest.map_or_else(|| name.to_string(), |vouched| vouched.attestation.name.clone())
}

/// A statement with who vouches for its key; `None` in the moment between a revocation and its effect.
pub(crate) fn kept(trust: &Trust, statement: Statement, change: u64) -> Option<Kept> {
    let content = statement.content();
    let vouched = trust.vouched(&content.publisher, content.epoch)?;
    let voucher = voucher(trust, vouched);
    Some(Kept { statement: statement.into(), change, voucher })
}
