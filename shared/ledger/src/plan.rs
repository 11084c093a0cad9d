//! The plan in force, and those that were.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use domain::class::Class;
use domain::plan::Plan;
use domain::port::{Plans, ServiceError, Who};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::digest::Digest;
use crate::error::unreadable;
use crate::item::{BadItem, Item};
use crate::journal::{keyed, to_item, unbuilt};
use crate::{Ledger, canonical, key};

const PARTITION: &str = "PLAN";
const CURRENT: &str = "CURRENT";
/// What errors call it.
const SUBJECT: &str = "the plan";

/// The plan in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPlan {
    /// The plan.
    pub plan: Plan,
    /// Its number: the first plan is 1.
    pub version: u64,
    /// Who put it into force.
    pub who: Who,
    /// When.
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct PlanItem {
    pk: String,
    sk: String,
    version: u64,
    /// The plan's canonical text.
    plan: String,
    /// Who, as JSON text.
    who: String,
    at: String,
}

impl PlanItem {
    fn read(item: Item) -> Result<StoredPlan, BadPlan> {
        let item: Self = serde_dynamo::from_item(item).map_err(BadItem::from)?;
        let document: Value = serde_json::from_str(&item.plan).map_err(BadItem::from)?;
        Ok(StoredPlan {
            plan: Plan::parse_json(&document)?,
            version: item.version,
            who: serde_json::from_str(&item.who).map_err(BadItem::from)?,
            at: item.at.parse()?,
        })
    }
}

/// Why the stored plan cannot be read.
#[derive(Debug, thiserror::Error)]
enum BadPlan {
    #[error(transparent)]
    Item(#[from] BadItem),
    #[error("its moment: {0}")]
    Moment(#[from] jiff::Error),
    /// A newer version of the command wrote it, or somebody did by hand.
    #[error("its plan: {0}")]
    Plan(#[from] domain::plan::Problems),
}

#[async_trait]
impl Plans for Ledger {
    async fn in_force(&self) -> Result<Option<Plan>, ServiceError> {
        Ok(self.plan().await?.map(|stored| stored.plan))
    }
}

impl Ledger {
    /// The plan in force; `None` when none ever was.
    ///
    /// # Errors
    /// When the ledger cannot be read, or what it holds is no plan to this version.
    pub async fn plan(&self) -> Result<Option<StoredPlan>, ServiceError> {
        self.get(keyed(PARTITION.to_owned(), CURRENT.to_owned()), SUBJECT)
            .await?
            .map(|item| {
                PlanItem::read(item).map_err(|e| unreadable("dynamodb:GetItem", SUBJECT, e))
            })
            .transpose()
    }

    /// Puts a plan into force if the one in force is still number `replaces` (0 for none), keeps
    /// it under its number for good, and answers that number.
    ///
    /// # Errors
    /// Class `Conflict` when another plan came into force meanwhile; nothing was written then.
    pub async fn put_plan(
        &self,
        plan: &Plan,
        who: &Who,
        at: Timestamp,
        replaces: u64,
    ) -> Result<u64, ServiceError> {
        let version = replaces + 1;
        let plan = canonical::text(plan).map_err(|e| unbuilt(SUBJECT, &e))?;
        let who = canonical::text(who).map_err(|e| unbuilt(SUBJECT, &e))?;
        let at = key::moment(at);
        let token = Digest::of(&format!("{version} {at} {who} {plan}"));
        let item = |sk: String| {
            let pk = PARTITION.to_owned();
            let (plan, who, at) = (plan.clone(), who.clone(), at.clone());
            to_item(SUBJECT, &PlanItem { pk, sk, version, plan, who, at })
        };
        let current = item(CURRENT.to_owned())?;
        let mut put = Put::builder().table_name(&self.table).set_item(Some(current));
        put = if replaces == 0 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("version = :replaces")
                .expression_attribute_values(":replaces", AttributeValue::N(replaces.to_string()))
        };
        let put = put.build().map_err(|e| unbuilt(SUBJECT, &e))?;
        let items = vec![
            TransactWriteItem::builder().put(put).build(),
            self.put_new(SUBJECT, item(format!("V#{version:08}"))?)?,
        ];
        match self.transact(SUBJECT, items, token).await {
            Err(error) if error.class == Class::Conflict => Err(ServiceError {
                message: format!(
                    "the plan in force is no longer number {replaces}: somebody else put another \
                     one into force"
                ),
                ..error
            }),
            Err(error) => Err(error),
            Ok(()) => Ok(version),
        }
    }
}
