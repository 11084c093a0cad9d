//! Account and Region: everything is separate by these two.

/// Where a call acts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    /// Twelve digits.
    pub(crate) account: String,
    /// Such as `eu-west-1`.
    pub(crate) region: String,
}

/// The account of every caller whose key does not name another one. The local cloud's other
/// services do it the same way, so that ARNs agree.
const DEFAULT_ACCOUNT: &str = "000000000000";

impl Scope {
    /// The scope of a caller with this access key, which is an account when it is twelve digits.
    pub(crate) fn of(access_key: &str, region: &str) -> Self {
        let named = access_key.len() == 12 && access_key.bytes().all(|b| b.is_ascii_digit());
        let account = if named { access_key } else { DEFAULT_ACCOUNT };
        Self { account: account.to_owned(), region: region.to_owned() }
    }

    /// The ARN of a resource of the service; `kind` is `snapshot`, `cluster` or the like.
    pub(crate) fn arn(&self, kind: &str, name: &str) -> String {
        format!("arn:aws:elasticache:{}:{}:{kind}:{name}", self.region, self.account)
    }

    /// The service principal that reads and writes buckets in this Region.
    pub(crate) fn snapshot_principal(&self) -> String {
        format!("{}.elasticache-snapshot.amazonaws.com", self.region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_twelve_digits_is_an_account() {
        assert_eq!(Scope::of("test", "eu-west-1").account, "000000000000");
        let scope = Scope::of("111122223333", "eu-west-1");
        let arn = "arn:aws:elasticache:eu-west-1:111122223333:snapshot:s";
        assert_eq!(scope.arn("snapshot", "s"), arn);
    }
}
