//! Downloads one small blob from where ECR keeps layers, and from nowhere else.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use diagnosis::images::host::dns_suffix;
use url::Url;

use crate::session::Session;

/// An image's configuration is a few kilobytes.
const MOST_BYTES: usize = 4 * 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(5);

/// The blob behind a presigned address that ECR gave out. Errors do not repeat the address: it is signed.
pub(crate) async fn download(session: &Session<'_>, address: &str, region: &str) -> Result<Vec<u8>, String> {
    let url = Url::parse(address).map_err(|_| "ECR gave out an address that cannot be read".to_owned())?;
    if !is_layer_store(&url, region, session.aws.config().endpoint_url()) {
        let host = url.host_str().unwrap_or("no host");
        return Err(format!(
            "ECR gave out an address at `{host}`, which is not its layer store"
        ));
    }
    tokio::time::timeout(TIMEOUT, fetch(session, url))
        .await
        .unwrap_or_else(|_| Err("the layer store did not answer in time".to_owned()))
}

async fn fetch(session: &Session<'_>, url: Url) -> Result<Vec<u8>, String> {
    let mut request = HttpRequest::empty();
    request.set_uri(url.as_str()).map_err(|error| error.to_string())?;
    session.tally().sent("GetLayer".to_owned());
    let response = session
        .aws
        .plain_http()
        .call(request)
        .await
        .map_err(|_| "the layer store cannot be reached".to_owned())?;
    if !response.status().is_success() {
        return Err(format!("the layer store answered {}", response.status().as_u16()));
    }
    let mut body = ByteStream::new(response.into_body());
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        bytes.extend_from_slice(&chunk.map_err(|_| "the layer store broke off".to_owned())?);
        if bytes.len() > MOST_BYTES {
            return Err("the image's configuration is larger than any should be".to_owned());
        }
    }
    Ok(bytes)
}

/// Whether this is the region's layer bucket in S3, or the endpoint that is configured for all of AWS.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms>
fn is_layer_store(url: &Url, region: &str, endpoint: Option<&str>) -> bool {
    if let Some(endpoint) = endpoint.and_then(|endpoint| Url::parse(endpoint).ok())
        && endpoint.origin() == url.origin()
    {
        return true;
    }
    if url.scheme() != "https" || url.port().is_some() {
        return false;
    }
    let bucket = format!("prod-{region}-starport-layer-bucket");
    let tail = format!(".{}", dns_suffix(region));
    let service = url
        .host_str()
        .and_then(|host| host.strip_prefix(bucket.as_str())?.strip_suffix(tail.as_str()));
    service.is_some_and(|service| {
        [".s3", ".s3.dualstack", ".s3-fips"]
            .iter()
            .any(|form| service == *form || service == format!("{form}.{region}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_layer_store_is_asked() {
        let asks =
            |address: &str, endpoint| is_layer_store(&Url::parse(address).unwrap(), "eu-west-1", endpoint);
        let bucket = "prod-eu-west-1-starport-layer-bucket";
        for address in [
            format!("https://{bucket}.s3.eu-west-1.amazonaws.com/a/b?X-Amz-Signature=c"),
            format!("https://{bucket}.s3.dualstack.eu-west-1.amazonaws.com/a"),
            format!("https://{bucket}.s3.amazonaws.com/a"),
        ] {
            assert!(asks(&address, None), "{address}");
        }
        for address in [
            format!("http://{bucket}.s3.eu-west-1.amazonaws.com/a"),
            format!("https://{bucket}.s3.eu-west-1.amazonaws.com.evil.example/a"),
            format!("https://{bucket}.evil.example/a"),
            format!("https://{bucket}.s3.eu-west-1.amazonaws.com:8443/a"),
            "https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/a".to_owned(),
            "https://169.254.169.254/latest/meta-data".to_owned(),
            "http://127.0.0.1:4566/a".to_owned(),
        ] {
            assert!(!asks(&address, None), "{address}");
        }
        assert!(asks("http://127.0.0.1:4566/a", Some("http://127.0.0.1:4566")));
        assert!(!asks("http://127.0.0.1:4567/a", Some("http://127.0.0.1:4566")));
    }
}
