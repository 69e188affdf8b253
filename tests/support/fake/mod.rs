//! Servers of this process that stand in for services on the network, over real sockets and,
//! where the service has it, real TLS.
//!
//! A [`Server`] listens on a free port of the loopback, answers with what a closure says, keeps
//! every request for later checks, counts connections, and ends with the test.

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "azure")]
pub mod azure;
#[cfg(feature = "gcp")]
pub mod google;
mod http;
#[cfg(feature = "network")]
mod http2;
#[cfg(feature = "hckms")]
pub mod huawei;
#[cfg(feature = "network")]
mod proxy;
pub mod seal;
mod tls;
pub mod vault;

#[allow(unused_imports)] // every test file takes its own part
pub use http::{Reply, Request, Server};
#[cfg(feature = "network")]
#[allow(unused_imports)]
pub use proxy::Proxy;
pub use tls::Authority;
