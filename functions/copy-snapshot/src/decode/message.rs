//! The sentences and ARNs in which ElastiCache names a snapshot.

use domain::port::Family;

/// `Snapshot succeeded for snapshot with ID 'x' of replication group with ID 'y'`: the form
/// older topics carry and `DescribeEvents` still shows.
pub(super) struct Sentence<'a> {
    /// The snapshot's name.
    pub(super) snapshot: &'a str,
    /// Whether it failed.
    pub(super) failed: bool,
}

/// Reads such a sentence; `None` when the text is not one.
pub(super) fn sentence(text: &str) -> Option<Sentence<'_>> {
    let lower = text.to_ascii_lowercase();
    let failed = match () {
        () if lower.starts_with("snapshot succeeded") => false,
        () if lower.starts_with("snapshot failed") => true,
        () => return None,
    };
    let marker = "snapshot with id '";
    let begin = lower.find(marker)? + marker.len();
    // ASCII lower-casing keeps every offset.
    let rest = text.get(begin..)?;
    Some(Sentence { snapshot: rest.get(..rest.find('\'')?)?, failed })
}

/// The name in a snapshot's ARN, and which family it belongs to.
///
/// `arn:aws:elasticache:REGION:ACCOUNT:snapshot:NAME` or `…:serverlesscachesnapshot:NAME`.
pub(super) fn snapshot_arn(arn: &str) -> Option<(Family, &str)> {
    let mut parts = arn.splitn(7, ':');
    if parts.next()? != "arn" || parts.nth(1)? != "elasticache" {
        return None;
    }
    let family = match parts.nth(2)? {
        "snapshot" => Family::NodeBased,
        "serverlesscachesnapshot" => Family::Serverless,
        _ => return None,
    };
    parts.next().map(|name| (family, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sentences_name_the_snapshot() {
        let read = |text| sentence(text).map(|s| (s.snapshot.to_owned(), s.failed));
        assert_eq!(
            read(
                "Snapshot succeeded for snapshot with ID 'cr-bkup' of replication group with ID 'c'"
            ),
            Some(("cr-bkup".to_owned(), false))
        );
        assert_eq!(
            read("Snapshot failed for snapshot with ID 'n1' of cache cluster with ID 'c-001'"),
            Some(("n1".to_owned(), true))
        );
        assert_eq!(read("Failover complete"), None);
        assert_eq!(read("Snapshot succeeded for snapshot with ID 'unclosed"), None);
    }

    #[test]
    fn an_arn_tells_the_family() {
        assert_eq!(
            snapshot_arn("arn:aws:elasticache:us-east-1:123456789012:snapshot:nightly"),
            Some((Family::NodeBased, "nightly"))
        );
        assert_eq!(
            snapshot_arn("arn:aws:elasticache:us-east-1:123456789012:serverlesscachesnapshot:s"),
            Some((Family::Serverless, "s"))
        );
        assert_eq!(snapshot_arn("arn:aws:elasticache:us-east-1:1:serverlesscache:c"), None);
        assert_eq!(snapshot_arn("arn:aws:s3:::bucket"), None);
    }
}
