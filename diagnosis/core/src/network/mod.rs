//! placeholder
use crate::evidence::Evidence;
use crate::observed::Missing;
#[derive(Debug)]
pub struct NetworkAnalysis;
pub fn analyse(_: &Evidence) -> NetworkAnalysis {
    NetworkAnalysis
}
impl NetworkAnalysis {
    pub fn summary(&self) -> Result<String, Vec<Missing>> {
        Err(Vec::new())
    }
}
