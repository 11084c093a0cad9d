//! Who works on a journey, and until when.
//!
//! A lease lies in the current-state item and changes without an entry: it is how work is shared
//! out, not a fact that an auditor would ask for.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::id::JourneyId;
use domain::port::{ServiceError, Who};
use jiff::Timestamp;

use crate::Ledger;
use crate::error::{service_error, unreadable};
use crate::item::{Item, Lease};
use crate::journal::state_key;

const UPDATE: &str = "dynamodb:UpdateItem";

/// The answer to a try for the lease.
pub(crate) enum Taken {
    /// It is ours; the item as it is now.
    Ours(Item),
    /// Somebody else has it.
    Theirs(Lease),
    /// There is no such journey yet.
    Missing,
}

impl Ledger {
    /// Takes the lease if it is free, has run out or is ours already.
    pub(crate) async fn take_lease(
        &self,
        id: &JourneyId,
        who: &Who,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Taken, ServiceError> {
        let subject = id.to_string();
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(state_key(id)))
            .update_expression("SET lease_owner = :me, lease_until = :until")
            .condition_expression(
                "attribute_exists(pk) AND (attribute_not_exists(lease_owner) \
                 OR lease_until <= :now OR lease_owner = :me)",
            )
            .expression_attribute_values(":me", owner(who))
            .expression_attribute_values(":now", millis(now))
            .expression_attribute_values(":until", millis(until))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(output) => Ok(Taken::Ours(output.attributes.unwrap_or_default())),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    match failed.item().filter(|item| !item.is_empty()) {
                        None => Ok(Taken::Missing),
                        Some(item) => Lease::read(item.clone())
                            .map(Taken::Theirs)
                            .map_err(|e| unreadable(UPDATE, subject, e)),
                    }
                }
                _ => Err(service_error(UPDATE, subject, error)),
            },
        }
    }

    /// Changes a lease that is ours; `false` when it is not.
    pub(crate) async fn change_lease(
        &self,
        id: &JourneyId,
        who: &Who,
        expression: &str,
        until: Option<Timestamp>,
    ) -> Result<bool, ServiceError> {
        let mut request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(state_key(id)))
            .update_expression(expression)
            .condition_expression("lease_owner = :me")
            .expression_attribute_values(":me", owner(who));
        if let Some(until) = until {
            request = request.expression_attribute_values(":until", millis(until));
        }
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(service_error(UPDATE, id.to_string(), error)),
            },
        }
    }
}

/// A function's invocation, as the lease names it.
pub(crate) fn owner(who: &Who) -> AttributeValue {
    AttributeValue::S(format!("{}/{}", who.function, who.request_id))
}

pub(crate) fn millis(at: Timestamp) -> AttributeValue {
    AttributeValue::N(at.as_millisecond().to_string())
}
