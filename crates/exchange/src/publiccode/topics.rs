//! Which action fields a software belongs to: our own crosswalk from publiccode scopes and categories.

use crate::publiccode::remark::Note;
use crate::publiccode::take;
use crate::publiccode::take::Take;
use std::collections::BTreeMap;

/// Action fields of one record.
const ACTION_FIELDS_MAX: usize = 5;
/// Where nothing points anywhere.
const ACTION_FIELD_DEFAULT: &str = "administration";

/// publiccode `intendedAudience.scope` to action fields.
const SCOPES: [(&str, &str); 23] = [
    ("agriculture", "urban-rural"),
    ("culture", "culture-tourism"),
    ("defence", "safety"),
    ("education", "education"),
    ("emergency-services", "safety"),
    ("employment", "economy"),
    ("energy", "energy"),
    ("environment", "climate"),
    ("finance-and-economic-development", "economy"),
    ("government", "administration"),
    ("healthcare", "health"),
    ("infrastructures", "housing"),
    ("justice", "safety"),
    ("local-authorities", "administration"),
    ("manufacturing", "economy"),
    ("research", "education"),
    ("science-and-technology", "data-infrastructure"),
    ("security", "safety"),
    ("society", "social"),
    ("sport", "culture-tourism"),
    ("tourism", "culture-tourism"),
    ("transportation", "mobility"),
    ("welfare", "social"),
];

/// publiccode `categories` to action fields; categories that say nothing of the subject are not listed.
const CATEGORIES: [(&str, &str); 44] = [
    ("agile-project-management", "organisation"),
    ("application-development", "data-infrastructure"),
    ("appointment-scheduling", "administration"),
    ("budgeting", "administration"),
    ("business-intelligence", "data-infrastructure"),
    ("business-process-management", "organisation"),
    ("case-management", "administration"),
    ("civic-engagement", "participation"),
    ("cloud-management", "data-infrastructure"),
    ("collaboration", "organisation"),
    ("compliance-management", "administration"),
    ("data-analytics", "data-infrastructure"),
    ("data-collection", "data-infrastructure"),
    ("data-visualization", "data-infrastructure"),
    ("digital-citizenship", "administration"),
    ("document-management", "administration"),
    ("e-commerce", "economy"),
    ("educational-content", "education"),
    ("emergency-response", "safety"),
    ("employee-management", "organisation"),
    ("event-management", "culture-tourism"),
    ("facility-management", "housing"),
    ("feedback-and-reviews-management", "participation"),
    ("fleet-management", "mobility"),
    ("geographic-information-systems", "housing"),
    ("healthcare", "health"),
    ("hr", "organisation"),
    ("identity-management", "administration"),
    ("it-asset-management", "data-infrastructure"),
    ("it-development", "data-infrastructure"),
    ("it-management", "data-infrastructure"),
    ("it-security", "safety"),
    ("it-service-management", "data-infrastructure"),
    ("knowledge-management", "organisation"),
    ("learning-management-system", "education"),
    ("local-government", "administration"),
    ("medical-specialties", "health"),
    ("office", "organisation"),
    ("online-community", "participation"),
    ("project-management", "organisation"),
    ("survey", "participation"),
    ("taxes-management", "administration"),
    ("welfare", "social"),
    ("whistleblowing", "administration"),
];

/// Says the action fields, those that most scopes and categories point to first. A scope weighs more than a
/// category; `government` and `local-authorities`, which name the user and not the subject, weigh least.
pub(crate) fn write(take: &mut Take<'_>) {
    let mut weights: BTreeMap<&str, usize> = BTreeMap::new();
    for scope in take.texts("intendedAudience.scope") {
        let weight = if ["government", "local-authorities"].contains(&scope) { 1 } else { 4 };
        if let Some((_, field)) = SCOPES.iter().find(|(code, _)| code.eq_ignore_ascii_case(scope)) {
            *weights.entry(field).or_default() += weight;
        }
    }
    for category in take.texts("categories") {
        if let Some((_, field)) = CATEGORIES.iter().find(|(code, _)| code.eq_ignore_ascii_case(category)) {
            *weights.entry(field).or_default() += 2;
        }
    }
    let mut fields: Vec<(&str, usize)> = weights.into_iter().collect();
    fields.sort_by_key(|(field, weight)| (usize::MAX - weight, *field));
    let mut fields: Vec<&str> = fields.into_iter().map(|(field, _)| field).take(ACTION_FIELDS_MAX).collect();
    if fields.is_empty() {
        take.remark("intendedAudience.scope", Note::Assumed { value: ACTION_FIELD_DEFAULT.to_owned() });
        fields.push(ACTION_FIELD_DEFAULT);
    }
    take.put("action_fields", take::list(fields));
}
