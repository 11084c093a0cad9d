"""Two caches with three servers."""

from common import elasticache, group, group_is

group("one")
group("two", NumNodeGroups=2)
group_is("one")
group_is("two")
assert len(elasticache.describe_replication_groups()["ReplicationGroups"]) == 2
