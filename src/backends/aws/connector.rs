//! Gives `aws-config` our HTTP client, so that whoever it asks for credentials is reached as the services
//! are: the same TLS, the same proxies, the same connections.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;

use crate::backends::http::{self, NoAnswerKind};
use crate::backends::network::REQUEST_TIMEOUT;

/// A client as `aws-config` wants it.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    client: reqwest::Client,
    limit: Duration,
}

impl Connector {
    pub(super) fn new(client: reqwest::Client) -> Self {
        Self { client, limit: REQUEST_TIMEOUT }
    }

    async fn send(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let broken = |reason: &str| ConnectorError::other(reason.into(), None);
        let method = reqwest::Method::from_bytes(request.method().as_bytes());
        let method = method.map_err(|_| broken("the request has no method"))?;
        let mut sent = self.client.request(method, request.uri()).timeout(self.limit);
        for (name, value) in request.headers() {
            sent = sent.header(name, value);
        }
        let body = request.body().bytes().ok_or_else(|| broken("the request has no body in memory"))?;
        let answer = http::send(sent.body(body.to_vec())).await.map_err(|error| match error.kind {
            NoAnswerKind::TimedOut => ConnectorError::timeout(error.reason.into()),
            NoAnswerKind::Connect | NoAnswerKind::Broken => ConnectorError::io(error.reason.into()),
            NoAnswerKind::Tls | NoAnswerKind::TooLong => broken(&error.reason),
        })?;
        let status = StatusCode::try_from(answer.status).map_err(|_| broken("the answer has no status"))?;
        let mut response = HttpResponse::new(status, answer.body.to_vec().into());
        for (name, value) in &answer.headers {
            if let Ok(value) = value.to_str() {
                // A header that it does not take says nothing to it.
                let _ = response.headers_mut().try_append(name.as_str().to_owned(), value.to_owned());
            }
        }
        Ok(response)
    }
}

impl HttpClient for Connector {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        // A metadata service that is not there has to be given up soon.
        let limits = [settings.connect_timeout(), settings.read_timeout()];
        let limit = match limits {
            [Some(connect), Some(read)] => (connect + read).min(self.limit),
            _ => self.limit,
        };
        SharedHttpConnector::new(Self { client: self.client.clone(), limit })
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().send(request))
    }
}
