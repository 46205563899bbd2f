//! A still picture of what a replica holds, by which it compares itself with others while it goes on changing.

use crate::fingerprint::Fingerprint;
use crate::fingerprint::Summary;
use crate::order::Bucket;
use crate::tree::Tree;
use record::document::Document;
use record::name::NetworkName;
use record::statement::sha256;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The trees of all buckets at one moment. A copy costs nothing.
#[derive(Clone, Debug)]
pub struct View {
    network: NetworkName,
    document: [u8; 32],
    trees: Arc<BTreeMap<Bucket, Tree>>,
    kept: Option<Arc<BTreeSet<Bucket>>>,
}

impl View {
    pub(crate) fn new(
        document: &Document,
        hash: [u8; 32],
        trees: BTreeMap<Bucket, Tree>,
        kept: Option<BTreeSet<Bucket>>,
    ) -> View {
        View {
            network: document.network.clone(),
            document: hash,
            trees: Arc::new(trees),
            kept: kept.map(Arc::new),
        }
    }

    /// The network that all of it belongs to.
    pub fn network(&self) -> &NetworkName {
        &self.network
    }

    /// SHA-256 over the text of the network document: equal anchors, equal quota.
    pub fn document(&self) -> [u8; 32] {
        self.document
    }

    /// The buckets of R that are kept; `None` for all.
    pub fn kept(&self) -> Option<&BTreeSet<Bucket>> {
        self.kept.as_deref()
    }

    /// Whether this bucket is kept; T always is.
    pub fn keeps(&self, bucket: Bucket) -> bool {
        bucket.is_trust() || self.kept.as_ref().is_none_or(|kept| kept.contains(&bucket))
    }

    /// The tree of a bucket that has heads.
    pub fn tree(&self, bucket: Bucket) -> Option<&Tree> {
        self.trees.get(&bucket)
    }

    /// Count and sum of a bucket.
    pub fn summary(&self, bucket: Bucket) -> Summary {
        self.trees.get(&bucket).map(Tree::summary).unwrap_or_default()
    }

    /// The buckets that have heads.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        self.trees.keys().copied()
    }

    /// The fingerprint of all attestations.
    pub fn trust_root(&self) -> Fingerprint {
        self.summary(Bucket::trust()).fingerprint()
    }

    /// One fingerprint over all buckets that have heads and are among those named (`None` for all): SHA-256 over
    /// label, a zero byte and fingerprint of each, in the order of the labels, T first.
    pub fn root(&self, among: Option<&BTreeSet<Bucket>>) -> [u8; 32] {
        let mut bytes = Vec::new();
        for (bucket, tree) in self.trees.iter() {
            if bucket.is_trust() || among.is_none_or(|among| among.contains(bucket)) {
                bytes.extend_from_slice(bucket.as_str().as_bytes());
                bytes.push(0);
                bytes.extend_from_slice(tree.summary().fingerprint().as_bytes());
            }
        }
        sha256(&[&bytes])
    }
}
