use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toolbox::Toolbox;

/// What a cloud is started with and what [`Cloud::deploy`](crate::Cloud::deploy) puts into it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where ministack, the AWS CLI and a Redis server come from.
    pub toolbox: Toolbox,
    /// The `elasticache-endpoint` binary; without one, nothing answers for ElastiCache.
    pub endpoint_binary: Option<PathBuf>,
    /// Arguments for the endpoint beside those that every cloud gives it.
    pub endpoint_arguments: Vec<String>,
    /// The zip of every function by the function's name (`copy-snapshot`), as
    /// [`package_function`](crate::package_function) makes it.
    pub functions: BTreeMap<String, PathBuf>,
    /// Parameters of the stateless stack, by name. They win over those that every cloud sets.
    pub parameters: Vec<(String, String)>,
    /// The Region of the caches and the ledger.
    pub primary: String,
    /// The Regions that are copied to.
    pub dr: Vec<String>,
    /// The directory of the templates.
    pub templates: PathBuf,
}

impl Options {
    /// Options for this project's own templates, from `us-east-1` to `eu-west-1`, without
    /// functions.
    #[must_use]
    pub fn new(toolbox: Toolbox) -> Self {
        Self {
            toolbox,
            endpoint_binary: None,
            endpoint_arguments: Vec::new(),
            functions: BTreeMap::new(),
            parameters: Vec::new(),
            primary: "us-east-1".to_owned(),
            dr: vec!["eu-west-1".to_owned()],
            templates: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra"),
        }
    }

    /// Uses this `elasticache-endpoint` binary.
    #[must_use]
    pub fn endpoint(mut self, binary: impl Into<PathBuf>) -> Self {
        self.endpoint_binary = Some(binary.into());
        self
    }

    /// Deploys this zip as the function `name`.
    #[must_use]
    pub fn function(mut self, name: &str, zip: impl Into<PathBuf>) -> Self {
        self.functions.insert(name.to_owned(), zip.into());
        self
    }

    /// Sets a parameter of the stateless stack.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }
}
